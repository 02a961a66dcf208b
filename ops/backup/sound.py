"""Sealed sound beside the backups: once for all of them, since a sealed file never changes."""

import errno
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from hotline import clock, disk
from hotline.clock import midnight
from hotline.settings import Settings
from ops.backup import rules
from ops.backup.copying import STILL, files_in
from ops.backup.store import GONE, SOUND, BackupStore, flush
from recordings.storage import DRAFTS

NEW: Final = ".new"
"""How the name of a file ends that is being copied."""


def keep(settings: Settings, store: BackupStore, at: datetime, reserve: int) -> int:
    """Copy what was sealed since; lay aside what is at its place no more, for as long as backups are kept.

    ``reserve``: bytes that stay free. How many files are new. Raises OSError.
    """
    kept, gone = store.folder / SOUND, store.folder / GONE / rules.name_of(midnight(at))
    months = sorted({one.name for one in (*_months(settings.sealed), *_months(kept))})
    seen = {one: _changed(settings.sealed / one) for one in months}
    due = [one for one in months if not seen[one] or seen[one] != _changed(kept / one)]
    for one in due:
        _lay_aside(kept / one, settings.sealed / one, gone)
    return sum(_keep_month(settings.sealed / one, kept / one, seen[one], reserve) for one in due)


def _keep_month(source: Path, copy: Path, seen: int, reserve: int) -> int:
    """Copy what came to a month. The copy bears the time of its original once that lies still: a month in
    which nothing came or went is not looked through again.
    """
    is_still = clock.now().timestamp() - seen / 1e9 > STILL
    new = _copy_month(source, copy, reserve)
    if copy.is_dir():
        os.utime(copy, ns=(seen, seen) if is_still else (0, 0))
    return new


def _changed(folder: Path) -> int:
    return folder.stat().st_mtime_ns if folder.is_dir() else 0


def unsealed(settings: Settings) -> int:
    """How many files of sound are not sealed yet."""
    folders = settings.recordings, settings.messages
    return sum(path.suffix == ".wav" for folder in folders for path in files_in(folder))


def bring_back(store: Path, settings: Settings) -> int:
    """Copy sealed sound to its place; what is there stays. How many files. Raises OSError."""
    months = sorted(one.name for one in _months(store / SOUND))
    return sum(_copy_month(store / SOUND / month, settings.sealed / month) for month in months)


def size(store: Path) -> int:
    """Bytes of the sound that is kept. Raises OSError."""
    return sum(path.stat().st_size for month in _months(store / SOUND) for path in files_in(month))


def _months(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (one for one in folder.iterdir() if one.is_dir() and one.name != DRAFTS)


def _copy_month(source: Path, target: Path, reserve: int = 0) -> int:
    there = {path.name for path in files_in(target)}
    lacking = [path for path in files_in(source) if path.name not in there]
    if lacking:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    copied = sum(_is_copied(path, target / path.name, reserve) for path in lacking)
    if lacking:
        flush(target)
    return copied


def _is_copied(source: Path, target: Path, reserve: int) -> bool:
    """Copy a file whole or not at all; one that has gone meanwhile is none."""
    draft = target.with_name(f"{target.name}{NEW}")
    try:
        with source.open("rb") as reading:
            if disk.free(target.parent) < reserve + os.fstat(reading.fileno()).st_size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target.parent))
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing:
                shutil.copyfileobj(reading, writing, 1 << 20)
                writing.flush()
                os.fsync(writing.fileno())
    except FileNotFoundError:
        return False
    status = source.stat() if source.exists() else draft.stat()
    os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))
    draft.replace(target)
    return True


def _lay_aside(kept: Path, source: Path, gone: Path) -> None:
    there = {path.name for path in files_in(source)}
    for path in files_in(kept):
        if path.suffix == NEW:
            path.unlink()
        elif path.name not in there:
            place = gone / SOUND / kept.name
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(place / path.name)
