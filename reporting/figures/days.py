"""The call centre in each day of a month, by the same counts as its history (P1-b)."""

from sqlalchemy.orm import Session

from reporting import call_history as history
from reporting.answer_times import MonthTable
from reporting.figures.spans import KnownMonth
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import sums


def days(session: Session, month: KnownMonth) -> MonthTable:
    """A row a day that has come, and all of them last."""
    calls = history.by_part(history.Step.DAY, sums(session, month.since, month.end))
    promises = history.promised(session, month.since, month.end, month.at)
    every = [day for day in history.days_of(month.since, month.until) if day <= month.last]
    whole = history.measure(total(calls.values()), promises)
    rows = history.rows_of(history.rows(history.Step.DAY, every, calls, promises), whole)
    return MonthTable(f"{month} calls by day: {whole.calls}", ("day", *history.COLUMNS), 1, rows)
