"""Stretches of time that facts hold in: from an instant, to before another. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time from an instant, to before another; None is open."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether ``at`` lies in it: at ``since`` yes, at ``until`` no."""
        return self.since <= at and (self.until is None or at < self.until)

    @property
    def is_empty(self) -> bool:
        """Tell whether it holds no instant at all."""
        return self.until is not None and self.until <= self.since

    def covers(self, other: "Period") -> bool:
        """Tell whether every instant of ``other`` lies in it."""
        ends_later = self.until is None or (other.until is not None and other.until <= self.until)
        return self.since <= other.since and ends_later

    def meets(self, other: "Period") -> bool:
        """Tell whether they share an instant."""
        return (other.until is None or self.since < other.until) and (
            self.until is None or other.since < self.until
        )

    def common(self, other: "Period") -> tuple["Period", ...]:
        """The stretch that both hold in, or none."""
        if not self.meets(other):
            return ()
        ends = [until for until in (self.until, other.until) if until is not None]
        return (Period(max(self.since, other.since), min(ends, default=None)),)

    def without(self, hole: "Period") -> tuple["Period", ...]:
        """Cut ``hole`` out of the period: nothing, one stretch or two, in order."""
        if not self.meets(hole):
            return (self,)
        before = (Period(self.since, hole.since),) if self.since < hole.since else ()
        if hole.until is None or (self.until is not None and self.until <= hole.until):
            return before
        return (*before, Period(hole.until, self.until))
