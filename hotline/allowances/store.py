"""The table of what was had within the last hour."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant


class AllowanceRow(Base):
    """The requests of one kind from one network address; forgotten an hour after the last."""

    __tablename__ = "allowance"

    wanted: Mapped[str] = mapped_column(String(16), primary_key=True)
    network: Mapped[str] = mapped_column(String(45), primary_key=True, comment="address, of IPv6 the /64")
    times: Mapped[list[float]] = mapped_column(JSON, comment="seconds since 1970, of the last hour")
    latest_at: Mapped[datetime] = mapped_column(Instant, index=True)
