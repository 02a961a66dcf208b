"""Tickets and the contact log as rows; their changes stand in the audit log."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant, only_added_to

CODE = String(32)
WHO = String(64)


class ProblemRow(Base):
    """An agent asks an agency's liaison for help with a case or a failed message (P4.1.2)."""

    __tablename__ = "problem_ticket"
    __table_args__ = (Index(None, "state", "opened_at"), Index(None, "agency"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    about: Mapped[str] = mapped_column(String(8), comment="case or notice")
    subject: Mapped[str] = mapped_column(String(32), comment="number of the case or of the message")
    problem: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), comment="OPEN, ANSWERED, CLOSED")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[str] = mapped_column(WHO)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str] = mapped_column(WHO, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(WHO, default="")


class ContactNote(Base):
    """Other contact with an agency, in free words (P4.1.4)."""

    __tablename__ = "contact_note"
    __table_args__ = (Index(None, "agency", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
    text: Mapped[str] = mapped_column(Text)


class FaultRow(Base):
    """A fault of the telephones, in the queue of who mends it (P11)."""

    __tablename__ = "fault_ticket"
    __table_args__ = (Index(None, "state", "opened_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), comment="switchboard or internet")
    queue: Mapped[str] = mapped_column(String(32), comment="role that mends it")
    agency: Mapped[str] = mapped_column(
        CODE, default="", comment="where it shows; empty = in the city's exchange"
    )
    fault: Mapped[str] = mapped_column(Text)
    open_key: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="what a health check looks at; null = told by a person, or closed"
    )
    state: Mapped[str] = mapped_column(String(8), comment="OPEN, ANSWERED, CLOSED")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[str] = mapped_column(WHO)
    recovered_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="a health check found it works again"
    )
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str] = mapped_column(WHO, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(WHO, default="")


only_added_to(ContactNote, "the contact log is only added to")
