"""Caller history: earlier calls of a number (P7.2), earlier talks in a call that came back to an agent."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.store import CallRow, Leg
from hotline.numbers import ANONYMOUS, e164

MOST: Final = 10


def calls_of(session: Session, number: str, most: int = MOST) -> list[CallRow]:
    """The latest calls from a number, newest first; none of a number that is not known."""
    sent = e164(number)
    if sent == ANONYMOUS:
        return []
    found = select(CallRow).where(CallRow.caller == sent).order_by(CallRow.started_at.desc(), CallRow.id)
    return list(session.scalars(found.limit(most)))


def talked(session: Session, call_id: str, phone: str) -> float:
    """Seconds an agent's phone has talked in a call already, without the talk that goes on."""
    over = select(func.sum(Leg.talk_seconds)).where(
        Leg.call_id == call_id, Leg.phone == phone, Leg.ended_at.is_not(None)
    )
    return session.scalar(over) or 0.0
