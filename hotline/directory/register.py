"""Use cases of the register: agencies, sections, persons and desks, each changed from a date of effect on."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import chain, count
from typing import Any, Final, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.directory.rows import KINDS
from hotline.directory.rules import Agency, Business, Contact, Desk, Person, Section
from hotline.directory.service import agency_of_section, dialable, known, write
from hotline.errors import HotlineError, faults, refuse
from hotline.ledger import history
from hotline.ledger.changes import Authorship
from hotline.ledger.periods import Period
from hotline.search import pinyin
from hotline.sheets.columns import SHEET_OF, unfit

DIALLED: Final = ("number", "alternative", "emergency")
"""Columns with a number that is dialled one day."""
NO_KEY: Final = "new"
"""Stands for the code of a row that has none yet."""
LONGEST_STEM: Final = 20
"""Letters of a name in the code made of it."""
_BAD_IN_CODE: Final = re.compile(r"[^a-z0-9]")
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
    refuse(error for _column, error in wrong(session, row, period.since))
    kind, key, says = _said(row)
    for name in DIALLED:
        if says.get(name):
            says[name] = dialable(says[name])
    return write(session, kind, key, says, period, **who)


def wrong(session: Session, row: Register, at: datetime) -> Iterator[tuple[str, HotlineError]]:
    """All that is wrong with a row at its date of effect, each with the column it stands in, if in one."""
    kind, key, says = _said(row)
    sheet = SHEET_OF[kind]
    named = [(name, other, says[name]) for name, other in sheet.refers.items()]
    needed = [one for one in named if one[2] or one[0] in sheet.required]
    if isinstance(row, Contact):
        needed.append(("", "agency", row.agency))
    if isinstance(row, Desk):
        needed += [("neighbours", "desk", extension) for extension in row.neighbours]
    for name, other, of in needed:
        for error in faults(partial(known, session, other, of, at)):
            yield name, error
    if isinstance(row, Agency):
        for error in faults(partial(_in_the_tree, session, row, at)):
            yield "successor" if isinstance(error, NoSuccessor) else "parent", error
    if not (isinstance(row, Desk | Contact) or row.name):
        yield "name", NoName(kind, key)
    for name in DIALLED:
        for error in faults(partial(dialable, says.get(name, ""))) if says.get(name) else ():
            yield name, error
    for unfitting in unfit(kind, key or NO_KEY, says):
        yield unfitting.column, unfitting


def free_code(session: Session, kind: str, row: Register) -> str:
    """Code for a new row, from what it is called, that no row of its kind has or had."""
    stem = _BAD_IN_CODE.sub("", pinyin(getattr(row, "name", "")))[:LONGEST_STEM]
    before = {"section": getattr(row, "agency", ""), "person": "p", "business": "b"}.get(kind, "")
    first = "-".join(filter(None, (before[: 31 - LONGEST_STEM], stem))) or kind
    table = KINDS[kind].table
    taken = set(session.scalars(select(table.key).where(table.key.startswith(first, autoescape=True))))
    numbered = chain((first,), (f"{first[:28]}-{number}" for number in count(2)))
    return next(code for code in numbered if code not in taken)


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
