"""The clock, which this file alone reads; everything else is given the time as ``at``.

And what a day and a month are in Taipei.
"""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")


def now() -> datetime:
    """The present instant, aware, in UTC (storage is UTC; screens and mouths use Taipei)."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never step back, for measuring durations and time-outs."""
    return time.monotonic()


def midnight(day: date) -> datetime:
    """The midnight in Taipei with which a day, or the day of an instant, begins."""
    day = day.astimezone(TAIPEI) if isinstance(day, datetime) else day
    return datetime(day.year, day.month, day.day, tzinfo=TAIPEI)


def from_epoch(seconds: str) -> datetime | None:
    """Read whole seconds since 1970, as Asterisk tells an instant; None for anything else."""
    known = seconds.isdecimal() and len(seconds) < 12 and int(seconds)
    return datetime.fromtimestamp(known, UTC) if known else None


def taipei(text: str) -> datetime:
    """Read an ISO 8601 instant; without a zone it is Taipei time. Raises ValueError with the text."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=TAIPEI)


def month_of(at: datetime) -> date:
    """The first day of the month of Taipei that an instant lies in."""
    return at.astimezone(TAIPEI).date().replace(day=1)


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """Its first instant in Taipei, and the first of the next month."""
    following = (month.replace(day=1) + timedelta(days=31)).replace(day=1)
    return midnight(month.replace(day=1)), midnight(following)
