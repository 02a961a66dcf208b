"""Cache of the events of open calls, and of which timeline rows are written: neither is done twice."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from cachetools import LRUCache
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.cel import ChannelEvent, seen
from calls.store import CelEvent
from calls.timeline import TimelineEntry

CHAN_START: Final = "CHAN_START"
HANGUP: Final = "HANGUP"
MOST: Final = 2000
"""Calls whose events are held; those of any other are read."""


class OpenEvents:
    """Events of open calls, for who alone writes them; cleared when what was written may not be there."""

    def __init__(self) -> None:
        self._calls = LRUCache[str, dict[str, ChannelEvent]](MOST)
        self._written = LRUCache[str, set[str]](MOST)

    def clear(self) -> None:
        """Read and write all of them anew."""
        self._calls.clear()
        self._written.clear()

    def unwritten(self, call_id: str, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
        """The entries of a call's timeline that have no row yet; from now on they count as written."""
        written = self._written.get(call_id, set())
        new = [one for one in entries if one.key not in written]
        self._written[call_id] = written | {one.key for one in new}
        return new

    def of(
        self, session: Session, call_ids: Collection[str], rows: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[ChannelEvent]]:
        """All events of these calls, in order; ``rows`` of ``cel_event`` have just been written."""
        found = {one: held for one in call_ids if (held := self._calls.get(one))}
        for row in rows:
            call_id = row["linked_id"]
            if call_id in found or call_id in call_ids and _begins(row):
                key = f"{row['file']}:{row['offset']}"
                found.setdefault(call_id, {})[key] = seen(row["body"], row["at"], key)
        unknown = [one for one in call_ids if one not in found]
        for call_id, events in read(session, unknown).items() if unknown else ():
            found[call_id] = {event.key: event for event in events}
        self._calls.update(found)
        for call_id in {row["linked_id"] for row in rows if row["kind"] == HANGUP}:
            if _is_over(found.get(call_id, {}).values()):
                self._calls.pop(call_id, None)
        return {one: sorted(events.values(), key=attrgetter("at")) for one, events in found.items()}


def read(session: Session, call_ids: Iterable[str]) -> dict[str, list[ChannelEvent]]:
    """All events of calls, in order, as they are stored."""
    # Columns, not rows of a class: to make objects of them is most of the CPU of reading them.
    query = (
        select(CelEvent.linked_id, CelEvent.body, CelEvent.at, CelEvent.file, CelEvent.offset)
        .where(CelEvent.linked_id.in_(list(call_ids)))
        .order_by(CelEvent.at, CelEvent.file, CelEvent.offset)
    )
    calls: dict[str, list[ChannelEvent]] = defaultdict(list)
    for linked_id, body, at, log_file, offset in session.execute(query):
        calls[linked_id].append(seen(body, at, f"{log_file}:{offset}"))
    return calls


def _is_over(events: Collection[ChannelEvent]) -> bool:
    """Tell whether every channel of a call has hung up; one that comes later is read."""
    begun = {event.channel for event in events if event.kind == CHAN_START}
    return begun <= {event.channel for event in events if event.kind == HANGUP}


def _begins(row: Mapping[str, Any]) -> bool:
    """Tell whether nothing of its call was written before."""
    return bool(row["kind"] == CHAN_START and row["body"].get("uniqueid") == row["linked_id"])
