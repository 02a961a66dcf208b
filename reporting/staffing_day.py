"""Staffing of one day from the rows: past weeks, the calendar, what was announced, the roster (P4.3).

Calls that joined the agents' queue count, where they began. They are added up by the database: a month has
hundreds of thousands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from statistics import fmean
from typing import Final

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from calls.store import OUTGOING, CallRow, Leg
from hotline.clock import TAIPEI, midnight
from hotline.closures import ClosureRow
from hotline.news.rules import Surge
from hotline.news.store import SurgeRow
from hotline.staff.shifts import SIGN, shifts
from hotline.staff.store import ShiftRow
from hotline.worktime import Calendar
from reporting.forecast import (
    HALVES,
    Counts,
    ForecastError,
    Halves,
    Works,
    added,
    alike,
    announced,
    error,
    usual,
)
from reporting.queue_metrics import SOON_ENOUGH
from reporting.staffing import HALF, HalfHour, ServiceTarget, plan

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
HELD_OUT: Final = 4
"""Weeks whose days are forecast from those before, to show how far off that is."""
LEARNT: Final = 8
"""Weeks before them, and before the day."""
HANDLED: Final = timedelta(weeks=2)
"""So far back talks are measured."""
CLOSED_FOR: Final = timedelta(days=730)
"""So far back days are looked for on which the city was closed."""
MOST_CLOSED: Final = 5
ASSUMED: Final = 2.0
"""Times the usual calls of a day on which the city is closed, until one is known."""


@dataclass(frozen=True, slots=True)
class StaffingTerms:
    """What a plan is made under: the calendar, the goal (0 to 1), the longest work after a call, and how
    long a talk takes until one is measured.
    """

    calendar: Calendar
    goal: float
    after_call: timedelta
    talk: timedelta


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """Times the usual calls of a day on which the city is closed; ``known``: measured on so many days."""

    times: float
    known: int


@dataclass(frozen=True, slots=True)
class StaffingDay:
    """A day's plan, and what it stands on."""

    day: date
    halves: Sequence[HalfHour]
    target: ServiceTarget
    learnt: Sequence[date]
    """Days of the past that are like it."""
    error: ForecastError | None
    surges: Sequence[Surge]
    roster: Sequence[ShiftRow]
    """Shifts that lie in it, interpreters' apart."""
    closed: ClosedDay
    is_closed: bool
    """It is planned as a day on which the city is closed."""

    @property
    def expected(self) -> float:
        """Calls of the whole day."""
        return sum(one.expected for one in self.halves)

    @property
    def most(self) -> HalfHour:
        """The half-hour that needs most agents."""
        return max(self.halves, key=lambda one: one.needed)

    @property
    def short(self) -> Sequence[HalfHour]:
        """Half-hours in which agents are lacking."""
        return [one for one in self.halves if one.short]

    @property
    def lacking(self) -> timedelta:
        """Time of agents that is lacking, added up."""
        return HALF * sum(one.short for one in self.halves)


def staffing_day(
    session: Session,
    day: date,
    now: datetime,
    terms: StaffingTerms,
    *,
    is_closed: bool = False,
    times: float | None = None,
) -> StaffingDay:
    """The plan of a day; ``is_closed``: as if the city were closed (a typhoon), with so many ``times`` the
    usual calls, or as many as past ones had.
    """
    today = now.astimezone(TAIPEI).date()
    closures, told = _closures(session, today), _told(session)
    surges = [surge for _told_at, surge in told]
    works = partial(_works, terms.calendar, frozenset(closures))
    counts = _counts(session, today - WEEK * (LEARNT + HELD_OUT), today)
    past = {one: counts[one] for one in counts if one not in closures}
    base = cache(lambda one: usual(one, past, works))
    closed = ClosedDay(times, 0) if times else _closed(session, [one for one in closures if one < today])
    is_closed = is_closed or day in closures
    expected = [half * closed.times for half in base(day)] if is_closed else base(day)
    held = [one for one in past if one >= today - WEEK * HELD_OUT]
    on_duty = shifts(session, midnight(day), midnight(day + DAY))
    roster = [row for row in on_duty if row.language != SIGN]
    target = ServiceTarget(terms.goal, SOON_ENOUGH.total_seconds(), _handling(session, now, terms))
    return StaffingDay(
        day,
        plan(midnight(day), expected, _announced(day, surges, base), [row.shift for row in roster], target),
        target,
        alike(day, past, works),
        error((_as_told(one, past, works, told), past[one]) for one in held if alike(one, past, works)),
        [one for one in surges if one.first <= day <= one.last],
        roster,
        closed,
        is_closed,
    )


def _works(calendar: Calendar, closures: frozenset[date], day: date) -> bool:
    """A closed day is of the kind that it would have been."""
    return day.weekday() < 5 if day in closures else calendar.is_working(day)


def _announced(day: date, surges: Sequence[Surge], base: Callable[[date], Halves]) -> Halves:
    return added(announced(day, one, base) for one in surges)


def _as_told(day: date, past: Counts, works: Works, told: Sequence[tuple[datetime, Surge]]) -> Halves:
    """What would have been expected of a past day in its first minute."""
    before = {one: past[one] for one in past if one < day}
    base = cache(lambda one: usual(one, before, works))
    known = [surge for told_at, surge in told if told_at < midnight(day)]
    return added((base(day), _announced(day, known, base)))


def _counts(session: Session, first: date, end: date) -> dict[date, list[int]]:
    """Calls that joined the queue by day and half-hour, from the first day that has any."""
    epoch = extract("epoch", CallRow.started_at)
    half = (epoch - epoch % int(HALF.total_seconds())).label("half")
    wanted = select(half, func.count()).where(
        CallRow.started_at >= midnight(first),
        CallRow.started_at < midnight(end),
        CallRow.line != OUTGOING,
        CallRow.queued_at.is_not(None),
    )
    found = dict[date, list[int]]()
    for since, calls in session.execute(wanted.group_by("half")):
        at = datetime.fromtimestamp(int(since), TAIPEI)
        found.setdefault(at.date(), [0] * HALVES)[(at - midnight(at)) // HALF] += calls
    begun = min(found, default=end)
    days = (begun + DAY * number for number in range((end - begun).days))
    return {day: found.get(day, [0] * HALVES) for day in days}


def _handling(session: Session, now: datetime, terms: StaffingTerms) -> float:
    """Seconds for which a call keeps an agent: its talk, and the longest work after it."""
    took = extract("epoch", Leg.ended_at) - extract("epoch", Leg.answered_at)
    chosen = select(func.avg(took)).where(
        Leg.extension == "", Leg.started_at >= now - HANDLED, Leg.started_at < now, Leg.kind == "agent"
    )
    talk = session.scalar(chosen) or terms.talk.total_seconds()
    return max(1.0, float(talk) + terms.after_call.total_seconds())


def _told(session: Session) -> list[tuple[datetime, Surge]]:
    """Surges that nobody has taken back, and when each was told."""
    rows = session.scalars(select(SurgeRow).where(SurgeRow.withdrawn_at.is_(None)).order_by(SurgeRow.id))
    return [(row.told_at, _surge(row)) for row in rows]


def _surge(row: SurgeRow) -> Surge:
    return Surge(row.agency, row.topic, row.first, row.last, row.calls, row.staff, tuple(row.entries))


def _closures(session: Session, today: date) -> list[date]:
    """Days on which the city was or will be closed, none that was taken back before it came."""
    known = select(ClosureRow.day, ClosureRow.ended_at).where(ClosureRow.day >= today - CLOSED_FOR)
    rows = session.execute(known.order_by(ClosureRow.day.desc()))
    return [row.day for row in rows if row.ended_at is None or row.ended_at >= midnight(row.day)]


def _closed(session: Session, days: Sequence[date]) -> ClosedDay:
    """How many times the usual calls came on such days, against the same weekday in the weeks before."""
    found = [times for day in days[:MOST_CLOSED] if (times := _times(session, day, days))]
    return ClosedDay(fmean(found), len(found)) if found else ClosedDay(ASSUMED, 0)


def _times(session: Session, day: date, closed: Sequence[date]) -> float:
    before = [one for week in range(1, 5) if (one := day - WEEK * week) not in closed]
    calls = [one for one in (_calls(session, one) for one in before) if one]
    return _calls(session, day) / fmean(calls) if calls else 0.0


def _calls(session: Session, day: date) -> int:
    return sum(sum(one) for one in _counts(session, day, day + DAY).values())
