"""Ends of calls that the event log did not see: told by the turns, once Asterisk has no such call any more.

The event log lies on a disk that can fill up. What it told before that, and what the turns told, stands as
``call_event``; of both together comes what the call was. If its own end is read later after all, that counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from calls.cdr import CallResult
from calls.store import OUTGOING, CallEvent, CallRow, Leg, add_event
from calls.webhook_cdr import columns_told, end_reason, outcome
from ivr.steps import RecordingAwaited, RecordingBegun
from recordings.service import RecordedCall, expect
from transfer.outcome import DialOutcome


@dataclass(frozen=True, slots=True)
class Vanished:
    """A call without a channel; seen joined with another at ``met_at``, from then with ``agent``'s phone."""

    id: str
    at: datetime
    met_at: datetime | None = None
    agent: str = ""


@dataclass(frozen=True, slots=True)
class ClosedCall:
    """A call that was ended here."""

    id: str
    why: str
    outcome: str


def open_calls(session: Session, node: str) -> dict[str, datetime]:
    """Calls of this node's Asterisk without an end, with the last that is known of each."""
    of_asterisk = CallRow.line.in_(("asterisk", OUTGOING))
    rows = session.execute(
        select(CallRow.id, CallRow.started_at).where(
            CallRow.node == node, CallRow.ended_at.is_(None), of_asterisk, CallRow.started_at.is_not(None)
        )
    )
    known = {row.id: row.started_at for row in rows}
    latest = select(CallEvent.call_id, func.max(CallEvent.at)).where(CallEvent.call_id.in_(known))
    for call_id, at in session.execute(latest.group_by(CallEvent.call_id)) if known else ():
        known[call_id] = max(known[call_id], at)
    return known


def close(
    session: Session, vanished: Sequence[Vanished], notice: Callable[[str], timedelta]
) -> list[ClosedCall]:
    """End these calls, each once; ``notice``: how long the notice takes in a language."""
    return [closed for one in vanished if (closed := _close(session, one, notice))]


def _close(session: Session, one: Vanished, notice: Callable[[str], timedelta]) -> ClosedCall | None:
    row = session.get(CallRow, one.id, with_for_update=True, populate_existing=True)
    if row is None or row.ended_at:
        return None
    told = list(
        session.scalars(
            select(CallEvent).where(CallEvent.call_id == one.id).order_by(CallEvent.at, CallEvent.id)
        )
    )
    ending = next((event.detail["reason"] for event in told if event.kind == "CallEnding"), "")
    kinds = frozenset(event.kind for event in told)
    talked = bool(one.met_at or row.talk_seconds)
    for column, at in columns_told((event.kind, _happened_at(event, notice)) for event in told):
        if getattr(row, column) is None:
            setattr(row, column, at)
    if not row.recorded_at and RecordingAwaited.__name__ in kinds:
        row.recorded_at = one.met_at
    if one.met_at and one.agent and not row.agent_at:
        row.agent, row.agent_at = one.agent[:32], one.met_at
    why = end_reason(ending, lost=True)
    if row.line == OUTGOING:
        came_to = CallResult.TALKED if talked else CallResult.UNREACHED
    else:
        came_to = outcome(ending, kinds, answered=talked)
    row.ended_at, row.end_reason, row.outcome = one.at, why, came_to
    detail = {"why": why, "said": ending, "cause": None, "unseen": True}
    add_event(session, f"end:{one.id}", one.id, one.at, "CallEnded", detail)
    rung = update(Leg).where(Leg.call_id == one.id, Leg.ended_at.is_(None))
    session.execute(rung.where(Leg.outcome == DialOutcome.RINGING).values(outcome=DialOutcome.FAILED))
    session.execute(rung.values(ended_at=one.at))
    if row.recorded_at:
        expect(session, RecordedCall(one.id, row.node, row.recorded_at, one.at))
    return ClosedCall(one.id, why, came_to)


def _happened_at(event: CallEvent, notice: Callable[[str], timedelta]) -> datetime:
    """Instant of what a turn tells: recording begins when the notice, which that turn has said, is over."""
    is_recording = event.kind == RecordingBegun.__name__
    return event.at + notice(event.detail["language"]) if is_recording else event.at
