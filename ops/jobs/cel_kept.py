"""Sealed copies of the event log's files: what Asterisk wrote in clear lies so no longer than hours.

A file that is loaded to its end is copied here, then removed. An old copy of the database that is put back is
brought up from the copies, as from the files before: what is promised in them outlives both.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from hotline.keys.ring import KeyRing
from ops.jobs.cel_files import CHUNK, LogFile, lines

SUFFIX: Final = ".events"
DRAFT: Final = ".new"
PURPOSE: Final = "event log"
BLOCK: Final = 1000
"""Lines of one seal."""


class KeptEvents:
    """The copies of one node, in a folder of ours that Asterisk does not reach."""

    def __init__(self, folder: Path, keys: KeyRing) -> None:
        self._folder, self._keys = folder, keys

    def files(self) -> list[LogFile]:
        """List the copies, the oldest first."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return []
        found = [one for name in names if name.endswith(SUFFIX) and (one := _look(self._folder / name))]
        return sorted(found, key=lambda file: (file.changed_at, file.path.name))

    def keep(self, file: LogFile) -> None:
        """Copy a whole file; on return it is on the disk. Idempotent. Raises OSError."""
        target = self._folder / f"{file.identity}-{file.size}{SUFFIX}"
        if target.exists():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = target.with_suffix(DRAFT)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as writing:
            writing.writelines(f"{sealed}\n" for sealed in self._sealed(file))
            writing.flush()
            os.fsync(writing.fileno())
        seconds = file.changed_at.timestamp()
        os.utime(draft, (seconds, seconds))
        draft.rename(target)
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def lines(self, file: LogFile, offset: int, most: int) -> Iterator[tuple[int, bytes]]:
        """Read at most so many lines from ``offset`` on, each with the offset it had. Raises KeyMissing."""
        place = 0
        for content in self._opened(file):
            reading = BytesIO(content)
            while line := reading.readline(CHUNK):
                if place >= offset:
                    yield place, line
                    most -= 1
                    if not most:
                        return
                place += len(line)

    def expire(self, before: datetime) -> None:
        """Remove copies of files that were last written before an instant, and drafts that a kill left."""
        for file in self.files():
            if file.changed_at < before:
                file.path.unlink(missing_ok=True)
        for draft in self._folder.glob(f"*{DRAFT}"):
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < before.timestamp():
                    draft.unlink()

    def _sealed(self, file: LogFile) -> Iterator[str]:
        offset = 0
        while block := list(lines(file, offset, BLOCK, is_ended=True)):
            content = b"".join(line for _, line in block)
            yield self._keys.seal_text(PURPOSE, content.decode("latin-1"))
            offset += len(content)

    def _opened(self, file: LogFile) -> Iterator[bytes]:
        with file.path.open() as reading:
            for sealed in reading:
                yield self._keys.open_text(PURPOSE, sealed.rstrip("\n")).encode("latin-1")


@lru_cache(4096)
def _look(path: Path) -> LogFile | None:
    """A copy; looked at once, for none is ever written again."""
    identity, _, size = path.name.removesuffix(SUFFIX).partition("-")
    try:
        changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    return LogFile(path, identity, int(size), changed_at, is_kept=True)
