"""News as rows; what is changed of one stands in the audit log."""

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import CODE, WHO, Base, Instant


class MessageRow(Base):
    """A message of an agency to the agents (P4.7)."""

    __tablename__ = "news_message"
    __table_args__ = (Index(None, "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = until withdrawn")
    posted_at: Mapped[datetime] = mapped_column(Instant)
    posted_by: Mapped[str] = mapped_column(WHO)
    changed_at: Mapped[datetime | None] = mapped_column(Instant, comment="the last correction")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[str] = mapped_column(WHO, default="")


class SurgeRow(Base):
    """Many calls are expected (P4.3)."""

    __tablename__ = "news_surge"
    __table_args__ = (Index(None, "last"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    topic: Mapped[str] = mapped_column(String(100))
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    calls: Mapped[int] = mapped_column(Integer, comment="expected")
    staff: Mapped[str] = mapped_column(Text, comment="who of the agency answers")
    entries: Mapped[list[str]] = mapped_column(JSON, comment="numbers of the book's entries")
    told_at: Mapped[datetime] = mapped_column(Instant)
    told_by: Mapped[str] = mapped_column(WHO)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[str] = mapped_column(WHO, default="")


class MeasureRow(Base):
    """A new measure with its material (P4.10)."""

    __tablename__ = "news_measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    title: Mapped[str] = mapped_column(String(100))
    material: Mapped[str] = mapped_column(Text)
    training: Mapped[bool] = mapped_column(Boolean)
    training_on: Mapped[date | None] = mapped_column(Date)
    entries: Mapped[list[str]] = mapped_column(JSON, comment="numbers of the book's entries")
    told_at: Mapped[datetime] = mapped_column(Instant)
    told_by: Mapped[str] = mapped_column(WHO)
    changed_at: Mapped[datetime | None] = mapped_column(Instant, comment="the last correction")


class TrainingRow(Base):
    """An agent attended the training of a measure."""

    __tablename__ = "news_trained"

    measure: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(WHO, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
