"""Use cases of the register: agencies, sections, persons and desks, each changed from a date of effect on."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, Unpack

from sqlalchemy.orm import Session

from hotline.directory.rows import KINDS
from hotline.directory.rules import Agency, Business, Contact, Desk, Person, Section
from hotline.directory.service import agency_of_section, dialable, known, write
from hotline.errors import HotlineError
from hotline.ledger import history
from hotline.ledger.changes import Authorship
from hotline.ledger.periods import Period
from hotline.sheets.columns import SHEET_OF

_KINDS: Final = {Agency: "agency", Section: "section", Person: "person", Business: "business"}
Register = Agency | Section | Person | Desk | Business | Contact
"""What the register holds for good, until it changes."""


class NoName(HotlineError, code="no-name"):
    """An agency, section or person that nobody could speak of."""

    kind: str
    key: str


class NoSuccessor(HotlineError, code="no-successor"):
    """A closed agency whose open cases nobody would have (P2-a)."""

    agency: str


class AboveItself(HotlineError, code="above-itself"):
    """A tree of agencies that is none."""

    agency: str


def set_row(session: Session, row: Register, period: Period, **who: Unpack[Authorship]) -> bool:
    """Write an agency, section, person or desk, from a date of effect on; False when it is so already.

    What it names must be there, and what is dialled must be dialable.
    Raises Unknown, NotDialable, NoName, NoSuccessor, AboveItself.
    """
    kind, key, says = _said(row)
    sheet = SHEET_OF[kind]
    for name, other in sheet.refers.items():
        if says[name] or name in sheet.required:
            known(session, other, says[name], period.since)
    if isinstance(row, Contact):
        known(session, "agency", row.agency, period.since)
    if isinstance(row, Desk):
        for extension in row.neighbours:
            known(session, "desk", extension, period.since)
    if isinstance(row, Agency):
        _in_the_tree(session, row, period.since)
    if not (isinstance(row, Desk | Contact) or row.name):
        raise NoName(kind, key)
    for name in ("number", "alternative", "emergency"):
        if says.get(name):
            says[name] = dialable(says[name])
    return write(session, kind, key, says, period, **who)


def _in_the_tree(session: Session, agency: Agency, at: datetime) -> None:
    """The agencies above it are there and none of them is itself; a closed one has a successor (P2-a)."""
    if agency.closed and not agency.successor:
        raise NoSuccessor(agency.code)
    above, seen = agency.parent, {agency.code}
    while above:
        if above in seen:
            raise AboveItself(agency.code)
        seen.add(above)
        row = history.in_force(session, KINDS["agency"].table, above, at)
        above = row.says()["parent"] if row else ""


def _said(row: Register) -> tuple[str, str, dict[str, Any]]:
    """Kind, key and columns of a row. Whether a switchboard works is told by ``switchboard_fails``."""
    says = asdict(row)
    match row:
        case Desk(extension):
            del says["extension"]
            seat = says.pop("seat") or {"floor": "", "x": None, "y": None, "building": ""}
            return "desk", extension, says | seat | {"neighbours": " ".join(row.neighbours)}
        case Contact():
            return "contact", row.office, says | {"place": str(row.place)}
    says.pop("fault", None)
    return _KINDS[type(row)], says.pop("code"), says


def present(session: Session, kind: str, key: str, at: datetime) -> Any:
    """Look up the meaning of a key at an instant, as in a City; None when there is nothing."""
    row = history.in_force(session, KINDS[kind].table, key, at)
    return None if row is None else KINDS[kind].means(row)


def agencies_of(session: Session, kind: str, key: str, after: Register, at: datetime) -> set[str]:
    """The agencies that a change of the register touches: the one before, the one after."""
    touched = set()
    for row in (present(session, kind, key, at), after):
        match row:
            case Agency(code):
                touched.add(code)
            case Section(_, agency):
                touched.add(agency)
            case Contact(agency):
                touched.add(agency)
            case Person(_, section) | Desk(_, section) | Business(_, section) if section:
                touched.add(agency_of_section(session, section, at))
    return touched
