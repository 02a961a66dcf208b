"""The columns of records that are masked one day."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Instant


class MaskedRow:
    """A record whose personal columns all go at once."""

    masked_at: Mapped[datetime | None] = mapped_column(Instant, comment="personal columns were emptied then")
    masked_ground: Mapped[str] = mapped_column(
        String(8), default="", server_default="", comment="why: period or erasure"
    )
