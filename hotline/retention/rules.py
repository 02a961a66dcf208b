"""Rules of retention: when the job runs, and up to which instant it may delete. Pure.

A day's run deletes what is due by three o'clock of its day, and no more than an earlier run announced: a
period made shorter, or a clock set wrong, deletes nothing before somebody could read of it.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from hotline.clock import TAIPEI
from hotline.retention.kinds import Periods, RetentionKind

RUN_AT: Final = time(3)
MORNING: Final = time(6)
DAY: Final = timedelta(days=1)
ANNOUNCED: Final = timedelta(hours=20)
"""So long before it goes, it stood in an announcement."""
Untils = Mapping[RetentionKind, datetime]
"""What was over before that instant goes, of each kind."""


def day_of(at: datetime) -> date:
    """The day whose run is the latest that could begin by now."""
    local = at.astimezone(TAIPEI)
    return local.date() if local.time() >= RUN_AT else local.date() - DAY


def begins(day: date) -> datetime:
    """Instant at which a day's run may begin."""
    return datetime.combine(day, RUN_AT, TAIPEI)


def is_night(at: datetime) -> bool:
    """Tell whether a table may be away for a minute from who hears sound."""
    return RUN_AT <= at.astimezone(TAIPEI).time() < MORNING


def untils(periods: Periods, day: date) -> Untils:
    """Compute what is due in a day's run."""
    return {kind: begins(day) - period for kind, period in periods.items()}


def allowed(due: Untils, announced: Untils) -> Untils:
    """Select of what is due what was announced, too."""
    return {kind: min(until, announced[kind]) for kind, until in due.items() if kind in announced}
