"""A phone that a carrier rings for us, by the news it sends: its leg (P4.2). Pure.

News come in any order and more than once;
each says how far the ring has come at an instant, in whole seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from calls.in_time import InTime
from calls.legs import LegRecord
from calls.rings import AGENT, noted
from transfer.outcome import DialOutcome

OUTSIDE: Final = "trunk"
OFFICERS: Final = "officers"
_RINGING: Final = "ringing"
_ANSWERED: Final = frozenset(("in-progress", "answered"))
ENDS: Final = ("completed", "busy", "no-answer", "failed", "canceled")
"""CallStatus of a call that is over."""
_ORDER: Final = ("initiated", "queued", _RINGING, *sorted(_ANSWERED), *ENDS)


@dataclass(frozen=True, slots=True)
class RingProgress:
    """``leg``: the carrier's name of it; ``rung``: ``kind/asked/extension/section/agency``; ``code``: SIP's
    answer; ``inside``: reached through our own exchange.
    """

    leg: str
    rung: str
    status: str
    sequence: int
    at: datetime
    code: str = ""
    inside: bool = True

    @property
    def key(self) -> str:
        """One event of a leg is one row, however often it is told."""
        return f"leg:{self.leg}:{self.status[:12]}:{self.sequence}"

    def detail(self) -> dict[str, Any]:
        """Fields as they are kept."""
        return {
            "leg": self.leg,
            "rung": self.rung[:160],
            "status": self.status[:16],
            "sequence": self.sequence,
            "code": self.code[:4],
            "inside": self.inside,
        }


def kept(detail: dict[str, Any], at: datetime) -> RingProgress:
    """News as they were kept."""
    return RingProgress(**{**detail, "at": at})


def leg_columns(several: Sequence[RingProgress], in_time: InTime) -> dict[str, Any]:
    """The row of a leg, but for the call it belongs to, by all its news so far."""
    told = sorted(several, key=lambda one: (one.at, _place(one.status)))
    first = told[0]
    rang_at = next((one.at for one in told if one.status == _RINGING), None)
    answered_at = next((one.at for one in told if one.status in _ANSWERED), None)
    end = next((one for one in told if one.status in ENDS), None)
    ended_at = end.at if end else None
    until = answered_at or ended_at
    ringing = noted(1, first.at, first.rung)
    return LegRecord(
        channel=first.leg,
        phone=ringing.phone if ringing.kind == AGENT else OFFICERS if first.inside else OUTSIDE,
        started_at=first.at,
        answered_at=answered_at,
        ended_at=ended_at,
        ring_seconds=_seconds(rang_at or first.at, until) if until else None,
        outcome=_outcome(end, answered_at),
        cause=None,
        talks=((answered_at, ended_at),) if answered_at and ended_at else (),
        ringing=ringing,
    ).columns(in_time)


def instant(written: str) -> datetime | None:
    """RFC 2822 (``Wed, 25 Nov 2026 04:00:00 +0000``); None for anything else."""
    try:
        found = parsedate_to_datetime(written)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _place(status: str) -> int:
    return _ORDER.index(status) if status in _ORDER else 0


def _seconds(since: datetime, until: datetime) -> float:
    return max(timedelta(0), until - since).total_seconds()


def _outcome(end: RingProgress | None, answered_at: datetime | None) -> DialOutcome:
    """Outcome of the ring; of an outside number the turn has no SIP status, so the leg ignores its own."""
    if answered_at:
        return DialOutcome.ANSWERED
    if end is None:
        return DialOutcome.RINGING
    return DialOutcome.from_twilio(end.status, end.code if end.inside else "")
