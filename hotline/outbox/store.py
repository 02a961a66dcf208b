"""The outbox: one row a message and recipient, with what became of it (P0-c)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Integer, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant
from hotline.keys.columns import Hashed, Sealed
from hotline.retention.masked import MaskedRow
from hotline.terms import named

_HASHED: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("recipient_hash != ''"))


@named("notice-state")
class OutboxState(StrEnum):
    """The states of a message."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    """Tried four times, refused for good or not delivered; a person has to look."""
    SKIPPED = "skipped"
    """Never to be sent: a text to a landline, for example."""


class OutboxMessage(MaskedRow, Base):
    """One message to one recipient; unique, so that an event is told once however often it is found."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("event", "template", "recipient"),
        Index("uq_notice_recipient_hash", "event", "template", "recipient_hash", unique=True, **_HASHED),
        Index(None, "recipient_hash"),
        Index(None, "state", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(64), comment="what happened, for example callback:12:overdue")
    template: Mapped[str] = mapped_column(String(8), comment="id of spec §18")
    recipient: Mapped[str] = mapped_column(
        Sealed("notice.recipient"), comment="e-mail address, or who has none"
    )
    recipient_hash: Mapped[str] = mapped_column(Hashed("number", of="recipient"))
    channel: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Sealed("notice.text"))
    state: Mapped[str] = mapped_column(String(8), default=OutboxState.WAITING)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    written_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    taken_by: Mapped[str] = mapped_column(String(64), default="", comment="the worker that is sending it")
    taken_until: Mapped[datetime | None] = mapped_column(Instant, comment="then others may send it")
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str] = mapped_column(Sealed("notice.result"), default="", comment="the sender's last word")
    doubts: Mapped[int] = mapped_column(
        Integer, default=0, comment="attempts of which nobody knows what became; 1 = may have arrived twice"
    )
    provider_id: Mapped[str] = mapped_column(String(64), default="", comment="its name on the other side")
    delivery: Mapped[str] = mapped_column(String(12), default="", comment="what the carrier says of it")
    delivered_at: Mapped[datetime | None] = mapped_column(Instant, comment="when the carrier said so")
    holds_secret: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="a code stands in its text until it went or is void"
    )
