"""Menu editing on a page: the texts in force, a form as the table of a menu, saving after the check."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from operator import itemgetter
from typing import Any, Final

from flask import request

from administration.menu_phrases import NAMED
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.runtime_settings import service as tuning
from ivr.catalogue import Catalogue
from ivr.check import spoken_keys
from ivr.menu_text import edited
from ivr.menus import Sources, read_sources
from ivr.numerals import Language
from web.console.gate import house, now, read_session
from web.serving import pen

SPARE: Final = 2
"""Empty places for keys that a form offers below those there are."""
MOST: Final = 12
INFORMING: Final = ("main menu", "information")
"""How the use of a prompt begins, in the catalogue, that a key may say."""
SIMPLE: Final = ("bulletin", "repeat", "extension", "callback", "case-status", "case-cancel")
"""What a key does that needs no further word."""


class NoSuchMenu(HotlineError, code="no-such-menu"):
    """No menu in force has this name."""

    name: str


@dataclass(frozen=True, slots=True)
class OpenMenus:
    """Texts in force, and the version by which a later change is noticed: None for the folder's files."""

    sources: Sources
    since: str | None

    def file_of(self, name: str) -> str:
        """The file that holds a menu. Raises NoSuchMenu."""
        for file, text in self.sources.items():
            if table_of(text).get("name") == name:
                return file
        raise NoSuchMenu(name)


def opened() -> OpenMenus:
    """Menus in force now."""
    with read_session() as session:
        row = tuning.menus_in_force(session, now())
    return (
        OpenMenus(row.sources, row.version) if row else OpenMenus(read_sources(house().settings.menus), None)
    )


def table_of(text: str) -> dict[str, Any]:
    """A file as a table; empty when it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def save(sources: Sources, since: str | None, reason: str) -> bool:
    """Put menus in force after the check; False when they are already. Raises BadMenus, MovedOn, NoReason."""
    return house().runtime_settings.save_menus(sources, pen(Action.MENU_CHANGE, reason), since=since)


def difference(before: Sources, after: Sources) -> str:
    """Difference between two sets of texts, line by line; a phrase of one's own with its words."""
    lines = list[str]()
    for file in sorted({*before, *after}):
        old, new = before.get(file, "").splitlines(), after.get(file, "").splitlines()
        lines += unified_diff(old, new, file, file, lineterm="", n=1)
    return NAMED.sub(_in_words, "\n".join(lines))


def _in_words(found: re.Match[str]) -> str:
    words = next(iter(words_of(found[0]).values()), "")
    return f"{found[0]}（{words}）" if words else found[0]


# --- a form --------------------------------------------------------------------------------------------


def value_of(row: Mapping[str, Any]) -> str:
    """Value of what a key does, as one choice: ``goto:main:en``, ``queue:agents``, ``repeat``."""
    for doing in ("goto", "queue", "inform"):
        if doing in row:
            words = [doing, str(row[doing]), *([str(row["language"])] if "language" in row else [])]
            return ":".join(words)
    return next((doing for doing in SIMPLE if row.get(doing)), "")


def doing_of(value: str) -> dict[str, Any]:
    """The table of such a value; empty for none."""
    match value.split(":"):
        case ["goto", menu, language]:
            return {"language": language, "goto": menu}
        case ["goto" | "queue" | "inform" as doing, name]:
            return {doing: name}
        case [doing] if doing in SIMPLE:
            return {doing: True}
    return {}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of a menu as a form shows it; ``words`` are what its phrase says, by language."""

    press: str = ""
    say: str = ""
    spoken_in: str = ""
    does: str = ""
    words: Mapping[Language, str] = field(default_factory=dict)
    at: int = -1
    """Number of the fields that it was sent with."""

    def as_table(self) -> dict[str, Any]:
        """The key as its file says it; empty for one that is taken out."""
        if not self.press:
            return {}
        said = {"say": self.say, "in": self.spoken_in}
        return {
            "press": self.press,
            **{name: value for name, value in said.items() if value},
            **doing_of(self.does),
        }


def words_of(prompt: str) -> dict[Language, str]:
    """What a prompt says in the languages that have a voice."""
    catalogue = house().catalogue
    if prompt not in catalogue:
        return {}
    texts = catalogue.entries[prompt].texts
    return {one: texts[one] for one in catalogue.spoken_languages if one in texts}


def rows_of(table: Mapping[str, Any]) -> list[KeyRow]:
    """The keys of a menu."""
    return [_row_of(row) for row in table.get("key", [])]


def _row_of(row: Mapping[str, Any]) -> KeyRow:
    say = str(row.get("say", ""))
    return KeyRow(str(row.get("press", "")), say, str(row.get("in", "")), value_of(row), words_of(say))


def with_spare(rows: list[KeyRow]) -> list[KeyRow]:
    """Rows with empty places below them."""
    return rows + [KeyRow()] * min(SPARE, MOST - len(rows))


def sent_rows(table: Mapping[str, Any]) -> list[KeyRow]:
    """The keys of a sent form, in the order that it gives them."""
    given, there = request.form, len(table.get("key", ()))
    places = [at for at in range(MOST + SPARE) if given.get(f"press-{at}", "") or at < there]
    rows = {at: _sent_row(at) for at in places}
    orders = {at: _number(given.get(f"order-{at}", "")) for at in places}
    moved = {at: order for at, order in orders.items() if isinstance(order, int) and order != at + 1}
    ordered = [row for at, row in rows.items() if at not in moved]
    for at, order in sorted(moved.items(), key=itemgetter(1)):
        ordered.insert(max(0, order - 1), rows[at])
    return ordered


def _sent_row(at: int) -> KeyRow:
    """A row as it was sent. Words that nobody touched follow the phrase that is chosen."""
    given = request.form
    say, was = given.get(f"say-{at}", ""), given.get(f"was-{at}", "")
    names = {language: f"words-{at}-{language}" for language in house().catalogue.spoken_languages}
    typed = {language: given[name].strip() for language, name in names.items() if name in given}
    words = {language: text for language, text in typed.items() if text}
    words = words_of(say) if words == words_of(was) else words
    press, spoken_in = given.get(f"press-{at}", ""), given.get(f"in-{at}", "")
    return KeyRow(press, say, spoken_in, given.get(f"does-{at}", ""), words, at)


def sent(table: Mapping[str, Any], rows: Sequence[KeyRow]) -> dict[str, Any]:
    """Menu of a sent form: what is no setting of the form stays as it is, and a key taken out is empty."""
    given = request.form
    tries, silences = _number(given.get("tries", "")), _number(given.get("silences", ""))
    return {
        **table,
        "tries": tries,
        **({"silences": silences} if "silences" in table or silences != tries else {}),
        "seconds": _number(given.get("seconds", "")),
        "otherwise": doing_of(given.get("otherwise", "")),
        "key": [row.as_table() for row in rows],
    }


def _number(text: str) -> int | float | str:
    """A number as it was typed; what is none goes on as it is, and the check says what it must be."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else text


def changed(before: OpenMenus, file: str, table: Mapping[str, Any]) -> Sources:
    """Put a table in the place of one file's, among all texts; its comments stay."""
    return {**before.sources, file: edited(before.sources[file], table)}


# --- what may be chosen ----------------------------------------------------------------------------------


def phrases(catalogue: Catalogue) -> Sequence[tuple[str, str]]:
    """Prompts that name one key: id and text."""
    return [
        (name, text) for name, text in _texts(catalogue) if len(spoken_keys(text, Language.MANDARIN)) == 1
    ]


def informations(catalogue: Catalogue) -> Sequence[tuple[str, str]]:
    """Prompts that tell something by themselves: those whose use is a menu's, and that name no key."""
    return [
        (name, text)
        for name, text in _texts(catalogue)
        if catalogue.entries[name].use.startswith(INFORMING) and not spoken_keys(text, Language.MANDARIN)
    ]


def _texts(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [(name, catalogue.text(name, Language.MANDARIN)) for name in catalogue.entries]
