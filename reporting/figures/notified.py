"""Time from a citizen's call to the agency that acts at once, of cases phoned to it (§12, P5.3)."""

from collections import defaultdict
from collections.abc import Sequence
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
    wanted = select(Case.agency, Case.notified_at, Case.not_reached, CallRow.started_at)
    wanted = wanted.join(CallRow, CallRow.id == Case.call_id).where(
        Case.filed_at >= month.since, Case.filed_at < month.end, Case.notified_at.is_not(None)
    )
    of = defaultdict[str, list[tuple[timedelta, bool]]](list)
    for agency, notified_at, not_reached, started_at in session.execute(wanted.order_by(Case.id)):
        if notified_at and started_at:
            of[agency].append((notified_at - started_at, not_reached))
    named = agencies(session, month)
    rows = [(named(agency) or "?", *_cells(found)) for agency, found in sorted(of.items())]
    every = [one for found in of.values() for one in found]
    return MonthTable(f"{month} notified: {len(every)}", HEAD, 1, [*rows, (ALL, *_cells(every))])


def _cells(found: Sequence[tuple[timedelta, bool]]) -> tuple[str, ...]:
    missed = sum(not_reached for _, not_reached in found)
    return str(len(found)), str(missed), *times([took for took, _ in found], MINUTE)
