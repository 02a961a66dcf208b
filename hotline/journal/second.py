"""The second copy of a journal: on another machine before a promise is spoken.

A thread of its own brings what a writer has written, file by file under the same names and at the same
offsets, to a folder that another machine has (mounted here). Who waits for it waits a moment at most: a
folder that hangs or refuses holds that thread alone, and after the first vain wait nobody waits until it has
come back and caught up.
"""

import errno
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from hotline import metrics
from hotline.journal.lines import SUFFIX
from hotline.journal.replay import DAMAGED, KEPT

log = structlog.get_logger()
AGAIN: Final = 1.0
"""Seconds after which a folder that refused is tried again."""
PIECE: Final = 1 << 20


@dataclass
class _Copied:
    """A file of the writer's: how far it is written, and how far its copy is."""

    source: int
    wanted: int = 0
    there: int = 0
    target: int = -1
    is_left: bool = False

    def close(self) -> None:
        for file in (self.source, self.target):
            if file >= 0:
                with suppress(OSError):
                    os.close(file)


class SecondCopy:
    """The copier of one writer's files. The folder must be there: one that is not mounted is not made."""

    def __init__(self, folder: Path, patience: float) -> None:
        self._folder, self._patience = folder, patience
        self._news = threading.Condition()
        self._files: dict[str, _Copied] = {}
        self._thread: threading.Thread | None = None
        self._fault = ""
        self._is_late = False

    def tell(self, file: Path, end: int) -> None:
        """Tell how far a file is written; nobody waits. Raises nothing."""
        with self._news:
            try:
                if file.name not in self._files:
                    self._files[file.name] = _Copied(os.open(file, os.O_RDONLY | os.O_CLOEXEC))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._keep_copying, daemon=True)
                    self._thread.start()
            except (OSError, RuntimeError) as error:  # no descriptor, no thread: told as a copy that is late
                self._refused(str(error))
                return
            self._files[file.name].wanted = end
            self._news.notify_all()

    def leave(self, file: Path) -> None:
        """Tell that a file is written to no more."""
        with self._news:
            if one := self._files.get(file.name):
                one.is_left = True
                self._news.notify_all()

    def has(self, name: str, end: int) -> bool:
        """Wait until the copy of a file reaches so far, within the limit; whether it does."""
        with self._news:
            was_late = self._is_late
            if not was_late:
                self._news.wait_for(lambda: self._reaches(name, end) or bool(self._fault), self._patience)
            is_there = self._reaches(name, end)
            self._is_late = was_late or not is_there
        if not is_there:
            metrics.uncopied.inc()
        if self._is_late and not was_late:
            log.error("journal.second_late", folder=str(self._folder), why=self._fault or "no answer")
        return is_there

    def _reaches(self, name: str, end: int) -> bool:
        if one := self._files.get(name):
            return one.there >= end
        return not self._fault  # one that was left has gone, since its copy is whole

    def _keep_copying(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(self._is_any_due)
                due = [(name, one, one.wanted) for name, one in self._files.items() if _is_due(one)]
            for name, one, wanted in due:
                try:
                    self._copy(name, one, wanted)
                except OSError as error:
                    self._give_up(one, error)
                    break
                self._done(name, one, wanted)

    def _is_any_due(self) -> bool:
        return any(_is_due(one) for one in self._files.values())

    def _copy(self, name: str, one: _Copied, wanted: int) -> None:
        if one.target < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            one.target = os.open(self._folder / name, flags, 0o600)
            one.there = min(one.there, os.fstat(one.target).st_size)  # all of it, where it was removed
        place = one.there
        while place < wanted:
            piece = os.pread(one.source, min(PIECE, wanted - place), place)
            if not piece:
                break
            place += os.pwrite(one.target, piece, place)
        os.fdatasync(one.target)
        if not os.fstat(one.target).st_nlink:
            raise FileNotFoundError(errno.ENOENT, "its file was removed")

    def _done(self, name: str, one: _Copied, wanted: int) -> None:
        with self._news:
            one.there = wanted
            if one.is_left and one.wanted == wanted:
                self._files.pop(name).close()
            if not self._is_any_due():
                if self._fault or self._is_late:
                    log.info("journal.second_there", folder=str(self._folder))
                self._fault, self._is_late = "", False
            self._news.notify_all()

    def _give_up(self, one: _Copied, error: OSError) -> None:
        """Let go of the target, tell who waits, and rest a moment."""
        with suppress(OSError):
            if one.target >= 0:
                os.close(one.target)
        one.target = -1
        with self._news:
            self._refused(error.strerror or type(error).__name__)
        threading.Event().wait(AGAIN)

    def _refused(self, why: str) -> None:
        self._fault = why
        self._news.notify_all()


def _is_due(one: _Copied) -> bool:
    return one.there < one.wanted or one.is_left


def fault(second: Path, first: Path) -> str:
    """Reason why a folder is no second copy of a journal; empty when it may be one."""
    try:
        if second.stat().st_dev == first.stat().st_dev:
            return f"{second} lies on the same disk as {first}"
    except OSError as error:
        return f"{second}: {error.strerror}"
    return ""


def catch_up(directory: Path, second: Path) -> int:
    """Bring what a second copy lacks of files whose writers may be gone; how many files. Raises OSError."""
    files = (one for folder in (directory, directory / KEPT) for one in folder.glob(f"*{SUFFIX}"))
    return sum(_is_completed(file, second / file.name) for file in sorted(files))


def _is_completed(file: Path, copy: Path) -> bool:
    """Tell whether a copy got longer. A writer that lives may write the same bytes at the same place."""
    try:
        known = copy.stat().st_size if copy.exists() else 0
        status = file.stat()
        content = file.read_bytes().rstrip(b"\0") if status.st_size > known else b""
    except FileNotFoundError:  # swept meanwhile: met again where it is kept
        return False
    if len(content) <= known:
        return False
    target = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        while known < len(content):
            known += os.pwrite(target, content[known : known + PIECE], known)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))  # it goes when the other does
        os.fsync(target)
    finally:
        os.close(target)
    return True


def expire(second: Path, before: datetime) -> None:
    """Remove copies that were last written before an instant. Raises OSError."""
    for file in sorted(second.glob(f"*{SUFFIX}")):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < before.timestamp():
                file.unlink()


def bring_back(second: Path, directory: Path) -> int:
    """Bring what a second copy has and a journal that was put back has not; how many files. Idempotent.

    Nobody writes to the journal meanwhile. Raises OSError.
    """
    return sum(_is_brought(file, directory) for file in sorted(second.glob(f"*{SUFFIX}")))


def _is_brought(copy: Path, directory: Path) -> bool:
    """Tell whether a file got longer by its copy; what was applied to its end and swept is whole."""
    if any((directory / folder / copy.name).exists() for folder in (KEPT, DAMAGED)):
        return False
    file = directory / copy.name
    content = copy.read_bytes().rstrip(b"\0")
    known = file.read_bytes().rstrip(b"\0") if file.exists() else b""
    if len(content) <= len(known):
        return False
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(".brought")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())
    draft.replace(file)
    return True
