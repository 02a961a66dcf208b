"""The history of some keys, by whom, when and why: from what, to what, since when, until when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline.ledger.entries import EntryRecord, Fact, Key, KeyHistory, changes
from hotline.ledger.versions import told_of

Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The change that an entry made to a key: ``before`` and ``after`` at the first instant that is other
    than before.

    None = nothing held; ``until`` is None where it holds until something else is said.
    """

    kind: str
    key: str
    before: Words | None
    after: Words | None
    since: datetime
    until: datetime | None

    @property
    def words(self) -> tuple[tuple[str, Any, Any], ...]:
        """(name, before, after) of every word that differs."""
        before, after = self.before or {}, self.after or {}
        names = dict.fromkeys((*before, *after))
        pairs = ((name, before.get(name), after.get(name)) for name in names)
        return tuple((name, old, new) for name, old, new in pairs if (old or None) != (new or None))


@dataclass(frozen=True, slots=True)
class EntryChanges:
    """An entry and what it made of the keys that were asked for."""

    change: EntryRecord
    said: tuple[KeyChange, ...]


def histories(session: Session, keys: Sequence[Key]) -> list[EntryChanges]:
    """List every entry that touched one of the keys, the latest first."""
    told = {key: told_of(session, *key) for key in keys}
    found = changes(session, touching=keys) if keys else []
    return [
        EntryChanges(change, tuple(_said(told, change, [key for key in keys if key in change.keys])))
        for change in reversed(found)
    ]


def said_of(session: Session, change: EntryRecord, keys: Sequence[Key]) -> tuple[KeyChange, ...]:
    """The changes that an entry made to some of its keys."""
    return tuple(_said({key: told_of(session, *key) for key in keys}, change, list(keys)))


def _said(told: Mapping[Key, KeyHistory], change: EntryRecord, keys: Sequence[Key]) -> Iterator[KeyChange]:
    for key in keys:
        before, after = told[key].known(change.number - 1), told[key].known(change.number)
        if found := first_difference(before, after):
            old, new, since, until = found
            yield KeyChange(*key, old, new, since, until)


def first_difference(
    before: Sequence[Fact], after: Sequence[Fact]
) -> tuple[Words | None, Words | None, datetime, datetime | None] | None:
    """(what held, what holds, since, until) at the first instant that is other; None when none is."""
    for edge in sorted(
        {edge for period, _ in (*before, *after) for edge in (period.since, period.until) if edge}
    ):
        old, new = _fact(before, edge), _fact(after, edge)
        if (old and old[1]) != (new and new[1]):
            until = new[0].until if new else None
            return old and old[1], new and new[1], edge, until
    return None


def _fact(facts: Sequence[Fact], at: datetime) -> Fact | None:
    return next((fact for fact in facts if fact[0].holds(at)), None)
