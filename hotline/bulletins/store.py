"""Emergency bulletins as rows, and who has read them."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import CODE, WHO, Base, Instant


class AlertRow(Base):
    """An emergency bulletin: before the eyes of every agent until it is lifted (P4.8)."""

    __tablename__ = "news_alert"
    __table_args__ = (Index(None, "lifted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(Instant)
    raised_by: Mapped[str] = mapped_column(WHO)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = still on")
    lifted_by: Mapped[str] = mapped_column(WHO, default="")


class AlertReadingRow(Base):
    """The reading of an emergency bulletin by one person."""

    __tablename__ = "news_alert_seen"

    alert: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(WHO, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
