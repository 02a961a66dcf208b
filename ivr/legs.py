"""The phones that were rung for a call: how long each rang and talked, and what came of it (spec P4.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from ivr.cel import Seen
from ivr.spans import Span, common, seconds

_AT_ONCE: Final = timedelta(milliseconds=250)
"""Asterisk ends what hangs together within so much time, in either order."""

_BUSY: Final = 17
_REFUSED: Final = 21  # SIP 403, 603
_ELSEWHERE: Final = 26  # another phone was quicker
_UNREACHABLE: Final = frozenset((1, 2, 3, 18, 20, 22, 27, 28))  # SIP 404, 408, 410, 484, nobody there
_SILENT: Final = frozenset((0, 16, 19, 127))  # the caller's side gave up; SIP 480


class LegOutcome(StrEnum):
    """What came of ringing a phone."""

    RINGING = ""
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "noanswer"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One phone; ``ring_seconds`` until it answered or was given up."""

    channel: str
    phone: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    outcome: LegOutcome
    cause: int | None
    talks: tuple[Span, ...] = field(repr=False)

    def columns(self) -> dict[str, Any]:
        """The leg's row, but for the call it belongs to."""
        return {
            "channel": self.channel, "phone": self.phone, "started_at": self.started_at,
            "answered_at": self.answered_at, "ended_at": self.ended_at, "ring_seconds": self.ring_seconds,
            "talk_seconds": round(seconds(self.talks), 3) if self.answered_at else None,
            "outcome": self.outcome, "cause": self.cause,
        }  # fmt: skip


def legs_of(events: Sequence[Seen], ended_at: datetime | None) -> tuple[LegRecord, ...]:
    """Every phone's channel among the events of a call, in the order they were rung."""
    own = [event for event in events if event.channel == event.call_id]
    others = [event for event in events if event.channel != event.call_id and event.name.startswith("PJSIP/")]
    until = ended_at or max(event.at for event in events)
    callers_talks = _bridged(own, until)
    gave_up = [e.at for e in own if e.kind == "HANGUP" or (e.kind == "APP_END" and e.app == "Queue")]
    answers = [(e.channel, e.at) for e in others if e.kind == "ANSWER"]
    legs = []
    for channel, group in groupby(sorted(others, key=lambda e: (e.channel, e.at)), lambda e: e.channel):
        cut = gave_up + [at for other, at in answers if other != channel]
        legs.append(_leg(list(group), ended_at, until, callers_talks, cut))
    return tuple(sorted(legs, key=lambda leg: (leg.started_at, leg.channel)))


def _leg(
    events: list[Seen],
    call_ended_at: datetime | None,
    until: datetime,
    callers_talks: list[Span],
    cut: Iterable[datetime],
) -> LegRecord:
    hangup = next((event for event in events if event.kind == "HANGUP"), None)
    answered_at = next((event.at for event in events if event.kind == "ANSWER"), None)
    started_at, ended_at = events[0].at, hangup.at if hangup else call_ended_at
    rang_until = answered_at or ended_at
    cause = hangup.extra.get("hangupcause") if hangup else None
    return LegRecord(
        channel=events[0].channel,
        phone=events[0].phone,
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        ring_seconds=round(max(0.0, (rang_until - started_at).total_seconds()), 3) if rang_until else None,
        outcome=_outcome(hangup, answered_at, ended_at, cut),
        cause=cause if isinstance(cause, int) else None,
        talks=tuple(common(_bridged(events, until), callers_talks)),
    )


def _outcome(
    hangup: Seen | None, answered_at: datetime | None, ended_at: datetime | None, cut: Iterable[datetime]
) -> LegOutcome:
    if answered_at:
        return LegOutcome.ANSWERED
    if hangup is None:
        return LegOutcome.FAILED if ended_at else LegOutcome.RINGING
    by_itself = hangup.extra.get("hangupsource") == hangup.name
    was_cut = not by_itself and any(abs(hangup.at - at) <= _AT_ONCE for at in cut)
    match hangup.extra.get("hangupcause"):
        case int(cause) if cause == _BUSY:
            return LegOutcome.BUSY
        case int(cause) if cause == _REFUSED:
            return LegOutcome.REFUSED
        case int(cause) if cause in _UNREACHABLE:
            return LegOutcome.UNREACHABLE
        case int(cause) if cause == _ELSEWHERE or (cause in _SILENT and was_cut):
            return LegOutcome.CANCELLED
        case int(cause) if cause in _SILENT:
            return LegOutcome.NO_ANSWER
    return LegOutcome.FAILED


def _bridged(events: Iterable[Seen], until: datetime) -> list[Span]:
    """When a channel was in a bridge; a stay that goes on counts ``until`` what is known."""
    spans: list[Span] = []
    since: datetime | None = None
    for event in events:
        if event.kind == "BRIDGE_ENTER":
            since = since or event.at
        elif since and event.kind in ("BRIDGE_EXIT", "HANGUP"):
            spans.append((since, event.at))
            since = None
    if since:
        spans.append((since, until))
    return spans
