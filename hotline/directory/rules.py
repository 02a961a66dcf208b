"""The directory as of an instant: pure, frozen, complete; what a route is computed from."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from hotline.clock import midnight
from hotline.ledger.periods import Period
from hotline.worktime.workdays import OfficeHours, Override


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the city (P2-a). While ``fault``, its switchboard is out: ring ``alternative`` (P4.9)."""

    code: str
    name: str
    off_site: bool = False
    number: str = ""
    alternative: str = ""
    fault: bool = False
    emergency: str = ""
    parent: str = ""
    """Code of the agency above it."""
    closed: bool = False
    """It is no more, nobody of it answers; ``successor`` has its open cases (P2-a)."""
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section (科/組/室); ``closed`` when nobody answers there now."""

    code: str
    agency: str
    name: str
    closed: bool = False
    email: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a section: title, the business in charge (業務職掌, P4.1.1), e-mail address."""

    code: str
    section: str
    name: str
    title: str = ""
    duties: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A place on a floor plan, in metres; without ``building`` it is the city hall."""

    floor: str
    x: float
    y: float
    building: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """An extension and where it stands. Without ``number`` it is a phone of the city's own exchange;
    else an outside number, ``(02)2960-3456``, whose exchange takes the extension as keys.
    """

    extension: str
    section: str
    person: str = ""
    name: str = ""
    seat: Seat | None = None
    number: str = ""
    neighbours: tuple[str, ...] = ()
    """Extensions that are rung for it before those who sit nearest, in this order."""


@dataclass(frozen=True, slots=True)
class Business:
    """A business in charge (業務職掌, P4.1.1): which section to ask, or whom of it."""

    code: str
    section: str
    person: str = ""
    name: str = ""
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """The holder of an office of an agency (spec §1): liaison, quick-case liaison, manager, control officer.

    ``place`` 1 holds it, 2 and on are deputies.
    """

    agency: str
    role: str
    place: int
    person: str

    @property
    def office(self) -> str:
        """The key of the row."""
        return f"{self.agency}/{self.role}/{self.place}"


@dataclass(frozen=True, slots=True)
class Booking:
    """A section that is away as a whole (P5.1.2); ``cover``: the extension that answers meanwhile, if any."""

    section: str
    cause: str
    cover: str = ""


@dataclass(frozen=True, slots=True)
class DutyOfficer:
    """A city duty officer of the roster: rung in ``order`` (P5.1.3)."""

    order: int
    name: str
    number: str


@dataclass(frozen=True)
class Directory:
    """The directory of one instant."""

    at: datetime
    agencies: Mapping[str, Agency] = field(default_factory=dict)
    sections: Mapping[str, Section] = field(default_factory=dict)
    desks: Mapping[str, Desk] = field(default_factory=dict)
    forwards: Mapping[str, str] = field(default_factory=dict)
    """Extension to the extension that answers for it (P5.1.2)."""
    away: Mapping[str, str] = field(default_factory=dict)
    """Person to the reason of the absence."""
    duty: tuple[DutyOfficer, ...] = ()
    persons: Mapping[str, Person] = field(default_factory=dict)
    bookings: Mapping[str, Booking] = field(default_factory=dict)
    """Section to its booking: its extensions follow the one that covers, and nobody of it answers."""
    businesses: Mapping[str, Business] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    """``agency/role/place`` to who holds the office."""
    _groups: dict[str, "Groups"] = field(default_factory=dict, compare=False, repr=False)

    @property
    def groups(self) -> "Groups":
        """The desks by section and by floor; made once, also for the same desks of another instant."""
        made = self._groups.get("desks")
        if made is None or made.of is not self.desks:
            made = self._groups["desks"] = Groups.made(self.desks)
        return made


@dataclass(frozen=True, slots=True)
class Groups:
    """Desks that may be neighbours: of one section, or on one floor of one building."""

    of: Mapping[str, Desk]
    by_section: Mapping[str, list[Desk]]
    by_floor: Mapping[tuple[str, str], list[Desk]]

    @classmethod
    def made(cls, desks: Mapping[str, Desk]) -> "Groups":
        """Group all desks of an instant."""
        sections, floors = dict[str, list[Desk]](), dict[tuple[str, str], list[Desk]]()
        for desk in desks.values():
            sections.setdefault(desk.section, []).append(desk)
            if desk.seat:
                floors.setdefault((desk.seat.building, desk.seat.floor), []).append(desk)
        return cls(desks, sections, floors)


@dataclass(frozen=True)
class City:
    """The rows that may matter now or soon, each with its period; asked for the directory of an instant.

    ``rows`` maps the name of a field of ``Directory`` to (key, value, period), the later written last;
    besides, ``switchboards`` maps an agency to the alternative number of its faulty switchboard (P4.9),
    ``days`` a date in ISO 8601 to what the calendar was overridden with (spec §2), and ``hours`` holds the
    office hours declared.
    """

    rows: Mapping[str, tuple[tuple[str, Any, Period], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def at(self, at: datetime) -> Directory:
        """The directory of an instant; between two changes it is made once."""
        stretch = bisect_right(self._changes, at)
        if stretch not in self._made:
            self._made[stretch] = self._directory(at)
        return replace(self._made[stretch], at=at)

    @cached_property
    def overrides(self) -> Mapping[date, Override]:
        """The exceptional days as declared now."""
        days = self.rows.get("days", ())
        return {date.fromisoformat(key): value for key, value, period in days if period.until is None}

    def hours(self, day: date) -> OfficeHours | None:
        """The office hours declared for a day, as they are at its beginning; None = those of the settings."""
        at = midnight(day)
        rows = self.rows.get("hours", ())
        return next((value for _, value, period in reversed(rows) if period.holds(at)), None)

    @cached_property
    def _changes(self) -> tuple[datetime, ...]:
        periods = [period for rows in self.rows.values() for _, _, period in rows]
        edges = {edge for period in periods for edge in (period.since, period.until) if edge}
        return tuple(sorted(edges))

    @cached_property
    def _made(self) -> dict[int, Directory]:
        return {}

    def _directory(self, at: datetime) -> Directory:
        maps = {
            name: {key: value for key, value, period in rows if period.holds(at)}
            for name, rows in self.rows.items()
            if name not in _OTHERWISE
        }
        duty = [value for _, value, period in self.rows.get("duty", ()) if period.holds(at)]
        persons = maps.get("persons", {})
        maps["desks"] = {key: _named(desk, persons) for key, desk in maps.get("desks", {}).items()}
        maps["agencies"] = {
            key: self._as_reached(agency, at) for key, agency in maps.get("agencies", {}).items()
        }
        _book(maps)
        return Directory(at, **maps, duty=tuple(sorted(duty, key=lambda officer: officer.order)))

    def _as_reached(self, agency: Agency, at: datetime) -> Agency:
        for key, alternative, period in self.rows.get("switchboards", ()):
            if key == agency.code and period.holds(at):
                return replace(agency, fault=True, alternative=alternative or agency.alternative)
        return agency


def _book(maps: dict[str, dict[str, Any]]) -> None:
    """Close sections that are booked away or of a closed agency; booked ones' extensions follow the cover."""
    bookings, sections = maps.get("bookings", {}), maps.get("sections", {})
    ended = {code for code, agency in maps["agencies"].items() if agency.closed}
    for code, section in sections.items():
        if not section.closed and (code in bookings or section.agency in ended):
            sections[code] = replace(section, closed=True)
    covered = {code: booking.cover for code, booking in bookings.items() if booking.cover}
    if covered:
        away = {key: covered[desk.section] for key, desk in maps["desks"].items() if desk.section in covered}
        forwards = {key: cover for key, cover in away.items() if key != cover}
        maps["forwards"] = {**forwards, **maps.get("forwards", {})}


_OTHERWISE = frozenset(("duty", "switchboards", "days", "hours"))
"""Names of rows that are no mapping of a directory."""


def _named(desk: Desk, persons: Mapping[str, Person]) -> Desk:
    """A desk without a name of its own bears its person's."""
    if desk.name or desk.person not in persons:
        return desk
    return replace(desk, name=persons[desk.person].name)
