"""Cases whose citizen should have been answered by now: which those are, and how it is put on record."""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.cases import telling
from hotline.cases.events import told
from hotline.cases.rules import OPEN_STATES, CaseState
from hotline.cases.store import Case

log = structlog.get_logger()
OVERDUE: Final = "overdue"
"""Kind of the event that a case was found late."""
OWED: Final = OPEN_STATES - {
    CaseState.EXTERNAL,
    CaseState.REPLIED,
    CaseState.RESULT_RECORDED,
    CaseState.UNDER_AUDIT,
}
"""States in which the city owes the citizen an answer by the due time: a quick case that is done still does,
until the citizen was told.
"""


def is_late(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of cases that are late at an instant; met at equality (§2)."""
    return Case.state.in_(OWED), Case.due_at < at


def is_found_late(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of cases that are late, and were not found so since that due time."""
    return *is_late(at), or_(Case.overdue_at.is_(None), Case.overdue_at <= Case.due_at)


def flag(session: Session, row: Case, by: str, at: datetime) -> bool:
    """Put on record that a case is late, once for each of its due times."""
    if row.state not in OWED or row.due_at is None or row.due_at >= at:
        return False
    if row.overdue_at and row.overdue_at > row.due_at:
        return False
    if row.state == CaseState.DONE and telling.is_answered_by(session, row, row.due_at):
        return False  # done and written in time: the message may wait for the morning
    row.overdue_at = at
    told(session, row, by, OVERDUE, row.state, at, detail={"due_at": row.due_at})
    metrics.case_alarms.labels(OVERDUE).inc()
    log.warning("case.overdue", case=row.number, due_at=row.due_at.isoformat(), agency=row.agency)
    return True
