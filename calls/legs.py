"""The phones that were rung for a call: how long each rang and talked, and what came of it (spec P4.2)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from calls.cel import ChannelEvent
from calls.in_time import InTime
from calls.other_trunk import gave_way
from calls.rings import AGENT, OWN, DialplanRing, rings_of
from hotline.spans import Span, common, joined, seconds
from transfer.outcome import DialOutcome

_AT_ONCE: Final = timedelta(milliseconds=250)
"""Asterisk ends what hangs together within so much time, in either order."""

_TALK: Final = timedelta(milliseconds=50)
"""Less is told as 0.0 s, and is no talk: who answered was gone as both were joined."""

_MET: Final = "ANSWER"
"""DIALSTATUS of a phone that the caller was joined with."""

_THREE_RINGS: Final = InTime()

QUEUE_KEY: Final = "QUEUE_KEY"
"""Our dialplan's event: the caller left the queue by a key, whatever phone rang. A slice's end cuts off none."""

_SAME: Final = "channel phone started_at answered_at ended_at ring_seconds outcome cause".split()
"""Columns of the leg's row that are fields of its record."""

_WHOSE: Final = ("extension", "section", "agency")

Stays = dict[str, list[Span]]
"""A channel's times in bridges, by bridge."""


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One phone; ``ring_seconds`` until it answered or was given up, 0 for an extension that never rang."""

    channel: str
    phone: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    outcome: DialOutcome
    cause: int | None
    talks: tuple[Span, ...] = field(repr=False)
    ringing: DialplanRing | None = None
    """What our dialplan noted of this ring; None for a phone rung by the queue."""

    @property
    def is_agent(self) -> bool:
        """True if an agent was rung, not an officer."""
        return self.ringing is None or self.ringing.kind == AGENT

    def columns(self, in_time: InTime = _THREE_RINGS) -> dict[str, Any]:
        """The leg's row, but for the call it belongs to; begun rings count whole (P4.2-b).

        Whose one's own phone is stands on record already:
        the event log names no extension of who is rung first.
        """
        rung = self.ringing
        ring = timedelta(milliseconds=round((self.ring_seconds or 0.0) * 1000))
        return {
            **{name: getattr(self, name) for name in _SAME},
            "talk_seconds": round(seconds(self.talks), 3) if self.answered_at else None,
            "kind": rung.kind if rung else AGENT,
            "asked": rung.asked if rung else "",
            "proxy": not self.is_agent and bool(rung and rung.proxy),
            "rings": None if self.is_agent or self.ring_seconds is None else in_time.rings(ring),
            **{name: getattr(rung, name, "") for name in _WHOSE if not (rung and rung.kind == OWN)},
        }


def legs_of(events: Sequence[ChannelEvent], ended_at: datetime | None) -> tuple[LegRecord, ...]:
    """Phones that were rung, from the events of a call, in the order they were rung."""
    own = [event for event in events if event.channel == event.call_id]
    others = [event for event in events if event.channel != event.call_id and event.name.startswith("PJSIP/")]
    until = ended_at or max(event.at for event in events)
    callers_talks = stays_of(own, until)
    gave_up = [event.at for event in own if event.kind in ("HANGUP", QUEUE_KEY)]
    answers = [(e.channel, e.at) for e in others if e.kind == "ANSWER"]
    unmatched = list(rings_of(events))
    passed = gave_way(events, others, unmatched)
    legs = []
    by_channel = sorted(others, key=lambda e: (e.channel, e.at))
    for channel, group in groupby(by_channel, lambda e: e.channel):
        phone = list(group)
        if _is_rung(phone) and channel not in passed:
            ringing = _take_ringing(unmatched, phone[0])
            cut = gave_up + [at for other, at in answers if other != channel]
            legs.append(_leg(phone, ringing, ended_at, until, callers_talks, cut))
    # A ring that goes on may be without a phone only because the phone's events are not read yet.
    over = (one for one in unmatched if one.ended_at or ended_at)
    legs += [_never_dialled(own[0].call_id, ringing, ended_at) for ringing in over]
    return tuple(sorted(legs, key=lambda leg: (leg.started_at, leg.channel)))


def _is_rung(phone: Sequence[ChannelEvent]) -> bool:
    """False for an agent's own call to an officer: a phone that calls names an extension."""
    return not any(event.kind == "CHAN_START" and event.exten not in ("", "s") for event in phone)


def _take_ringing(unmatched: list[DialplanRing], first: ChannelEvent) -> DialplanRing | None:
    """The ring this phone was dialled for; one phone a ring."""
    found = next((one for one in reversed(unmatched) if one.holds(first.at)), None)
    if found:
        unmatched.remove(found)
    return found


def _never_dialled(call_id: str, ringing: DialplanRing, call_ended_at: datetime | None) -> LegRecord:
    """A way that led to no phone: exchange dead, agent not free, or the day's number reached."""
    ended_at = ringing.ended_at or call_ended_at
    outcome = ringing.outcome or _unknown(ended_at)
    channel, began_at, cause = f"{call_id}/{ringing.number}", ringing.began_at, ringing.cause
    return LegRecord(channel, ringing.phone, began_at, None, ended_at, 0.0, outcome, cause, (), ringing)


def _leg(
    events: list[ChannelEvent],
    ringing: DialplanRing | None,
    call_ended_at: datetime | None,
    until: datetime,
    callers_talks: Stays,
    cut: Iterable[datetime],
) -> LegRecord:
    hangup = next((event for event in events if event.kind == "HANGUP"), None)
    answered_at = next((event.at for event in events if event.kind == "ANSWER"), None)
    started_at, ended_at = events[0].at, hangup.at if hangup else call_ended_at
    talks = _together(stays_of(events, until), callers_talks)
    went_on = ringing is not None and ringing.status not in ("", _MET)
    if ended_at and (went_on or seconds(talks) < _TALK.total_seconds()):
        talks = ()  # our dialplan, too, took it for no talk where it rang the next phone
    return LegRecord(
        channel=events[0].channel,
        phone=events[0].phone,
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        ring_seconds=_ring_seconds(ringing, started_at, answered_at or ended_at),
        outcome=(ringing and ringing.outcome) or outcome_of(hangup, answered_at, ended_at, cut),
        cause=hangup.cause if hangup else None,
        talks=talks,
        ringing=ringing,
    )


def _ring_seconds(
    ringing: DialplanRing | None, started_at: datetime, rang_until: datetime | None
) -> float | None:
    """Seconds from the first 180 if known; for an agent's phone or one still ringing, from dialling."""
    if rang_until is None:
        return None
    since = started_at
    if ringing and ringing.status and ringing.kind != AGENT:
        if ringing.first_180 is None:
            return 0.0
        since += ringing.first_180
    return round(max(0.0, (rang_until - since).total_seconds()), 3)


def _unknown(ended_at: datetime | None) -> DialOutcome:
    return DialOutcome.FAILED if ended_at else DialOutcome.RINGING


def outcome_of(
    hangup: ChannelEvent | None,
    answered_at: datetime | None,
    ended_at: datetime | None,
    cut: Iterable[datetime] = (),
) -> DialOutcome:
    """Outcome of a phone without a line of our dialplan; ``cut``: given up, or others answered."""
    if answered_at:
        return DialOutcome.ANSWERED
    if hangup is None:
        return _unknown(ended_at)
    by_itself = hangup.extra.get("hangupsource") == hangup.name
    given_up = not by_itself and any(abs(hangup.at - at) <= _AT_ONCE for at in cut)
    return DialOutcome.from_q850(hangup.cause, given_up=given_up)


def stays_of(events: Iterable[ChannelEvent], until: datetime) -> Stays:
    """Stays of a channel in bridges; one that goes on counts ``until`` what is known."""
    stays: Stays = defaultdict(list)
    where, since = "", None
    for event in events:
        if event.kind == "BRIDGE_ENTER":
            if since:
                stays[where].append((since, event.at))
            where, since = str(event.extra.get("bridge_id", "")), event.at
        elif since and event.kind in ("BRIDGE_EXIT", "HANGUP"):
            stays[where].append((since, event.at))
            since = None
    if since:
        stays[where].append((since, until))
    return stays


def _together(one: Stays, other: Stays) -> tuple[Span, ...]:
    """Time that both were in one bridge: who asks an officer meanwhile does not talk with the caller."""
    return tuple(joined(span for bridge in one for span in common(one[bridge], other.get(bridge, ()))))
