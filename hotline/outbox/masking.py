"""What of a message is personal, and goes when its period is over: to whom it went, and its words (P4.12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, bindparam, false, update
from sqlalchemy.orm import Session

from hotline.db import Base
from hotline.outbox.store import OutboxMessage
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule


def _is_needed(_session: Session) -> ColumnElement[bool]:
    """Nothing needs a message that is done: what it told stands in its case or promise."""
    return false()


def _empty(session: Session, ids: Sequence[int], _at: datetime) -> None:
    """Empty messages; recipients stay different, for two of one event are told apart by them."""
    table = Base.metadata.tables[OutboxMessage.__tablename__]
    gone = {"text": "", "result": "", "provider_id": "", "recipient": bindparam("who")}
    values = [{"of": one, "who": f"masked:{one}"} for one in ids]
    session.connection().execute(update(table).where(table.c.id == bindparam("of")).values(gone), values)


NOTICES: Final = MaskRule(
    RetentionKind.NOTICES,
    OutboxMessage.id,
    OutboxMessage.done_at,
    OutboxMessage.masked_at,
    _is_needed,
    _empty,
    since=OutboxMessage.written_at,
)
