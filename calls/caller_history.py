"""The caller of a call: who it is, what is promised at the desk, earlier calls (P7.2) and talks."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.dispositions import call_row
from calls.store import CallRow, Leg, NoSuchCall
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.wishes import Wish
from hotline.dialling import DialRules
from hotline.keys.finding import has
from hotline.numbers import ANONYMOUS, e164
from hotline.outbound_calls.caller_verification import Petitioner

MOST: Final = 10


def calls_of(session: Session, number: str, most: int = MOST) -> list[CallRow]:
    """The latest calls from a number, newest first; none of a number that is not known."""
    sent = e164(number)
    if sent == ANONYMOUS:
        return []
    found = (
        select(CallRow).where(has(CallRow.caller_hash, sent)).order_by(CallRow.started_at.desc(), CallRow.id)
    )
    return list(session.scalars(found.limit(most)))


def talked(session: Session, call_id: str, phone: str) -> float:
    """Seconds an agent's phone has talked in a call already, without the talk that goes on."""
    over = select(func.sum(Leg.talk_seconds)).where(
        Leg.call_id == call_id, Leg.phone == phone, Leg.ended_at.is_not(None)
    )
    return session.scalar(over) or 0.0


def petitioner(session: Session, call_id: str) -> Petitioner:
    """The citizen of a call, for a check of who they are (P8.2). Raises NoSuchCall."""
    row = call_row(session, call_id)
    if row.started_at is None:  # known from its turns only: the event log is a second behind
        raise NoSuchCall(call_id)
    return Petitioner(row.id, row.caller, row.language, row.started_at)


def wish_at_desk(
    row: CallRow,
    dialling: DialRules,
    place: Ownership,
    *,
    matter: str,
    name: str = "",
    number: str = "",
    without_number: bool = False,
) -> Wish:
    """A caller's wish; only one whose number is not dialled gives another; without any, a person sees it."""
    is_asked = dialling.refusal(row.caller) is not None
    given = number if is_asked else ""
    without = is_asked and not given and without_number
    return Wish(
        given if is_asked and not without else row.caller,
        row.wanted,
        "agent",
        place,
        matter,
        name,
        given_by=row.caller if is_asked and not without else "",
        without_number=without,
    )
