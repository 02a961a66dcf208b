"""From rows to what they mean: the city as a snapshot, and the revision that tells when to take a new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.db import add_once
from hotline.directory.rules import Agency, City, Desk, DutyOfficer, Person, Seat, Section
from hotline.directory.store import (
    AbsenceRow,
    AgencyRow,
    CalendarRow,
    DeskRow,
    DutyRow,
    ForwardRow,
    PersonRow,
    Revision,
    SectionRow,
    SwitchboardRow,
)
from hotline.history import Dated
from hotline.workdays import DayKind, Override

DIRECTORY: Final = "directory"
"""The name of the one revision there is."""


@dataclass(frozen=True)
class Kind:
    """A kind of row: its table, where it stands in a ``City``, and what a row means there."""

    table: type[Dated]
    place: str
    means: Callable[[Any], Any]


def _agency(row: AgencyRow) -> Agency:
    return Agency(
        row.key, row.name, row.off_site, row.number, row.alternative, fault=False, emergency=row.emergency
    )


def _desk(row: DeskRow) -> Desk:
    seat = Seat(row.floor, row.x, row.y) if row.floor and row.x is not None and row.y is not None else None
    return Desk(row.key, row.section, row.person, row.name, seat, row.number)


def _person(row: PersonRow) -> Person:
    return Person(row.key, row.section, row.name, row.title, row.duties, row.email)


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "agency": Kind(AgencyRow, "agencies", _agency),
        "section": Kind(
            SectionRow, "sections", lambda row: Section(row.key, row.agency, row.name, row.closed, row.email)
        ),
        "person": Kind(PersonRow, "persons", _person),
        "desk": Kind(DeskRow, "desks", _desk),
        "forward": Kind(ForwardRow, "forwards", lambda row: row.target),
        "absence": Kind(AbsenceRow, "away", lambda row: row.cause),
        "duty": Kind(DutyRow, "duty", lambda row: DutyOfficer(int(row.key), row.name, row.number)),
        "switchboard": Kind(SwitchboardRow, "switchboards", lambda row: row.alternative),
        "calendar": Kind(CalendarRow, "days", lambda row: Override(DayKind(row.kind), row.why)),
    }
)
"""Every kind of row, by the word of commands, files and the audit log."""


def load_city(session: Session, since: datetime) -> City:
    """The city from ``since`` on: every row that counts and holds then or later."""
    return City(
        MappingProxyType(
            {
                kind.place: tuple(
                    (row.key, kind.means(row), row.period) for row in _rows(session, kind, since)
                )
                for kind in KINDS.values()
            }
        )
    )


def _rows(session: Session, kind: Kind, since: datetime) -> list[Dated]:
    table = kind.table
    matters = (table.valid_to.is_(None)) | (table.valid_to > since)
    chosen = select(table).where(table.replaced_at.is_(None), matters)
    return list(session.scalars(chosen.order_by(table.valid_from, table.id)))


def revision(session: Session) -> int:
    """The number of the latest change; 0 before the first."""
    return session.scalar(select(Revision.number).where(Revision.name == DIRECTORY)) or 0


def revise(session: Session) -> None:
    """Say that something changes. Before the change: it makes writers wait for each other."""
    add_once(session, Revision, [{"name": DIRECTORY, "number": 0}])
    session.execute(
        update(Revision).where(Revision.name == DIRECTORY).values(number=Revision.number + 1),
        execution_options={"synchronize_session": False},
    )
