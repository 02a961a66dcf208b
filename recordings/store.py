"""Recordings as rows: what was expected, what is there, and what is wrong with it."""

from datetime import datetime

from sqlalchemy import BigInteger, Float, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant


class Recording(Base):
    """One direction of one call's sound; expected as soon as recording begins."""

    __tablename__ = "recording"
    __table_args__ = (Index(None, "state"),)

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    direction: Mapped[str] = mapped_column(String(8), primary_key=True, comment="caller or agent")
    path: Mapped[str] = mapped_column(Text, comment="relative to the recordings folder")
    state: Mapped[str] = mapped_column(String(12), comment="EXPECTED, WHOLE, REPAIRED, SHORT, MISSING")
    reason: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime] = mapped_column(Instant)
    expected_seconds: Mapped[float | None] = mapped_column(Float)
    seconds: Mapped[float | None] = mapped_column(Float)
    size: Mapped[int | None] = mapped_column(BigInteger, comment="bytes")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
