"""The outbox: one row a message and recipient, with what became of it (P0-c)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant


class NoticeState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    """Tried four times; a person has to look."""


class Notice(Base):
    """One message to one recipient; unique, so that an event is told once however often it is found."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("event", "template", "recipient"),
        Index(None, "state", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(64), comment="what happened, for example callback:12:overdue")
    template: Mapped[str] = mapped_column(String(8), comment="id of spec §18")
    recipient: Mapped[str] = mapped_column(String(128), comment="e-mail address, or who has none")
    channel: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default=NoticeState.WAITING)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    written_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    taken_by: Mapped[str] = mapped_column(String(64), default="", comment="the worker that is sending it")
    taken_until: Mapped[datetime | None] = mapped_column(Instant, comment="then others may send it")
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str] = mapped_column(Text, default="", comment="the sender's last word")
