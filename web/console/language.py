"""Which language a page speaks, and its words: Chinese is written in the pages, English in ``translations/en``.

Each file there holds the words of some pages; they are read as they stand, so a changed word needs no build.
"""

from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy, NullTranslations, Translations
from flask import request
from flask_babel import get_locale

from hotline.clock import TAIPEI
from web.console.browser import LANGUAGE

CHINESE: Final = "zh_Hant_TW"
ENGLISH: Final = "en"
LANGUAGES: Final = {CHINESE: "中文", ENGLISH: "English"}
TAGS: Final = {CHINESE: "zh-Hant-TW", ENGLISH: "en"}
FOLDER: Final = Path(__file__).parents[1] / "translations"
WEEKDAYS: Final = "一二三四五六日"


def _(text: str, **values: object) -> str:
    """A text in the page's language; ``%(name)s`` in it is filled with a value."""
    said = translations(str(get_locale())).ugettext(text)
    return str(said % values if values else said)


def _n(one: str, many: str, number: int, **values: object) -> str:
    """The same for a number of things: ``%(num)d`` is the number."""
    return str(translations(str(get_locale())).ungettext(one, many, number) % {"num": number, **values})


def _l(text: str) -> Any:
    """A text that is put into a page's language only when it is shown: for forms, menus and tables of words."""
    return LazyProxy(_, text, enable_cache=False)


def translations(language: str) -> NullTranslations:
    """A language's words; Chinese needs none."""
    return _read(language) if language == ENGLISH else NullTranslations()


@cache
def _read(language: str) -> NullTranslations:
    words = Translations()
    for file in sorted((FOLDER / language).glob("*.po")):
        with file.open("rb") as text:
            compiled = BytesIO()
            write_mo(compiled, catalog_of(text.read(), language))
            compiled.seek(0)
            words.add(Translations(compiled, domain="messages"), merge=True)
    return words


def catalog_of(text: bytes, language: str) -> Catalog:
    """The words of one file."""
    return read_po(BytesIO(text), locale=language)


def chosen() -> str:
    """What this browser asked for, else what it prefers, else Chinese."""
    kept = request.cookies.get(LANGUAGE, "")
    if kept in LANGUAGES:
        return kept
    best = request.accept_languages.best_match(["zh-Hant-TW", "zh-TW", "zh", "en"], default="zh-TW")
    return ENGLISH if best == "en" else CHINESE


def moment(at: datetime | None) -> str:
    """An instant as people in Taipei read it; nothing for none."""
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}" if at else ""


def day(of: date | datetime | None) -> str:
    """A date with its weekday."""
    if of is None:
        return ""
    local = of.astimezone(TAIPEI).date() if isinstance(of, datetime) else of
    if str(get_locale()) == ENGLISH:
        return f"{local:%Y-%m-%d} ({local:%a})"
    return f"{local:%Y-%m-%d}（{WEEKDAYS[local.weekday()]}）"


def tag() -> str:
    """The language of this page, for its ``lang``."""
    locale: Locale | None = get_locale()
    return TAGS.get(str(locale), TAGS[CHINESE])
