"""Office days and hours: the ground on which limits are counted.

The official calendar comes from the package ``holidays``; what no package knows
(a typhoon closes the city tomorrow) comes in as a table of exceptional days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cache
from typing import Final

import holidays

from hotline.errors import HotlineError
from hotline.worktime.explain import ENGLISH, Words

_SATURDAY: Final = 5


class NoCalendar(HotlineError, code="no-calendar"):
    """The official calendar does not reach this year, so no day of it may be called a working day."""

    year: int


class DayKind(StrEnum):
    """The kinds of exceptional days in the override table."""

    OFF = "off"
    WORKING = "working"


@dataclass(frozen=True)
class Override:
    """One exceptional day, for example a typhoon closure, with the reason people will read."""

    kind: DayKind
    reason: str


@dataclass(frozen=True)
class OfficeHours:
    """Open from ``opens`` to before ``closes``, all but the optional break, on every working day."""

    opens: time
    closes: time
    pause: tuple[time, time] | None = None

    def __post_init__(self) -> None:
        edges = (self.opens, *(self.pause or ()), self.closes)
        if any(edge.tzinfo for edge in edges):
            raise ValueError("office hours are Taipei wall time; give them without a zone")
        if any(later <= earlier for earlier, later in zip(edges, edges[1:], strict=False)):
            raise ValueError(f"office hours must run forward within a day, not {self}")

    def __str__(self) -> str:
        return ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in self.stretches())

    def until(self, hour: time) -> "OfficeHours | None":
        """These hours ended early, at an hour; None when nothing would be left of them, or nothing ends."""
        if not self.opens < hour < self.closes:
            return None
        if self.pause is None or hour <= self.pause[0]:
            return OfficeHours(self.opens, hour)
        closes = self.pause[0] if hour <= self.pause[1] else hour
        return OfficeHours(self.opens, closes, self.pause if closes > self.pause[1] else None)

    def stretches(self) -> tuple[tuple[time, time], ...]:
        """The day's open stretches in order: one, or two around the break."""
        if self.pause is None:
            return ((self.opens, self.closes),)
        return ((self.opens, self.pause[0]), (self.pause[1], self.closes))


@dataclass(frozen=True)
class Calendar:
    """The official calendar of government offices, corrected by the override table (spec §2).

    ``weekdays_only`` closes every Saturday and Sunday, make-up workdays too (P6.3).
    """

    overrides: Mapping[date, Override] = field(default_factory=dict)
    weekdays_only: bool = False

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on ``day``. Raises NoCalendar outside the years that are known."""
        if self.weekdays_only and day.weekday() >= _SATURDAY:
            return False
        if override := self.overrides.get(day):
            return override.kind is DayKind.WORKING
        return _official(day.year, ENGLISH.holidays).is_working_day(day)

    def reason(self, day: date, words: Words = ENGLISH) -> str:
        """Reason why ``day`` is off or specially worked; empty for an ordinary working day."""
        weekend = day.weekday() >= _SATURDAY
        if self.weekdays_only and weekend:
            return words.weekend
        if override := self.overrides.get(day):
            return override.reason
        if self.is_working(day):
            return words.make_up if weekend else ""
        return _official(day.year, words.holidays).get(day) or words.weekend


@cache
def _official(year: int, language: str) -> holidays.HolidayBase:
    # One finished object a year: the library's own growing object answers wrongly while
    # another thread is filling it, and is empty for years it does not know.
    known = holidays.country_holidays("TW", years=(), expand=False)
    if not known.start_year <= year <= known.end_year:
        raise NoCalendar(year)
    return holidays.country_holidays("TW", years=year, expand=False, language=language)
