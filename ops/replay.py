"""Brings journal entries into the database, each once, in the order they were written."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import clock, journal, metrics
from hotline.callbacks.service import Callbacks
from hotline.db import Sessions, transaction
from hotline.journal import Backlog
from ivr import ledger
from ivr.store import LogPosition

BATCH = 200


class Replay:
    """The reading side of the journal."""

    def __init__(self, factory: Sessions, directory: Path, callbacks: Callbacks) -> None:
        self._factory, self._directory, self._callbacks = factory, directory, callbacks

    def run(self) -> int:
        """Replay what waits; how many entries. Positions move in the same transaction as the facts."""
        done = 0
        for batch in _batches(journal.pending(self._directory, self.positions())):
            with transaction(self._factory) as session:
                for entry in batch:
                    ledger.apply(session, dict(entry.body), self._callbacks)
                    _move(session, entry.file, entry.offset_after)
            done += len(batch)
        journal.sweep(self._directory, self.positions())
        metrics.journal_waiting.set(self.lag().entries)
        return done

    def positions(self) -> dict[str, int]:
        """How far each journal file has come."""
        with transaction(self._factory) as session:
            rows = session.execute(
                select(LogPosition.file, LogPosition.offset).where(LogPosition.file.like("%.journal"))
            )
            return {file: offset for file, offset in rows}

    def lag(self) -> Backlog:
        """What waits."""
        return journal.lag(self._directory, self.positions())


def _batches(entries: Iterator[journal.Entry]) -> Iterator[list[journal.Entry]]:
    while batch := list(islice(entries, BATCH)):
        yield batch


def _move(session: Session, file: str, offset: int) -> None:
    position = session.get(LogPosition, file)
    if position is None:
        position = LogPosition(file=file, offset=0, name="journal", at=clock.now())
        session.add(position)
    position.offset = max(position.offset, offset)
    position.at = clock.now()
