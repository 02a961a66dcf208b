"""The record of a call that 1999 placed:
one's own phone, then each phone that was rung (P4.2, P5.1.1, P5.3, P8.2, §14). Pure.

It is told from others by the name it was given before a phone rang,
so that a phone nobody lifted is on record too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from calls.cdr import OFFICERS, CallDetailRecord, CallEnd, CallResult, EndReason, witnessed
from calls.cel import ChannelEvent
from calls.kept_sound import AWAITED, KeptSound, of_spans
from calls.legs import LegRecord, outcome_of
from calls.rings import OWN, DialplanRing
from hotline.callbacks.outbound_lock import OWN_CALL as KEEPING
from hotline.numbers import ANONYMOUS
from hotline.outbound_calls.rules import CITIZEN, OWN_CALL
from hotline.spans import joined

_NAMES: Final = (OWN_CALL, KEEPING)


def is_placed(call_id: str) -> bool:
    """True for a call of the event log that 1999 placed, to keep a promise too."""
    return call_id.startswith(_NAMES)


def is_kept_promise(call_id: str) -> bool:
    """True for a call placed to keep a promise (§9.2)."""
    return call_id.startswith(KEEPING)


def token_of(call_id: str) -> str:
    """Token of a call that 1999 placed."""
    return call_id.partition("-")[2]


def placed_record(
    events: Sequence[ChannelEvent], system_ended_at: datetime | None = None
) -> CallDetailRecord | None:
    """Call under the extension asked for, without the citizen's number; None until its own phone is seen."""
    own = sorted((one for one in events if one.channel == one.call_id), key=lambda one: one.at)
    if not own:
        return None
    found = witnessed(events, system_ended_at)
    mine, ends = _own_leg(found, own), found.end
    asked = (leg.ringing.asked for leg in found.legs if leg.ringing and leg.ringing.asked)
    return replace(
        found,
        caller=ANONYMOUS,
        dialled=next(asked, ""),
        agent=mine.phone[:32],
        agent_at=mine.answered_at,
        end=replace(ends, why=_who(ends, mine, found.legs)) if ends else None,
        outcome=(CallResult.TALKED if found.talk_seconds else CallResult.UNREACHED) if ends else None,
        legs=(mine, *found.legs),
        sound=_sound(found, events),
    )


def _sound(found: CallDetailRecord, events: Sequence[ChannelEvent]) -> KeptSound | None:
    """The talk of a relayed call with who heard the notice: recorded on the phone that answered."""
    begun = next((one.channel for one in events if one.kind == AWAITED), None)
    talks = (span for leg in found.legs if leg.channel == begun for span in leg.talks)
    return of_spans(talks, found.end.at if found.end else None)


def _own_leg(found: CallDetailRecord, own: Sequence[ChannelEvent]) -> LegRecord:
    """Leg of who asked for the call: their phone is its own channel, and talks while any other does."""
    hangup = next((one for one in own if one.kind == "HANGUP"), None)
    ended_at = found.end.at if found.end else None
    until = found.answered_at or ended_at
    return LegRecord(
        channel=found.id,
        phone=own[0].phone,
        started_at=found.started_at,
        answered_at=found.answered_at,
        ended_at=ended_at,
        ring_seconds=round((until - found.started_at).total_seconds(), 3) if until else None,
        outcome=outcome_of(hangup, found.answered_at, ended_at),
        cause=hangup.cause if hangup else None,
        talks=tuple(joined(span for leg in found.legs for span in leg.talks)),
        ringing=DialplanRing(0, found.started_at, OWN, "", "", "", ""),
    )


def _who(end: CallEnd, mine: LegRecord, legs: Sequence[LegRecord]) -> EndReason:
    """Party that ended it: the call's own channel is an agent's or officer's; the citizen may hang up too."""
    match end.why:
        case EndReason.CALLER:
            return EndReason.OFFICER if mine.phone in OFFICERS else EndReason.AGENT
        case EndReason.OFFICER if any(leg.ringing and leg.ringing.kind == CITIZEN.kind for leg in legs):
            return EndReason.CITIZEN
    return end.why
