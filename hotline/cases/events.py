"""Events of a case: what happened to it, by whom and why, told once (P0-a)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.store import Case, CaseEvent


def told(
    session: Session,
    row: Case,
    by: str,
    kind: str,
    before: str,
    at: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> CaseEvent:
    """Add an event to a case's record; ``kind`` is a move, or a word for what moves nothing;
    ``before``: the state it was in.

    Nothing personal of a citizen enters: events are never changed, not even by retention.
    """
    event = CaseEvent(case_id=row.id, at=at, by=by, kind=kind, before=before, after=row.state)
    event.reason, event.detail = reason, {name: _plain(value) for name, value in (detail or {}).items()}
    session.add(event)
    return event


def events_of(session: Session, case_id: int, kind: str = "") -> list[CaseEvent]:
    """The events of a case in their order; of one kind, if named."""
    chosen = select(CaseEvent).where(CaseEvent.case_id == case_id)
    if kind:
        chosen = chosen.where(CaseEvent.kind == kind)
    return list(session.scalars(chosen.order_by(CaseEvent.id)))


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case tuple() | list() | set() | frozenset():
            return [_plain(one) for one in value]
        case _:
            return value
