"""Office-hours arithmetic: when a limit ends, how much time has counted, and why.

Everything is given in: the instant, the hours, the table of exceptional days. No
clock is read and nothing is stored. Every instant must carry a zone; the
arithmetic and the results are in Asia/Taipei, which has had no summer time
since 1979, so wall time and elapsed time agree there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final

from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.worktime.explain import ENGLISH, Words
from hotline.worktime.workdays import Calendar, OfficeHours

_DAY: Final = timedelta(days=1)
_ZERO: Final = timedelta(0)
_LONGEST_CLOSURE: Final = 366


class NaiveInstant(HotlineError, ValueError, code="naive-instant"):
    """An instant without a zone says nothing about when a promise ends."""

    instant: datetime


class NeverOpen(HotlineError, code="never-open"):
    """The table of exceptional days leaves no working day for a whole year."""

    start: date


@dataclass(frozen=True)
class WorkingTime:
    """A limit on the clock WH: only time inside office hours counts."""

    amount: timedelta


@dataclass(frozen=True)
class WorkingDays:
    """A limit on the clock WD: the day of receipt is day 0, due at the close of the last day."""

    days: int


@dataclass(frozen=True)
class CalendarTime:
    """A limit on the clock CAL: nights, weekends and holidays count."""

    amount: timedelta


@dataclass(frozen=True)
class RoundedDown:
    """A limit whose end is rounded down to full ``step`` of the day; a shorter one ends as it is."""

    limit: WorkingTime | WorkingDays | CalendarTime
    step: timedelta


Limit = WorkingTime | WorkingDays | CalendarTime | RoundedDown


@dataclass(frozen=True)
class Worktime:
    """The three clocks of spec §2 over one calendar and one set of office hours."""

    calendar: Calendar
    hours: OfficeHours
    declared: Callable[[date], OfficeHours | None] = lambda day: None
    """Hours that were declared for a day; None = ``hours``."""

    def hours_of(self, day: date) -> OfficeHours:
        """The office hours of a day."""
        return self.declared(day) or self.hours

    def is_open(self, at: datetime) -> bool:
        """Open at 08:30:00, closed at 17:30:00; the break likewise (P6.3)."""
        return self.next_opening(at) == at

    def next_opening(self, at: datetime) -> datetime:
        """The first open instant at or after ``at``; ``at`` itself while open."""
        return self.next_stretch(at)[0]

    def next_stretch(self, at: datetime) -> tuple[datetime, datetime]:
        """The next opening, ``at`` itself while open, and the closing or break that ends it."""
        return next(self._open_from(_taipei(at)))

    def due(self, at: datetime, limit: Limit) -> datetime:
        """Instant when a limit that began at ``at`` ends; met at equality."""
        match limit:
            case WorkingTime(amount):
                return self.add(at, amount)
            case WorkingDays(days):
                return self.working_days_after(at, days)
            case CalendarTime(amount):
                return self.add_calendar(at, amount)
            case RoundedDown(exact, step):
                end = self.due(at, exact)
                full = end - (end - _on(end.date(), time())) % step
                return full if full > at else end

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """Clock WH: begun while closed, it starts at the next opening; it may end at closing time."""
        end = self.next_opening(at)
        for start, used in self._counted(at, amount):
            end = start + used
        return end

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two instants; none when ``end`` is not later."""
        total, end = _ZERO, _taipei(end)
        for opens, closes in self._open_from(_taipei(start)):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def working_days_after(self, at: datetime, days: int) -> datetime:
        """Clock WD: close of the n-th working day after the Taipei date of ``at``, whatever its hour."""
        return self._closing(self._nth(_taipei(at).date(), days, _DAY))

    def notice_deadline(self, change: date, days: int) -> datetime:
        """Close of the n-th working day before the day of a change (P4.6)."""
        return self._closing(self._nth(change, days, -_DAY))

    def add_calendar(self, at: datetime, amount: timedelta) -> datetime:
        """Clock CAL: nights and days off count."""
        return _taipei(at) + _positive(amount)

    def why(self, at: datetime, limit: Limit, clause: str, words: Words = ENGLISH) -> tuple[str, ...]:
        """The arithmetic of ``due`` as lines to read, with the clause it serves."""
        at, due = _taipei(at), self.due(at, limit)
        match limit:
            case RoundedDown(exact, step):
                lines = self.why(at, exact, clause, words)
                if due == self.due(at, exact):
                    return lines
                return (*lines[:-1], words.rounded(step, due), words.due(due))
            case WorkingTime(amount):
                head = words.working_time(clause, amount, at, str(self.hours_of(at.date())))
                steps = self._why_added(at, amount, words)
            case WorkingDays(days):
                head = words.working_days(clause, days, at)
                steps = self._why_days(at.date(), days, _DAY, words)
            case CalendarTime(amount):
                head = words.calendar_time(clause, amount, at)
                steps = iter(())
        return (head, *steps, words.due(due))

    def why_notice(self, change: date, days: int, clause: str, words: Words = ENGLISH) -> tuple[str, ...]:
        """The arithmetic of ``notice_deadline``, counted backwards."""
        head = words.notice(clause, days, change)
        due = self.notice_deadline(change, days)
        return (head, *self._why_days(change, days, -_DAY, words), words.due(due))

    def _open_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        for day in self._working_days(start.date() - _DAY, _DAY):
            for opens, closes in self.hours_of(day).stretches():
                if (end := _on(day, closes)) > start:
                    yield max(_on(day, opens), start), end

    def _counted(self, at: datetime, amount: timedelta) -> Iterator[tuple[datetime, timedelta]]:
        left = _positive(amount)
        for start, end in self._open_from(_taipei(at)):
            if not left:
                return
            used = min(left, end - start)
            yield start, used
            left -= used

    def _working_days(self, beside: date, step: timedelta) -> Iterator[date]:
        """Working days strictly after (or, with a negative step, before) ``beside``."""
        day, closed = beside, 0
        while closed < _LONGEST_CLOSURE:
            day, closed = day + step, closed + 1
            if self.calendar.is_working(day):
                yield day
                closed = 0
        raise NeverOpen(day - closed * step)

    def _nth(self, beside: date, days: int, step: timedelta) -> date:
        if days < 1:
            raise ValueError(f"a limit of working days is 1 or more, not {days}")
        return next(islice(self._working_days(beside, step), days - 1, None))

    def _closing(self, day: date) -> datetime:
        return _on(day, self.hours_of(day).closes)

    def _why_added(self, at: datetime, amount: timedelta, words: Words) -> Iterator[str]:
        opening, left = self.next_opening(at), amount
        if opening != at:
            yield from self._why_off(at.date(), opening.date(), _DAY, words)
            yield words.starts(opening)
        before = opening.date()
        for start, used in self._counted(at, amount):
            yield from self._why_off(before, start.date(), _DAY, words)
            before, left = start.date(), left - used
            yield words.counts(start, used, left, self.calendar.reason(before, words))

    def _why_days(self, beside: date, days: int, step: timedelta, words: Words) -> Iterator[str]:
        before = beside
        for number, day in enumerate(islice(self._working_days(beside, step), days), 1):
            yield from self._why_off(before + step, day, step, words)
            yield words.counted_day(day, number, self.calendar.reason(day, words))
            before = day

    def _why_off(self, first: date, until: date, step: timedelta, words: Words) -> Iterator[str]:
        days = (first + number * step for number in range(abs((until - first).days)))
        off = sorted(day for day in days if not self.calendar.is_working(day))
        if off:
            yield words.off(off[0], off[-1], [self.calendar.reason(day, words) for day in off])


def _taipei(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise NaiveInstant(at)
    return at.astimezone(TAIPEI)


def _on(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, TAIPEI)


def _positive(amount: timedelta) -> timedelta:
    if amount < _ZERO:
        raise ValueError(f"a limit cannot be negative: {amount}")
    return amount
