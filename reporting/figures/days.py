"""The call centre in each day of a month, by the same counts as its history (P1-b)."""

from sqlalchemy.orm import Session

from reporting import call_history as history
from reporting.answer_times import MonthTable
from reporting.figures.spans import KnownMonth


def days(session: Session, month: KnownMonth) -> MonthTable:
    """A row a day that has come, and all of them last."""
    calls = history.called(session, month.since, month.end)
    promises = history.promised(session, month.since, month.end, month.at)
    placed = history.placed_out(session, month.since, month.end)
    every = [day for day in history.days_of(month.since, month.until) if day <= month.last]
    found = history.rows(history.Step.DAY, every, calls, promises, placed)
    rows = history.rows_of(found, history.measure(calls, promises, placed))
    return MonthTable(f"{month} calls by day: {len(calls)}", ("day", *history.COLUMNS), 1, rows)
