"""Brings journal entries into the database, each once, in the order they were written."""

import json
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from hotline import clock, journal, metrics
from hotline.callbacks.service import Callbacks
from hotline.db import Sessions, is_away, transaction
from hotline.journal import Backlog, Entry
from ivr import ledger
from ivr.store import LogPosition

log = structlog.get_logger()
BATCH = 200
REFUSED = (DataError, IntegrityError)
"""What a database that is there says of a row that it will never take."""


class Replay:
    """The reading side of the journal."""

    def __init__(self, factory: Sessions, directory: Path, callbacks: Callbacks) -> None:
        self._factory, self._directory, self._callbacks = factory, directory, callbacks

    def run(self) -> int:
        """Replay what waits; how many entries. Positions move in the same transaction as the facts."""
        done = 0
        for batch in _batches(journal.pending(self._directory, self.positions())):
            try:
                self._write(batch)
            except Exception as error:
                if is_away(error) and not isinstance(error, REFUSED):
                    raise
                for entry in batch:
                    self._write_or_set_aside(entry)
            done += len(batch)
        journal.sweep(self._directory, self.positions())
        metrics.journal_waiting.set(self.lag().entries)
        return done

    def _write(self, entries: Sequence[Entry]) -> None:
        with transaction(self._factory) as session:
            for entry in entries:
                ledger.apply(session, dict(entry.body), self._callbacks)
                _move(session, entry.file, entry.offset_after)

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
                _move(session, entry.file, entry.offset_after)

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


def _move(session: Session, file: str, offset: int) -> None:
    position = session.get(LogPosition, file)
    if position is None:
        position = LogPosition(file=file, offset=0, name="journal", at=clock.now())
        session.add(position)
    position.offset = max(position.offset, offset)
    position.at = clock.now()
