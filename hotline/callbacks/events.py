"""Events of a promise: what happened to it, told once, and what follows from its times."""

from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks.store import Callback, CallbackEvent
from hotline.ledger.audit import SYSTEM
from hotline.outbox.rules import spoken_instant

log = structlog.get_logger()
DUE_SAID, DUE_MOVED, ASKED_EARLIER = "due-said", "due-moved", "asked-earlier"
"""Events that change a due time: what the caller was told, a day that was declared, an earlier wish."""
JOINED: Final = "joined"
"""Kind of the event that a citizen asked again for what is promised already."""
MOVES: Final = frozenset((DUE_SAID, DUE_MOVED, ASKED_EARLIER))
RESTORED: Final = "restored"
"""Kind of the event that a promise was made anew, or brought up to what journal and event log know of it."""


def told(
    session: Session,
    row: Callback,
    by: str,
    kind: str,
    before: str,
    at: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> CallbackEvent:
    """Add an event to a promise's record (P0-a); ``before`` is the state it was in."""
    event = CallbackEvent(callback_id=row.id, at=at, by=by, kind=kind, before=before, after=row.state)
    event.reason, event.detail = reason, {name: _plain(value) for name, value in (detail or {}).items()}
    session.add(event)
    return event


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def flag_overdue(session: Session, row: Callback, by: str, at: datetime) -> bool:
    """Tell whether it is overdue; found so for the first time, it is written down and an alarm is raised."""
    if not row.is_overdue(at):
        return False
    if row.overdue_at is None:
        row.overdue_at = at
        told(session, row, by, "overdue", row.state, at, detail={"due_at": row.due_at})
        metrics.callback_alarms.labels("overdue").inc()
        log.warning("callback.overdue", callback=row.id, due_at=row.due_at.isoformat(), holder=row.holder)
    return True


def was_moved_since(session: Session, row: Callback, at: datetime) -> bool:
    """Tell whether a promise was given another due time from an instant on."""
    moved = select(CallbackEvent.id).where(
        CallbackEvent.callback_id == row.id, CallbackEvent.kind.in_(MOVES), CallbackEvent.at >= at
    )
    return session.scalars(moved.limit(1)).first() is not None


def made_anew(session: Session, row: Callback, before: str, at: datetime) -> None:
    """Record a restored promise; a late one was told before, or is in the list that its owner gets."""
    told(session, row, SYSTEM, RESTORED, before, at)
    settle(session, row, at)


def settle(session: Session, row: Callback, at: datetime) -> None:
    """Reminder and escalation of a restored promise whose time is over: the owner's list stands for them."""
    if not row.is_pending:
        return
    if row.remind_at <= at:
        row.reminded_at = row.reminded_at or at
    if flag_overdue(session, row, SYSTEM, at) and row.is_beyond_extension(at):
        row.escalated_at = row.escalated_at or at


def facts(row: Callback) -> dict[str, str]:
    """Facts of a promise for messages: its matter and due time, no personal data (§18)."""
    matter = row.matter or (f"分機{row.extension}" if row.extension else f"第{row.id}號")
    if row.write_to:
        matter = f"{matter}（民眾使用手語，請以文字聯絡，不要打電話）"
    return {"matter": matter, "due": spoken_instant(row.owed_at)}
