"""Menus as data: what a key does, what announces it, and whether a set of menus is fit to answer.

Read from ``dialplans/*.toml``, which a clerk can edit. Nothing here speaks or
routes; the engine follows the choices.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.menu_faults import OTHERWISE, BadMenus, Flaw, KeyOf, MenuFault
from ivr.numerals import Language
from ivr.prompts import Prompt

FOLDER = Path(__file__).parent / "dialplans"
EVERYWHERE = "everywhere.toml"
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
KEYS = frozenset("0123456789*#")
QUEUES = frozenset({"agents"})


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on in another menu, perhaps in a language chosen by the same key."""

    menu: str
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class ToQueue:
    """Wait for a person."""

    queue: str


@dataclass(frozen=True, slots=True)
class Inform:
    """Say a prompt, then this menu again."""

    prompt: str


@dataclass(frozen=True, slots=True)
class HearBulletin:
    """Say the bulletins that are on, then this menu again."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say this menu again; not a miss."""


@dataclass(frozen=True, slots=True)
class DialExtension:
    """Key in an extension and be put through (§9.1)."""


@dataclass(frozen=True, slots=True)
class AskCallback:
    """Be called back (§9.2)."""


@dataclass(frozen=True, slots=True)
class AskCase:
    """Key in a case number and hear how the case stands (§11 to §13, V-11)."""


@dataclass(frozen=True, slots=True)
class CancelCase:
    """Key in a case number and cancel the case, for who did not report it (P8.1)."""


Choice = Goto | ToQueue | Inform | HearBulletin | Repeat | DialExtension | AskCallback | AskCase | CancelCase
_PLAIN: Mapping[str, Callable[[], Choice]] = {
    "bulletin": HearBulletin,
    "repeat": Repeat,
    "extension": DialExtension,
    "callback": AskCallback,
    "case-status": AskCase,
    "case-cancel": CancelCase,
}


@dataclass(frozen=True, slots=True)
class KeyAction:
    """One key of a menu; ``say`` announces it, in a fixed language if ``language`` is set."""

    press: str
    choice: Choice
    say: Prompt | None = None


@dataclass(frozen=True)
class Menu:
    """One question to the caller. The ``otherwise`` choice is taken when the last of ``tries`` misses was a
    wrong key, or the last of ``silences`` was none.
    """

    name: str
    keys: tuple[KeyAction, ...]
    tries: int
    otherwise: Choice
    seconds: float
    silences: int
    first: bool = False

    def choice(self, press: str, *, bulletin: bool, cases: bool = True) -> Choice | None:
        """Action of a key now; None for a key not offered."""
        offered = self.offered(bulletin=bulletin, cases=cases)
        return next((key.choice for key in offered if key.press == press), None)

    def offered(self, *, bulletin: bool, cases: bool = True) -> tuple[KeyAction, ...]:
        """The keys that work now: the bulletin's while one is on, of cases where these are kept (P3-b)."""
        absent = (() if bulletin else (HearBulletin,)) + (() if cases else (AskCase, CancelCase))
        return tuple(key for key in self.keys if not isinstance(key.choice, absent))


@dataclass(frozen=True)
class Menus:
    """A checked set of menus; ``version`` names its content, and a call keeps it to its end."""

    version: str
    menus: Mapping[str, Menu]
    everywhere: tuple[KeyAction, ...]
    first: str

    def choice(self, menu: str, press: str, *, bulletin: bool, cases: bool = True) -> Choice | None:
        """Action of a key in a menu; the menu's own keys come before those that work everywhere."""
        own = self.menus[menu].choice(press, bulletin=bulletin, cases=cases)
        return own or next((key.choice for key in self.everywhere if key.press == press), None)


Sources = Mapping[str, str]
"""File name to content: what a version is made of, kept so that a later process can read it again."""


def read_sources(folder: Path = FOLDER) -> Sources:
    """The menu files as they stand. Raises BadMenus for one that cannot be read as UTF-8."""
    sources, faults = dict[str, str](), list[MenuFault]()
    for path in sorted(folder.glob("*.toml")):
        try:
            sources[path.name] = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            faults.append(MenuFault(Flaw.ENCODING, path.name, what=error.start))
        except FileNotFoundError:
            raise
        except OSError as error:
            faults.append(MenuFault(Flaw.UNREADABLE, path.name, what=error.strerror))
    if faults:
        raise BadMenus(tuple(faults))
    return sources


def parse(sources: Sources) -> Menus:
    """Menus from their files. Raises BadMenus with every fault of form; see also check.faults."""
    faults: list[MenuFault] = []
    tables = dict(_tables(sources, faults))
    shared = tables.pop(EVERYWHERE, {})
    _refuse_unknown(EVERYWHERE, set(shared) - {"key"}, faults)
    everywhere = _keys(EVERYWHERE, shared, faults)
    found = [menu for file, table in tables.items() if (menu := _menu(file, table, faults))]
    menus = {menu.name: menu for menu in found}
    if len(menus) < len(found):
        faults.append(MenuFault(Flaw.SAME_NAME))
    first = [menu.name for menu in found if menu.first]
    if len(first) != 1 and not faults:
        faults.append(MenuFault(Flaw.FIRST, what=len(first)))
    if faults:
        raise BadMenus(tuple(faults))
    return Menus(version_of(sources), menus, everywhere, first[0])


def version_of(sources: Sources) -> str:
    """Twelve hex digits that change with any byte of any file."""
    digest = hashlib.sha256()
    for name, text in sorted(sources.items()):
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:12]


def _tables(sources: Sources, faults: list[MenuFault]) -> Iterator[tuple[str, dict[str, Any]]]:
    for file, text in sources.items():
        try:
            yield file, tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            faults.append(MenuFault(Flaw.TOML, file, what=error))


def _menu(file: str, table: dict[str, Any], faults: list[MenuFault]) -> Menu | None:
    known = {"name", "first", "tries", "silences", "otherwise", "seconds", "key"}
    _refuse_unknown(file, set(table) - known, faults)
    missing = [name for name in ("name", "tries", "otherwise", "seconds", "key") if name not in table]
    if missing:
        faults.extend(MenuFault(Flaw.MISSING, file, what=name) for name in missing)
        return None
    otherwise = _choice(file, OTHERWISE, table["otherwise"], faults)
    name, tries, seconds = table["name"], table["tries"], table["seconds"]
    silences = table.get("silences", tries)
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        faults.append(MenuFault(Flaw.NAME, file, what=name))
    counts = {Flaw.TRIES: tries, Flaw.SILENCES: table.get("silences", 1)}
    for flaw, most in counts.items():
        if not (_is_number(most) and isinstance(most, int) and 1 <= most <= 9):
            faults.append(MenuFault(flaw, file, what=most))
    if not (_is_number(seconds) and 1 <= seconds <= 30):
        faults.append(MenuFault(Flaw.SECONDS, file, what=seconds))
    keys = _keys(file, table, faults)
    if otherwise is None:
        return None
    return Menu(str(name), keys, tries, otherwise, seconds, silences, bool(table.get("first")))


def _refuse_unknown(file: str, names: Iterable[str], faults: list[MenuFault]) -> None:
    faults.extend(MenuFault(Flaw.UNKNOWN_SETTING, file, what=name) for name in sorted(names))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _keys(file: str, table: dict[str, Any], faults: list[MenuFault]) -> tuple[KeyAction, ...]:
    rows = table.get("key", [])
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        faults.append(MenuFault(Flaw.KEYS, file))
        return ()
    keys = [key for row in rows if (key := _key(file, row, faults))]
    pressed = [key.press for key in keys]
    for press in sorted({press for press in pressed if pressed.count(press) > 1}):
        faults.append(MenuFault(Flaw.KEY_TWICE, file, KeyOf(press)))
    return tuple(keys)


def _key(file: str, row: dict[str, Any], faults: list[MenuFault]) -> KeyAction | None:
    press = str(row.get("press", ""))
    if press not in KEYS or not press:
        flaw = Flaw.PRESS if "press" in row else Flaw.MISSING
        faults.append(MenuFault(flaw, file, what=row.get("press", "press")))
        return None
    choice = _choice(file, press, row, faults)
    language = _language(file, row.get("in"), faults) if "in" in row else None
    say = Prompt(str(row["say"]), language) if "say" in row else None
    return KeyAction(press, choice, say) if choice else None


def _choice(file: str, press: str, row: Any, faults: list[MenuFault]) -> Choice | None:
    where = KeyOf(press)
    if not isinstance(row, dict):
        faults.append(MenuFault(Flaw.CHOICE, file, where, row))
        return None
    doings = {"goto", "queue", "inform", *_PLAIN}
    known = doings | {"press", "say", "in", "language"}
    faults.extend(MenuFault(Flaw.UNKNOWN_WORD, file, where, name) for name in sorted(set(row) - known))
    if "language" in row and "goto" not in row:
        faults.append(MenuFault(Flaw.LANGUAGE_ALONE, file, where))
    match sorted(doings & set(row)):
        case ["goto"]:
            language = _language(file, row["language"], faults) if "language" in row else None
            return Goto(str(row["goto"]), language)
        case [("queue" | "inform") as what]:
            return (ToQueue if what == "queue" else Inform)(str(row[what]))
        case [what]:
            return _PLAIN[what]()
        case found:
            known_doings = {"known": ", ".join(sorted(doings))}
            faults.append(MenuFault(Flaw.NOT_ONE_THING, file, where, ", ".join(found), known_doings))
            return None


def _language(file: str, tag: object, faults: list[MenuFault]) -> Language | None:
    try:
        return Language(str(tag))
    except ValueError:
        faults.append(MenuFault(Flaw.NO_LANGUAGE, file, what=tag, facts={"known": ", ".join(Language)}))
        return None
