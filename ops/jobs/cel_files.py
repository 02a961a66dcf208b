"""The files of Asterisk's event log: told apart by their first line, read by whole lines, turned by size.

A file is known by the hash of its first line, whatever its name and inode: renaming it, copying and emptying
it, or an inode used anew changes nothing. Asterisk opens the file anew for each event (measured), so it
may be renamed at any moment; a line under way then ends in the renamed file.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ACTIVE: Final = "hotline.json"
CHUNK: Final = 1 << 18
"""Bytes read at a time; a line that is longer is cut, for no event is."""

SETTLED: Final = timedelta(minutes=1)
"""A line that was under way when its file was turned has ended by then."""

_LONGEST_FIRST_LINE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of the log, as it was seen; ``is_kept``: the sealed copy of one that was removed."""

    path: Path
    identity: str
    size: int
    changed_at: datetime
    is_kept: bool = False


def files(directory: Path, active: str = ACTIVE) -> list[LogFile]:
    """List the files that have a whole first line, the oldest first; ``active`` is the one that is written."""
    found = [file for path in directory.glob(f"{active}*") if (file := _look(path))]
    return sorted(found, key=lambda file: (file.path.name == active, file.changed_at, file.path.name))


def _look(path: Path) -> LogFile | None:
    try:
        with path.open("rb") as handle:
            first = handle.readline(_LONGEST_FIRST_LINE)
            status = os.fstat(handle.fileno())
    except (FileNotFoundError, IsADirectoryError):
        return None
    if not first.endswith(b"\n") and len(first) < _LONGEST_FIRST_LINE:
        return None
    changed_at = datetime.fromtimestamp(status.st_mtime, UTC)
    return LogFile(path, hashlib.sha256(first).hexdigest(), status.st_size, changed_at)


def lines(file: LogFile, offset: int, most: int, *, is_ended: bool = False) -> Iterator[tuple[int, bytes]]:
    """Read at most so many whole lines from ``offset``, begun before the file was seen, each with its own
    offset.

    A torn last line waits, unless ``is_ended``: nobody will end it. Nothing when another file has taken the
    name meanwhile, or none.
    """
    with suppress(FileNotFoundError), file.path.open("rb") as handle:
        if hashlib.sha256(handle.readline(_LONGEST_FIRST_LINE)).hexdigest() != file.identity:
            return
        handle.seek(offset)
        for _ in range(most):
            if offset >= file.size:
                return
            line = handle.readline(CHUNK)
            if not line.endswith(b"\n") and len(line) < CHUNK and not is_ended:
                return
            yield offset, line
            offset += len(line)


def turn(directory: Path, larger_than: int, at: datetime) -> Path | None:
    """Give the active file another name when it has grown so large; Asterisk begins a new one."""
    active = directory / ACTIVE
    try:
        if active.stat().st_size <= larger_than:
            return None
    except FileNotFoundError:
        return None
    turned = directory / f"{ACTIVE}.{at.astimezone(UTC):%Y%m%dT%H%M%S%f}"
    active.rename(turned)
    return turned


def is_over(file: LogFile, at: datetime) -> bool:
    """Tell whether nobody writes to a file any more: it was turned, and has lain still."""
    return file.path.name != ACTIVE and at - file.changed_at >= SETTLED


def is_old(file: LogFile, at: datetime, keep: timedelta) -> bool:
    """Tell whether a file that is not written to any more has been kept long enough."""
    return file.path.name != ACTIVE and at - file.changed_at > keep
