"""Retrieval as rows: requests, what each is about, silenced parts, standing purposes, and every play."""

from datetime import datetime

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import CODE, WHO, Base, Instant, only_added_to
from hotline.keys.columns import Sealed
from hotline.retention.masked import MaskedRow

CALL = String(64)
TRACK = String(8)


class Retrieval(MaskedRow, Base):
    """A request for recordings and records (P9); its steps stand in the audit log."""

    __tablename__ = "retrieval"
    __table_args__ = (Index(None, "person"), Index(None, "asked_by"), Index(None, "state", "open_until"))

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(
        String(12), comment="REQUESTED, APPROVED, REFUSED, PROVIDED, EXPIRED, REVOKED"
    )
    agency: Mapped[str] = mapped_column(CODE, comment="of the person; empty = the city's")
    person: Mapped[str] = mapped_column(WHO, comment="login of the one who hears")
    ground: Mapped[str] = mapped_column(Text, comment="the law by which it is asked for")
    purpose: Mapped[str] = mapped_column(Sealed("retrieval.purpose"))
    case_number: Mapped[str] = mapped_column(String(12), default="", comment="empty = calls by their ids")
    calls_since: Mapped[datetime | None] = mapped_column(Instant, comment="calls of the case that began then")
    calls_until: Mapped[datetime | None] = mapped_column(Instant)
    wants_copy: Mapped[bool] = mapped_column(Boolean, default=False)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(WHO)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(WHO, default="", comment="neither who asked nor who hears")
    days: Mapped[int] = mapped_column(Integer, default=0, comment="for which the page is open; 0 = undecided")
    provided_at: Mapped[datetime | None] = mapped_column(Instant)
    provided_by: Mapped[str] = mapped_column(WHO, default="")
    token: Mapped[str | None] = mapped_column(String(64), unique=True, comment="of its page's address")
    open_until: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(WHO, default="")
    end_reason: Mapped[str] = mapped_column(
        Sealed("retrieval.end_reason"), default="", comment="of the refusal or the revoking"
    )

    @property
    def concerned(self) -> tuple[str, str]:
        """Logins of who asked and of who would hear: neither decides."""
        return self.asked_by, self.person


class RetrievalItem(Base):
    """A call that a request is about."""

    __tablename__ = "retrieval_item"
    __table_args__ = (Index(None, "call_id"),)

    retrieval_id: Mapped[int] = mapped_column(ForeignKey("retrieval.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, comment="from 1, in order of time")
    call_id: Mapped[str] = mapped_column(CALL)


class SilencedPart(Base):
    """A part of a sound that is silent in what is provided; the original stays as it is."""

    __tablename__ = "silenced_part"
    __table_args__ = (Index(None, "retrieval_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    retrieval_id: Mapped[int] = mapped_column(ForeignKey("retrieval.id"))
    item: Mapped[int] = mapped_column(comment="number of the call in the request")
    track: Mapped[str] = mapped_column(TRACK)
    begins: Mapped[float] = mapped_column(Float, comment="second of the sound")
    ends: Mapped[float] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(Sealed("silenced_part.reason"))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant, comment="heard again then; null = silent")
    lifted_by: Mapped[str] = mapped_column(WHO, default="")


class StandingPurpose(Base):
    """A purpose for which a supervisor hears calls of the agents without a request each, for a year."""

    __tablename__ = "standing_purpose"
    __table_args__ = (Index(None, "login", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(12), comment="REQUESTED, APPROVED, REFUSED, REVOKED")
    login: Mapped[str] = mapped_column(WHO, comment="of the supervisor")
    purpose: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(WHO, default="", comment="never the supervisor")
    valid_until: Mapped[datetime | None] = mapped_column(Instant, comment="a year after the approval")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(WHO, default="")
    end_reason: Mapped[str] = mapped_column(Text, default="", comment="of the refusal or the revoking")


class ChosenCall(MaskedRow, Base):
    """A call that a supervisor may hear for a while under a standing purpose: drawn, or for a reason."""

    __tablename__ = "chosen_call"
    __table_args__ = (Index(None, "login", "call_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose_id: Mapped[int] = mapped_column(ForeignKey("standing_purpose.id"))
    login: Mapped[str] = mapped_column(WHO)
    call_id: Mapped[str] = mapped_column(CALL)
    at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(
        Sealed("chosen_call.reason"), default="", comment="empty = drawn by lot"
    )


class Play(Base):
    """Sound that was given to somebody: of which call, from which second to which, on what ground.

    Written before the first byte of it is given.
    """

    __tablename__ = "play"
    __table_args__ = (Index(None, "ground", "call_id", "by"), Index(None, "at"), Index(None, "call_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
    ground: Mapped[str] = mapped_column(
        String(32), comment="as audit rows name it: retrieval:7, standing-purpose:3, callback:9"
    )
    how: Mapped[str] = mapped_column(String(12), comment="heard, prepared, copied")
    call_id: Mapped[str] = mapped_column(CALL)
    track: Mapped[str] = mapped_column(TRACK)
    begins: Mapped[float] = mapped_column(Float, comment="second of the sound")
    ends: Mapped[float] = mapped_column(Float)


only_added_to(Play, "plays are only added to")
