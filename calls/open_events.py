"""Events of the calls that go on, as they were just written: not read and opened again with each new one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from cachetools import LRUCache
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.cel import ChannelEvent, seen
from calls.store import CelEvent

MOST: Final = 2000
"""Calls whose events are held; those of any other are read."""


class OpenEvents:
    """Events of open calls, for who alone writes them; cleared when what was written may not be there."""

    def __init__(self) -> None:
        self._calls = LRUCache[str, dict[str, ChannelEvent]](MOST)

    def clear(self) -> None:
        """Read all of them anew."""
        self._calls.clear()

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
        for row in rows:
            if row["kind"] == "LINKEDID_END":
                self._calls.pop(row["linked_id"], None)
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


def _begins(row: Mapping[str, Any]) -> bool:
    """Tell whether nothing of its call was written before."""
    return bool(row["kind"] == "CHAN_START" and row["body"].get("uniqueid") == row["linked_id"])
