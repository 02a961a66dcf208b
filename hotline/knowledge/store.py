"""Entries with their history, reviews, and requests as rows."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import CODE, WHO, Base, Instant, only_added_to
from hotline.ledger.history import DatedRow


class FaqRow(DatedRow, Base, kind="faq"):
    """An entry of the book, from when it was written so until it is written otherwise or ended."""

    __tablename__ = "faq"

    key: Mapped[str] = mapped_column("number", String(16), comment="1, 2 and so on, never given twice")
    agency: Mapped[str] = mapped_column(CODE, comment="code of the agency whose it is")
    section: Mapped[str] = mapped_column(CODE, default="", comment="code of the section in charge")
    business: Mapped[str] = mapped_column(CODE, default="", comment="code of the business in charge")
    question: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(Text, comment="as one speaks")
    keywords: Mapped[str] = mapped_column(Text, default="", comment="other words that citizens use for it")
    aloud: Mapped[bool] = mapped_column(
        Boolean, default=False, comment="can be read to a caller as it is (P4.4)"
    )


class FaqReview(Base):
    """A review of an entry: somebody let it stand, or wrote it anew (P4.4)."""

    __tablename__ = "faq_review"
    __table_args__ = (Index(None, "number", "at"), Index(None, "agency", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), comment="of the entry")
    agency: Mapped[str] = mapped_column(CODE, comment="whose the entry was")
    row: Mapped[int] = mapped_column(Integer, comment="id of the row that was looked at")
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)


class FaqRequest(Base):
    """The call centre asks an agency for an entry (P4.5)."""

    __tablename__ = "faq_request"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "agency"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    channel: Mapped[str] = mapped_column(String(8), comment="phone or email")
    asked_at: Mapped[datetime] = mapped_column(
        Instant, comment="time of the call or mail; the limit counts from it"
    )
    question: Mapped[str] = mapped_column(String(200))
    call_id: Mapped[str] = mapped_column(String(64), default="", comment="the call that brought it up")
    asked_by: Mapped[str] = mapped_column(WHO)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), comment="REQUESTED, REPLIED")
    late_at: Mapped[datetime | None] = mapped_column(Instant, comment="when it was found late; null = never")
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    replied_by: Mapped[str] = mapped_column(WHO, default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    number: Mapped[str] = mapped_column(String(16), default="", comment="of the entry that answers it")


only_added_to(FaqReview, "reviews of entries are only added to")
