"""From rows to what they mean: the city as a snapshot, and the revision that tells when to take a new one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hotline.directory.circles import LEADING, StatedFacts
from hotline.directory.rules import (
    Agency,
    Booking,
    Business,
    City,
    Contact,
    Desk,
    DutyOfficer,
    Person,
    Seat,
    Section,
)
from hotline.directory.store import (
    AbsenceRow,
    AgencyRow,
    BookingRow,
    BusinessRow,
    CalendarRow,
    ContactRow,
    DeskRow,
    DutyRow,
    ForwardRow,
    HoursRow,
    PersonRow,
    SectionRow,
    SwitchboardRow,
)
from hotline.ledger.history import DatedRow, by_key, counting
from hotline.ledger.periods import Period
from hotline.permissions import Action
from hotline.worktime.workdays import DayKind, OfficeHours, Override


@dataclass(frozen=True)
class RowKind:
    """A kind of row: its table, its place in a ``City``, what a row means there, the action to change it."""

    table: type[DatedRow]
    place: str
    means: Callable[[Any], Any]
    action: Action = Action.DIRECTORY_CHANGE


def _agency(row: AgencyRow) -> Agency:
    above = row.emergency, row.parent, row.closed, row.successor
    return Agency(row.key, row.name, row.off_site, row.number, row.alternative, False, *above)


def _desk(row: DeskRow) -> Desk:
    seat = None
    if row.floor and row.x is not None and row.y is not None:
        seat = Seat(row.floor, row.x, row.y, row.building)
    return Desk(row.key, row.section, row.person, row.name, seat, row.number, tuple(row.neighbours.split()))


def _person(row: PersonRow) -> Person:
    return Person(row.key, row.section, row.name, row.title, row.duties, row.email)


def _hours(row: HoursRow) -> OfficeHours:
    pause = tuple(time.fromisoformat(edge) for edge in row.pause.split("-")) if row.pause else None
    return OfficeHours(time.fromisoformat(row.opens), time.fromisoformat(row.closes), pause)  # type: ignore[arg-type]


KINDS: Final[Mapping[str, RowKind]] = MappingProxyType(
    {
        "agency": RowKind(AgencyRow, "agencies", _agency),
        "section": RowKind(
            SectionRow, "sections", lambda row: Section(row.key, row.agency, row.name, row.closed, row.email)
        ),
        "person": RowKind(PersonRow, "persons", _person),
        "desk": RowKind(DeskRow, "desks", _desk),
        "forward": RowKind(ForwardRow, "forwards", lambda row: row.target, Action.DIRECTORY_FORWARD),
        "absence": RowKind(AbsenceRow, "away", lambda row: row.cause, Action.DIRECTORY_ABSENCE),
        "duty": RowKind(
            DutyRow,
            "duty",
            lambda row: DutyOfficer(int(row.key), row.name, row.number),
            Action.DIRECTORY_DUTY,
        ),
        "switchboard": RowKind(
            SwitchboardRow, "switchboards", lambda row: row.alternative, Action.DIRECTORY_SWITCHBOARD
        ),
        "calendar": RowKind(
            CalendarRow, "days", lambda row: Override(DayKind(row.kind), row.why), Action.CALENDAR_CHANGE
        ),
        "hours": RowKind(HoursRow, "hours", _hours, Action.CALENDAR_CHANGE),
        "booking": RowKind(
            BookingRow,
            "bookings",
            lambda row: Booking(row.key, row.cause, row.cover),
            Action.DIRECTORY_ABSENCE,
        ),
        "business": RowKind(
            BusinessRow,
            "businesses",
            lambda row: Business(row.key, row.section, row.person, row.name, row.keywords),
        ),
        "contact": RowKind(
            ContactRow, "contacts", lambda row: Contact(row.agency, row.role, int(row.place), row.person)
        ),
    }
)
"""Every kind of row, by the word of commands, files and the audit log."""
KIND_AT: Final = {kind.place: name for name, kind in KINDS.items()}
"""The word of each kind, by its place in a City."""


ROUTED: Final = tuple(kind for kind in KINDS if kind not in ("business", "contact"))
"""The kinds of rows that decide where a call goes."""


def load_city(
    session: Session, since: datetime, *, known_at: datetime | None = None, kinds: Iterable[str] = KINDS
) -> City:
    """The city from ``since`` on: every row that counts and holds then or later.

    ``known_at``: as it was known then, so that a call is explained by what it was routed by.
    """
    places = {
        KINDS[kind].place: tuple(
            (row.key, KINDS[kind].means(row), Period(row.valid_from, row.valid_to))
            for row in _rows(session, KINDS[kind].table, since, known_at)
        )
        for kind in kinds
    }
    return City(MappingProxyType(places))


def city_of(rows: Mapping[str, Iterable[DatedRow]]) -> City:
    """The city of these rows, by kind; none of them was replaced."""
    return City(
        {
            KINDS[kind].place: tuple(
                (row.key, KINDS[kind].means(row), row.period)
                for row in sorted(those, key=lambda row: row.valid_from)
            )
            for kind, those in rows.items()
        }
    )


def _rows(
    session: Session, table: type[DatedRow], since: datetime, known_at: datetime | None
) -> Sequence[Any]:
    """Plain rows: many thousands are read beside decisions, and objects would cost several times as much."""
    matters = (table.valid_to.is_(None)) | (table.valid_to > since)
    counts: ColumnElement[bool] = table.replaced_at.is_(None)
    if known_at:
        counts = (table.recorded_at <= known_at) & (counts | (table.replaced_at > known_at))
    columns = [getattr(table, name) for name in ("key", "valid_from", "valid_to", *table.words())]
    return session.execute(select(*columns).where(counts, matters).order_by(table.valid_from, table.id)).all()


def facts_of(session: Session, *, many: bool = False) -> StatedFacts:
    """Facts of who follows whom, by the database; ``many``: read at once, for many questions."""
    if not many:
        return StatedFacts(lambda kind, key: counting(session, KINDS[kind].table, key))
    rows = {kind: by_key(session, KINDS[kind].table) for kind in LEADING}
    return StatedFacts(lambda kind, key: rows[kind].get(key, ()))
