"""Which agency a row of the directory belongs to: who may change it, and who is counted for it."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.directory.rules import Directory
from hotline.ledger.entries import Change
from hotline.ledger.history import TABLES
from hotline.permissions import Action

CITY: Final = ""
"""What belongs to no agency: the roster, the calendar."""
PERSONAL: Final = {"staff": Action.STAFF_CHANGE, "duty": Action.DIRECTORY_DUTY}
"""Rows with people's own numbers and addresses, and who may read what they said (P4.12)."""


def agency_of(then: Directory, kind: str, key: str) -> str:
    """The agency of what a key names in the directory of an instant; CITY for what belongs to none."""
    match kind:
        case "agency" | "switchboard":
            return key
        case "contact":
            return key.partition("/")[0]
        case "section" | "booking":
            return then.sections[key].agency if key in then.sections else CITY
        case "desk" | "forward":
            return agency_of(then, "section", then.desks[key].section) if key in then.desks else CITY
        case "person" | "absence":
            return agency_of(then, "section", then.persons[key].section) if key in then.persons else CITY
        case "business":
            return (
                agency_of(then, "section", then.businesses[key].section) if key in then.businesses else CITY
            )
        case _:
            return CITY


def latest(session: Session) -> "Latest":
    """Who belongs where, by what was last written; read once for many changes."""
    return {kind: _latest(session, kind) for kind in ("section", "person", "desk")}


def agencies_of_change(session: Session, change: Change, known: "Latest | None" = None) -> list[str]:
    """The agencies whose rows an entry touched, whatever they say now; CITY for rows of none."""
    known = latest(session) if known is None else known
    owners = {_owner(session, known, kind, key) for kind, key in change.keys}
    return sorted(owners)


Latest = Mapping[str, Mapping[str, Mapping[str, Any]]]


def _latest(session: Session, kind: str) -> dict[str, Mapping[str, Any]]:
    """What was last written of each key, also of those that ended."""
    table: Any = TABLES[kind]
    column = table.agency if kind == "section" else table.section
    rows = session.execute(select(table.key, column).order_by(table.id))
    return {key: {"agency" if kind == "section" else "section": said} for key, said in rows}


def _owner(session: Session, known: Latest, kind: str, key: str) -> str:
    match kind:
        case "agency" | "switchboard":
            return key
        case "contact":
            return key.partition("/")[0]
        case "section" | "booking":
            return str(known["section"].get(key, {}).get("agency", CITY))
        case "person" | "desk":
            return _owner(session, known, "section", known[kind].get(key, {}).get("section", ""))
        case "forward":
            return _owner(session, known, "desk", key)
        case "absence":
            return _owner(session, known, "person", key)
        case "business" | "staff" | "faq":
            table: Any = TABLES[kind]
            column = table.section if kind == "business" else table.agency
            said = (
                session.scalar(select(column).where(table.key == key).order_by(table.id.desc()).limit(1))
                or ""
            )
            return _owner(session, known, "section", said) if kind == "business" else said
        case _:
            return CITY
