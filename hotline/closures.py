"""Closures of the offices, each kept as one deed: the day, what callers hear, what agents read (spec §2,
P4.8).

The day itself is the calendar's, the bulletin to agents is ``hotline.bulletins``'; here stands only what
belongs together, so that it is found, and taken back, as a whole.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import Date, Index, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import WHO, Base, Instant, locked
from hotline.errors import HotlineError, existing


class ClosureRow(Base):
    """A day on which offices are closed, or from an hour of it on, and what was told with it."""

    __tablename__ = "closure"
    __table_args__ = (Index(None, "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    since: Mapped[str] = mapped_column(String(5), default="", comment="HH:MM; empty = the whole day")
    reason: Mapped[str] = mapped_column(Text)
    announcement: Mapped[str] = mapped_column(
        String(64), default="", comment="heard by callers; empty = none"
    )
    alert: Mapped[int | None] = mapped_column(Integer, comment="the bulletin to agents; null = none")
    moved: Mapped[int] = mapped_column(Integer, default=0, comment="limits that it moved")
    declared_at: Mapped[datetime] = mapped_column(Instant)
    declared_by: Mapped[str] = mapped_column(WHO)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = nobody has ended it")
    ended_by: Mapped[str] = mapped_column(WHO, default="")

    @property
    def hour(self) -> time | None:
        """Hour from which offices are closed; None for the whole day."""
        return time.fromisoformat(self.since) if self.since else None


class NoClosure(HotlineError, code="no-closure"):
    """No closure has this number."""

    number: int


class ClosureEnded(HotlineError, code="closure-ended"):
    """A closure that somebody has ended before."""

    number: int


def closure(session: Session, number: int) -> ClosureRow:
    """A closure by its number. Raises NoClosure."""
    return existing(session.get(ClosureRow, number), NoClosure(number))


def to_end(session: Session, number: int) -> ClosureRow:
    """A closure that nobody has ended, locked until the end of the transaction.

    Raises NoClosure, ClosureEnded.
    """
    row = existing(locked(session, ClosureRow, number), NoClosure(number))
    if row.ended_at:
        raise ClosureEnded(number)
    return row


def not_ended(session: Session) -> Sequence[ClosureRow]:
    """Closures that nobody has ended, the latest first."""
    chosen = select(ClosureRow).where(ClosureRow.ended_at.is_(None)).order_by(ClosureRow.id.desc())
    return session.scalars(chosen).all()
