"""The writing side: an entry is on the disk when ``append`` returns, and soon after ``note`` does."""

import errno
import os
import re
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from typing import Final

from hotline.errors import HotlineError
from hotline.journal.lines import JSON, SUFFIX, encoded
from hotline.journal.second import SecondCopy
from hotline.keys.ring import KeyRing

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_SEGMENT: Final = 4 << 20
_AHEAD: Final = 256 << 10
"""Bytes of zeros written ahead of the lines: to overwrite them changes no length, so a flush waits for no
file system's log, in which everybody else's changes stand. Readers stop at the last line break.
"""
SOON: Final = 0.25
"""Seconds after which what was noted is flushed."""
LINGERS: Final = 8
"""Vain looks after which the flushing thread ends: to begin one costs as much as a whole decision."""

_PAUSE: Final = threading.Event()


class JournalUnwritable(HotlineError, code="journal-unwritable"):
    """An entry that is not promised to anybody: the disk is full, read-only or failing.

    It may still surface in a replay if the disk kept it after all; its key makes that harmless.
    """

    directory: Path
    reason: str


@dataclass
class _Batch:
    """Lines that share one write, and one fsync if any of them needs it at once."""

    lines: list[bytes] = field(default_factory=list)
    is_flushed: bool = False
    is_open: bool = True
    fault: BaseException | None = None
    file: str = ""
    end: int = 0


class Journal:
    """Writer of one process's entries; many threads may append at once and share a flush.

    ``name`` tells node and process (``ntpc1-agi1``). The file appears with the first entry. What an entry
    tells is sealed by ``keys``; its key and its instant stand in clear. ``second``: its copy elsewhere.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        segment: int = _SEGMENT,
        ahead: int = _AHEAD,
        keys: KeyRing | None = None,
        second: SecondCopy | None = None,
    ) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} is no journal name; use small letters, digits and hyphens, at most 48"
            )
        self._directory, self._segment, self._ahead = directory, segment, ahead
        self._keys, self._second = keys, second
        self._stem, self._number = f"{name}.{secrets.token_hex(8)}", 0
        self._file, self._end, self._reserved = -1, 0, 0
        self._is_noted = self._is_doubtful = self._has_flusher = False
        self._gathering, self._lock, self._disk = _Batch(), threading.Lock(), threading.Lock()

    def append(self, key: str, at: datetime, body: Mapping[str, JSON]) -> None:
        """Write an entry; returns once it is on the disk, and on the second one or that was waited for.
        Raises JournalUnwritable when it may not be.

        ``key`` is the fact's own, the same however often it is written; ``at`` orders the replay.
        """
        self._bring(encoded(key, at, body, self._keys), is_flushed=True, is_copied=True)

    def note(self, key: str, at: datetime, body: Mapping[str, JSON], *, is_copied: bool = False) -> None:
        """Write an entry; returns once it is written: it outlives every process, and SOON also a loss of
        power. ``is_copied``: it is a promise, and waits for the second copy, where there is one.

        Raises JournalUnwritable like ``append``.
        After a flush that failed notes are flushed at once until one succeeds.
        """
        self._bring(encoded(key, at, body, self._keys), is_flushed=False, is_copied=is_copied)

    def _bring(self, line: bytes, *, is_flushed: bool, is_copied: bool) -> None:
        with self._lock:
            batch = self._gathering
            batch.lines.append(line)
            batch.is_flushed |= is_flushed
        with self._disk:  # whoever comes first writes for all that gathered meanwhile
            if batch.is_open:
                self._commit(batch)
        if batch.fault:
            reason = getattr(batch.fault, "strerror", None) or repr(batch.fault)
            raise JournalUnwritable(self._directory, reason) from batch.fault
        if is_copied and self._second:
            self._second.has(batch.file, batch.end)

    def close(self) -> None:
        """Let go of the file; a later append begins another."""
        with self._disk:
            self._leave()

    def _commit(self, batch: _Batch) -> None:
        with self._lock:
            self._gathering = _Batch()
        try:
            self._write(batch)
        except OSError as fault:
            batch.fault = fault
            self._abandon()
        except BaseException as fault:
            batch.fault = fault
            self._abandon()
            raise
        finally:
            batch.is_open = False

    def _write(self, batch: _Batch) -> None:
        lines, is_flushed = b"".join(batch.lines), batch.is_flushed or self._is_doubtful
        if self._file < 0:
            self._begin()
        if self._end + len(lines) > self._reserved:
            self._reserve(len(lines))
        _write_all(self._file, lines, self._end)
        if is_flushed:
            os.fdatasync(self._file)
            self._is_noted = self._is_doubtful = False
        if not os.fstat(self._file).st_nlink:
            raise FileNotFoundError(errno.ENOENT, "its file was removed")
        self._end += len(lines)
        if self._second:
            batch.file, batch.end = self._path().name, self._end
            self._second.tell(self._path(), self._end)
        if not is_flushed:
            self._is_noted = True
            if not self._has_flusher:
                with suppress(RuntimeError):  # no thread to be had now: the next note asks for one
                    threading.Thread(target=self._keep_flushing, daemon=True).start()
                    self._has_flusher = True
        if self._end >= self._segment:
            self._leave()

    def _keep_flushing(self) -> None:
        """Flush what is noted, as a thread in nobody's way; end when nothing came for a while."""
        idle = 0
        while True:
            _PAUSE.wait(SOON)
            idle = 0 if self._flush_noted() else idle + 1
            with self._disk:
                if idle >= LINGERS and not self._is_noted:
                    self._has_flusher = False
                    return

    def _flush_noted(self) -> bool:
        """Tell whether there was anything."""
        with self._disk:
            if self._file < 0 or not self._is_noted:
                return False
            try:
                self._is_noted, number, file = False, self._number, os.dup(self._file)
            except OSError:  # no descriptor is left: it stays noted, and is tried again
                return True
        try:
            os.fdatasync(file)
        except OSError:
            with self._disk:
                self._is_doubtful = True
                if self._number == number:
                    self._leave()
        finally:
            os.close(file)
        return True

    def _reserve(self, needed: int) -> None:
        """Zeros for these lines and many more; without room for them the lines go on by themselves."""
        with suppress(OSError):
            _write_all(self._file, bytes(needed + self._ahead), self._end)
            self._reserved = self._end + needed + self._ahead
            return
        self._reserved = 0
        os.ftruncate(self._file, self._end)

    def _begin(self) -> None:
        if not self._directory.is_dir():
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _flush_directory(self._directory.parent)
        while self._file < 0:
            self._number, self._end, self._reserved = self._number + 1, 0, 0
            self._file = _created(self._path())
        _flush_directory(self._directory)

    def _path(self) -> Path:
        return self._directory / f"{self._stem}.{self._number:06}{SUFFIX}"

    def _abandon(self) -> None:
        # Never written on: a replayer may have stored a position beyond what we cut off here,
        # and after a failed fsync the kernel may have forgotten what it could not write.
        if self._file >= 0:
            with suppress(OSError):
                os.ftruncate(self._file, self._end)
                if not self._end:
                    self._path().unlink()
            self._leave()

    def _leave(self) -> None:
        if self._file >= 0:
            file, self._file = self._file, -1
            if self._second:
                self._second.leave(self._path())
            with suppress(OSError):
                os.ftruncate(file, self._end)
            if self._is_noted:
                self._is_noted = False
                with suppress(OSError):
                    os.fdatasync(file)
            with suppress(OSError):
                flock(file, LOCK_UN)  # also of the flusher's copy, which would keep it a moment longer
            with suppress(OSError):
                os.close(file)


def _write_all(file: int, content: bytes, place: int) -> None:
    rest = memoryview(content)
    while rest:
        written = os.pwrite(file, rest, place)
        rest, place = rest[written:], place + written


def _created(path: Path) -> int:
    """A new file locked by us for as long as we live, or -1 when a sweeper was quicker."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        flock(file, LOCK_EX | LOCK_NB)
        if os.fstat(file).st_nlink:
            return file
    except BlockingIOError:
        pass
    except BaseException:
        os.close(file)
        raise
    os.close(file)
    return -1


def _flush_directory(directory: Path) -> None:
    # A file whose name is not on the disk is lost with the power, however well it is flushed.
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
