"""Place of a fault in a menu's file, so that a clerk finds the line."""

import re
from dataclasses import replace

from ivr.menu_faults import OTHERWISE, FaultPlace, Flaw, MenuFault
from ivr.menus import EVERYWHERE, Sources

SETTINGS = frozenset((Flaw.NAME, Flaw.TRIES, Flaw.SECONDS))
"""Flaws of a setting, each called as the setting is."""


def placed(fault: MenuFault, sources: Sources) -> MenuFault:
    """The fault with file and line, as far as these can be told."""
    file = _file(fault.about, sources)
    if not file or fault.flaw is Flaw.TOML:  # which says the line itself
        return fault
    return replace(fault, place=FaultPlace(file, _line(fault, sources[file].splitlines())))


def _file(about: str, sources: Sources) -> str:
    """A file by its own name or by that of the menu in it."""
    named = re.compile(rf'^name *= *"{re.escape(about)}"', re.MULTILINE)
    files = [file for file, text in sources.items() if about and (file == about or named.search(text))]
    return files[0] if files else EVERYWHERE if about == "everywhere" else ""


def _line(fault: MenuFault, lines: list[str]) -> int:
    """Line counted from 1, 0 if nowhere; the last match, as the second of a key listed twice is too many."""
    signs = _signs(fault)
    return max((number for number, line in enumerate(lines, 1) if signs and signs.search(line)), default=0)


def _signs(fault: MenuFault) -> re.Pattern[str] | None:
    """Pattern of the line."""
    if fault.where and fault.where.press != OTHERWISE:
        return re.compile(rf'^ *press *= *"{re.escape(fault.where.press)}"')
    if fault.where or fault.flaw in SETTINGS:
        return re.compile(rf"^ *{fault.flaw if fault.flaw in SETTINGS else OTHERWISE} *=")
    word = isinstance(fault.what, str) and fault.what
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])") if word else None
