"""Lines that went out and replies that came in, as rows."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.cases.store import NUMBER
from hotline.db import WHO, Base, Instant
from hotline.keys.columns import Sealed


class CaseLineRow(Base):
    """The line of an event; its number is given when the event is committed, so it rises without a gap."""

    __tablename__ = "case_line"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("case_event.id"), unique=True)
    at: Mapped[datetime] = mapped_column(Instant, comment="of the event")
    written_at: Mapped[datetime] = mapped_column(Instant)
    text: Mapped[str] = mapped_column(
        Sealed("case_line.text"), comment="the line, as it is sent however often"
    )


class CaseReplyRow(Base):
    """A reply that was done; one that comes again is answered from here."""

    __tablename__ = "case_reply"

    login: Mapped[str] = mapped_column(WHO, primary_key=True, comment="for whom the other system acts")
    key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="its own id of the reply")
    at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(64), comment="of the whole reply")
    number: Mapped[str] = mapped_column(NUMBER, comment="of the case")
    state: Mapped[str] = mapped_column(String(16), comment="of the case, after it")
    version: Mapped[int] = mapped_column(Integer, comment="of the case, after it")
