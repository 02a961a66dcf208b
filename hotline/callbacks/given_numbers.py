"""Numbers that callers give instead of their own: limits per caller, and of promises to each number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hotline.callbacks.rules import PENDING_STATES, CallbackLimits
from hotline.callbacks.store import Callback
from hotline.clock import midnight
from hotline.errors import HotlineError
from hotline.numbers import ANONYMOUS

DAY: Final = timedelta(days=1)


class GivenNumberRefusal(StrEnum):
    """Reason why a number is not taken, though it could be called."""

    TOO_OFTEN = "too-often"
    """The caller has left as many today as are taken from one caller."""
    TAKEN = "taken"
    """As many promises to call there are open as anybody needs; more would be somebody's joke on a third."""


class GivenRefused(HotlineError, code="given-refused", varies_by="why"):
    """A number that is not taken from a caller, for what was promised before."""

    why: GivenNumberRefusal
    most: int


def refused(
    session: Session, by: str, number: str, open_key: str | None, limits: CallbackLimits, at: datetime
) -> GivenNumberRefusal | None:
    """Reason why a caller (``by``, E.164 or anonymous) may not leave this number; None when a promise joins
    one that is open.

    Nobody knows how often somebody has called who shows no number: there the number itself is the limit.
    """
    begins = midnight(at)
    today = [Callback.registered_at >= begins, Callback.registered_at < begins + DAY]
    if _count(session, [Callback.open_key == open_key]):
        return None
    if by != ANONYMOUS and _count(session, [Callback.given_by == by, *today]) >= limits.given_daily:
        return GivenNumberRefusal.TOO_OFTEN
    there = [Callback.number == number, Callback.state.in_(PENDING_STATES)]
    return GivenNumberRefusal.TAKEN if _count(session, there) >= limits.given_open else None


def _count(session: Session, which: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(Callback).where(*which)) or 0
