"""Expected calls of a day by half-hours, from days of the past that are like it (P4.3). Pure.

A day is like another of the same weekday that was worked or off as it is; of the half-hours of such days the
highest and the lowest are left out, so that one odd day moves nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from hotline.news.rules import Surge

HALVES: Final = 48
"""Half-hours of a day."""
MOST: Final = 8
"""Days of the past that are taken, the latest."""
LEAST: Final = 2
"""With fewer of the same weekday, all that are worked or off alike are taken."""
TRIMMED: Final = 5
"""From so many days on, the extremes are left out."""
DAY: Final = timedelta(days=1)

Halves = Sequence[float]
"""A number for each half-hour of a day."""
Counts = Mapping[date, Halves]
"""What came on days of the past, in order; only days on which calls were taken at all."""
Works = Callable[[date], bool]
"""Tells whether offices work on a day."""


@dataclass(frozen=True, slots=True)
class ForecastError:
    """How far forecasts of past days were from what came, as shares of all that came.

    ``halves``: half-hour by half-hour; ``days``: day by day; ``bias``: all together, above 0 if too many.
    """

    halves: float
    days: float
    bias: float


def alike(day: date, past: Iterable[date], works: Works) -> list[date]:
    """Days before this one that are like it, the latest first."""
    earlier = sorted((one for one in past if one < day and works(one) == works(day)), reverse=True)
    same = [one for one in earlier if one.weekday() == day.weekday()]
    return (same if len(same) >= LEAST else earlier)[:MOST]


def usual(day: date, past: Counts, works: Works) -> Halves:
    """Expected calls of a day, without what was announced."""
    found = [past[one] for one in alike(day, past, works)]
    return [_middle([one[half] for one in found]) for half in range(HALVES)]


def announced(day: date, surge: Surge, base: Callable[[date], Halves]) -> Halves:
    """The part of announced calls that falls on a day: spread over its days as the usual calls are."""
    if not surge.first <= day <= surge.last:
        return [0.0] * HALVES
    days = [surge.first + DAY * number for number in range((surge.last - surge.first).days + 1)]
    whole = sum(sum(base(one)) for one in days)
    if not whole:
        return [surge.calls / len(days) / HALVES] * HALVES
    return [surge.calls * half / whole for half in base(day)]


def added(several: Iterable[Halves]) -> Halves:
    """Half-hours of several, added up."""
    return [sum(parts) for parts in zip([0.0] * HALVES, *several, strict=True)]


def error(held_out: Iterable[tuple[Halves, Halves]]) -> ForecastError | None:
    """Compare what was expected with what came, day by day; None where nothing came."""
    days = list(held_out)
    came = sum(sum(real) for _, real in days)
    if not came:
        return None
    halves = sum(
        abs(one - other) for expected, real in days for one, other in zip(expected, real, strict=True)
    )
    whole = sum(abs(sum(expected) - sum(real)) for expected, real in days)
    bias = sum(sum(expected) - sum(real) for expected, real in days)
    return ForecastError(halves / came, whole / came, bias / came)


def _middle(values: Sequence[float]) -> float:
    kept = sorted(values)[1:-1] if len(values) >= TRIMMED else values
    return sum(kept) / len(kept) if kept else 0.0
