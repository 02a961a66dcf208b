"""Menus as data: what a key does, what announces it, and whether a set of menus is fit to answer.

Read from ``dialplans/*.toml``, which a clerk can edit. Nothing here speaks or
routes; the engine follows the choices.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.numerals import Language
from ivr.prompts import Prompt

FOLDER = Path(__file__).parent / "dialplans"
EVERYWHERE = "everywhere.toml"
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
KEYS = frozenset("0123456789*#")
QUEUES = frozenset({"agents"})


class BadMenus(ValueError):
    """Menus that must not be used; holds every fault, in words for a clerk."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("these menus cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults))


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


Choice = Goto | ToQueue | Inform | HearBulletin | Repeat | DialExtension | AskCallback


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a menu; ``say`` announces it, in a fixed language if ``language`` is set."""

    press: str
    choice: Choice
    say: Prompt | None = None


@dataclass(frozen=True)
class Menu:
    """One question to the caller. After ``tries`` misses the ``otherwise`` choice is taken."""

    name: str
    keys: tuple[Key, ...]
    tries: int
    otherwise: Choice
    seconds: float
    first: bool = False

    def choice(self, press: str, *, bulletin: bool) -> Choice | None:
        """What a key does now; None for a key not offered."""
        return next((key.choice for key in self.offered(bulletin=bulletin) if key.press == press), None)

    def offered(self, *, bulletin: bool) -> tuple[Key, ...]:
        """The keys that work now: the bulletin's only while one is on (P3-b)."""
        return tuple(key for key in self.keys if bulletin or not isinstance(key.choice, HearBulletin))


@dataclass(frozen=True)
class Menus:
    """A checked set of menus; ``version`` names its content, and a call keeps it to its end."""

    version: str
    menus: Mapping[str, Menu]
    everywhere: tuple[Key, ...]
    first: str

    def choice(self, menu: str, press: str, *, bulletin: bool) -> Choice | None:
        """What a key does in a menu; the menu's own keys come before those that work everywhere."""
        own = self.menus[menu].choice(press, bulletin=bulletin)
        return own or next((key.choice for key in self.everywhere if key.press == press), None)


Sources = Mapping[str, str]
"""File name to content: what a version is made of, kept so that a later process can read it again."""


def read_sources(folder: Path = FOLDER) -> Sources:
    """The menu files as they stand. Raises BadMenus for one that cannot be read as UTF-8."""
    sources, faults = dict[str, str](), list[str]()
    for path in sorted(folder.glob("*.toml")):
        try:
            sources[path.name] = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            faults.append(f"{path.name}: not UTF-8 at byte {error.start}; save the file as UTF-8")
        except FileNotFoundError:
            raise
        except OSError as error:
            faults.append(f"{path.name}: cannot be read ({error.strerror}); mend the file or its rights")
    if faults:
        raise BadMenus(faults)
    return sources


def parse(sources: Sources) -> Menus:
    """Menus from their files. Raises BadMenus with every fault of form; see also check.faults."""
    faults: list[str] = []
    tables = dict(_tables(sources, faults))
    shared = tables.pop(EVERYWHERE, {})
    faults.extend(f"{EVERYWHERE}: {name!r} is not a setting" for name in sorted(set(shared) - {"key"}))
    everywhere = _keys(EVERYWHERE, shared, faults)
    found = [menu for file, table in tables.items() if (menu := _menu(file, table, faults))]
    menus = {menu.name: menu for menu in found}
    if len(menus) < len(found):
        faults.append("two files hold a menu of the same name; give each its own")
    first = [menu.name for menu in found if menu.first]
    if len(first) != 1 and not faults:
        faults.append(f"exactly one menu must say first = true; {len(first)} do")
    if faults:
        raise BadMenus(faults)
    return Menus(version_of(sources), menus, everywhere, first[0])


def version_of(sources: Sources) -> str:
    """Twelve hex digits that change with any byte of any file."""
    digest = hashlib.sha256()
    for name, text in sorted(sources.items()):
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:12]


def _tables(sources: Sources, faults: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for file, text in sources.items():
        try:
            yield file, tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            faults.append(f"{file}: not readable as TOML: {error}")


def _menu(file: str, table: dict[str, Any], faults: list[str]) -> Menu | None:
    known = {"name", "first", "tries", "otherwise", "seconds", "key"}
    faults.extend(f"{file}: {name!r} is not a setting of a menu" for name in sorted(set(table) - known))
    missing = [name for name in ("name", "tries", "otherwise", "seconds", "key") if name not in table]
    if missing:
        faults.extend(f"{file}: {name!r} is missing" for name in missing)
        return None
    otherwise = _choice(file, "otherwise", table["otherwise"], faults)
    name, tries, seconds = table["name"], table["tries"], table["seconds"]
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        faults.append(f"{file}: name must be 1 to 32 letters, digits, '-' or '_', not {name!r}")
    if not (_is_number(tries) and isinstance(tries, int) and 1 <= tries <= 9):
        faults.append(f"{file}: tries must be a whole number from 1 to 9, not {tries!r}")
    if not (_is_number(seconds) and 1 <= seconds <= 30):
        faults.append(f"{file}: seconds must be from 1 to 30, not {seconds!r}")
    keys = _keys(file, table, faults)
    if otherwise is None:
        return None
    return Menu(str(name), keys, tries, otherwise, seconds, bool(table.get("first")))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _keys(file: str, table: dict[str, Any], faults: list[str]) -> tuple[Key, ...]:
    rows = table.get("key", [])
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        faults.append(f"{file}: write each key as a table of its own, under [[key]]")
        return ()
    keys = [key for row in rows if (key := _key(file, row, faults))]
    pressed = [key.press for key in keys]
    for press in sorted({press for press in pressed if pressed.count(press) > 1}):
        faults.append(f"{file}: key {press} is listed twice")
    return tuple(keys)


def _key(file: str, row: dict[str, Any], faults: list[str]) -> Key | None:
    press = str(row.get("press", ""))
    if press not in KEYS or not press:
        faults.append(f"{file}: press = {row.get('press')!r} is not one of 0-9, * and #")
        return None
    choice = _choice(file, f"key {press}", row, faults)
    language = _language(file, row.get("in"), faults) if "in" in row else None
    say = Prompt(str(row["say"]), language) if "say" in row else None
    return Key(press, choice, say) if choice else None


def _choice(file: str, where: str, row: Any, faults: list[str]) -> Choice | None:
    if not isinstance(row, dict):
        faults.append(f'{file}: {where} must be a table, for example {{ queue = "agents" }}, not {row!r}')
        return None
    doings = {"goto", "queue", "inform", "bulletin", "repeat", "extension", "callback"}
    known = doings | {"press", "say", "in", "language"}
    faults.extend(f"{file}: {where}: {name!r} is not known" for name in sorted(set(row) - known))
    if "language" in row and "goto" not in row:
        faults.append(f"{file}: {where}: language is chosen only together with goto")
    match sorted(doings & set(row)):
        case ["goto"]:
            language = _language(file, row["language"], faults) if "language" in row else None
            return Goto(str(row["goto"]), language)
        case ["queue"]:
            return ToQueue(str(row["queue"]))
        case ["inform"]:
            return Inform(str(row["inform"]))
        case ["bulletin"]:
            return HearBulletin()
        case ["repeat"]:
            return Repeat()
        case ["extension"]:
            return DialExtension()
        case ["callback"]:
            return AskCallback()
        case found:
            faults.append(
                f"{file}: {where} must do exactly one of {', '.join(sorted(doings))}; found {found}"
            )
            return None


def _language(file: str, tag: object, faults: list[str]) -> Language | None:
    try:
        return Language(str(tag))
    except ValueError:
        faults.append(f"{file}: {tag!r} is no language; one of {', '.join(Language)}")
        return None
