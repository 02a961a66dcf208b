"""Two people change one thing: the second is told what the first wrote, and nothing is lost.

The version of a key is the number of the latest entry of the ledger that touched it. Whoever shows a row to
be changed gives its version away with it, and asks for it back with the change. A key's whole history can be
read too: by whom, when and why, from what to what.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.ledger import history
from hotline.ledger.entries import EntryRecord, Fact, Key, KeyHistory, change_of, changes
from hotline.ledger.history import TABLES
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.ledger.store import EntryLine

Says = Mapping[str, Any] | None
"""What a key says at an instant; None = nothing."""


class ChangedMeanwhile(HotlineError, code="changed-meanwhile", varies_by="shown"):
    """A row that somebody else changed after it was shown; nothing was written.

    ``before`` was shown, ``now`` holds by ``change``, whose number is the version to send with the next try.
    """

    kind: str
    key: str
    expected: int
    change: EntryRecord
    before: Says
    now: Says

    @property
    def shown(self) -> Literal["", "staff"]:
        """A form of staff does not show both beside each other."""
        return "staff" if self.kind == "staff" else ""

    @property
    def by(self) -> str:
        """The author of the change."""
        return self.change.by

    @property
    def at(self) -> datetime:
        """Instant when it was changed."""
        return self.change.at


class AlreadyThere(HotlineError, code="already-there"):
    """A new thing under a key that is in use."""

    kind: str
    key: str


def version(session: Session, kind: str, key: str) -> int:
    """The number of the latest entry that touched a key; 0 when none ever did."""
    lines = select(func.max(EntryLine.entry)).where(EntryLine.kind == kind, EntryLine.key == key)
    return session.scalar(lines) or 0


def expect(session: Session, kind: str, key: str, expected: int, since: datetime) -> None:
    """Require that nobody changed a key since ``expected`` was its version. Asked in the transaction of the
    change.

    Raises ChangedMeanwhile, with what held at ``since`` as it was seen and as it is.
    """
    revise(session)  # from here on other writers wait
    latest = version(session, kind, key)
    if latest == expected:
        return
    told = told_of(session, kind, key)
    before, now = (_at(told, number, since) for number in (expected, latest))
    raise ChangedMeanwhile(kind, key, expected, change_of(session, latest), before, now)


def expect_none(session: Session, kind: str, key: str, since: datetime) -> None:
    """Require that a key is free from ``since`` on. Raises AlreadyThere."""
    revise(session)
    if any(row.period.meets(Period(since)) for row in history.counting(session, TABLES[kind], key)):
        raise AlreadyThere(kind, key)


def told_of(session: Session, kind: str, key: str) -> KeyHistory:
    """Read the complete history of a key."""
    lines = select(EntryLine).where(EntryLine.kind == kind, EntryLine.key == key).order_by(EntryLine.entry)
    return KeyHistory(list(session.scalars(lines)), history.history(session, TABLES[kind], key))


def _at(told: KeyHistory, number: int, at: datetime) -> Says:
    return next((says for period, says in told.known(number) if period.holds(at)), None)


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
