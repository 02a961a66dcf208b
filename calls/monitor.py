"""A supervisor who is brought to an agent's talk, in the record of the call:
asked for, then what became of it.

What became of it Asterisk's event log tells,
so that it is known although whoever asked for it has died meanwhile.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.cel import ChannelEvent
from calls.store import CallEvent, add_event
from transfer.outcome import OUT_OF_REACH, DialOutcome, cause_of

TOLD: Final = "SUPERVISED"
"""The dialplan's line: ``token|DIALSTATUS|cause|milliseconds until it rang``, or ``token|GONE``."""
RUNG: Final = "SupervisorRung"
SUPERVISED: Final = "Supervised"
MISSED: Final = "SupervisorMissed"
"""Kinds of the events: asked for; at the talk; not there, with the reason."""
SHOWN: Final = timedelta(minutes=2)
"""The outcome of an attempt is shown so long."""


class AttemptOutcome(StrEnum):
    """Outcome of bringing a supervisor to a talk."""

    RINGING = "ringing"
    THERE = "there"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    UNREACHABLE = "unreachable"
    TALK_OVER = "talk-over"
    """The talk had ended before the supervisor answered."""
    NOT_RUNG = "not-rung"
    """Asterisk was away, or would not."""
    UNKNOWN = "unknown"
    """No word of it ever came."""


GONE: Final = "GONE"
_RUNG: Final = {
    DialOutcome.ANSWERED: AttemptOutcome.THERE,
    DialOutcome.BUSY: AttemptOutcome.BUSY,
    DialOutcome.NO_ANSWER: AttemptOutcome.NO_ANSWER,
    DialOutcome.REFUSED: AttemptOutcome.NO_ANSWER,
    **dict.fromkeys(OUT_OF_REACH, AttemptOutcome.UNREACHABLE),
}


@dataclass(frozen=True, slots=True)
class MonitorAttempt:
    """Attempt of a supervisor to get to a talk; ``token`` is its name in the event log."""

    token: str
    call_id: str
    by: str
    agent: str
    mode: str
    at: datetime
    came: AttemptOutcome = AttemptOutcome.RINGING


def begin(session: Session, call_id: str, *, by: str, agent: str, mode: str, at: datetime) -> MonitorAttempt:
    """Record an attempt before anything rings; tokens rise with time, so the latest is among few rows."""
    attempt = MonitorAttempt(_since(at) + secrets.token_hex(8), call_id, by, agent, mode, at)
    detail = {"by": by, "agent": agent, "mode": mode}
    add_event(session, f"supervise:{attempt.token}", call_id, at, RUNG, detail)
    return attempt


def ended(session: Session, attempt: MonitorAttempt, came: AttemptOutcome, at: datetime) -> None:
    """Record the outcome of an attempt, once: the first report counts."""
    detail, kind = {"by": attempt.by, "mode": attempt.mode, "agent": attempt.agent}, SUPERVISED
    if came is not AttemptOutcome.THERE:
        detail, kind = detail | {"why": came}, MISSED
    add_event(session, f"supervised:{attempt.token}", attempt.call_id, at, kind, detail)


def heard(session: Session, event: ChannelEvent) -> bool:
    """Bring a line of our dialplan to its attempt; False when there is none, or the line is spoilt."""
    token, status, cause, rang = (*event.said.split("|"), "", "", "")[:4]
    asked = session.scalar(select(CallEvent).where(CallEvent.key == f"supervise:{token}"))
    if asked is None:
        return False
    ring = DialOutcome.from_dialstatus(status, cause_of(cause), rang=bool(rang))
    came = AttemptOutcome.TALK_OVER if status == GONE else _RUNG.get(ring, AttemptOutcome.NOT_RUNG)
    ended(session, _attempt(asked), came, event.at)
    return True


def attempts(session: Session, at: datetime, patience: timedelta) -> list[MonitorAttempt]:
    """Attempts of the last minutes as they stand, the newest last.

    One without news for longer than ``patience`` is not ringing any more, whatever happened to it.
    """
    since = f"supervise:{_since(at - patience - SHOWN)}"
    asked = select(CallEvent).where(CallEvent.key >= since, CallEvent.key < "supervise;")
    rows = list(session.scalars(asked.order_by(CallEvent.key)))
    ends = select(CallEvent).where(CallEvent.key.in_([f"supervised:{_token(row)}" for row in rows]))
    came = {_token(row): row for row in session.scalars(ends)} if rows else {}
    return [_standing(row, came.get(_token(row)), at - patience) for row in rows]


def _standing(row: CallEvent, end: CallEvent | None, given_up: datetime) -> MonitorAttempt:
    if end is not None:
        return _attempt(
            row, AttemptOutcome.THERE if end.kind == SUPERVISED else AttemptOutcome(end.detail["why"])
        )
    return _attempt(row, AttemptOutcome.RINGING if row.at >= given_up else AttemptOutcome.UNKNOWN)


def _attempt(row: CallEvent, came: AttemptOutcome = AttemptOutcome.RINGING) -> MonitorAttempt:
    told = row.detail
    return MonitorAttempt(_token(row), row.call_id, told["by"], told["agent"], told["mode"], row.at, came)


def _token(row: CallEvent) -> str:
    return row.key.partition(":")[2]


def _since(at: datetime) -> str:
    return f"{int(at.timestamp() * 1000):012x}"
