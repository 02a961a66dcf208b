"""Use cases for messages that were given up: have them sent again, or leave them."""

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.db import locked
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.outbox.rules import DeliveryState
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.permissions import Action
from hotline.staff.service import permitted


class NotGivenUp(HotlineError, code="not-given-up"):
    """There is no such message, or it was sent, or it waits: nothing is to be mended."""

    number: int


def again(session: Session, number: int, by: str, at: datetime) -> OutboxMessage:
    """Send it as if for the first time: whatever kept it back is mended. Raises NotGivenUp, NotPermitted."""
    row = _given_up(session, number, by, at)
    row.state, row.next_try_at, row.done_at, row.tries, row.doubts = OutboxState.WAITING, at, None, 0, 0
    row.provider_id, row.delivery, row.delivered_at = "", DeliveryState.UNKNOWN, None
    audit(session, at, by, Action.NOTICE_MEND, f"notice:{number}", reason="again")
    return row


def leave(session: Session, number: int, reason: str, by: str, at: datetime) -> OutboxMessage:
    """Take it off the list: it was told in another way, or is void. Raises NotGivenUp, NotPermitted."""
    row = _given_up(session, number, by, at)
    row.end(OutboxState.SKIPPED, at)
    audit(session, at, by, Action.NOTICE_MEND, f"notice:{number}", reason=reason)
    return row


def _given_up(session: Session, number: int, by: str, at: datetime) -> OutboxMessage:
    permitted(session, by, Action.NOTICE_MEND, at)
    row = locked(session, OutboxMessage, number)
    if row is None or row.state != OutboxState.FAILED:
        raise NotGivenUp(number)
    return row
