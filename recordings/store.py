"""Recordings as rows: what was expected, what is there, and what is wrong with it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Float, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant


class State(StrEnum):
    """What is known of a recording; all but the first are final."""

    EXPECTED = "EXPECTED"
    WHOLE = "WHOLE"
    REPAIRED = "REPAIRED"
    SHORT = "SHORT"
    MISSING = "MISSING"


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
    ended_at: Mapped[datetime | None] = mapped_column(Instant, comment="end of its call; null while it is up")
    crashed: Mapped[bool] = mapped_column(Boolean, default=False, comment="Asterisk died during the call")
    expected_seconds: Mapped[float | None] = mapped_column(Float)
    seconds: Mapped[float | None] = mapped_column(Float)
    size: Mapped[int | None] = mapped_column(BigInteger, comment="bytes")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    alarmed_at: Mapped[datetime | None] = mapped_column(Instant, comment="its one alarm was raised")
    verified_at: Mapped[datetime | None] = mapped_column(Instant, comment="last compared with its checksum")
    fault: Mapped[str] = mapped_column(
        Text, default="", comment="found by the last comparison: changed, removed"
    )
