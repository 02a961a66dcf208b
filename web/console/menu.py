"""The menu: pages in groups, of which everybody sees those that are their work."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import current_app, request

from web.console import gate
from web.console.language import _l

TODAY, CALLS, DIRECTORY, KNOWLEDGE, VOICE, FIGURES, CITY = (
    "today",
    "calls",
    "directory",
    "knowledge",
    "voice",
    "figures",
    "city",
)
GROUPS: Final = {
    TODAY: _l("今天"),
    CALLS: _l("來電"),
    DIRECTORY: _l("分機目錄"),
    KNOWLEDGE: _l("問答與通告"),
    VOICE: _l("語音選單"),
    FIGURES: _l("統計"),
    CITY: _l("管理"),
}

OVERVIEW: Final = "overview.today"


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A heading of the menu with its lines: words and endpoint."""

    words: object
    lines: tuple[tuple[object, str], ...]


def menu() -> list[MenuGroup]:
    """Menu of who is signed in; empty for strangers."""
    entries = [entry for entry in open_pages() if entry.group and gate.is_work(entry.work)]
    groups = {
        group: tuple((entry.words, entry.endpoint) for entry in entries if entry.group == group)
        for group in GROUPS
    }
    return [MenuGroup(GROUPS[group], lines) for group, lines in groups.items() if lines]


def open_pages() -> Iterator[gate.MenuEntry]:
    """Pages with a name that who is signed in may open, in the menu or not; none for strangers."""
    found = gate.present()
    if found is not None and not found.needs_second:
        yield from (entry for entry in gate.entries(current_app) if gate.is_open(entry.allowed))


def front() -> str:
    """Endpoint to which the name above a page leads: the overview; a stranger's, the front page of the public
    service that the page belongs to by the first part of its address.
    """
    first, everyone = "/" + request.path.split("/")[1], gate.Everyone.PUBLIC
    rules = [one for one in current_app.url_map.iter_rules() if one.rule == first]
    read = [one.endpoint for one in rules if "GET" in (one.methods or ())]
    fronts = (one for one in read if gate.allowed_of(current_app, one, "GET") is everyone)
    return OVERVIEW if gate.present() else next(fronts, OVERVIEW)
