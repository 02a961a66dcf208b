"""Editions of monthly packs, rows that stay as they were written; their documents, and the runs."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import WHO, Base, Instant, only_added_to

_OPEN: Final[Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("done_at IS NULL"))


class PackEdition(Base):
    """The figures of a month as they were known at an instant; only added to."""

    __tablename__ = "pack_edition"
    __table_args__ = (UniqueConstraint("month", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(Date, comment="its first day")
    number: Mapped[int] = mapped_column(Integer, comment="1, 2 and so on in its month")
    counted_at: Mapped[datetime] = mapped_column(Instant, comment="what came later is not counted")
    made_by: Mapped[str] = mapped_column(WHO, comment="login of who asked for it, or the process")
    version: Mapped[str] = mapped_column(String(32), comment="of the program that counted")
    tables: Mapped[dict[str, Any]] = mapped_column(JSON, comment="head, number of names and rows, by name")
    seconds: Mapped[dict[str, float]] = mapped_column(JSON, comment="that each table took")
    differences: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, comment="from the edition before: table, names of the row, column, was, now"
    )


class PackRun(Base):
    """A pack that is to be made, by the clock or for somebody; one that was killed is made anew."""

    __tablename__ = "pack_run"
    __table_args__ = (
        Index("uq_pack_run_open", "month", unique=True, **_OPEN),
        Index(None, "month", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(WHO)
    step: Mapped[int] = mapped_column(Integer, default=0, comment="so many tables are counted")
    done_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = it is to be made")
    edition: Mapped[int | None] = mapped_column(
        Integer, comment="number of the edition that has these figures, new or not"
    )


class PackDocument(Base):
    """The document of an edition in a language; one that is deleted is rendered anew."""

    __tablename__ = "pack_document"

    edition_id: Mapped[int] = mapped_column(ForeignKey(PackEdition.id), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True, comment="as the words name it: en")
    rendered_at: Mapped[datetime] = mapped_column(Instant)
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="PDF/UA-1")


only_added_to(PackEdition, "an edition of a monthly pack stays as it is")
