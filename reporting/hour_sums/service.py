"""Sums of a time from what is kept and from the rows of the rest; and the job that keeps them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.db import Sessions, add_once, execute, looking, transaction
from hotline.errors import HotlineError
from reporting.hour_sums.rows import called, placed_out
from reporting.hour_sums.rules import HOUR, CallSum, by_hour, hour
from reporting.hour_sums.store import HourSum

OVER: Final = 3 * HOUR
"""So long after its end an hour is counted: its calls have ended, and most are closed."""
SETTLED: Final = timedelta(minutes=1)
"""So long after its mark: whoever changed a row without seeing the mark has committed by then."""
AT_ONCE: Final = 24 * 7
"""Hours that a run marks, the latest first; a run a minute."""
PATIENCE: Final = 25_000
"""Calls without a sum that are counted while somebody waits: some seconds of a core."""


class HoursNotSummed(HotlineError, code="hours-not-summed"):
    """A time of which so many calls are still to be summed up, as after an upgrade."""

    calls: int
    minutes: int


def sums(
    session: Session, since: datetime, until: datetime, most: int | None = None
) -> dict[datetime, CallSum]:
    """The sum of each hour of a time with any call, by its first instant; the earliest first.

    ``most``: so many calls are counted from their rows, and no more. Raises HoursNotSummed.
    """
    chosen = select(HourSum.hour, HourSum.figures).where(
        HourSum.hour >= since, HourSum.hour <= until - HOUR, HourSum.figures.is_not(None)
    )
    kept = {at: CallSum.kept(figures) for at, figures in session.execute(chosen) if figures}
    found = {at: one for at, one in kept.items() if one.counts}
    uncounted = list(gaps(kept, since, until))
    if most is not None:
        _refuse_many(session, uncounted, most)
    for begin, end in uncounted:
        found |= by_hour(called(session, begin, end), placed_out(session, begin, end))
    return dict(sorted(found.items()))


def _refuse_many(session: Session, uncounted: Iterable[tuple[datetime, datetime]], most: int) -> None:
    """Leave to the job what would take long. Raises HoursNotSummed."""
    calls, hours = 0, timedelta(0)
    of = CallRow.started_at
    for begin, end in uncounted:
        wanted = select(func.count(), func.min(of), func.max(of)).where(of >= begin, of < end)
        many, first, last = session.execute(wanted).one()
        calls += many
        hours += last - first if first and last else timedelta(0)
    if calls > most:
        raise HoursNotSummed(calls, hours // HOUR // AT_ONCE + 2)


def gaps(hours: Iterable[datetime], since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of a time that none of these hours is in. Pure."""
    at = since
    for one in sorted(hours):
        if at < one:
            yield at, one
        at = one + HOUR
    if at < until:
        yield at, until


@dataclass(frozen=True, slots=True)
class HourSums:
    """Keeps sums of hours that are over. ``rest`` is told the seconds that a step took."""

    factory: Sessions
    elapsed: Callable[[], float]
    rest: Callable[[float], None]

    def work(self, at: datetime) -> int:
        """Count what a run before marked, and mark what is to be counted next; how many sums are new."""
        with looking(self.factory) as session:
            marked = select(HourSum.hour).where(HourSum.figures.is_(None), HourSum.marked_at <= at - SETTLED)
            due = list(session.scalars(marked.order_by(HourSum.hour.desc())))
        many = sum(self._count(one) for one in due)
        with looking(self.factory) as session:
            lacking = [{"hour": one, "marked_at": at, "figures": None} for one in missing(session, at)]
        if lacking:
            with transaction(self.factory) as session:
                add_once(session, HourSum, lacking[:AT_ONCE])
        return many

    def _count(self, at: datetime) -> bool:
        """Count the rows of an hour as they are, and keep the sum unless its mark is gone."""
        began = self.elapsed()
        with looking(self.factory) as session:
            mark = session.get(HourSum, at)
            if mark is None or mark.figures is not None:
                return False
            of = by_hour(called(session, at, at + HOUR), placed_out(session, at, at + HOUR))
        figures = of.get(at, CallSum()).plain()
        same = HourSum.hour == at, HourSum.marked_at == mark.marked_at, HourSum.figures.is_(None)
        with transaction(self.factory) as session:
            is_kept = execute(session, update(HourSum).where(*same).values(figures=figures)) > 0
        self.rest(self.elapsed() - began)
        return is_kept


def missing(session: Session, at: datetime) -> list[datetime]:
    """Hours that are over and have neither sum nor mark, the latest first."""
    first = session.scalar(select(func.min(CallRow.started_at)))
    if first is None:
        return []
    known, begin = set(session.scalars(select(HourSum.hour))), hour(first)
    hours = (hour(at - OVER) - HOUR * number for number in range(1, (at - OVER - begin) // HOUR + 2))
    return [one for one in hours if one >= begin and one not in known]
