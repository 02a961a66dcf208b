"""The directory of any instant, past or to come, for whoever looks rather than decides.

Read from the database once for a revision and a day; of an instant already seen nothing is read but the
revision. Safe to ask from several threads.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

from hotline.clock import TAIPEI, midnight
from hotline.db import Sessions, looking
from hotline.directory.entries import Key
from hotline.directory.rows import KINDS, load_city, revision
from hotline.directory.rules import City, Directory
from hotline.directory.search import Index

KEPT: Final = 4
"""So many cities are kept, and as many indexes: today's, and those that somebody looks at."""


class Atlas:
    """Cities by the day from which on they tell, and what is searched in them."""

    def __init__(self, factory: Sessions) -> None:
        self._factory, self._lock = factory, Lock()
        self._cities = OrderedDict[tuple[int, datetime], City]()
        self._indexes = OrderedDict[int, Index]()

    def city(self, since: datetime) -> City:
        """All that holds at an instant or later, as it is known now."""
        day = midnight(since.astimezone(TAIPEI).date() - timedelta(days=1))
        with looking(self._factory) as session:
            key = revision(session), day
            with self._lock:
                found = self._cities.get(key)
            found = found or load_city(session, day)
        self._keep(self._cities, key, found)
        return found

    def at(self, at: datetime) -> Directory:
        """The directory of an instant."""
        return self.city(at).at(at)

    def index(self, then: Directory) -> Index:
        """A directory of ours, to be searched in; made once for the same rows."""
        rows = id(then.desks)  # the index holds them, so nothing else gets this name meanwhile
        with self._lock:
            found = self._indexes.get(rows)
        found = found or Index(then)
        self._keep(self._indexes, rows, found)
        return found

    def _keep(self, shelf: OrderedDict[Any, Any], key: Any, value: Any) -> None:
        with self._lock:
            shelf[key] = value
            shelf.move_to_end(key)
            while len(shelf) > KEPT:
                shelf.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Edge:
    """At an instant a key begins to say something else; None = it says nothing."""

    at: datetime
    kind: str
    key: str
    before: Any
    after: Any


def edges(city: City, keys: Iterable[Key], since: datetime, until: datetime) -> list[Edge]:
    """What becomes other of some keys after ``since``, up to ``until`` itself, in its order."""
    found = [edge for kind, key in dict.fromkeys(keys) for edge in _edges(city, kind, key, since, until)]
    return sorted(found, key=lambda edge: (edge.at, edge.kind, edge.key))


def _edges(city: City, kind: str, key: str, since: datetime, until: datetime) -> Iterator[Edge]:
    rows = [(value, period) for name, value, period in city.rows.get(KINDS[kind].place, ()) if name == key]
    moments = {moment for _, period in rows for moment in (period.since, period.until) if moment}
    before = next((value for value, period in rows if period.holds(since)), None)
    for moment in sorted(moment for moment in moments if since < moment <= until):
        after = next((value for value, period in rows if period.holds(moment)), None)
        if after != before:
            yield Edge(moment, kind, key, before, after)
        before = after
