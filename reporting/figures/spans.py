"""The time that a figure is counted of, and times that it tells of: mean, median, 95th percentile. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, median
from typing import Final

from hotline.clock import TAIPEI, month_bounds
from hotline.errors import HotlineError
from reporting.answer_metrics import SLOWEST, percentile

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
_MOMENT: Final = timedelta(microseconds=1)


class MonthNotOver(HotlineError, code="month-not-over"):
    """A month that lasts, or is to come."""

    month: str
    until: datetime


@dataclass(frozen=True, slots=True)
class KnownMonth:
    """A month of Taipei as it is known ``at`` an instant: what came later is not counted."""

    first: date
    at: datetime

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return month_bounds(self.first)[0]

    @property
    def until(self) -> datetime:
        """The first instant of the next one."""
        return month_bounds(self.first)[1]

    @property
    def end(self) -> datetime:
        """Its end, or how far it has come."""
        return min(self.until, self.at)

    @property
    def last(self) -> date:
        """Its last day that has come; the day before it, of a month to come."""
        return (self.end - _MOMENT).astimezone(TAIPEI).date()

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


def whole_month(month: date, at: datetime) -> KnownMonth:
    """A month that is over. Raises MonthNotOver."""
    known = KnownMonth(month.replace(day=1), at)
    if at < known.until:
        raise MonthNotOver(str(known), known.until)
    return known


def times(values: Sequence[timedelta], unit: timedelta) -> tuple[str, str, str]:
    """Mean, median and 95th percentile, in a unit to one place; empty of nothing."""
    if not values:
        return "", "", ""
    found = [one / unit for one in values]
    slow = percentile(values, SLOWEST) / unit
    return f"{fmean(found):.1f}", f"{median(found):.1f}", f"{slow:.1f}"


def moment(at: datetime | None) -> str:
    """An instant as tables have it, to the minute of Taipei; empty of none."""
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}" if at else ""


def share(part: int, whole: int) -> str:
    """A share in percent to one place; empty of nothing."""
    return f"{part / whole:.1%}" if whole else ""
