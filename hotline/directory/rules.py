"""The directory as of an instant: pure, frozen, complete; what a route is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant, to before another; None is open."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether ``at`` lies in it: at ``since`` yes, at ``until`` no."""
        return self.since <= at and (self.until is None or at < self.until)


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


Kept = TypeVar("Kept")


@dataclass(frozen=True)
class City:
    """Every row that may matter now or soon, with its period; asked for the directory of an instant.

    ``rows`` maps the name of a field of ``Directory`` to (key, value, period), the later written last.
    """

    rows: Mapping[str, tuple[tuple[str, Any, Period], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def at(self, at: datetime) -> Directory:
        """The directory of an instant."""
        maps = {
            name: {key: value for key, value, period in rows if period.holds(at)}
            for name, rows in self.rows.items()
            if name != "duty"
        }
        duty = [value for _, value, period in self.rows.get("duty", ()) if period.holds(at)]
        return Directory(at, **maps, duty=tuple(sorted(duty, key=lambda officer: officer.order)))
