"""Masking of a promise's personal data when their period is over (P4.12).

Agency, times, attempts and outcome stay: what was promised in time, and kept, is counted as before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, or_
from sqlalchemy.orm import Session

from hotline.callbacks.rules import PENDING_STATES
from hotline.callbacks.store import (
    Callback,
    CallbackAttempt,
    CallbackEvent,
    CallbackLine,
    CallbackRequest,
)
from hotline.db import execute
from hotline.legal_holds import HeldRecord, LegalHold, is_held
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied, empty_events


def is_needed(_session: Session) -> ColumnElement[bool]:
    """Condition that a promise is to be kept, or that a legal hold keeps its case or one of its calls."""
    asked = CallbackRequest.call_id
    held_call = exists().where(
        CallbackRequest.callback_id == Callback.id,
        LegalHold.kind == HeldRecord.CALL,
        LegalHold.ended_at.is_(None),
        or_(LegalHold.subject == asked, asked.like(LegalHold.subject + "/%")),
    )
    return or_(Callback.state.in_(PENDING_STATES), is_held(HeldRecord.CASE, Callback.case_number), held_call)


def _empty(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, Callback.id, ids, blank("number", "given_by", "write_to", "name", "matter", "result"))
    emptied(session, CallbackAttempt.callback_id, ids, blank("note"))
    execute(session, delete(CallbackLine).where(CallbackLine.callback_id.in_(ids)))  # of one that never ended
    empty_events(session, CallbackEvent, CallbackEvent.callback_id, ids)


PROMISES: Final = MaskRule(
    RetentionKind.PROMISES,
    Callback.id,
    Callback.closed_at,
    Callback.masked_at,
    is_needed,
    _empty,
    since=Callback.registered_at,
    named=Callback.call_id,
)
