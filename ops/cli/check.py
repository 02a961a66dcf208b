"""``hotline check``: what can be known to be wrong before a caller finds it."""

import re
from collections.abc import Iterator
from pathlib import Path

from hotline.outbox.templates import BadTemplates, templates
from ivr.bulletins import PREFIX
from ivr.catalogue import Catalogue
from ivr.check import checked
from ivr.menu_faults import BadMenus
from ivr.menus import Sources, read_sources
from ivr.prompts import Shelf
from wording import ENGLISH, sentence

SOUND = re.compile(r"hotline/(?P<language>[\w-]+|\$\{\w+\})/(?P<name>[\w-]+(?:\.[\w-]+)*(?:\.\$\{\w+\})?)")
AGI = re.compile(r"AGI\(agi://[^/]+/(\w+)")
OPEN_PATTERN = re.compile(r"exten\s*=>\s*(_[^,]*[.!][^,]*),")
HANDLED = frozenset({"turn", "consult", "duty", "ready"})

Fault = tuple[str, str]
"""Which part, and the sentence."""


def examine(
    catalogue: Catalogue, shelf: Shelf, menus: Path, dialplan: str, saved: Sources | None = None
) -> list[Fault]:
    """List the faults of menus, prompts, dialplan and messages. ``saved``: menus instead of the folder's."""
    parts = {
        "menus": _menus(catalogue, menus, saved),
        "prompts": _prompts(shelf),
        "dialplan": _dialplan(dialplan, catalogue),
        "messages": _messages(),
    }
    return [(part, fault) for part, faults in parts.items() for fault in faults]


def _menus(catalogue: Catalogue, folder: Path, saved: Sources | None) -> Iterator[str]:
    try:
        checked(read_sources(folder) if saved is None else saved, catalogue)
    except BadMenus as error:
        yield from (sentence(fault, ENGLISH) for fault in error.faults)


def _messages() -> Iterator[str]:
    try:
        templates()
    except BadTemplates as error:
        yield from error.faults


def _prompts(shelf: Shelf) -> Iterator[str]:
    for name, language in shelf.lost():
        yield f"{language}/{name}: no sound file"
    if not any(name.startswith(PREFIX) for name in shelf.catalogue.entries):
        yield "no emergency bulletin is recorded"


def _dialplan(text: str, catalogue: Catalogue) -> Iterator[str]:
    for path in sorted(set(AGI.findall(text)) - HANDLED):
        yield f"agi path {path!r} has no handler"
    for pattern in OPEN_PATTERN.findall(text):
        yield f"open pattern {pattern}: a caller could choose what it matches"
    for match in SOUND.finditer(text):
        if not _known(match["name"], match["language"], catalogue):
            yield f"sound {match[0]} has no file in every language it is asked in"
    yield from _contexts_without_t(text)


def _known(name: str, language: str, catalogue: Catalogue) -> bool:
    """Tell whether a file is there in each language it may be asked in: a dialplan knows no substitutes."""
    stem, _, variable = name.partition(".${")
    fits = [
        known for known in catalogue.entries if (known.startswith(f"{stem}.") if variable else known == name)
    ]
    spoken = catalogue.spoken_languages
    tags = spoken if language.startswith("${") else [tag for tag in spoken if tag == language]
    return bool(fits and tags) and all(catalogue.has_voice(known, tag) for known in fits for tag in tags)


def _contexts_without_t(text: str) -> Iterator[str]:
    """Demand T of each context in which a call can stand, and of no door: there it could be dialled."""
    for name, body in contexts(text):
        stands = re.search(r"^exten =>[^\n]*\n(?: same =>[^\n]*\n)*", body, re.MULTILINE)
        knows, is_door = "include => out-of-time" in body or "exten => T," in body, name.startswith("from-")
        if stands and not knows and not is_door:
            yield f"context {name} has no exten T"
        if knows and is_door:
            yield f"context {name} has an exten T that can be dialled"


def contexts(text: str) -> Iterator[tuple[str, str]]:
    """Name and body of every context of a dialplan."""
    for match in re.finditer(r"^\[([\w-]+)\][^\n]*\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL):
        if match[1] not in ("general", "globals"):
            yield match[1], match[2]
