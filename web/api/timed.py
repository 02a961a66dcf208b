"""What holds for a time: forwards, absences, the duty roster, failing switchboards."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from hotline.directory import service
from hotline.directory.rows import KINDS
from hotline.directory.rules import Booking, DutyOfficer
from hotline.ledger import looks
from hotline.ledger.periods import Period
from hotline.permissions import Action
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room
from web.api.models import (
    AbsenceChange,
    AgencyPath,
    At,
    BookingChange,
    Change,
    DutyChange,
    End,
    ExtensionPath,
    ForwardChange,
    Listing,
    Look,
    Page,
    PersonPath,
    PlacePath,
    SectionPath,
    SwitchboardChange,
)

room = Room("timed", "What holds for a time: forwards, absences, duty, switchboards")


class RosterLook(At, Look):
    """As of when; and why the numbers are asked for whole."""


class RosterList(Listing, Look):
    """The same of the whole roster."""


@room.read("/forwards", ANY_KEY, Page[models.Forward])
def forwards(query: Listing) -> Answer:
    """Extensions that follow another as of an instant (P5.1.2)."""
    return rows.listed("forward", query, _forward, models.Forward)


@room.read("/forwards/<extension>", ANY_KEY, models.Forward)
def forward(path: ExtensionPath, query: At) -> Answer:
    """The forward of an extension as of an instant."""
    return rows.one("forward", path.extension, query, _forward)


@room.edit("/forwards/<extension>", Action.DIRECTORY_FORWARD, models.Forward)
def change_forward(path: ExtensionPath, body: ForwardChange) -> Answer:
    """An extension follows another for a time."""
    write = partial(service.set_forward, gate.session(), path.extension, body.target)
    return _edited("forward", path.extension, body, _forward, write)


@room.end("/forwards/<extension>", Action.DIRECTORY_FORWARD)
def end_forward(path: ExtensionPath, query: End) -> Answer:
    """The extension rings itself again."""
    return _ended("forward", path.extension, query)


@room.read("/absences", ANY_KEY, Page[models.Absence])
def absences(query: Listing) -> Answer:
    """Who is away as of an instant."""
    return rows.listed("absence", query, _absence, models.Absence)


@room.read("/absences/<person>", ANY_KEY, models.Absence)
def absence(path: PersonPath, query: At) -> Answer:
    """Whether a person is away as of an instant."""
    return rows.one("absence", path.person, query, _absence)


@room.edit("/absences/<person>", Action.DIRECTORY_ABSENCE, models.Absence)
def change_absence(path: PersonPath, body: AbsenceChange) -> Answer:
    """A person is away for a time."""
    write = partial(service.set_absence, gate.session(), path.person, body.cause)
    return _edited("absence", path.person, body, _absence, write)


@room.end("/absences/<person>", Action.DIRECTORY_ABSENCE)
def end_absence(path: PersonPath, query: End) -> Answer:
    """The person is back."""
    return _ended("absence", path.person, query)


@room.read("/bookings", ANY_KEY, Page[models.Booking])
def bookings(query: Listing) -> Answer:
    """Sections that are away as of an instant (P5.1.2)."""
    return rows.listed("booking", query, _booking, models.Booking)


@room.read("/bookings/<section>", ANY_KEY, models.Booking)
def booking(path: SectionPath, query: At) -> Answer:
    """Whether a section is away as of an instant."""
    return rows.one("booking", path.section, query, _booking)


@room.edit("/bookings/<section>", Action.DIRECTORY_ABSENCE, models.Booking)
def change_booking(path: SectionPath, body: BookingChange) -> Answer:
    """A whole section is away for a time; its extensions follow who covers."""
    away = Booking(path.section, body.cause, body.cover)
    return _edited(
        "booking", path.section, body, _booking, partial(service.set_booking, gate.session(), away)
    )


@room.end("/bookings/<section>", Action.DIRECTORY_ABSENCE)
def end_booking(path: SectionPath, query: End) -> Answer:
    """The section is back."""
    return _ended("booking", path.section, query)


@room.read("/duty", ANY_KEY, Page[models.Duty], writes=True)
def roster(query: RosterList) -> Answer:
    """The roster of the city's duty officers as of an instant (P5.1.3)."""
    return rows.listed("duty", query, _duty(query), models.Duty)


@room.read("/duty/<int:place>", ANY_KEY, models.Duty, writes=True)
def duty(path: PlacePath, query: RosterLook) -> Answer:
    """A place on the roster as of an instant."""
    return rows.one("duty", str(path.place), query, _duty(query))


@room.edit("/duty/<int:place>", Action.DIRECTORY_DUTY, models.Duty)
def change_duty(path: PlacePath, body: DutyChange) -> Answer:
    """Who has a place on the roster for a time."""
    write = partial(service.set_duty, gate.session(), DutyOfficer(path.place, body.name, body.number))
    return _edited("duty", str(path.place), body, _duty(), write)


@room.end("/duty/<int:place>", Action.DIRECTORY_DUTY)
def end_duty(path: PlacePath, query: End) -> Answer:
    """Nobody has the place from then on."""
    return _ended("duty", str(path.place), query)


@room.read("/switchboards", ANY_KEY, Page[models.Switchboard])
def switchboards(query: Listing) -> Answer:
    """Switchboards that fail as of an instant (P4.9)."""
    return rows.listed("switchboard", query, _switchboard, models.Switchboard)


@room.read("/switchboards/<agency>", ANY_KEY, models.Switchboard)
def switchboard(path: AgencyPath, query: At) -> Answer:
    """The fault of an agency's switchboard as of an instant; 404: it works."""
    return rows.one("switchboard", path.agency, query, _switchboard)


@room.edit("/switchboards/<agency>", Action.DIRECTORY_SWITCHBOARD, models.Switchboard)
def switchboard_fails(path: AgencyPath, body: SwitchboardChange) -> Answer:
    """The switchboard of an agency fails; the alternative is rung."""
    write = partial(service.switchboard_fails, gate.session(), path.agency, body.alternative)
    return _edited("switchboard", path.agency, body, _switchboard, write)


@room.end("/switchboards/<agency>", Action.DIRECTORY_SWITCHBOARD)
def switchboard_works(path: AgencyPath, query: End) -> Answer:
    """The switchboard works again."""
    return _ended("switchboard", path.agency, query)


def _edited(
    kind: str, key: str, body: Change, shows: rows.Shows[Any], write: Callable[..., object]
) -> Answer:
    def deed(since: datetime) -> None:
        _allow(kind, key, since)
        write(Period(since, body.until), **_by(body))

    return rows.edited(kind, key, body, shows, deed)


def _ended(kind: str, key: str, query: End) -> Answer:
    def deed(since: datetime) -> None:
        _allow(kind, key, since)
        service.withdraw(gate.session(), kind, key, since, **_by(query))

    return rows.ended(kind, key, query.since or gate.now(), deed)


def _allow(kind: str, key: str, since: datetime) -> None:
    """For the agency that the row belongs to. Raises Unknown, NotPermitted."""
    match kind:
        case "forward":
            agency = service.agency_of(gate.session(), key, since)
        case "absence":
            agency = service.agency_of_person(gate.session(), key, since)
        case "booking":
            agency = service.agency_of_section(gate.session(), key, since)
        case "switchboard":
            agency = key
        case _:
            agency = ""
    gate.allow(KINDS[kind].action, agency)


def _by(said: Change | End) -> dict[str, Any]:
    return {"at": gate.now(), "by": gate.me().login, "reason": said.reason}


def _forward(row: Any) -> models.Forward:
    return models.Forward(extension=row.key, target=row.target, **rows.held(row))


def _absence(row: Any) -> models.Absence:
    return models.Absence(person=row.key, cause=row.cause, **rows.held(row))


def _booking(row: Any) -> models.Booking:
    return models.Booking(section=row.key, **row.says(), **rows.held(row))


def _duty(asked: Look | None = None) -> Callable[[Any], models.Duty]:
    """Numbers are masked, and told whole to who may change them for a reason, which is kept (P4.12)."""
    reading = None
    if asked and asked.reason.strip():
        gate.allow(Action.DIRECTORY_DUTY)
        reading = gate.look("duty:roster", asked.reason, "number")

    def shown(row: Any) -> models.Duty:
        number = looks.number(row.number, reading)
        return models.Duty(place=int(row.key), name=row.name, number=number, **rows.held(row))

    return shown


def _switchboard(row: Any) -> models.Switchboard:
    return models.Switchboard(agency=row.key, alternative=row.alternative, **rows.held(row))
