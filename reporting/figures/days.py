"""The call centre in each day of a month, by the same counts as its history (P1-b)."""

from sqlalchemy.orm import Session

from reporting import call_history as history
from reporting.answer_times import MonthTable
from reporting.figures.spans import KnownMonth
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import sums


def days(session: Session, month: KnownMonth) -> MonthTable:
    """A row a day that has come, and all of them last."""
    time = month.since, month.end
    calls, promises = sums(session, *time), promised(session, *time, month.at)
    found = history.by_part(history.Step.DAY, calls, promises)
    every = [day for day in history.days_of(month.since, month.until) if day <= month.last]
    whole = history.measure(total(found.values()))
    rows = history.rows_of(history.rows(history.Step.DAY, every, found), whole)
    return MonthTable(f"{month} calls by day: {whole.calls}", ("day", *history.COLUMNS), 1, rows)
