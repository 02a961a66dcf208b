"""The folder of a node's backups: which are whole, the one that is being written, and those that go.

A backup is written under a name that no reader looks at and gets its own by one rename, when all of it is on
the disk; one that goes loses its name first. So a half one is never taken for whole.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

from hotline.settings import Settings
from ops.backup import rules
from ops.backup.faults import NoBackup, NotRestored
from ops.backup.manifest import NAME

PART: Final = ".part"
"""How the name of a folder ends that is being written, or removed."""
LOCK: Final = "lock"
DELETIONS: Final = "deletions"
"""Beside the backups: the newest log of deletions, so that the oldest backup learns of all of them."""
SOUND: Final = "sealed"
"""Beside the backups: sealed sound, once for all of them."""
GONE: Final = "gone"
"""Sound that is at its place no more, by the day on which that was seen."""


class BackupStore:
    """A node's part of the folder of backups; ``root`` must be there: what is not mounted is not made."""

    def __init__(self, root: Path, node: str) -> None:
        self.root, self.folder = root, root / node

    def whole(self) -> list[Path]:
        """The whole backups, the oldest first. Raises OSError."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if is_whole(path))

    def latest(self) -> Path | None:
        """The newest whole backup. Raises OSError."""
        return next(reversed(self.whole()), None)

    def latest_at(self) -> datetime | None:
        """The instant of the newest whole backup. Raises OSError."""
        path = self.latest()
        return rules.instant_of(path.name) if path else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store: one writes at a time, and what a killed one left is removed.

        Raises NoBackup, OSError.
        """
        if not self.root.is_dir():
            raise NoBackup("away", self.root)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise NoBackup("busy", self.folder) from None
            for left in self.folder.glob(f"*{PART}"):
                shutil.rmtree(left)
            yield
        finally:
            os.close(lock)

    def draft(self, at: datetime) -> Path:
        """A new folder, to be filled."""
        folder = self.folder / f"{rules.name_of(at)}{PART}"
        folder.mkdir(mode=0o700)
        return folder

    def finish(self, draft: Path) -> Path:
        """Give a draft, of which all is on the disk, its name."""
        whole = draft.with_suffix("")
        flush_folders(draft)
        draft.rename(whole)
        flush(self.folder)
        return whole

    def complete(self, at: datetime) -> None:
        """Note that all was copied, sound too. Raises OSError."""
        os.utime(self.folder / LOCK, (at.timestamp(),) * 2)

    def completed_at(self) -> datetime | None:
        """The instant of the last backup for which all was copied, sound too. Raises OSError."""
        with suppress(FileNotFoundError):
            return datetime.fromtimestamp((self.folder / LOCK).stat().st_mtime, UTC)
        return None

    def expire(self, at: datetime, keep: timedelta) -> int:
        """Remove backups that are too old or too many, and sound that went so long ago; how many backups."""
        going = rules.superfluous(rules.times(path.name for path in self.whole()), at, keep)
        for made in going:
            self._remove(self.folder / rules.name_of(made))
        for day in (self.folder / GONE).glob("*"):
            if (gone := rules.instant_of(day.name)) and at - gone >= keep:
                shutil.rmtree(day)
        return len(going)

    def _remove(self, backup: Path) -> None:
        draft = backup.with_name(f"{backup.name}{PART}")
        backup.rename(draft)
        shutil.rmtree(draft)


def is_whole(path: Path) -> bool:
    """Tell whether a folder is a whole backup."""
    return rules.instant_of(path.name) is not None and (path / NAME).is_file()


def chosen(place: Path, at: datetime) -> Path:
    """The backup that a path names: itself, or the newest whole one of the folder of one node.

    Raises NotRestored, also where the newest is dated ahead: it may be older than others.
    """
    try:
        if is_whole(place):
            return place
        below = [one for one in place.iterdir() if one.is_dir()]
        if found := [one for one in below if is_whole(one)]:
            return _not_ahead(max(found), at)
        nodes = [one for one in below if any(map(is_whole, one.iterdir()))]
    except OSError as error:
        raise NotRestored("refused", place, error.strerror or type(error).__name__) from error
    if len(nodes) != 1:
        raise NotRestored("none", place)
    return chosen(nodes[0], at)


def _not_ahead(newest: Path, at: datetime) -> Path:
    made = rules.instant_of(newest.name)
    if made and rules.is_ahead(made, at):
        raise NotRestored("ahead", newest)
    return newest


def store_of(settings: Settings, root: Path | None = None) -> BackupStore:
    """The store of this node. Raises NoBackup where none is set, or it lies in what is to be kept."""
    place = root or settings.backup_folder
    if place is None:
        raise NoBackup("nowhere")
    if place.resolve().is_relative_to(settings.home.resolve()):
        raise NoBackup("inside", place)
    return BackupStore(place, settings.node)


def flush(folder: Path) -> None:
    """Make a folder's names last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # some file systems of networks know no such thing
            os.fsync(handle)
    finally:
        os.close(handle)


def flush_folders(top: Path) -> None:
    """Make all names below a folder last."""
    for folder, _folders, _files in os.walk(top, topdown=False):
        flush(Path(folder))
