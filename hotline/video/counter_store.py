"""Counters, photographs of their signs, their tests, and incidents of misuse as rows."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import CODE, WHO, Base, Instant
from hotline.keys.columns import Sealed
from hotline.ledger.history import DatedRow
from hotline.retention.masked import MaskedRow


class CounterRow(DatedRow, Base, kind="counter"):
    """A counter from when it was written so until it is written otherwise or ended (P6.1)."""

    __tablename__ = "video_counter"

    key: Mapped[str] = mapped_column("number", String(16), comment="1, 2 and so on, never given twice")
    agency: Mapped[str] = mapped_column(CODE, comment="code of the agency whose it is")
    location: Mapped[str] = mapped_column(String(128), default="", comment="building, floor, window")
    equipment: Mapped[str] = mapped_column(String(255), default="")
    program: Mapped[str] = mapped_column(String(64), default="", comment="with which it connects")
    helper: Mapped[str] = mapped_column(String(64), default="", comment="who helps to connect (P6.5)")
    state: Mapped[str] = mapped_column(String(16), comment="in-use, out-of-order, none")
    photo: Mapped[int] = mapped_column(Integer, default=0, comment="id of the sign's photograph; 0 = none")
    photo_on: Mapped[date | None] = mapped_column(Date, comment="when it was taken")


class CounterPhoto(Base):
    """A photograph of a counter's sign, re-encoded."""

    __tablename__ = "video_counter_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    counter: Mapped[str] = mapped_column(String(16), index=True)
    image: Mapped[bytes] = mapped_column(LargeBinary, comment="JPEG")
    kept_at: Mapped[datetime] = mapped_column(Instant)
    kept_by: Mapped[str] = mapped_column(WHO)


class CounterTest(Base):
    """A test of a counter: by its helper, or unannounced by RDEC (P6.7)."""

    __tablename__ = "video_counter_test"
    __table_args__ = (Index(None, "counter", "kind", "at"), Index(None, "kind", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    counter: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8), comment="self or rdec")
    at: Mapped[datetime] = mapped_column(Instant, comment="when it was tested")
    tester: Mapped[str] = mapped_column(String(64), comment="name of who tested")
    is_connected: Mapped[bool]
    seconds: Mapped[int | None] = mapped_column(Integer, comment="until it was connected")
    picture: Mapped[str] = mapped_column(String(8), comment="good, poor, none")
    sound: Mapped[str] = mapped_column(String(8), comment="good, poor, none")
    note: Mapped[str] = mapped_column(Text, default="")
    measured: Mapped[dict[str, float]] = mapped_column(JSON, default=dict, comment="figures of a self-test")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(WHO, comment="login, or account of the device")


class MisuseRow(MaskedRow, Base):
    """An incident of misuse at a counter or on an own device, as somebody saw it (P6.5)."""

    __tablename__ = "video_misuse"
    __table_args__ = (Index(None, "at"), Index(None, "agency"))

    id: Mapped[int] = mapped_column(primary_key=True)
    counter: Mapped[str] = mapped_column(String(16), default="", comment="empty = an own device")
    agency: Mapped[str] = mapped_column(CODE, default="", comment="of the counter, when it happened")
    at: Mapped[datetime] = mapped_column(Instant, comment="when it happened")
    what: Mapped[str] = mapped_column(Sealed("video_misuse.what"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(WHO)
