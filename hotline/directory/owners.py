"""The agency that a row of the directory belongs to: who may change it, who is counted and written to for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.directory.rows import KINDS
from hotline.directory.rules import Directory
from hotline.directory.store import ContactRow, PersonRow
from hotline.ledger import history
from hotline.ledger.entries import EntryRecord
from hotline.ledger.history import TABLES
from hotline.permissions import Action, Role
from hotline.staff.service import with_role

CITY: Final = ""
"""What belongs to no agency: the roster, the calendar."""
PERSONAL: Final = {"staff": Action.STAFF_CHANGE, "duty": Action.DIRECTORY_DUTY}
"""Rows with people's own numbers and addresses, and who may read what they said (P4.12)."""
OF_AGENCIES: Final = frozenset(("section", "staff", "faq", "category", "counter"))
"""Kinds whose rows name their agency themselves; the others' name a section."""


Place = Callable[[str, str], str]
"""Place of a row by its key: its section, or the agency of sections and the staff; empty for nowhere."""
Latest = Mapping[str, Mapping[str, str]]


def agency_of(then: Directory, kind: str, key: str) -> str:
    """The agency of what a key names in the directory of an instant; CITY for what belongs to none."""

    def place(kind: str, key: str) -> str:
        match kind:
            case "section":
                return then.sections[key].agency if key in then.sections else ""
            case "desk" | "person" | "business":
                found = getattr(then, KINDS[kind].place).get(key)
                return found.section if found else ""
            case _:
                return ""

    return _agency(kind, key, place)


def latest(session: Session) -> Latest:
    """Map sections, persons and desks to their places as last written, ended ones too; for many changes."""
    return {kind: dict(session.execute(_said(kind)).all()) for kind in ("section", "person", "desk")}


def agencies_of_change(session: Session, change: EntryRecord, known: Latest | None = None) -> list[str]:
    """The agencies whose rows an entry touched, whatever they say now; CITY for rows of none."""
    known = latest(session) if known is None else known

    def place(kind: str, key: str) -> str:
        if kind in known:
            return known[kind].get(key, "")
        said = [of for _, of in session.execute(_said(kind).where(TABLES[kind].key == key))]
        return said[-1] if said else ""

    return sorted({_agency(kind, key, place) for kind, key in change.keys})


def _said(kind: str) -> Any:
    """Keys with what each row says of its place, in the order in which they were written."""
    table: Any = TABLES[kind]
    return select(table.key, table.agency if kind in OF_AGENCIES else table.section).order_by(table.id)


def _agency(kind: str, key: str, place: Place) -> str:
    match kind:
        case "agency" | "switchboard":
            return key
        case "contact":
            return key.partition("/")[0]
        case "section" | "booking":
            return place("section", key)
        case "desk" | "forward":
            return place("section", place("desk", key))
        case "person" | "absence":
            return place("section", place("person", key))
        case "business":
            return place("section", place("business", key))
        case "staff" | "faq" | "category" | "counter":
            return place(kind, key)
        case _:
            return CITY


CALL_CENTRE = "call-centre"
"""Recipient of what nobody else can be told: a message is never written to nobody."""


def liaisons(session: Session, agency: str, at: datetime) -> list[str]:
    """The agency's 1999 liaisons: who has the role, else who holds the office; without any, the supervisors.

    Who has no address stays a name, so that the gap is seen.
    """
    found = holding(session, Role.LIAISON, at, agency) or office(session, Role.LIAISON, agency, at)[:1]
    return found or call_centre(session, at)


def office(session: Session, role: Role, agency: str, at: datetime) -> list[str]:
    """The addresses of who holds an office of an agency, the holder first, then the deputies (P5.4.6): by the
    directory, else of who has the role; empty while it is vacant.
    """
    which = (ContactRow.agency == agency, ContactRow.role == str(role))
    held = sorted(history.all_in_force(session, ContactRow, at, *which), key=lambda row: int(row.place))
    persons = (history.in_force(session, PersonRow, row.person, at) for row in held)
    return [one.email or one.key for one in persons if one] or holding(session, role, at, agency)


def holding(session: Session, role: Role, at: datetime, agency: str = "") -> list[str]:
    """List the addresses of who has a role, all or of an agency."""
    return [one.email or one.login for one in with_role(session, role, at, agency)]


def call_centre(session: Session, at: datetime) -> list[str]:
    """List the addresses of the supervisors; without any, the call centre itself."""
    return holding(session, Role.SUPERVISOR, at) or [CALL_CENTRE]
