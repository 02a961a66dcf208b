"""The reading side: what waits, in order of time, and files that are no longer needed.

``positions`` maps a file's name to the offset stored with the last fact applied from
it. Only committed positions may be given; a file without one is read from its start.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from heapq import merge
from pathlib import Path
from typing import BinaryIO, Final

from hotline.journal.lines import SUFFIX, Entry, decoded

_DAMAGED: Final = "damaged"

Positions = Mapping[str, int]


@dataclass(frozen=True)
class Backlog:
    """What is not applied yet; ``damaged`` lines among it or set aside will never be and need a person."""

    entries: int
    size: int
    oldest: datetime | None
    damaged: int


@dataclass(frozen=True)
class Swept:
    """Names of files that went: ``removed`` for good, or ``set_aside`` for a person to look at."""

    removed: tuple[str, ...]
    set_aside: tuple[str, ...]


def pending(directory: Path, positions: Positions) -> Iterator[Entry]:
    """Every entry beyond its file's position, by ``at`` across files, by offset within one.

    Sees what was whole when it was asked, while others go on writing; damaged lines are
    passed over. Memory grows with the backlog, open files do not.
    """
    streams = (_timed(file, positions) for file in _files(directory))
    for _, _, entry in merge(*streams, key=lambda timed: timed[:2]):
        yield entry


def lag(directory: Path, positions: Positions) -> Backlog:
    """How much waits, and since when; what was applied is not read again."""
    waiting, damaged = [], 0
    for file in _files(directory):
        for end, line in _lines(file, positions.get(file.name, 0)):
            if (entry := decoded(line, file.name, end)) is None:
                damaged += 1
            else:
                waiting.append((entry.at, len(line)))
    for file in _files(directory / _DAMAGED):
        damaged += sum(decoded(line, file.name, end) is None for end, line in _lines(file, 0))
    oldest = min((at for at, _ in waiting), default=None)
    return Backlog(len(waiting), sum(size for _, size in waiting), oldest, damaged)


def sweep(directory: Path, positions: Positions) -> Swept:
    """Remove files applied to their end whose writer is gone; its lock is the witness.

    A file with a damaged line is moved to ``damaged/`` instead: it may hold a promise.
    """
    removed, set_aside = [], []
    for file in _files(directory):
        with suppress(FileNotFoundError, BlockingIOError), _no_writer(file):
            if any(_entries(file, positions)):
                continue
            if all(decoded(line, file.name, end) for end, line in _lines(file, 0)):
                file.unlink()
                removed.append(file.name)
            else:
                (directory / _DAMAGED).mkdir(mode=0o700, exist_ok=True)
                file.rename(directory / _DAMAGED / file.name)
                set_aside.append(file.name)
    return Swept(tuple(removed), tuple(set_aside))


@contextmanager
def _no_writer(file: Path) -> Iterator[None]:
    """Hold the file's lock. Raises BlockingIOError while its writer lives."""
    with file.open("rb") as handle:
        flock(handle, LOCK_EX | LOCK_NB)
        yield


def _has_writer(handle: BinaryIO) -> bool:
    try:
        flock(handle, LOCK_SH | LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob(f"*{SUFFIX}"))


def _timed(file: Path, positions: Positions) -> Iterator[tuple[datetime, str, Entry]]:
    # Threads and clock steps may write a little out of order; a file is read in its own order.
    latest = datetime.min.replace(tzinfo=UTC)
    for entry in _entries(file, positions):
        latest = max(latest, entry.at)
        yield latest, file.name, entry


def _entries(file: Path, positions: Positions) -> Iterator[Entry]:
    for end, line in _lines(file, positions.get(file.name, 0)):
        if entry := decoded(line, file.name, end):
            yield entry


def _lines(file: Path, position: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines from ``position``, each with the offset behind it; none of a file that is gone."""
    try:
        with file.open("rb") as handle:
            handle.seek(position)
            rest = handle.read()
            whole = rest[: rest.rfind(b"\n") + 1]
            if b"\0" in whole and _has_writer(
                handle
            ):  # a line is being written over the zeros in this moment
                whole = whole[: whole.rfind(b"\n", 0, whole.find(b"\0")) + 1]
    except FileNotFoundError:
        return
    for line in whole.splitlines(keepends=True):
        position += len(line)
        yield position, line
