"""Cases that were late in a month, each with the reason (P5.4.8, P10.2)."""

from typing import Final

from sqlalchemy import Executable, func, or_, select
from sqlalchemy.orm import Session

from hotline.cases.overdue import OWED
from hotline.cases.store import Case
from hotline.db import Instant
from reporting.answer_times import MonthTable
from reporting.figures.names import agencies, categories
from reporting.figures.spans import KnownMonth, moment

HEAD: Final = ("agency", "category", "case", "due", "state", "late ground", "answered at")


def overdue(session: Session, month: KnownMonth) -> MonthTable:
    """A row a case that was late at some time of the month, the first due first.

    Its reason is the ground that its agency gave (P5.4.8); empty while it has given none. Words of the reason
    stay with the case.
    """
    agency, category = agencies(session, month), categories(session, month)
    rows = [
        (
            agency(row.agency) or "?",
            category(row.category) or "?",
            row.number,
            moment(row.due_at),
            row.state,
            row.late_ground,
            moment(None if row.state in OWED else row.over_at),
        )
        for row in session.execute(_late(month))
    ]
    return MonthTable(f"{month} late cases: {len(rows)}", HEAD, 7, rows)


def _late(month: KnownMonth) -> Executable:
    """Cases found late by the end of the month, and neither answered nor over before its beginning."""
    over_at = func.coalesce(Case.replied_at, Case.closed_at, Case.cancelled_at, type_=Instant)
    owed = Case.state.in_(OWED)
    late = or_(Case.overdue_at < month.end, owed & (Case.due_at < month.end))
    columns = (Case.agency, Case.category, Case.number, Case.due_at, Case.state, Case.late_ground)
    wanted = select(*columns, over_at.label("over_at"))
    wanted = wanted.where(Case.number.is_not(None), Case.lead_id.is_(None), late)
    return wanted.where(or_(owed, over_at >= month.since)).order_by(Case.due_at.nulls_last(), Case.id)
