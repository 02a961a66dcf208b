"""Storages of sealed sound: a folder of this node, or any store that speaks S3 (``object_storage``).

A storage keeps files whole or not at all, under names that we give; it holds no key and knows no call.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from hotline import disk
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.settings.faults import BadSettings, SettingMissing, variable

FOLDER: Final = "folder"
DRAFTS: Final = "drafts"
"""The folder of what is being sealed, beside what is kept; emptied by the next run."""
PIECE: Final = 1 << 20


class StorageAway(HotlineError, code="storage-away"):
    """A storage that cannot be asked now, or takes nothing; ``why`` in its own words."""

    storage: str
    why: str


class Storage(Protocol):
    """What keeps sealed files. Every method raises StorageAway."""

    def put(self, name: str, file: Path) -> None:
        """Keep a file durably, in place of an older one; the file given may be gone afterwards."""

    def size(self, name: str) -> int | None:
        """Bytes of a kept file; None when there is none."""

    def read(self, name: str, start: int, count: int) -> bytes:
        """Bytes from a place on; fewer at the end. Raises FileNotFoundError."""

    def delete(self, name: str) -> None:
        """Remove a file. Harmless when there is none."""

    def delete_all(self, names: Sequence[str]) -> None:
        """Remove files. Harmless where there is none; cut off, some are gone."""

    def names(self) -> Iterator[tuple[str, datetime]]:
        """All that is kept, with the time of its last change."""

    def fault(self) -> str:
        """Reason why nothing can be kept now; empty when it can. Raises nothing."""


@dataclass(frozen=True, slots=True)
class Storages:
    """The storages of an installation by name; ``chosen``: the one for what is kept from now on."""

    known: Mapping[str, Storage]
    chosen: str
    drafts: Path

    def of(self, name: str) -> Storage:
        """A storage by its name. Raises StorageAway for one that is not set up."""
        if name not in self.known:
            raise StorageAway(name, "it is not set up here")
        return self.known[name]

    @property
    def others(self) -> list[str]:
        """Names of those that what they hold is moved away from."""
        return [name for name in self.known if name != self.chosen]


def pieces(storage: Storage, name: str) -> Iterator[bytes]:
    """A kept file piece by piece. Raises StorageAway, FileNotFoundError."""
    place = 0
    while piece := storage.read(name, place, PIECE):
        yield piece
        place += len(piece)


class FolderStorage:
    """A folder of this node, one below it a month; nobody but its owner may enter it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, file: Path) -> None:
        path = self._path(name)
        try:
            private_folder(self._root)
            private_folder(path.parent)
            os.replace(file, path)
            _flush_folder(path.parent)
        except OSError as error:
            raise _away(error) from error

    def size(self, name: str) -> int | None:
        try:
            return self._path(name).lstat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _away(error) from error

    def read(self, name: str, start: int, count: int) -> bytes:
        try:
            file = os.open(self._path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                return os.pread(file, count, start)
            finally:
                os.close(file)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _away(error) from error

    def delete(self, name: str) -> None:
        self.delete_all([name])

    def delete_all(self, names: Sequence[str]) -> None:
        paths = list(map(self._path, names))
        try:
            for path in paths:
                path.unlink(missing_ok=True)
            for folder in {path.parent for path in paths}:
                if folder.is_dir():
                    _flush_folder(folder)
        except OSError as error:
            raise _away(error) from error

    def names(self) -> Iterator[tuple[str, datetime]]:
        for folder in sorted(self._root.iterdir()) if self._root.is_dir() else ():
            for path in sorted(folder.iterdir()) if folder.is_dir() and folder.name != DRAFTS else ():
                changed_at = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
                yield f"{folder.name}/{path.name}", changed_at

    def fault(self) -> str:
        try:
            private_folder(self._root)
        except OSError as error:
            return _away(error).why
        return disk.unwritable(self._root)

    def _path(self, name: str) -> Path:
        """The place of a name. Raises ValueError for one that could lead elsewhere."""
        parts = name.split("/")
        if not all(parts) or {".", ".."} & set(parts):
            raise ValueError(f"{name!r} is no name of a kept file")
        return self._root.joinpath(*parts)


def private_folder(folder: Path) -> Path:
    """A folder that only its owner may enter, made if it is not there. Raises OSError."""
    if not folder.parent.is_dir():
        private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _flush_folder(folder: Path) -> None:
    """Make a folder's entries last: a name that was there before a power cut is there after it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _away(error: OSError) -> StorageAway:
    return StorageAway(FOLDER, error.strerror or type(error).__name__)


def storages(settings: Settings) -> Storages:
    """The storages that are set up, and the chosen one. Raises BadSettings that says what is missing."""
    known: dict[str, Storage] = {FOLDER: FolderStorage(settings.sealed)}
    for name, one in settings.object_stores.items():
        if one.endpoint or settings.recording_storage == name:
            known[name] = _store(settings, name)
    return Storages(known, settings.recording_storage, settings.sealed / DRAFTS)


def _store(settings: Settings, name: str) -> Storage:
    # Its library takes a while to import, and most installations keep sound in a folder.
    from recordings.object_storage import S3Place, S3Storage

    one = settings.object_stores[name]
    for needed in ("endpoint", "bucket"):
        if not getattr(one, needed):
            raise BadSettings((SettingMissing(variable(f"{name}_{needed}"), f"recording_storage = {name}"),))
    account, secret = settings.account_of(name)
    place = S3Place(
        one.endpoint, one.bucket, one.region, account, secret, one.authority, settings.s3_wait, name
    )
    return S3Storage(place)
