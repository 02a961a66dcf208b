"""Personal data of a citizen: the rows of every room that hold a number, by their names in the audit log."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import written_number
from hotline.outbound_calls.store import CallerVerification
from hotline.special_callers.service import entries


def about_citizen(session: Session, number: str) -> list[str]:
    """``call:…``, ``callback:…``, ``special:…``, ``verification:…`` of a number. Raises NumberMissing."""
    sent = written_number(number)
    held = {
        "call": session.scalars(select(CallRow.id).where(CallRow.caller == sent)).all(),
        "callback": session.scalars(
            select(Callback.id).where((Callback.number == sent) | (Callback.given_by == sent))
        ).all(),
        "verification": session.scalars(
            select(CallerVerification.id).where(CallerVerification.number == sent)
        ).all(),
        "special": [entry.id for entry in entries(session) if sent in entry.numbers],
    }
    return [f"{kind}:{key}" for kind, keys in held.items() for key in keys]
