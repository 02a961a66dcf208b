"""A day or other office hours were declared: every promise and reply still ahead is due by them (spec §2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from hotline.callbacks.chase import Chase
from hotline.callbacks.service import Callbacks
from hotline.knowledge import requests
from hotline.worktime import Limit


@dataclass(frozen=True, slots=True)
class MovedCounts:
    """Number of those that are due at another time now."""

    callbacks: int = 0
    replies: int = 0

    def lines(self) -> Iterator[str]:
        """Lines for the screen; none when nothing moved."""
        if self.callbacks:
            yield f"{self.callbacks} callbacks are due at another time now; see: hotline why callback ID"
        if self.replies:
            yield f"{self.replies} replies of agencies are due at another time now"


@dataclass(frozen=True, slots=True)
class DueTimes:
    """The limits that a declared day moves: of promises, and of agencies' replies."""

    callbacks: Callbacks
    chase: Chase
    reply_limit: Limit

    def recount(self, session: Session, days: Iterable[date], by: str, at: datetime) -> MovedCounts:
        """Recount in the transaction of the declaration."""
        declared = list(days)
        worktime = self.callbacks.worktime(session)
        return MovedCounts(
            self.chase.recount(session, declared, by, at),
            requests.recount(session, declared, worktime, self.reply_limit, by, at),
        )
