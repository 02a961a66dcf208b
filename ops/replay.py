"""Brings journal entries into the database, each once, in the order they were written, many in a transaction."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

import structlog
from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from hotline import clock, journal, metrics
from hotline.callbacks.service import Callbacks
from hotline.db import Base, Sessions, is_away, transaction
from hotline.journal import Backlog, Damage, Entry
from ivr import ledger
from ivr.store import LogPosition

log = structlog.get_logger()
BATCH = 500
REFUSED = (DataError, IntegrityError)
"""What a database that is there says of a row that it will never take."""


class Replay:
    """The reading side of the journal; several threads may run it."""

    def __init__(self, factory: Sessions, directory: Path, callbacks: Callbacks) -> None:
        self._factory, self._directory, self._callbacks = factory, directory, callbacks
        self._lock, self._reached = Lock(), dict[str, int]()
        self._is_sure = False

    def run(self) -> int:
        """Replay what waits; how many entries. When nothing does, the database is not asked."""
        with self._lock:
            try:
                return self._run()
            except BaseException:
                self._is_sure = False
                raise
            finally:
                waiting = journal.lag(self._directory, self._reached)
                metrics.journal_waiting.set(waiting.entries)
                metrics.journal_damaged.set(waiting.damaged)

    def _run(self) -> int:
        """Positions move in the same transaction as the facts; between runs they are remembered."""
        if not self._is_sure:
            self._reached, self._is_sure = self.positions(), True
        done = 0
        for batch in _batches(journal.pending(self._directory, dict(self._reached), self._tell)):
            try:
                self._write(batch)
            except Exception as error:
                if is_away(error) and not isinstance(error, REFUSED):
                    raise
                for entry in batch:
                    self._write_or_set_aside(entry)
            self._reached |= _ends(batch)
            done += len(batch)
        swept = journal.sweep(self._directory, self._reached)
        for gone in swept.kept:
            self._reached.pop(gone, None)
        for damaged in swept.set_aside:
            log.error("journal.set_aside", file=damaged)
        return done

    def _tell(self, damage: Damage) -> None:
        """Once; and the bytes are kept before a position moves beyond them, for their writer may live for days."""
        try:
            is_news = journal.keep(self._directory, damage)
        except OSError as error:  # the promises behind it do not wait for room on the disk
            log.error("journal.damage_not_kept", file=damage.file, offset=damage.offset, why=str(error))
            return
        if is_news:
            log.error("journal.damaged", file=damage.file, offset=damage.offset, size=len(damage.content))

    def _write(self, entries: Sequence[Entry]) -> None:
        with transaction(self._factory) as session:
            ledger.apply(session, [dict(entry.body) for entry in entries], self._callbacks)
            _move(session, _ends(entries))

    def _write_or_set_aside(self, entry: Entry) -> None:
        """One entry that no database will ever take must not keep the promises behind it waiting."""
        try:
            self._write([entry])
        except Exception as error:
            if is_away(error) and not isinstance(error, REFUSED):
                raise
            log.error("journal.refused", key=entry.key, why=type(error).__name__)
            _keep(refused(self._directory) / f"{entry.file}-{entry.offset_after}.json", entry)
            with transaction(self._factory) as session:
                _move(session, _ends([entry]))

    def tidy(self, before: datetime, most: int) -> None:
        """Delete what was applied and kept long enough, and what there is no room for."""
        left = journal.expire(self._directory, before, most)
        metrics.journal_kept_bytes.set(left.size)
        if left.too_many:
            log.error("journal.kept_too_short", files=left.too_many, most=most)

    def positions(self) -> dict[str, int]:
        """How far each journal file has come."""
        with transaction(self._factory) as session:
            rows = session.execute(
                select(LogPosition.file, LogPosition.offset).where(LogPosition.file.like("%.journal"))
            )
            return {row.file: row.offset for row in rows}

    def lag(self) -> Backlog:
        """What waits."""
        return journal.lag(self._directory, self.positions())


def refused(directory: Path) -> Path:
    """Where entries lie that need a person."""
    return directory / "refused"


def _keep(file: Path, entry: Entry) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("w", encoding="utf-8") as writing:
        json.dump({"key": entry.key, "at": entry.at.isoformat(), "body": dict(entry.body)}, writing)
        writing.flush()
        os.fsync(writing.fileno())


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while batch := list(islice(entries, BATCH)):
        yield batch


def _ends(entries: Sequence[Entry]) -> dict[str, int]:
    """How far each file is applied with these; a file's entries come in its own order."""
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
