"""Tickets and the contact log as rows; their changes stand in the audit log."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import CODE, WHO, Base, Instant, only_added_to
from hotline.keys.columns import Sealed
from hotline.retention.masked import MaskedRow
from hotline.tickets.rules import TicketState


class Ticket:
    """The columns of every ticket: who opened it, what was answered, who closed it, each when."""

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(8), comment="OPEN, ANSWERED, CLOSED")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[str] = mapped_column(WHO)
    answer: Mapped[str] = mapped_column(Sealed("ticket.answer"), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str] = mapped_column(WHO, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(WHO, default="")


AnyTicket = TypeVar("AnyTicket", bound=Ticket)


def listed(
    session: Session, kind: type[AnyTicket], *which: ColumnElement[bool], with_closed: bool = False
) -> list[AnyTicket]:
    """Tickets of a kind, the oldest first."""
    chosen = select(kind).where(*which).order_by(kind.opened_at, kind.id)
    return list(session.scalars(chosen if with_closed else chosen.where(kind.state != TicketState.CLOSED)))


class ProblemRow(MaskedRow, Ticket, Base):
    """An agent asks an agency's liaison for help with a case or a failed message (P4.1.2)."""

    __tablename__ = "problem_ticket"
    __table_args__ = (Index(None, "state", "opened_at"), Index(None, "agency"))

    agency: Mapped[str] = mapped_column(CODE)
    about: Mapped[str] = mapped_column(String(8), comment="case or notice")
    subject: Mapped[str] = mapped_column(String(32), comment="number of the case or of the message")
    problem: Mapped[str] = mapped_column(Sealed("problem_ticket.problem"))


class ContactNote(Base):
    """Other contact with an agency, in free words (P4.1.4)."""

    __tablename__ = "contact_note"
    __table_args__ = (Index(None, "agency", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
    text: Mapped[str] = mapped_column(Sealed("contact_note.text"))


class FaultRow(Ticket, Base):
    """A fault of the telephones, in the queue of who mends it (P11)."""

    __tablename__ = "fault_ticket"
    __table_args__ = (Index(None, "state", "opened_at"),)

    kind: Mapped[str] = mapped_column(String(12), comment="switchboard or internet")
    queue: Mapped[str] = mapped_column(String(32), comment="role that mends it")
    agency: Mapped[str] = mapped_column(
        CODE, default="", comment="where it shows; empty = in the city's exchange"
    )
    fault: Mapped[str] = mapped_column(Text)
    open_key: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="what a health check looks at; null = told by a person, or closed"
    )
    recovered_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="a health check found it works again"
    )


only_added_to(ContactNote, "the contact log is only added to", rewritable=True)
