"""Masking of a call record's personal data when their period is over (P4.12).

Times, legs, service, topic and outcome stay, with the kinds of all events: figures are the same before and
after. Of the raw event log only the lines go, as of any log; what they told stands in the record.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from calls.store import (
    TRANSFER_ASKED,
    CallEvent,
    CallRow,
    CelEvent,
    Consult,
    HeldCall,
    HeldTurn,
)
from calls.transfer_reasons import STATED
from hotline.callbacks.rules import PENDING_STATES
from hotline.callbacks.store import Callback, CallbackRequest
from hotline.cases.rules import OPEN_STATES, UNFILED
from hotline.cases.store import Case
from hotline.db import Base, execute
from hotline.legal_holds import HeldRecord, is_held
from hotline.outbound_calls.rules import OWN_CALL
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import WORDS, MaskRule, blank, emptied, without
from hotline.special_callers.service import evidence_calls
from hotline.special_callers.store import SpecialEvent

_CLEAN: Final = (
    *"CallEnding CallEnded InformationHeard LanguageChosen MenuHeard MessageKept NoKeyPressed".split(),
    *"PhoneTried Queued RecordingBegun SurveyAnswered SurveyWordsKept TransferBegun TransferEnded".split(),
    "WaitAnnounced",
)
"""Kinds of events, the most frequent ones, that never tell of a citizen."""
_CODED: Final = frozenset((STATED, TRANSFER_ASKED))
"""Kinds of events whose reason is one of a list; in all others it is in somebody's own words."""
_WORDS: Final = WORDS | {"reason"}


def is_of_open_matter(session: Session, call_id: Any) -> ColumnElement[bool]:
    """Condition that a call is of a promise to be kept, of a case that is not over, or evidence for a special
    caller; ``call_id``: the column that names it.
    """
    unsettled = select(Case.id).where(
        Case.call_id == call_id,
        Case.call_id != "",
        Case.contact_masked_at.is_(None),
        Case.state.in_((*OPEN_STATES, *UNFILED)),
    )
    return or_(call_id.in_(_promised(session) | evidence_calls(session)), unsettled.exists())


def is_needed(session: Session, call_id: Any) -> ColumnElement[bool]:
    """Condition that a call is under a legal hold or of an open matter."""
    return or_(is_held(HeldRecord.CALL, call_id), is_of_open_matter(session, call_id))


def _promised(session: Session) -> set[str]:
    """The calls of promises that are to be kept."""
    pending = select(CallbackRequest.call_id).join(Callback).where(Callback.state.in_(PENDING_STATES))
    return {one.partition("/")[0] for one in session.scalars(pending)}


def _empty_calls(session: Session, ids: Sequence[str], _at: datetime) -> None:
    emptied(session, CallRow.id, ids, blank("caller"))
    _empty_events(session, ids)
    _forget_lines(session, ids)
    emptied(session, HeldCall.id, ids, {"call": "{}"})
    emptied(session, HeldTurn.call_id, ids, blank("answer"))
    emptied(session, SpecialEvent.call_id, ids, blank("reason"))


def _empty_events(session: Session, ids: Sequence[str]) -> None:
    """Empty the facts of events that tell of a citizen; the others are not even read."""
    chosen = select(CallEvent.id, CallEvent.kind, CallEvent.detail).where(
        CallEvent.call_id.in_(ids), CallEvent.kind.not_in(_CLEAN)
    )
    told = [
        (number, detail, without_citizen(kind, detail)) for number, kind, detail in session.execute(chosen)
    ]
    changed = [{"of": number, "now": after} for number, before, after in told if after != before]
    if changed:
        table = Base.metadata.tables[CallEvent.__tablename__]
        new = update(table).where(table.c.id == bindparam("of")).values(detail=bindparam("now"))
        session.connection().execute(new, changed)


def without_citizen(kind: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an event, those emptied that tell of a citizen. Pure."""
    return without(detail, WORDS if kind in _CODED else _WORDS)


def _forget_lines(session: Session, ids: Sequence[str]) -> None:
    """Remove the raw lines of the event log of these calls, and of what agents asked before a transfer."""
    consults = session.scalars(select(Consult.linked_id).where(Consult.call_id.in_(ids))).all()
    execute(session, delete(CelEvent).where(CelEvent.linked_id.in_((*ids, *consults))))


def _empty_verifications(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, CallerVerification.id, ids, blank("number", "matter"))


def _empty_placed(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, PlacedCall.id, ids, blank("matter"))


OWN: Final = literal(OWN_CALL) + PlacedCall.token
"""The name of a placed call in the record of calls."""
CALLS: Final = MaskRule(
    RetentionKind.CALLS,
    CallRow.id,
    CallRow.ended_at,
    CallRow.masked_at,
    lambda session: is_needed(session, CallRow.id),
    _empty_calls,
)
VERIFICATIONS: Final = MaskRule(
    RetentionKind.CALLS,
    CallerVerification.id,
    func.coalesce(CallerVerification.decided_at, CallerVerification.opened_at),
    CallerVerification.masked_at,
    lambda session: is_needed(session, CallerVerification.call_id),
    _empty_verifications,
    since=CallerVerification.opened_at,
)
PLACED: Final = MaskRule(
    RetentionKind.CALLS,
    PlacedCall.id,
    func.coalesce(PlacedCall.ended_at, PlacedCall.placed_at),
    PlacedCall.masked_at,
    lambda session: or_(is_needed(session, PlacedCall.call_id), is_held(HeldRecord.CALL, OWN)),
    _empty_placed,
    since=PlacedCall.placed_at,
)
RULES: Final = (CALLS, VERIFICATIONS, PLACED)
