"""Replay of the journal into the database: each entry once, in order, many in a transaction."""

import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby, islice
from pathlib import Path
from threading import Lock
from typing import Any, Final

import structlog
from sqlalchemy import bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from calls import turn_facts
from calls.store import LogPosition
from hotline import clock, journal, metrics
from hotline.callbacks import restoring, trace
from hotline.callbacks.service import Callbacks
from hotline.db import Base, Sessions, is_away, looking, transaction
from hotline.journal import Backlog, Damage, JournalEntry, Marks, forgetting
from hotline.journal.lines import PURPOSE
from hotline.keys.ring import KeyRing
from hotline.outbox import service as notices
from recordings import sealed_trace

log = structlog.get_logger()
BATCH = 500
RESTS: Final = 5
"""Of so many runs that find the files as they were all but one read none of them. One does: that a writer has
died is not to be seen from outside, nor a line behind another of the same tick of the file system's clock.
"""
_TRACES: Final = frozenset((trace.PROMISE, sealed_trace.SOUND))
"""What entries hold that the database has: they are for the day when an old copy of it is put back."""
REFUSED = (DataError, IntegrityError)
"""What a database that is there says of a row that it will never take."""


class PutBack(Exception):
    """The database knows less than it did a moment ago: an old copy of it was put back."""


class Replay:
    """The reading side of the journal; several threads may run it.

    An entry that this machine remembers as applied and the database does not is from before an old copy of
    the database was put back: what it tells is made anew, marked so, and nobody is written to of each.
    """

    def __init__(
        self,
        factory: Sessions,
        directory: Path,
        callbacks: Callbacks,
        now: Callable[[], datetime] = clock.now,
        cases: turn_facts.Disowning | None = None,
        keys: KeyRing | None = None,
    ) -> None:
        self._cases, self._keys = cases, keys
        self._factory, self._directory, self._callbacks, self._now = factory, directory, callbacks, now
        self._lock, self._reached = Lock(), dict[str, int]()
        self._marks, self._known = Marks(directory), dict[str, int]()
        self._is_sure = self._has_held = self._looks_back = False
        self._standing, self._as_before = frozenset[tuple[str, int, int]](), 0

    def run(self) -> int:
        """Replay what waits; how many entries. When nothing does, the database is not asked."""
        with self._lock:
            if self._may_rest():
                return 0
            try:
                try:
                    return self._run()
                except PutBack:
                    self.look_back()
                    return self._run()
            except BaseException:
                self._is_sure = self._has_held = False
                raise
            finally:
                waiting = journal.lag(self._directory, self._reached)
                metrics.journal_waiting.set(waiting.entries)
                metrics.journal_damaged.set(waiting.damaged)

    def _may_rest(self) -> bool:
        """Tell whether nobody has written since the files were read twice."""
        now = journal.standing(self._directory)
        self._as_before = self._as_before + 1 if now == self._standing else 0
        self._standing = now
        return self._is_sure and self._as_before > 1 and self._as_before % RESTS > 0

    def _run(self) -> int:
        """Positions move in the same transaction as the facts; between runs they are remembered."""
        looks_back = self._looks_back = not self._is_sure
        if looks_back:
            self._reached, self._known = self.positions(), self._marks.known()
            if self.is_behind():
                with transaction(self._factory) as session:
                    self._hold(session)
        waiting = journal.pending(
            self._directory, dict(self._reached), self._tell, with_kept=looks_back, keys=self._keys
        )
        done = 0
        for batch in _batches(waiting):
            try:
                self._write(batch)
            except Exception as error:
                if isinstance(error, PutBack) or is_away(error) and not isinstance(error, REFUSED):
                    raise
                for entry in batch:
                    self._write_or_set_aside(entry)
            self._reached |= _ends(batch)
            self._remember(_ends(batch))
            done += len(batch)
        if looks_back:
            self._catch_up()
        swept = journal.sweep(self._directory, self._reached)
        for gone in swept.kept:
            self._reached.pop(gone, None)
        for damaged in swept.set_aside:
            log.error("journal.set_aside", file=damaged)
        return done

    def _tell(self, damage: Damage) -> None:
        """Log damage once, and keep its bytes before a position moves on: their writer may live for days."""
        try:
            is_news = journal.keep(self._directory, damage)
        except OSError as error:  # the promises behind it do not wait for room on the disk
            log.error("journal.damage_not_kept", file=damage.file, offset=damage.offset, why=str(error))
            return
        if is_news:
            log.error("journal.damaged", file=damage.file, offset=damage.offset, size=len(damage.content))

    def look_back(self) -> None:
        """Ask the database anew at the next run, and read kept files: it may have been put back."""
        self._is_sure = False

    def is_behind(self) -> bool:
        """Tell whether the database knows less than this machine remembers that it knew."""
        known = self._marks.known()
        if not known:
            return False
        with looking(self._factory) as session:
            there = _offsets(session, known)
        return any(there.get(file, 0) < offset for file, offset in known.items())

    def _hold(self, session: Session) -> None:
        """Hold messages to citizens once the database was put back: they went out since."""
        if not self._has_held:
            held, self._has_held = notices.hold(session, self._now()), True
            log.error("database.put_back", held=held)

    def _catch_up(self) -> None:
        """Give up waiting for files that are gone: all that is left of the others has been applied."""
        self._is_sure, self._has_held = True, False
        gone = {
            file: self._reached.get(file, 0)
            for file, mark in self._known.items()
            if file.endswith(journal.SUFFIX) and self._reached.get(file, 0) < mark
        }
        if gone:
            log.error("journal.lost", files=sorted(gone))
            self._marks.correct(gone)
            self._known |= gone

    def _was_a_row(self, entry: JournalEntry, swept: Container[str]) -> bool:
        """Tell whether the database had it: it was applied so far, its file is ``swept``, or it is marked a
        row.

        The mark counts only when the database is looked at anew: else it has it.
        """
        if entry.offset_after <= self._known.get(entry.file, 0) or self._looks_back and not _is_new(entry):
            return True
        return entry.file in swept

    def _swept(self, files: Iterable[str]) -> frozenset[str]:
        """Those of them that were applied to their end once."""
        return frozenset(file for file in files if journal.is_swept(self._directory, file))

    def _remember(self, ends: Mapping[str, int]) -> None:
        """Remember after the commit how far it is. Kept files are applied to their end: those need no mark."""
        self._known |= {file: max(end, self._known.get(file, 0)) for file, end in ends.items()}
        swept = self._swept(ends)
        try:
            self._marks.remember({file: end for file, end in ends.items() if file not in swept})
        except OSError as error:
            log.warning("journal.not_marked", why=str(error))

    def _write(self, entries: Sequence[JournalEntry]) -> None:
        ends = _ends(entries)
        swept = self._swept(ends)
        with transaction(self._factory) as session:
            there = _offsets(session, ends)
            if any(there.get(file, 0) < self._reached.get(file, 0) for file in ends):
                raise PutBack
            for was_a_row, several in groupby(entries, lambda entry: self._was_a_row(entry, swept)):
                if was_a_row:
                    self._restore(session, list(several))
                elif new := [dict(entry.body) for entry in several if _is_new(entry)]:
                    turn_facts.apply(session, new, self._callbacks, self._cases)
            _move(session, ends)

    def _restore(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Restore former rows, in order, so that a promise which was kept since is not owed any more."""
        self._hold(session)
        at = self._now()
        callbacks = self._callbacks.restoring(at)
        for kind, several in groupby(entries, lambda entry: next(iter(_TRACES & entry.body.keys()), "")):
            if kind == trace.PROMISE:
                for entry in several:
                    restoring.apply(session, entry.body, callbacks, at)
            elif kind == sealed_trace.SOUND:
                for entry in several:
                    sealed_trace.restore(session, entry.body)
            else:
                turn_facts.apply(session, [dict(entry.body) for entry in several], callbacks, self._cases)

    def _write_or_set_aside(self, entry: JournalEntry) -> None:
        """Write one entry, or set it aside: one that no database takes must not keep promises waiting."""
        try:
            self._write([entry])
        except Exception as error:
            if isinstance(error, PutBack) or is_away(error) and not isinstance(error, REFUSED):
                raise
            log.error("journal.refused", key=entry.key, why=type(error).__name__)
            _keep(refused(self._directory) / f"{entry.file}-{entry.offset_after}.json", entry, self._keys)
            with transaction(self._factory) as session:
                _move(session, _ends([entry]))

    def tidy(self, before: datetime, most: int) -> None:
        """Delete what was applied and kept long enough, and what there is no room for."""
        left = journal.expire(self._directory, before, most)
        metrics.journal_kept_bytes.set(left.size)
        if left.too_many:
            log.error("journal.kept_too_short", files=left.too_many, most=most)

    def positions(self) -> dict[str, int]:
        """Offset up to which each journal file has been applied."""
        with transaction(self._factory) as session:
            rows = session.execute(
                select(LogPosition.file, LogPosition.offset).where(LogPosition.file.like("%.journal"))
            )
            return {row.file: row.offset for row in rows}

    def lag(self) -> Backlog:
        """Measure what waits."""
        return journal.lag(self._directory, self.positions())


def refused(directory: Path) -> Path:
    """Folder of the entries that need a person."""
    return directory / forgetting.REFUSED


def _keep(file: Path, entry: JournalEntry, keys: KeyRing | None) -> None:
    body = dict(entry.body)
    told = keys.seal_text(PURPOSE, json.dumps(body)) if keys else body
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("w", encoding="utf-8") as writing:
        json.dump({"key": entry.key, "at": entry.at.isoformat(), "body": told}, writing)
        writing.flush()
        os.fsync(writing.fileno())


def _offsets(session: Session, files: Iterable[str]) -> dict[str, int]:
    rows = session.connection().execute(_reading(), {"files": list(files)})
    return {row.file: row.offset for row in rows}


@cache
def _reading() -> Any:
    """Made once: it is asked with every batch."""
    table = Base.metadata.tables[LogPosition.__tablename__].c
    return select(table.file, table.offset).where(table.file.in_(bindparam("files", expanding=True)))


def _is_new(entry: JournalEntry) -> bool:
    """Tell whether the database lacks it: traces and copies are for the day when it was put back."""
    return not entry.body.get(turn_facts.IS_ROW) and not _TRACES & entry.body.keys()


def _batches(entries: Iterator[JournalEntry]) -> Iterator[list[JournalEntry]]:
    while batch := list(islice(entries, BATCH)):
        yield batch


def _ends(entries: Sequence[JournalEntry]) -> dict[str, int]:
    """Offset up to which each file is applied with these; a file's entries come in its own order."""
    return {entry.file: entry.offset_after for entry in entries}


def _move(session: Session, ends: Mapping[str, int]) -> None:
    at = clock.now()
    connection = session.connection()
    rows = [{"file": file, "offset": end, "name": "journal", "at": at} for file, end in sorted(ends.items())]
    connection.execute(_moving(connection.dialect.name), rows)


@cache
def _moving(dialect: str) -> Any:
    """Forwards only: another replayer may have been quicker."""
    table = Base.metadata.tables[LogPosition.__tablename__]
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    given, there = insert.excluded, table.c
    further = case((there.offset < given.offset, given.offset), else_=there.offset)
    return insert.on_conflict_do_update(index_elements=["file"], set_={"offset": further, "at": given.at})
