"""The menu: pages in groups, of which everybody sees what is theirs."""

from dataclasses import dataclass
from typing import Final

from flask import current_app

from web.console import gate
from web.console.language import _l

TODAY, DIRECTORY, CALLS, KNOWLEDGE, CITY = "today", "directory", "calls", "knowledge", "city"
GROUPS: Final = {
    TODAY: _l("今天"),
    DIRECTORY: _l("分機目錄"),
    CALLS: _l("來電與選單"),
    KNOWLEDGE: _l("知識與通告"),
    CITY: _l("管理"),
}


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A heading of the menu with its lines: words and endpoint."""

    words: object
    lines: tuple[tuple[object, str], ...]


def menu() -> list[MenuGroup]:
    """Menu of who is signed in; empty for strangers."""
    found = gate.present()
    if found is None or found.needs_second:
        return []
    entries = [entry for entry in gate.entries(current_app) if gate.is_open(entry.allowed)]
    groups = {
        group: tuple((entry.words, entry.endpoint) for entry in entries if entry.group == group)
        for group in GROUPS
    }
    return [MenuGroup(GROUPS[group], lines) for group, lines in groups.items() if lines]
