"""Recordings as rows: what was expected, what is there, and what is wrong with it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    Index,
    Integer,
    String,
    Text,
    and_,
    exists,
    or_,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant
from hotline.terms import named
from recordings.policy import Direction


@named("recording-state")
class RecordingState(StrEnum):
    """The states of a recording; all but the first are final."""

    EXPECTED = "EXPECTED"
    WHOLE = "WHOLE"
    REPAIRED = "REPAIRED"
    SHORT = "SHORT"
    MISSING = "MISSING"


BAD: Final = (RecordingState.SHORT, RecordingState.MISSING)
LOOKED_BACK: Final = timedelta(days=7)
"""Recordings at fault are told for so long."""


CHANGED_BEFORE: Final = "changed before it was sealed"
"""The fault of a file whose checksum was another when it was sealed: it stays so for ever."""


class RemoteState(StrEnum):
    """The place of sound that a carrier recorded; GONE: only here any more."""

    SOUNDING = "SOUNDING"
    WAITING = "WAITING"
    FETCHED = "FETCHED"
    GONE = "GONE"
    LOST = "LOST"


_KEPT: Final[dict[str, Any]] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), text("destroyed_at IS NULL")
)


class Recording(Base):
    """One direction of one call's sound; expected as soon as recording begins."""

    __tablename__ = "recording"
    __table_args__ = (
        Index(None, "state"),
        Index(None, "also_in", "storage"),
        Index(None, "ended_at", **_KEPT),
    )

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    direction: Mapped[str] = mapped_column(String(8), primary_key=True, comment="caller or agent")
    node: Mapped[str] = mapped_column(
        String(16), default="", server_default="", comment="where the file lies; no other looks for it"
    )
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
    key_id: Mapped[str] = mapped_column(
        String(32),
        default="",
        server_default="",
        comment="the data key that seals it, from the first attempt on",
    )
    codec: Mapped[str] = mapped_column(
        String(8), default="", server_default="", comment="wav, flac, opus; once it is sealed"
    )
    storage: Mapped[str] = mapped_column(
        String(16),
        default="",
        server_default="",
        comment="where it lies sealed; empty: it does not yet, or no more",
    )
    also_in: Mapped[str] = mapped_column(
        String(16),
        default="",
        server_default="",
        comment="where a step that was cut off may have left a copy",
    )
    sealed_as: Mapped[str] = mapped_column(Text, default="", server_default="", comment="its name there")
    sealed_size: Mapped[int | None] = mapped_column(BigInteger, comment="bytes of the sealed file")
    sealed_sha256: Mapped[str] = mapped_column(
        String(64), default="", server_default="", comment="of the sealed file"
    )
    destroyed_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="key and sound are gone; the row stays"
    )
    destroyed_ground: Mapped[str] = mapped_column(Text, default="", server_default="")


class RecordingGap(Base):
    """A time of a call of which its recording holds no sound."""

    __tablename__ = "recording_gap"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    until: Mapped[datetime | None] = mapped_column(
        Instant, comment="null = it lasts, to the end of the call at most"
    )
    why: Mapped[str] = mapped_column(String(8), comment="away, consult, hold, held, stopped")


class RemoteRecording(Base):
    """Sound that a carrier keeps for us until it is fetched, and then no longer."""

    __tablename__ = "remote_recording"
    __table_args__ = (Index(None, "state", "next_at"), Index(None, "call_id"))

    sid: Mapped[str] = mapped_column(String(64), primary_key=True, comment="the carrier's name of it")
    call_id: Mapped[str] = mapped_column(String(64))
    message: Mapped[bool] = mapped_column(Boolean, comment="a spoken message; else both directions of a call")
    whole: Mapped[bool] = mapped_column(
        Boolean,
        default=True,
        server_default=true(),
        comment="false = of a call's sound its talks alone are kept",
    )
    state: Mapped[str] = mapped_column(String(12), comment="SOUNDING, WAITING, FETCHED, GONE, LOST")
    started_at: Mapped[datetime] = mapped_column(Instant)
    seconds: Mapped[float | None] = mapped_column(Float)
    attempts: Mapped[int] = mapped_column(
        Integer, default=0, comment="to fetch it, or then to remove it there"
    )
    next_at: Mapped[datetime] = mapped_column(Instant, comment="not tried before")
    reason: Mapped[str] = mapped_column(Text, default="", comment="why the latest attempt failed")


def at_fault(at: datetime) -> ColumnElement[bool]:
    """Condition that a recording of the last days is short or missing."""
    return and_(Recording.state.in_(BAD), Recording.started_at >= at - LOOKED_BACK)


def is_of(node: str) -> ColumnElement[bool]:
    """Condition that a file lies at a node; rows of former versions lack it, their call's name tells it."""
    unsaid = and_(Recording.node == "", Recording.call_id.startswith(f"{node}-"))
    return or_(Recording.node == node, unsaid)


def is_elsewhere() -> ColumnElement[bool]:
    """Condition that a recording's file is still the carrier's to give, so that none is missing here."""
    pending = RemoteRecording.state.in_((RemoteState.SOUNDING, RemoteState.WAITING))
    same_kind = RemoteRecording.message == (Recording.direction == Direction.MESSAGE)
    return exists().where(pending, RemoteRecording.call_id == Recording.call_id, same_kind)
