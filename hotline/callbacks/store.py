"""Promises as rows (spec §9.2: the fields; its states come with their use cases)."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant


class Callback(Base):
    """One promise to call a citizen back; one a call, so that a replay adds none."""

    __tablename__ = "callback"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[str] = mapped_column(String(32), comment="E.164 or as the carrier gave it")
    language: Mapped[str] = mapped_column(String(16))
    matter: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(
        String(16), comment="who asked: caller, nobody (queue empty), dialplan"
    )
    state: Mapped[str] = mapped_column(String(20), default="OPEN")
    registered_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
