"""Agents that a day needs by half-hours, and where the roster falls short of them (P4.3). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hotline.staff.rules import Shift
from reporting import erlang
from reporting.forecast import HALVES, Halves

HALF: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """What callers are promised, and how long a call keeps an agent, both in seconds; ``goal`` 0 to 1."""

    goal: float
    within: float
    handling: float


@dataclass(frozen=True, slots=True)
class HalfHour:
    """A half-hour of a plan."""

    at: datetime
    expected: float
    """Calls, with those announced."""
    announced: float
    needed: int
    """Agents."""
    rostered: int
    level: float | None
    """Share of calls answered in time with who is on the roster; None where none is expected."""

    @property
    def short(self) -> int:
        """Agents who are lacking."""
        return max(0, self.needed - self.rostered)


def plan(
    begins: datetime, usual: Halves, announced: Halves, roster: Sequence[Shift], target: ServiceTarget
) -> list[HalfHour]:
    """The half-hours of a day that begins at this midnight."""
    return [
        _half_hour(begins + HALF * half, usual[half] + announced[half], announced[half], roster, target)
        for half in range(HALVES)
    ]


def on_roster(at: datetime, roster: Iterable[Shift]) -> int:
    """Agents on duty in a half-hour; who is there for a part of it counts as that part, rounded down."""
    there = (min(one.until, at + HALF) - max(one.since, at) for one in roster)
    return sum((one for one in there if one > timedelta()), timedelta()) // HALF


def _half_hour(
    at: datetime, expected: float, announced: float, roster: Sequence[Shift], target: ServiceTarget
) -> HalfHour:
    load = expected * target.handling / HALF.total_seconds()
    there = on_roster(at, roster)
    return HalfHour(
        at,
        expected,
        announced,
        erlang.needed(load, target.handling, target.within, target.goal),
        there,
        erlang.level(there, load, target.handling, target.within) if expected else None,
    )
