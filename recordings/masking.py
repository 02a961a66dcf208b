"""Masking of the words of retrieval when their period is over, that of the record of calls (P4.12, P9).

Who asked, by which law, who decided, who heard which seconds when, and all dates stay: they are the proof. A
purpose or a reason may name a citizen, and goes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Session

from hotline.legal_holds import HeldRecord, is_held
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied
from recordings.retrieval_store import ChosenCall, Retrieval, RetrievalItem, SilencedPart


def _is_needed(_session: Session) -> ColumnElement[bool]:
    """Condition that a legal hold keeps one of the calls: a procedure may ask why they were heard."""
    held = is_held(HeldRecord.CALL, RetrievalItem.call_id)
    return exists().where(RetrievalItem.retrieval_id == Retrieval.id, held)


def _empty_retrievals(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, Retrieval.id, ids, blank("purpose", "end_reason"))
    emptied(session, SilencedPart.retrieval_id, ids, blank("reason"))


def _empty_chosen(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, ChosenCall.id, ids, blank("reason"))


RULES: Final = (
    MaskRule(
        RetentionKind.CALLS,
        Retrieval.id,
        Retrieval.ended_at,
        Retrieval.masked_at,
        _is_needed,
        _empty_retrievals,
        since=Retrieval.asked_at,
    ),
    MaskRule(
        RetentionKind.CALLS,
        ChosenCall.id,
        ChosenCall.until,
        ChosenCall.masked_at,
        lambda _session: is_held(HeldRecord.CALL, ChosenCall.call_id),
        _empty_chosen,
        since=ChosenCall.at,
    ),
)
