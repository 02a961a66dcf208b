"""Period of the call centre's history that an address asks for, and its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import request

from reporting import call_history as history
from web.console.forms import asked_one
from web.console.gate import today
from web.console.language import _l

EARLIEST: Final = date(2000, 1, 1)
SPANS: Final[Mapping[history.Span, Any]] = {
    history.Span.DAY: _l("一天"),
    history.Span.WEEK: _l("一週"),
    history.Span.MONTH: _l("一個月"),
    history.Span.YEAR: _l("一年"),
}
STEPS: Final[Mapping[history.Step, Any]] = {
    history.Step.HOUR: _l("小時"),
    history.Step.DAY: _l("日期"),
    history.Step.MONTH: _l("年月"),
}
AGO: Final[Mapping[history.Span, Any]] = {
    history.Span.DAY: _l("一週前"),
    history.Span.WEEK: _l("一週前"),
    history.Span.MONTH: _l("四週前"),
    history.Span.YEAR: _l("五十二週前"),
}


@dataclass(frozen=True, slots=True)
class ShownPeriod:
    """Period that the page shows."""

    span: history.Span
    day: date
    step: history.Step
    today: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Its first instant, and the first that is no more in it."""
        return history.bounds(self.span, self.day)

    @property
    def days(self) -> list[date]:
        """Days of it that have come."""
        return [day for day in history.days_of(*self.bounds) if day <= self.today]

    @property
    def before(self) -> date | None:
        """A day of the span before this."""
        return None if self.days[0] <= EARLIEST else self.days[0] - timedelta(days=1)

    @property
    def after(self) -> date | None:
        """A day of the span after this; none in days to come."""
        following = self.days[-1] + timedelta(days=1)
        return following if following <= self.today else None

    @property
    def back(self) -> timedelta:
        """How long ago is what it is held against."""
        return history.earlier(self.span)


def asked() -> ShownPeriod:
    """Period that the address asks for; what it says wrong is as if it said nothing."""
    span, step = asked_one("span", history.Span.DAY), asked_one("step", history.Step.HOUR)
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = today()
    day = min(max(day, EARLIEST), today())
    return ShownPeriod(span, day, _fitting(span, step), today())


def _fitting(span: history.Span, step: history.Step) -> history.Step:
    """The step of a span that has a few rows of it, and more than one."""
    if span is history.Span.DAY or step is history.Step.HOUR:
        return history.Step.HOUR
    return history.Step.MONTH if span is history.Span.YEAR else history.Step.DAY
