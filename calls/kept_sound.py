"""The sound that is kept of a call, as its event log tells: from when, and its gaps. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from calls.cel import ChannelEvent
from calls.legs import stays_of
from hotline.spans import Span, common, joined, without
from recordings.gaps import SHORTEST, GapReason, SoundGap

BEGUN: Final = "RECORDING"
AWAITED: Final = "RECORDING_AWAITED"
"""Our dialplan's events on the caller's channel: all is recorded from now on, or each talk."""


@dataclass(frozen=True, slots=True)
class KeptSound:
    """Sound of a call, and its gaps until now."""

    began_at: datetime
    gaps: tuple[SoundGap, ...] = ()


def kept_sound(events: Sequence[ChannelEvent], ended_at: datetime | None) -> KeptSound | None:
    """The part of a call that is recorded; None while nobody was joined with the caller."""
    own = [event for event in events if event.channel == event.call_id]
    begun = next((event.at for event in own if event.kind == BEGUN), None)
    if begun:
        return KeptSound(begun)
    awaited = next((event.at for event in own if event.kind == AWAITED), None)
    return _of_talks(events, awaited, ended_at) if awaited else None


def of_spans(talks: Iterable[Span], ended_at: datetime | None) -> KeptSound | None:
    """The same of a call of which only the talks are known."""
    spans = joined(talks)
    if not spans:
        return None
    return KeptSound(spans[0][0], tuple(_away(spans, ended_at or spans[-1][1], ended_at)))


def _of_talks(
    events: Sequence[ChannelEvent], awaited: datetime, ended_at: datetime | None
) -> KeptSound | None:
    """The caller's own stays in bridges are what is written; there, who is alone hears music."""
    until = ended_at or max(event.at for event in events)
    by_channel = groupby(sorted(events, key=lambda one: (one.channel, one.at)), lambda one: one.channel)
    stays = {channel: stays_of(list(group), until) for channel, group in by_channel}
    own = stays.pop(events[0].call_id, {})
    here = common((span for spans in own.values() for span in spans), [(awaited, until)])
    if not (here := joined(here)):
        return None
    alone = (
        span
        for bridge, spans in own.items()
        for span in without(spans, (one for other in stays.values() for one in other.get(bridge, ())))
    )
    consults = [
        SoundGap(since, end, GapReason.CONSULT)
        for since, end in common(alone, here)
        if end - since >= SHORTEST and (ended_at or end < until)
    ]
    return KeptSound(here[0][0], (*_away(here, until, ended_at), *consults))


def _away(spans: Sequence[Span], until: datetime, ended_at: datetime | None) -> list[SoundGap]:
    """Gaps between the spans and behind the last, which may go on."""
    between = without([(spans[0][0], until)], spans)
    return [
        SoundGap(since, end if ended_at or end < until else None, GapReason.AWAY) for since, end in between
    ]
