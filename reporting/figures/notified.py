"""Time from a citizen's call to the agency that acts at once, of cases phoned to it (§12, P5.3)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.cases.store import Case
from reporting.answer_times import MonthTable
from reporting.figures.names import agencies
from reporting.figures.spans import MINUTE, KnownMonth, times

HEAD: Final = ("agency", "notified", "not reached", "mean min", "median min", "95 % min")
ALL: Final = "all"


def notified(session: Session, month: KnownMonth) -> MonthTable:
    """A row an agency, all of them last; of who was not reached the last attempt counts."""
    of = defaultdict[str, list[tuple[timedelta, bool]]](list)
    for agency, _number, took, not_reached in _phoned(session, month):
        of[agency].append((took, not_reached))
    named = agencies(session, month)
    rows = [(named(agency) or "?", *_cells(found)) for agency, found in sorted(of.items())]
    every = [one for found in of.values() for one in found]
    return MonthTable(f"{month} notified: {len(every)}", HEAD, 1, [*rows, (ALL, *_cells(every))])


def _phoned(session: Session, month: KnownMonth) -> Iterator[tuple[str, str, timedelta, bool]]:
    """Agency and number of each case that was phoned, how long that took, and whether nobody answered."""
    wanted = select(Case.agency, Case.number, Case.notified_at, Case.not_reached, CallRow.started_at)
    wanted = wanted.join(CallRow, CallRow.id == Case.call_id).where(
        Case.filed_at >= month.since, Case.filed_at < month.end, Case.notified_at.is_not(None)
    )
    for row in session.execute(wanted.order_by(Case.id)):
        if row.notified_at and row.started_at:
            yield row.agency, row.number or "", row.notified_at - row.started_at, row.not_reached


def behind(session: Session, month: KnownMonth, head: str, agency: str | None) -> list[str]:
    """Numbers of the cases behind a number; None: of all agencies."""
    return [
        number
        for of, number, _took, not_reached in _phoned(session, month)
        if agency in (None, of) and (not_reached or head == "notified")
    ]


def _cells(found: Sequence[tuple[timedelta, bool]]) -> tuple[str, ...]:
    missed = sum(not_reached for _, not_reached in found)
    return str(len(found)), str(missed), *times([took for took, _ in found], MINUTE)
