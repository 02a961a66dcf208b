"""The directory of any instant, past or to come, for whoever looks rather than decides.

Read from the database once for a revision and a day; of an instant already seen nothing is read but the
revision. Safe to ask from several threads.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition
from typing import Any, Final

from cachetools import LRUCache, cached
from sqlalchemy.orm import Session

from hotline.clock import TAIPEI, midnight
from hotline.db import Sessions, looking
from hotline.directory.rows import KINDS, load_city
from hotline.directory.rules import City, Directory
from hotline.directory.search import Index
from hotline.ledger.entries import Key
from hotline.ledger.revisions import revision

KEPT: Final = 4
"""So many cities are kept, and as many indexes: today's, and those that somebody looks at."""


class Atlas:
    """Cities by the day from which on they tell, and what is searched in them."""

    def __init__(self, factory: Sessions) -> None:
        self._factory = factory
        self._load = cached(LRUCache(KEPT), key=_by_revision, condition=Condition())(_load)
        self._index = cached(LRUCache(KEPT), key=_by_rows, condition=Condition())(Index)

    def city(self, since: datetime) -> City:
        """The city from an instant on, as it is known now."""
        day = midnight(since.astimezone(TAIPEI).date() - timedelta(days=1))
        with looking(self._factory) as session:
            return self._load(session, revision(session), day)

    def at(self, at: datetime) -> Directory:
        """The directory of an instant."""
        return self.city(at).at(at)

    def index(self, then: Directory) -> Index:
        """A directory, to be searched in; made once for the same rows."""
        return self._index(then)


def _load(session: Session, _number: int, day: datetime) -> City:
    return load_city(session, day)


def _by_revision(_session: Session, number: int, day: datetime) -> Hashable:
    return number, day


def _by_rows(then: Directory) -> Hashable:
    return id(then.desks)  # the index holds them, so nothing else gets this name meanwhile


@dataclass(frozen=True, slots=True)
class MeaningChange:
    """An instant at which a key begins to say something else; None = it says nothing."""

    at: datetime
    kind: str
    key: str
    before: Any
    after: Any


def edges(city: City, keys: Iterable[Key], since: datetime, until: datetime) -> list[MeaningChange]:
    """List the changes of meaning of some keys after ``since``, up to ``until`` itself, in their order."""
    found = [edge for kind, key in dict.fromkeys(keys) for edge in _edges(city, kind, key, since, until)]
    return sorted(found, key=lambda edge: (edge.at, edge.kind, edge.key))


def _edges(city: City, kind: str, key: str, since: datetime, until: datetime) -> Iterator[MeaningChange]:
    rows = [(value, period) for name, value, period in city.rows.get(KINDS[kind].place, ()) if name == key]
    moments = {moment for _, period in rows for moment in (period.since, period.until) if moment}
    before = next((value for value, period in rows if period.holds(since)), None)
    for moment in sorted(moment for moment in moments if since < moment <= until):
        after = next((value for value, period in rows if period.holds(moment)), None)
        if after != before:
            yield MeaningChange(moment, kind, key, before, after)
        before = after
