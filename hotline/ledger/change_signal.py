"""Cheap change detection: one number tells it, so that nobody reads all that is set each second.

Every deed by which the house changes is in the audit log (P0-a). While its head stays where it was, what was
read before still holds, but for what time alone changes; so now and then all is read without news.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.db import Sessions, is_away, looking
from hotline.ledger.store import AuditRow

ANYWAY: Final = timedelta(seconds=5)
"""Interval of reading without news: a planned change makes none when due, nor a row mended by hand."""
HEAD: Final = select(func.max(AuditRow.id))


class ChangeSignal:
    """The state that one process has read so far."""

    def __init__(self, factory: Sessions) -> None:
        self._factory = factory
        self._head: int | None = None
        self._read_at: datetime | None = None

    def has_come(self, at: datetime) -> bool:
        """Tell whether there is reason to read. A database that is away is one: whoever reads tells it."""
        try:
            with looking(self._factory) as session:
                return self.is_in(session, at)
        except Exception as error:
            if not is_away(error):
                raise
            self._read_at = None
            return True

    def is_in(self, session: Session, at: datetime) -> bool:
        """The same, in a session that is open."""
        head = session.scalar(HEAD) or 0
        known = self._read_at is not None and self._read_at <= at < self._read_at + ANYWAY
        if known and head == self._head:
            return False
        self._head, self._read_at = head, at
        return True
