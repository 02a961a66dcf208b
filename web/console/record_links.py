"""Names of the things of the directory on pages, and the page of each."""

from typing import Final

from flask import url_for

import wording
from hotline.directory.owners import agency_of
from hotline.directory.rows import KINDS
from hotline.directory.rules import Directory
from web.console import language

NAMED: Final = frozenset(("agency", "section", "desk", "person", "business"))
ABOUT: Final = {"switchboard": "agency", "booking": "section", "forward": "desk", "absence": "person"}
"""Kinds of rows that are about a thing of another kind, by whose key they are known."""


def kind_name(kind: str) -> str:
    """Name of a kind of row."""
    return language.term(kind, "kind")


def column_name(column: str) -> str:
    """Name of a column."""
    return wording.column(column, language.current())


def name_of(then: Directory, kind: str, key: str) -> str:
    """Name of what a key stands for at an instant; empty when it has none."""
    kind = ABOUT.get(kind, kind)
    found = getattr(then, KINDS[kind].place).get(key) if kind in NAMED else None
    return found.name if found else ""


def place_of(then: Directory, kind: str, key: str) -> str:
    """The address of the page where a thing is put right; empty when it has none."""
    match kind:
        case "duty":
            return url_for("duty.roster")
        case "switchboard":
            return url_for("switchboards.states")
        case "calendar" | "hours":
            return url_for("workdays.days")
        case "desk" | "forward":
            return url_for("desk.one", extension=key)
        case "section" | "booking":
            return url_for("directory.section", code=key) if key in then.sections else ""
        case "person" | "absence":
            return url_for("directory.person", code=key) if key in then.persons else ""
        case _:
            agency = agency_of(then, kind, key)
            return url_for("directory.agency", code=agency) if agency else ""
