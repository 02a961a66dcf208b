"""Language of a page, and its words:
Chinese is written in the pages, English in ``translations/en``.

Each file there holds the words of some pages; Flask-Babel reads them as they were compiled at set-up.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar

from babel import Locale
from flask import Flask, current_app, request
from flask_babel import Babel, force_locale, get_locale, gettext, lazy_gettext, ngettext

import wording
from hotline.clock import TAIPEI
from hotline.errors import Remark
from web.console.browser import LANGUAGE
from wording import CHINESE as CHINESE
from wording import ENGLISH as ENGLISH
from wording import moment as moment

LANGUAGES: Final = {CHINESE: "中文", ENGLISH: "English"}
Text = TypeVar("Text")
TAGS: Final[Mapping[str, str]] = {CHINESE: "zh-Hant-TW", ENGLISH: "en"}
FOLDER: Final = Path(__file__).parents[1] / "translations"


def install(app: Flask) -> None:
    """Give an application the words of every file, and the language of whoever asks."""
    domains = sorted(file.stem for file in (FOLDER / ENGLISH / "LC_MESSAGES").glob("*.po"))
    Babel(
        app,
        default_locale=CHINESE,
        default_timezone="Asia/Taipei",
        default_domain=";".join(domains),
        default_translation_directories=";".join([str(FOLDER)] * len(domains)),
        locale_selector=chosen,
    )


def _(text: str, **values: object) -> str:
    """A text in the page's language; ``%(name)s`` in it is filled with a value."""
    return str(gettext(text, **values))


def _n(one: str, many: str, number: int, **values: object) -> str:
    """The same for a number of things: ``%(num)d`` is the number."""
    return str(ngettext(one, many, number, **values))


def _l(text: str) -> Any:
    """Text put into a page's language only when it is shown: for forms, menus and tables of words."""
    return lazy_gettext(text)


def chosen() -> str:
    """Language that this browser asked for, else the one it prefers, else Chinese."""
    kept = request.cookies.get(LANGUAGE, "")
    if kept in LANGUAGES:
        return kept
    best = request.accept_languages.best_match(["zh-Hant-TW", "zh-TW", "zh", "en"], default="zh-TW")
    return ENGLISH if best == "en" else CHINESE


def current() -> str:
    """The language of this page; Chinese where there is none."""
    locale: Locale | None = get_locale()
    return str(locale) if str(locale) in LANGUAGES else CHINESE


def in_chinese() -> AbstractContextManager[None]:
    """Words for others than who looks at the page: in Chinese, whatever its language."""
    made: AbstractContextManager[None] = force_locale(CHINESE)
    return made


def in_words(remark: Remark) -> str:
    """One sentence in the page's language that says what is wrong and what to do."""
    return wording.sentence(remark, current(), _called)


def _called(kind: str, code: str) -> str:
    """Name of what a code stands for now, as the directory in memory has it; else the code."""
    from web.console.record_links import called  # it speaks the words of this module

    app: Any = current_app
    return called(app.house.city.city().at(app.clock()), kind, code)


def day(of: date | datetime | None) -> str:
    """A date with its weekday, in Taipei."""
    if of is None:
        return ""
    return wording.day(of.astimezone(TAIPEI).date() if isinstance(of, datetime) else of, current())


def percent(share: float, places: int = 0) -> str:
    """A share as pages and their files write it: a spreadsheet reads it as a number."""
    return f"{share:.{places}%}"


def name(member: Enum) -> str:
    """Name of a member of an enum."""
    return wording.name(member, current())


def capital(text: str) -> str:
    """A text as it begins a line; Chinese as it is."""
    return f"{text[:1].upper()}{text[1:]}"


def names(kind: type[Enum]) -> dict[str, str]:
    """Names of the members of an enum, for a choice."""
    return {str(one.value): name(one) for one in kind}


def term(word: str, group: str) -> str:
    """Name of a word of a group."""
    return wording.term(group, word, current())


def either(chinese: Text, english: Text) -> Text:
    """Choose, of Chinese and English, the text in the language of this page."""
    return english if current() == ENGLISH else chinese


def tag() -> str:
    """The language of this page, for its ``lang``."""
    return TAGS[current()]
