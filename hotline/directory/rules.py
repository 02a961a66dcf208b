"""The directory as of an instant: pure, frozen, complete; what a route is computed from."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from hotline.periods import Period
from hotline.workdays import Override

__all__ = [
    "Agency",
    "City",
    "Desk",
    "Directory",
    "DutyOfficer",
    "Override",
    "Period",
    "Person",
    "Seat",
    "Section",
]


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the city (P2-a). Its switchboard is out of order while ``fault``: ring ``alternative`` (P4.9)."""

    code: str
    name: str
    off_site: bool = False
    number: str = ""
    alternative: str = ""
    fault: bool = False
    emergency: str = ""


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
    """A place on a floor plan, in metres."""

    floor: str
    x: float
    y: float


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


@dataclass(frozen=True, slots=True)
class DutyOfficer:
    """A city duty officer of the roster: rung in ``order`` (P5.1.3)."""

    order: int
    name: str
    number: str


@dataclass(frozen=True)
class Directory:
    """All that is true at one instant."""

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


@dataclass(frozen=True)
class City:
    """Every row that may matter now or soon, with its period; asked for the directory of an instant.

    ``rows`` maps the name of a field of ``Directory`` to (key, value, period), the later written last;
    besides, ``switchboards`` maps an agency to the alternative number of its faulty switchboard (P4.9),
    and ``days`` a date in ISO 8601 to what the calendar was overridden with (spec §2).
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
        return Directory(at, **maps, duty=tuple(sorted(duty, key=lambda officer: officer.order)))

    def _as_reached(self, agency: Agency, at: datetime) -> Agency:
        for key, alternative, period in self.rows.get("switchboards", ()):
            if key == agency.code and period.holds(at):
                return replace(agency, fault=True, alternative=alternative or agency.alternative)
        return agency


_OTHERWISE = frozenset(("duty", "switchboards", "days"))
"""Names of rows that are no mapping of a directory."""


def _named(desk: Desk, persons: Mapping[str, Person]) -> Desk:
    """A desk without a name of its own bears its person's."""
    if desk.name or desk.person not in persons:
        return desk
    return replace(desk, name=persons[desk.person].name)
