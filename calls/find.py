"""Finding calls that are on record."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.errors import HotlineError


class NoSuchCall(HotlineError, code="no-such-call"):
    """No call has this id."""

    call_id: str


def refuse_unknown(session: Session, call_ids: Iterable[str]) -> None:
    """Each must be a call on record. Raises NoSuchCall."""
    for call_id in call_ids:
        if session.get(CallRow, call_id) is None:
            raise NoSuchCall(call_id)
