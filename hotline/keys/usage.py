"""What is still sealed by a key of the installation."""

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from hotline.db import Base
from hotline.keys.checks import CHECK
from hotline.keys.columns import Sealed, SealedJSON
from hotline.keys.ring import SEALED
from hotline.keys.store import DataKey


def values_sealed_by(session: Session, id: str) -> int:
    """Count values of sealed columns, and data keys, that a key has sealed; every row is looked at."""
    wrapped = select(func.count()).where(
        DataKey.wrapped_by == id, DataKey.kind != CHECK, DataKey.destroyed_at.is_(None)
    )
    count = session.scalar(wrapped) or 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed | SealedJSON):
                sealed = cast(column, Text).like(f"%{SEALED}{id}:%")
                count += session.scalar(select(func.count()).select_from(table).where(sealed)) or 0
    return count
