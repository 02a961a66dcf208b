"""Requests left within the hour: pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hotline.errors import HotlineError

HOUR: Final = timedelta(hours=1)


class LimitedRequest(StrEnum):
    """A kind of request that is limited."""

    ACCOUNT = "account"
    """Of a browser that telephones."""
    CALLBACK = "callback"
    """In writing, by a page."""


class NoAllowance(HotlineError, code="no-allowance", varies_by="wanted"):
    """An address that has asked for all it may within the hour; it may again at ``again_at``."""

    wanted: LimitedRequest
    again_at: datetime


def counted(times: Sequence[datetime], at: datetime) -> tuple[datetime, ...]:
    """Select those of the last hour."""
    return tuple(one for one in times if at - HOUR < one)


def again_at(times: Sequence[datetime], limit: int, at: datetime) -> datetime | None:
    """Compute when one more may be had; None where it may be had now."""
    recent = sorted(counted(times, at))
    if len(recent) < limit:
        return None
    return recent[-limit] + HOUR if limit else at + HOUR
