"""Earlier calls by number (P7.2): what a citizen who calls again need not tell once more."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.numbers import ANONYMOUS, e164
from ivr.store import CallRow

MOST: Final = 10


def calls_of(session: Session, number: str, most: int = MOST) -> list[CallRow]:
    """The latest calls from a number, newest first; none of a number that is not known."""
    sent = e164(number)
    if sent == ANONYMOUS:
        return []
    found = select(CallRow).where(CallRow.caller == sent).order_by(CallRow.started_at.desc(), CallRow.id)
    return list(session.scalars(found.limit(most)))
