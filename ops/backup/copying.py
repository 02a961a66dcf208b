"""Copies of files into a backup: each read once and flushed; one that has not changed is shared."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hotline import clock
from ops.backup.manifest import PIECE, BackedUpFile, Original, digest_of

PRIVATE: Final = 0o600
STILL: Final = 2.0
"""Seconds: a file that has just changed may change again under the same time, and is not shared."""
NO_LINKS: Final = frozenset((errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS))
"""What a file system says that cannot give a file a second name."""


class BackupDraft:
    """The files of a backup that is being written.

    ``before`` and ``known``: an earlier backup, and what it holds: of a file that has not changed since it
    gets a second name here.
    """

    def __init__(
        self,
        folder: Path,
        before: Path | None = None,
        known: Mapping[str, BackedUpFile] = MappingProxyType({}),
    ) -> None:
        self.folder, self._before, self._known = folder, before, known
        self.files: dict[str, BackedUpFile] = {}
        self.new_bytes = 0

    def path(self, name: str) -> Path:
        """The place of a file that is to be written, its folder made."""
        place = self.folder / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def take(self, source: Path, name: str) -> None:
        """Copy a file, unless it is no plain one or has gone meanwhile. Raises OSError."""
        if name in self.files:
            return
        try:
            handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return
        with os.fdopen(handle, "rb") as reading:
            status = os.fstat(reading.fileno())
            if stat.S_ISREG(status.st_mode) and not self._is_shared(name, _original(status)):
                self._copy(reading.fileno(), status, name)

    def take_folder(self, source: Path, name: str) -> None:
        """Copy the files of a folder, not of those below it. Raises OSError."""
        for path in files_in(source):
            self.take(path, f"{name}/{path.name}")

    def take_tree(self, source: Path, name: str) -> None:
        """Copy the files of a folder and all below it. Raises OSError."""
        for place, _folders, files in os.walk(source):
            below = Path(name) / Path(place).relative_to(source)
            for one in sorted(files):
                self.take(Path(place, one), str(below / one))

    def add(self, name: str) -> None:
        """Take up a file that was written at its place here. Raises OSError."""
        place = self.folder / name
        with place.open("rb") as handle:
            os.fsync(handle.fileno())
        place.chmod(PRIVATE)
        size = place.stat().st_size
        self.files[name] = BackedUpFile(digest_of(place), size, PRIVATE)
        self.new_bytes += size

    def write(self, name: str, text: str) -> None:
        """Write a text as a file. Raises OSError."""
        place = self.path(name)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as writing:
            writing.write(text)
        self.add(name)

    def _is_shared(self, name: str, original: Original | None) -> bool:
        known = self._known.get(name)
        if self._before is None or known is None or original is None or known.original != original:
            return False
        try:
            os.link(self._before / name, self.path(name))
        except OSError as error:
            if error.errno in NO_LINKS or error.errno == errno.ENOENT:
                return False
            raise
        self.files[name] = known
        return True

    def _copy(self, source: int, status: os.stat_result, name: str) -> None:
        place, digest, size = self.path(name), hashlib.sha256(), 0
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as writing:
            while piece := os.read(source, PIECE):
                digest.update(piece)
                size += writing.write(piece)
            writing.flush()
            os.fsync(writing.fileno())
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
        mode = stat.S_IMODE(status.st_mode)
        self.files[name] = BackedUpFile(digest.hexdigest(), size, mode, _original(status))
        self.new_bytes += size


def files_in(folder: Path) -> Iterator[Path]:
    """The plain files of a folder by name, as it is now; none of one that is not there."""
    with suppress(FileNotFoundError, NotADirectoryError):
        with os.scandir(folder) as found:
            names = sorted(one.name for one in found if one.is_file(follow_symlinks=False))
        yield from (folder / name for name in names)


def _original(status: os.stat_result) -> Original | None:
    """By what a file is known again; None for one that lies still too short a time."""
    if clock.now().timestamp() - status.st_ctime < STILL:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns
