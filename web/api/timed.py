"""Rows that hold for a time: forwards, absences, the duty roster, failing switchboards."""

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
from hotline.sheets.rows import AbsenceSays, BookingSays, DutySays, ForwardSays
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room
from web.api.rows import DatedResource

room = Room("timed", "What holds for a time: forwards, absences, duty, switchboards")


class RosterLookQuery(models.AsOf, models.LookQuery):
    """Instant of the roster, and the reason to be told its numbers whole."""


class RosterListQuery(models.ListQuery, models.LookQuery):
    """The same of the whole roster."""


def _set(kind: str, path: Any, body: Any, since: datetime) -> None:
    session, key, period = gate.session(), rows.key_of(path), Period(since, body.until)
    _allow(kind, key, since)
    by: dict[str, Any] = {**gate.stamp(), "reason": body.reason}
    match kind:
        case "forward":
            service.set_forward(session, key, body.target, period, **by)
        case "absence":
            service.set_absence(session, key, body.cause, period, **by)
        case "booking":
            service.set_booking(session, Booking(key, body.cause, body.cover), period, **by)
        case "duty":
            service.set_duty(session, DutyOfficer(path.place, body.name, body.number), period, **by)
        case _:
            service.switchboard_fails(session, key, body.alternative, period, **by)


def _end(kind: str, key: str, reason: str, since: datetime) -> None:
    _allow(kind, key, since)
    service.withdraw(gate.session(), kind, key, since, **gate.stamp(), reason=reason)


def _allow(kind: str, key: str, since: datetime) -> None:
    """Check that the login may, for the agency of the row. Raises Unknown, NotPermitted."""
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


def _duty(asked: models.LookQuery | None = None) -> Callable[[Any], models.Duty]:
    """Numbers are masked, and told whole to who may change them for a reason, which is kept (P4.12)."""
    reading = None
    if asked and asked.reason.strip():
        gate.allow(Action.DIRECTORY_DUTY)
        reading = gate.look("duty:roster", asked.reason, "number")

    def shown(row: Any) -> models.Duty:
        number = looks.number(row.number, reading)
        return models.Duty(place=int(row.key), name=row.name, number=number, **rows.held(row))

    return shown


of = partial(DatedResource, room, _set, _end)
kind = of("forward", "/forwards/<extension>", models.ExtensionPath, ForwardSays)
kind.listed("/forwards", forwards="Extensions that follow another as of an instant (P5.1.2).")
kind.one(forward="The forward of an extension as of an instant.")
kind.change(change_forward="An extension follows another for a time.")
kind.end(end_forward="The extension rings itself again.")

kind = of("absence", "/absences/<person>", models.PersonPath, AbsenceSays)
kind.listed("/absences", absences="Who is away as of an instant.")
kind.one(absence="Whether a person is away as of an instant.")
kind.change(change_absence="A person is away for a time.")
kind.end(end_absence="The person is back.")

kind = of("booking", "/bookings/<section>", models.SectionPath, BookingSays)
kind.listed("/bookings", bookings="Sections that are away as of an instant (P5.1.2).")
kind.one(booking="Whether a section is away as of an instant.")
kind.change(
    change_booking="A whole section is away for a time; its extensions follow who covers.",
)
kind.end(end_booking="The section is back.")


@room.read("/duty", ANY_KEY, models.Page[models.Duty], writes=True)
def roster(query: RosterListQuery) -> Answer:
    """The roster of the city's duty officers as of an instant (P5.1.3)."""
    return rows.listed("duty", query, _duty(query), models.Duty)


@room.read("/duty/<int:place>", ANY_KEY, models.Duty, writes=True)
def duty(path: models.PlacePath, query: RosterLookQuery) -> Answer:
    """A place on the roster as of an instant."""
    return rows.one("duty", str(path.place), query, _duty(query))


kind = of("duty", "/duty/<int:place>", models.PlacePath, DutySays, models.Duty, _duty())
kind.change(change_duty="Who has a place on the roster for a time.")
kind.end(end_duty="Nobody has the place from then on.")

kind = of("switchboard", "/switchboards/<agency>", models.AgencyPath, models.SwitchboardSays)
kind.listed("/switchboards", switchboards="Switchboards that fail as of an instant (P4.9).")
kind.one(switchboard="The fault of an agency's switchboard as of an instant; 404: it works.")
kind.change(switchboard_fails="The switchboard of an agency fails; the alternative is rung.")
kind.end(switchboard_works="The switchboard works again.")
