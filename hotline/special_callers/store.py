"""The special list and special calls as rows."""

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant
from hotline.keys.columns import Sealed, SealedJSON
from hotline.retention.masked import MaskedRow


class SpecialEntry(MaskedRow, Base):
    """One entry of the special list (P7.3-a); its changes stand in the audit log."""

    __tablename__ = "special_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    numbers: Mapped[list[str]] = mapped_column(SealedJSON("special_entry.numbers"), comment="E.164")
    reason: Mapped[str] = mapped_column(Sealed("special_entry.reason"))
    evidence: Mapped[list[str]] = mapped_column(JSON, comment="ids of calls")
    state: Mapped[str] = mapped_column(String(12), comment="PROPOSED, APPROVED, REMOVED")
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    approver: Mapped[str] = mapped_column(String(64), default="")
    level: Mapped[str] = mapped_column(String(64), default="", comment="the mayor's or a delegated one")
    approved_on: Mapped[date | None] = mapped_column(Date)
    document: Mapped[str] = mapped_column(String(64), default="", comment="number of the approving document")
    review_on: Mapped[date | None] = mapped_column(Date, comment="the last day on which it works")
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class SpecialCall(Base):
    """The state of a call that somebody asked about, guided or flagged; renewed from its events."""

    __tablename__ = "special_call"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), comment="NORMAL, REVIEW, SPECIAL, ENDING, ENDED")
    flagged_by: Mapped[str] = mapped_column(String(64), default="")
    entry: Mapped[int | None] = mapped_column(Integer, comment="of the special list; null = by a supervisor")
    cap_at: Mapped[datetime | None] = mapped_column(Instant, comment="null while no cap runs")
    guidances: Mapped[int] = mapped_column(Integer, default=0)
    emergency: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_by: Mapped[str] = mapped_column(String(16), default="", comment="cap, 3_guidances, longest or none")


class SpecialEvent(Base):
    """One step with who, when, from, to and why (P0-a); ``key`` makes a replay harmless."""

    __tablename__ = "special_event"
    __table_args__ = (Index(None, "call_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    call_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    who: Mapped[str] = mapped_column(String(64), comment="login, else the phone whose key it was")
    kind: Mapped[str] = mapped_column(String(16))
    entry: Mapped[int | None] = mapped_column(Integer)
    from_state: Mapped[str] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Sealed("special_event.reason"), default="")
