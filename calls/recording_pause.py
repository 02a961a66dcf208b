"""Pauses of a recording (P4.12): while an identity number is said, silence is kept instead;
who, when, until when.

A pause and its end are two events of the call, so that its record tells them; nothing is overwritten.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from calls.store import CallEvent, CallRow, Leg, add_event
from hotline.errors import HotlineError

PAUSED: Final = "RecordingPaused"
RESUMED: Final = "RecordingResumed"
BY_LIMIT: Final = "limit"
BY_LEAVING: Final = "agent left"
BY_END: Final = "end of call"
BY_STOP: Final = "stopped"
BY_FAULT: Final = "not set"
"""By what a pause may end, besides by somebody; the last when Asterisk did not take it."""
LOOKED_BACK: Final = timedelta(days=1)
"""No call is longer."""
BEGUN: Final = select(CallEvent).order_by(CallEvent.key)
BEGUN_IN: Final = BEGUN.where(CallEvent.call_id == bindparam("call"), CallEvent.kind == PAUSED)
BEGUN_SINCE: Final = BEGUN.where(
    CallEvent.key.between(bindparam("since"), "pause:9"), CallEvent.kind == PAUSED
)
"""Made once: they are asked each second. Bounds of digits: how signs are sorted is each database's own."""


class AlreadyPaused(HotlineError, code="already-paused"):
    """The recording of this call is silent already."""

    call_id: str


class NotPaused(HotlineError, code="not-paused"):
    """The recording of this call goes on."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause that holds; ``name`` is of its two events."""

    name: str
    call_id: str
    at: datetime
    by: str
    until: datetime


def begin(session: Session, call_id: str, *, until: datetime, by: str, at: datetime) -> Pause:
    """Write a pause down, of two at the same time the first. Raises AlreadyPaused."""
    session.get(CallRow, call_id, with_for_update=True)
    if of_call(session, call_id):
        raise AlreadyPaused(call_id)
    pause = Pause(f"{at.timestamp():014.3f}:{call_id}", call_id, at, by, until)
    add_event(session, f"pause:{pause.name}", call_id, at, PAUSED, {"by": by, "until": until.isoformat()})
    return pause


def end(session: Session, pause: Pause, *, by: str, at: datetime) -> bool:
    """Write its end down, once; False if it was already."""
    return add_event(session, f"resume:{pause.name}", pause.call_id, at, RESUMED, {"by": by})


def of_call(session: Session, call_id: str) -> Pause | None:
    """The pause that holds in a call."""
    return next(iter(_unended(session, BEGUN_IN, {"call": call_id})), None)


def held(session: Session, at: datetime) -> list[Pause]:
    """Pauses begun and not ended; the keys are in the order of time, so few rows are looked at."""
    since = f"pause:{(at - LOOKED_BACK).timestamp():014.3f}"
    return _unended(session, BEGUN_SINCE, {"since": since})


def is_left(session: Session, pause: Pause) -> bool:
    """True if the agent in whose talk it began has left the call: who talks now asked for no silence."""
    talks = select(Leg.ended_at).where(
        Leg.call_id == pause.call_id,
        Leg.kind == "agent",
        Leg.answered_at <= pause.at,
        or_(Leg.ended_at.is_(None), Leg.ended_at > pause.at),
    )
    ends = list(session.scalars(talks))
    return bool(ends) and None not in ends


def _unended(session: Session, begun: Select[CallEvent], named: dict[str, str]) -> list[Pause]:
    pauses = [_pause(row) for row in session.scalars(begun, named)]
    ends = select(CallEvent.key).where(CallEvent.key.in_([f"resume:{one.name}" for one in pauses]))
    over = set(session.scalars(ends)) if pauses else set()
    return [one for one in pauses if f"resume:{one.name}" not in over]


def _pause(row: CallEvent) -> Pause:
    until = datetime.fromisoformat(row.detail["until"])
    return Pause(row.key.removeprefix("pause:"), row.call_id, row.at, row.detail["by"], until)
