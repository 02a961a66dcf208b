"""The table of data keys."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant


class DataKey(Base):
    """A key of one recording or picture, wrapped by a key of the installation; the row outlives it."""

    __tablename__ = "data_key"
    __table_args__ = (Index(None, "kind", "wrapped_by"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(
        String(32), comment="what it is for; check: it proves a key of the ring"
    )
    wrapped: Mapped[bytes] = mapped_column(LargeBinary, comment="zeros once it is destroyed")
    wrapped_by: Mapped[str] = mapped_column(String(16), comment="id of the installation's key")
    made_at: Mapped[datetime] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)
