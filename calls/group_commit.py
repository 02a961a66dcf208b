"""Writes of several threads at one moment, done together: one commit for all who wait for it.

Whoever brings the first piece of a batch writes it as soon as the batch before
is written; who comes meanwhile joins and waits. Nobody is told that a piece is
written before it is, and nothing waits for company.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, TypeVar

T = TypeVar("T")
Fault = Exception | None


@dataclass
class _Batch(Generic[T]):
    pieces: list[T] = field(default_factory=list)
    faults: Sequence[Fault] = ()
    written: Event = field(default_factory=Event)


class TooSlow(Exception):
    """The batch is not written yet; it may be written later."""


class Gathering(Generic[T]):
    """Hands batches to ``write``, one at a time; it returns a fault or None for each piece."""

    def __init__(self, write: Callable[[Sequence[T]], Sequence[Fault]], patience: float) -> None:
        self._write, self._patience = write, patience
        self._open, self._lock, self._turn = _Batch[T](), Lock(), Lock()

    def bring(self, piece: T) -> Fault:
        """None once the piece is written, else why not: TooSlow after ``patience`` seconds of waiting."""
        with self._lock:
            batch = self._open
            place = len(batch.pieces)
            batch.pieces.append(piece)
        if place:
            return batch.faults[place] if batch.written.wait(self._patience) else TooSlow()
        if self._turn.acquire(timeout=self._patience):
            try:
                self._close(batch, self._write)
            finally:
                self._turn.release()
        else:
            self._close(batch, lambda pieces: [TooSlow()] * len(pieces))
        return batch.faults[0]

    def _close(self, batch: _Batch[T], write: Callable[[Sequence[T]], Sequence[Fault]]) -> None:
        with self._lock:
            self._open = _Batch[T]()
        fault: Exception = RuntimeError("the batch was not written")
        try:
            batch.faults = write(batch.pieces)
        except Exception as error:
            fault = error
        finally:
            batch.faults = batch.faults or [fault] * len(batch.pieces)
            batch.written.set()
