"""Dispositions: every answered call ends with at least one service type (P3)."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from calls.store import OUTGOING, CallRow, Leg, NoSuchCall, add_event
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.log_masking import is_text
from hotline.permissions import Action
from hotline.terms import named

CONSULTED: Final = "Consulted"
"""Kind of the event that says whether the book answered a caller's question."""


@named("service-type")
class ServiceType(StrEnum):
    """The services of clause three, by their ids."""

    CONSULTATION = "P3.1"
    TRANSFER = "P3.2"
    PETITION = "P3.3"
    NOTIFY = "P3.4"
    QUICK = "P3.5"
    SIGN_LANGUAGE = "P3.6"


class NoServiceType(HotlineError, code="no-service-type"):
    """A call that would be closed without saying what it was for."""


def call_row(session: Session, call_id: str) -> CallRow:
    """A citizen's call; none that 1999 placed is anybody's to tag, pause or file for. Raises NoSuchCall."""
    row = session.get(CallRow, call_id) if is_text(call_id) else None
    if row is None or row.line == OUTGOING:
        raise NoSuchCall(call_id)
    return row


def tag(session: Session, call_id: str, types: Collection[ServiceType], *, by: str, at: datetime) -> CallRow:
    """Say what a call was for. Audited. Raises NoServiceType, NoSuchCall."""
    if not types:
        raise NoServiceType
    row = call_row(session, call_id)
    before, row.service = row.service, " ".join(sorted(set(types)))
    was, now = {"service": before}, {"service": row.service}
    audit(session, at, by, Action.CALL_TAG, f"call:{call_id}", before=was, after=now)
    return row


def looked_up(session: Session, call_id: str, entry: str, *, answered: bool, by: str, at: datetime) -> None:
    """Record whether the book answered the caller (P3.1); ``entry``: the one read, empty = none fits.

    Audited. Raises NoSuchCall.
    """
    row = call_row(session, call_id)
    told = {"entry": entry, "answered": answered, "by": by}
    key = f"consulted:{at.timestamp():.3f}:{row.id}"
    if add_event(session, key, row.id, at, CONSULTED, told):
        audit(session, at, by, Action.CALL_TAG, f"call:{row.id}", before={}, after=told)


def was_answered_by(session: Session, call_id: str, phone: str) -> bool:
    """True if an agent's phone answered a citizen's call, as the first or after others."""
    if not phone or not is_text(call_id):
        return False
    chosen = select(CallRow.id).where(CallRow.id == call_id, CallRow.line != OUTGOING, is_answered_by(phone))
    return session.scalar(chosen) is not None


def untagged(session: Session, phone: str, since: datetime) -> list[CallRow]:
    """Calls a phone answered since an instant that have no disposition, oldest first; also one in talk."""
    chosen = select(CallRow).where(
        is_answered_by(phone), CallRow.service == "", CallRow.started_at >= since, CallRow.line != OUTGOING
    )
    return list(session.scalars(chosen.order_by(CallRow.started_at)))


def is_answered_by(phone: str) -> ColumnElement[bool]:
    """Condition on calls: this phone answered. Who took one over is in its legs alone."""
    legs = select(Leg.call_id).where(
        Leg.call_id == CallRow.id,
        Leg.phone == phone,
        Leg.kind == "agent",
        Leg.extension == "",
        Leg.answered_at.is_not(None),
    )
    return or_(and_(CallRow.agent == phone, CallRow.agent_at.is_not(None)), legs.exists())
