"""Exceptional days: a typhoon closes the city tomorrow, a Saturday is worked (spec §2)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Unpack

from sqlalchemy.orm import Session

from hotline.clock import midnight
from hotline.directory.rows import KINDS
from hotline.directory.rules import City
from hotline.directory.service import withdraw, write
from hotline.directory.store import CalendarRow, HoursRow
from hotline.ledger import history
from hotline.ledger.changes import Authorship, ChangeContext, LedgerEntry
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.permissions import Action
from hotline.worktime.workdays import OfficeHours, Override


class DeclaredDays(Mapping[date, Override]):
    """The days declared now, always as the newest snapshot has them: a calendar over it never grows old."""

    def __init__(self, city: Callable[[], City]) -> None:
        self._city = city

    def __getitem__(self, day: date) -> Override:
        return self._city().overrides[day]

    def __iter__(self) -> Iterator[date]:
        return iter(self._city().overrides)

    def __len__(self) -> int:
        return len(self._city().overrides)


def overrides(session: Session, at: datetime) -> dict[date, Override]:
    """The exceptional days as they are declared at an instant."""
    means = KINDS["calendar"].means
    return {date.fromisoformat(row.key): means(row) for row in history.all_in_force(session, CalendarRow, at)}


def declare(session: Session, day: date, override: Override, *, at: datetime, by: str) -> bool:
    """Declare a day off, or worked, for the reason people will read; False when it is so already. Audited."""
    says = {"kind": str(override.kind), "why": override.reason}
    period, reason = Period(at), override.reason
    return write(session, "calendar", day.isoformat(), says, period, at=at, by=by, reason=reason)


OFFICE: Final = "office"
"""The key of the office hours."""
DAY: Final = timedelta(days=1)


def set_hours(
    session: Session, hours: OfficeHours, since: date, until: date | None = None, **who: Unpack[Authorship]
) -> bool:
    """The offices have these hours from a day on, to before another;
    False when they have them already. Audited.

    With an open end: until the next change that is planned; days that have hours of their own keep them.
    """
    pause = "-".join(f"{edge:%H:%M}" for edge in hours.pause or ())
    says = {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}", "pause": pause}
    revise(session)
    rows = history.counting(session, HoursRow, OFFICE)
    entry = LedgerEntry(session, ChangeContext(action=Action.CALENDAR_CHANGE, **who))
    begin = midnight(since)
    for period in [Period(begin, midnight(until))] if until else list(_usual_from(rows, begin)):
        entry.write(HoursRow, OFFICE, says, period, rows)
    return entry.finish() is not None


def _usual_from(rows: Sequence[HoursRow], begin: datetime) -> Iterator[Period]:
    """From an instant on to the next change of the hours, without the days that have their own."""
    before = _usual_row(rows, begin)
    usual = before.says() if before else None
    for row in [one for one in rows if one.valid_from > begin]:
        if begin < row.valid_from:
            yield Period(begin, row.valid_from)
        if row.says() == usual:
            begin = row.valid_from
        elif _is_of_one_day(row):
            begin = row.valid_to or begin
        else:
            return
    yield Period(begin)


def _usual_row(rows: Sequence[HoursRow], at: datetime) -> HoursRow | None:
    """The row of the usual hours at an instant; None = those of the settings."""
    return next((row for row in reversed(rows) if row.valid_from <= at and not _is_of_one_day(row)), None)


def _is_of_one_day(row: HoursRow) -> bool:
    return row.valid_to == row.valid_from + DAY


def hours_of_the_day(session: Session, day: date) -> HoursRow | None:
    """Hours that were declared for this one day only: it ends early."""
    rows = history.counting(session, HoursRow, OFFICE)
    return next((row for row in rows if row.period == Period(midnight(day), midnight(day + DAY))), None)


def usual_hours(session: Session, day: date) -> OfficeHours | None:
    """The hours that would hold on a day were none declared for it alone; None = those of the settings."""
    beside = _usual_row(history.counting(session, HoursRow, OFFICE), midnight(day))
    found: OfficeHours | None = KINDS["hours"].means(beside) if beside else None
    return found


def lift(session: Session, day: date, *, at: datetime, by: str, reason: str) -> None:
    """Let the official calendar count again for the day. Raises Unknown when nothing was declared."""
    withdraw(session, "calendar", day.isoformat(), at, at=at, by=by, reason=reason)
