"""Days and instants as pages ask for them, in Taipei's time and within this century."""

from calendar import Calendar
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from flask import request
from govuk_frontend_wtf.wtforms_widgets import GovInput
from wtforms import Field

from hotline.clock import TAIPEI, taipei
from web.console.language import _

YEARS: Final = range(2000, 2100)
"""As commands: none that lies beyond every calendar."""


class _TimeField(Field):
    """Base of fields for days and instants; what was typed is shown again as it was typed."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.written(self.data) if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = self.meant(typed) if typed else None

    def written(self, meant: Any) -> str:
        """Text as a browser's field holds it."""
        raise NotImplementedError

    def meant(self, typed: str) -> Any:
        """Value of what was typed. Raises ValueError, to be read at the field."""
        raise NotImplementedError


class DayField(_TimeField):
    """A day as the browser lets one choose it; typed as 2026-11-24 where it does not."""

    widget = GovInput("date")

    def written(self, meant: date) -> str:
        return meant.isoformat()

    def meant(self, typed: str) -> date:
        if day := _day(typed):
            return day
        raise ValueError(_("這不是日期；請寫成 2026-11-24。"))


class MomentField(_TimeField):
    """An instant."""

    widget = GovInput("datetime-local")

    def written(self, meant: datetime) -> str:
        return for_input(meant)

    def meant(self, typed: str) -> datetime:
        if at := moment_of(typed):
            return at
        raise ValueError(_("這不是日期和時間；請寫成 2026-11-24T10:00。"))


class HourField(_TimeField):
    """An hour of a day."""

    widget = GovInput("time")

    def written(self, meant: time) -> str:
        return f"{meant:%H:%M}"

    def meant(self, typed: str) -> time:
        try:
            return time.fromisoformat(typed).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            raise ValueError(_("這不是時刻；請寫成 14:00。")) from None


def asked_moment(now: datetime, name: str = "at") -> datetime:
    """The instant that a page is asked for; the minute that runs is now, for fields hold no seconds."""
    at = moment_of(request.args.get(name, ""))
    return now if at is None or for_input(at) == for_input(now) else at


def asked_day(name: str) -> date | None:
    """A day in the address; None when there is none, or it is no day."""
    return _day(request.args.get(name, ""))


def asked_month(otherwise: date) -> date:
    """The first day of the month that a page is asked for, or that a form sends (``month``)."""
    return _day(f"{request.values.get('month', '')}-01") or otherwise.replace(day=1)


def around(month: date) -> dict[str, Any]:
    """Words of a page about a month: it, and a day of the one before and of the one after."""
    return {"month": month, "before": month - timedelta(days=1), "after": month + timedelta(days=32)}


def weeks_of(month: date) -> list[list[date]]:
    """The days of the weeks of a month, which begin on Sundays."""
    return Calendar(firstweekday=6).monthdatescalendar(month.year, month.month)


def for_input(at: datetime) -> str:
    """An instant as a browser's field holds it."""
    return f"{at.astimezone(TAIPEI):%Y-%m-%dT%H:%M}"


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def moment_of(typed: str) -> datetime | None:
    """An instant that was typed; None when it is none, or of another century."""
    try:
        at = taipei(typed)
    except ValueError:
        return None
    return at if at.year in YEARS else None
