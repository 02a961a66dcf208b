"""Warnings to who changes the directory: lateness (P4.6) before saving, the consequences afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from administration.directory_check import of_city
from hotline.clock import TAIPEI, midnight
from hotline.directory.change_lead_time import LeadTime, notice
from hotline.directory.findings import Finding
from hotline.ledger.versions import version
from hotline.staff.service import everybody
from hotline.worktime.workdays import NoCalendar
from web.console import browser
from web.console.gate import house, now, read_session, today
from web.console.language import _, in_words
from web.console.record_links import thing

MOST: Final = 3
"""So much of what a change brings is told at once; the check of the directory has it all."""
AHEAD: Final = 60
"""So many days are looked at for the first day that is told in time."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """A change that is told too late: accepted all the same, and counted for its agency."""

    notice: LeadTime
    effective_at: datetime

    @property
    def mark(self) -> str:
        """Value that the form sends when somebody wants it all the same: good for this date only."""
        return self.effective_at.astimezone(TAIPEI).date().isoformat()


def lateness(effective_at: datetime) -> Lateness | None:
    """Lateness of a change with this date of effect if told now; None: in time, or beyond any calendar."""
    told = _notice(effective_at)
    return Lateness(told, effective_at) if told and not told.is_on_time else None


def first_in_time() -> date:
    """The first day of effect that is told in time now; today where no calendar tells."""
    for day in (today() + timedelta(days=number) for number in range(1, AHEAD)):
        told = _notice(midnight(day))
        if told is None or told.is_on_time:
            return day
    return today()


def _notice(effective_at: datetime) -> LeadTime | None:
    here = house()
    here.city.refresh()
    try:
        return notice(here.worktime, now(), effective_at, here.settings.change_notice_days)
    except NoCalendar:
        return None


def version_of(kind: str, key: str) -> int:
    """Version of a row that a form shows, to notice who changed it meanwhile."""
    with read_session() as session:
        return version(session, kind, key)


@contextmanager
def watched(at: datetime, done: str) -> Iterator[None]:
    """Say on the next page that a change is done, and what it makes wrong or lacking at an instant."""
    before = _wrong(at)
    yield
    new = [found for found in _wrong(at) if found not in before]
    told = [done] + ([_("請注意：")] if new else [])
    told += [f"{thing(kind, key)} {in_words(found)}" for found in new[:MOST] for kind, key in [found.about]]
    browser.say(" ".join(told))


def _wrong(at: datetime) -> list[Finding]:
    with read_session() as session:
        staff = everybody(session, at)
    return of_city(house().atlas.city(at), staff, at)
