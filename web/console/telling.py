"""A change of the city's data must be told two working days before (P4.6): said before it is saved, and counted."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from hotline.clock import TAIPEI
from hotline.directory.notices import Notice, notice
from hotline.workdays import NoCalendar
from web.console.gate import house, now

AHEAD: Final = 60
"""So many days are looked at for the first day that is told in time."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """A change that is told too late: accepted all the same, and counted for its agency."""

    notice: Notice
    effective_at: datetime

    @property
    def mark(self) -> str:
        """What the form sends when somebody wants it all the same: good for this date only."""
        return self.effective_at.astimezone(TAIPEI).date().isoformat()


def lateness(effective_at: datetime) -> Lateness | None:
    """Whether a change with this date of effect is told late now; None: in time, or no calendar reaches it."""
    told = _notice(effective_at)
    return Lateness(told, effective_at) if told and not told.is_on_time else None


def first_in_time() -> date:
    """The first day of effect that is told in time now; today where no calendar tells."""
    today = now().astimezone(TAIPEI).date()
    for day in (today + timedelta(days=number) for number in range(1, AHEAD)):
        told = _notice(datetime.combine(day, time(), TAIPEI))
        if told is None or told.is_on_time:
            return day
    return today


def _notice(effective_at: datetime) -> Notice | None:
    here = house()
    here.city.refresh()
    try:
        return notice(here.worktime, now(), effective_at, here.settings.change_notice_days)
    except NoCalendar:
        return None
