"""Calls to outside numbers that the first trunk did not take and the second was given."""

from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from calls.cel import ChannelEvent
from calls.rings import DialplanRing
from hotline import metrics

log = structlog.get_logger()
OTHER_TRUNK: Final = "OTHER_TRUNK"
"""Of the event log, between the two: why the first did not take it, as Q.850 numbers causes."""


def count(event: ChannelEvent) -> None:
    """Count one, by its cause."""
    metrics.trunk_failovers.labels(event.said or "0").inc()
    log.warning("trunk.failover", call=event.call_id, cause=event.said)


def gave_way(
    events: Iterable[ChannelEvent], phones: Sequence[ChannelEvent], rings: Sequence[DialplanRing]
) -> set[str]:
    """Channels of first trunks that gave way within a ring: the phone of that ring is behind the second."""
    marks = [event.at for event in events if event.kind == OTHER_TRUNK]
    return {
        phone.channel
        for ring in rings
        for mark in marks
        for phone in phones
        if ring.holds(mark) and ring.holds(phone.at) and phone.kind == "CHAN_START" and phone.at <= mark
    }
