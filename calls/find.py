"""Finding calls that are on record."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.errors import HotlineError


class NoSuchCall(HotlineError):
    """No call has this id."""

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        super().__init__(f"There is no call {call_id}; `hotline calls` lists the latest")


def refuse_unknown(session: Session, call_ids: Iterable[str]) -> None:
    """Each must be a call on record. Raises NoSuchCall."""
    for call_id in call_ids:
        if session.get(CallRow, call_id) is None:
            raise NoSuchCall(call_id)
