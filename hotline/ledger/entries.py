"""The ledger's entries: what was changed at once, when it takes effect, and how it is taken back.

An entry is undone as a whole: every key it touched says again what it said before. What somebody has
changed since is not swept away with it: then the later entry is named, and must be undone first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.ledger.changes import ChangeContext, LedgerEntry
from hotline.ledger.history import KINDS, TABLES, DatedRow
from hotline.ledger.periods import Period
from hotline.ledger.revisions import KNOWLEDGE, revise
from hotline.ledger.store import EntryLine, EntryRow

Fact = tuple[Period, Mapping[str, Any]]
Key = tuple[str, str]
"""Kind and key."""


FOUNDING: Final = "directory.found"
"""The action under which an installation makes its first city: no agency had to tell it in time."""


class TheFounding(HotlineError, code="the-founding"):
    """The first entry, without which nobody would be left who could give a command."""

    number: int


class NoEntry(HotlineError, code="no-entry"):
    """No entry has this number."""

    number: int


class IsUndone(HotlineError, code="is-undone"):
    """An entry that somebody has taken back already."""

    number: int
    by: int


class ChangedSince(HotlineError, code="changed-since", varies_by="remedy"):
    """An entry that later ones contradict; ``later`` are to be undone first, the latest before others."""

    number: int
    later: tuple[int, ...]
    keys: tuple[Key, ...]

    @property
    def remedy(self) -> Literal["undo", "correct"]:
        """The remedy: undo the later entries, or correct by a new one."""
        return "undo" if self.later else "correct"


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """An entry with the keys it touched; ``undone_by`` is the entry in force that took it back."""

    number: int
    at: datetime
    by: str
    action: str
    reason: str
    effective_at: datetime
    undoes: int | None
    undone_by: int | None
    keys: tuple[Key, ...]

    def is_planned(self, at: datetime) -> bool:
        """Tell whether it takes effect only later: undone before, it is withdrawn."""
        return self.undone_by is None and at < self.effective_at


def changes(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    number: int | None = None,
    touching: Sequence[Key] = (),
) -> list[EntryRecord]:
    """List entries in order; ``touching``: only these keys are told; effective ``since`` until ``until``."""
    chosen = select(EntryRow).order_by(EntryRow.id)
    if since:
        chosen = chosen.where(EntryRow.effective_at >= since)
    if until:
        chosen = chosen.where(EntryRow.effective_at < until)
    if number:
        chosen = chosen.where(EntryRow.id == number)
    if touching:
        lines = tuple_(EntryLine.kind, EntryLine.key).in_(touching)
        chosen = chosen.where(EntryRow.id.in_(select(EntryLine.entry).where(lines)))
    rows = list(session.scalars(chosen))
    undone, keys = _undone(session), _keys(session, [row.id for row in rows], touching)
    return [
        EntryRecord(*_words(row), undone_by=undone.get(row.id), keys=keys.get(row.id, ())) for row in rows
    ]


def _words(row: EntryRow) -> tuple[int, datetime, str, str, str, datetime, int | None]:
    return row.id, row.at, row.by, row.action, row.reason, row.effective_at, row.undoes


def change_of(session: Session, number: int) -> EntryRecord:
    """One entry. Raises NoEntry."""
    found = changes(session, number=number)
    if not found:
        raise NoEntry(number)
    return found[0]


def undo(
    session: Session, number: int, pen: ChangeContext, refuse: Callable[[Mapping[Key, list[Fact]]], None]
) -> int:
    """Take an entry back as a whole; the number of the entry that does so.

    Before its date of effect that withdraws a plan; afterwards it corrects what was true. ``refuse`` is asked
    with what each key would say again, and raises what speaks against it. Raises NoEntry, IsUndone,
    ChangedSince, TheFounding.
    """
    revise(session)
    change = change_of(session, number)
    if any(kind == "faq" for kind, _ in change.keys):
        revise(session, KNOWLEDGE)
    if change.action == FOUNDING:
        raise TheFounding(number)
    if change.undone_by:
        raise IsUndone(number, change.undone_by)
    lines, rows = _lines(session, change), _rows(session, change)
    told = {
        (kind, key): KeyHistory(lines.get((kind, key), ()), rows[kind].get(key, []))
        for kind, key in change.keys
    }
    blocked = tuple(pair for pair, one in told.items() if _differ(one.now(), one.known(number)))
    if blocked:
        raise ChangedSince(number, _later(lines, blocked, number, _undone(session)), blocked)
    refuse({pair: one.known(number - 1) for pair, one in told.items()})
    entry = LedgerEntry(session, pen, undoes=number)
    for (kind, key), one in told.items():
        entry.restate(TABLES[kind], key, one.known(number - 1), one.counting())
    written = entry.finish()
    if written is None:  # it wrote nothing that counts
        raise IsUndone(number, number)
    return written


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """The complete history of one key: the lines of the entries, in their order, and the rows they name."""

    lines: Sequence[EntryLine]
    rows: Sequence[DatedRow]

    def counting(self) -> list[DatedRow]:
        """The rows that count, by their beginning."""
        counts = [row for row in self.rows if row.replaced_at is None]
        return sorted(counts, key=lambda row: row.valid_from)

    def now(self) -> list[Fact]:
        """Facts that count now."""
        return [(row.period, row.says()) for row in self.counting()]

    def known(self, number: int) -> list[Fact]:
        """Facts that counted after an entry: everything up to it, played again."""
        written = {line.row: line.entry for line in self.lines if line.written}
        replaced = {line.row: line.entry for line in self.lines if not line.written}
        counted = [
            row
            for row in self.rows
            if written.get(row.id, 0) <= number
            and (replaced[row.id] > number if row.id in replaced else row.replaced_at is None)
        ]
        return [(row.period, row.says()) for row in sorted(counted, key=lambda row: row.valid_from)]


def _differ(some: Sequence[Fact], others: Sequence[Fact]) -> bool:
    return len(some) != len(others) or any(fact not in others for fact in some)


def _later(
    lines: Mapping[Key, Sequence[EntryLine]], keys: Iterable[Key], number: int, undone: Mapping[int, int]
) -> tuple[int, ...]:
    """The entries after ``number`` that touched one of the keys and still count, the latest first."""
    later = {line.entry for key in keys for line in lines.get(key, ()) if line.entry > number}
    back = {by for entry, by in undone.items() if entry > number}
    return tuple(sorted(later - undone.keys() - back, reverse=True))


def _undone(session: Session) -> dict[int, int]:
    """Entries that are taken back, by whom; one that takes back and is taken back itself does not count."""
    found = dict[int, int]()
    pairs = session.execute(select(EntryRow.id, EntryRow.undoes).where(EntryRow.undoes.is_not(None)))
    for number, undoes in sorted(pairs, reverse=True):
        if undoes is not None and number not in found:
            found.setdefault(undoes, number)
    return found


def _keys(
    session: Session, numbers: Sequence[int], touching: Sequence[Key] = ()
) -> dict[int, tuple[Key, ...]]:
    found = dict[int, dict[Key, None]]()
    few = EntryLine.entry.in_(numbers) if len(numbers) < 500 else EntryLine.entry >= min(numbers)
    chosen = select(EntryLine.entry, EntryLine.kind, EntryLine.key).where(few).order_by(EntryLine.row)
    if touching:
        chosen = chosen.where(tuple_(EntryLine.kind, EntryLine.key).in_(touching))
    for entry, kind, key in session.execute(chosen) if numbers else ():
        found.setdefault(entry, {})[kind, key] = None
    return {
        entry: tuple(sorted(keys, key=lambda pair: KINDS.index(pair[0]))) for entry, keys in found.items()
    }


def _lines(session: Session, change: EntryRecord) -> dict[Key, list[EntryLine]]:
    """List every line of every key that an entry touched."""
    found = dict[Key, list[EntryLine]]()
    for kind in {kind for kind, _ in change.keys}:
        chosen = select(EntryLine).where(EntryLine.kind == kind, EntryLine.key.in_(_touched(change, kind)))
        for line in session.scalars(chosen.order_by(EntryLine.entry)):
            found.setdefault((line.kind, line.key), []).append(line)
    return found


def _touched(change: EntryRecord, kind: str) -> Select[str]:
    return select(EntryLine.key).where(EntryLine.entry == change.number, EntryLine.kind == kind)


def _rows(session: Session, change: EntryRecord) -> dict[str, dict[str, list[DatedRow]]]:
    """List every row ever written of the keys, by kind and key."""
    return {kind: dict(_of(session, kind, change)) for kind in {kind for kind, _ in change.keys}}


def _of(session: Session, kind: str, change: EntryRecord) -> Iterator[tuple[str, list[DatedRow]]]:
    table = TABLES[kind]
    keys = _touched(change, kind)
    found = dict[str, list[DatedRow]]()
    for row in session.scalars(select(table).where(table.key.in_(keys)).order_by(table.id)):
        found.setdefault(row.key, []).append(row)
    yield from found.items()
