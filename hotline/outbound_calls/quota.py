"""Daily quota of 1999's calls for one person; the total is counted by the dialplan (``outbound``)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks.outbound_lock import RUNG
from hotline.callbacks.store import CallbackEvent
from hotline.clock import midnight
from hotline.errors import HotlineError
from hotline.outbound_calls.store import PlacedCall

DAY = timedelta(days=1)


class PersonalLimit(HotlineError, code="personal-limit"):
    """A person for whom today's calls are used up."""

    by: str
    most: int


def refuse_too_many(session: Session, by: str, most: int, at: datetime) -> None:
    """Let a call be placed for somebody, unless today's are used up. Raises PersonalLimit."""
    if placed_today(session, by, at) >= most:
        metrics.outbound_refused.labels("person").inc()
        raise PersonalLimit(by, most)


def placed_today(session: Session, by: str, at: datetime) -> int:
    """Calls placed for somebody on this day of Taipei: to agencies, to petitioners, to keep promises."""
    begins = midnight(at)
    placed = select(func.count()).where(
        PlacedCall.by == by, PlacedCall.placed_at >= begins, PlacedCall.placed_at < begins + DAY
    )
    kept = select(func.count()).where(
        CallbackEvent.by == by,
        CallbackEvent.kind == RUNG,
        CallbackEvent.at >= begins,
        CallbackEvent.at < begins + DAY,
    )
    return (session.scalar(placed) or 0) + (session.scalar(kept) or 0)
