"""What is told of backups: whether the last one is too old, and what is lost with this machine."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from hotline import disk
from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.journal import second
from hotline.settings import Settings
from ops.backup import rules
from ops.backup.databases import APART
from ops.backup.store import store_of

RESTORING: Final = "restoring.json"
"""In HOTLINE_HOME while a backup is put back there: nothing is started from what is half."""


@dataclass(frozen=True, slots=True)
class HalfRestored:
    """A home in which a backup was being put back: which, and whether its database was begun."""

    backup: str
    has_database: bool = False


def copy_faults(settings: Settings, at: datetime) -> Iterator[str]:
    """What is amiss with the copies of this node's data, where some are wanted: calls are served without
    them, until this machine is lost.
    """
    try:
        if why := _late(settings, at):
            yield f"backup: {why}"
    except (HotlineError, OSError) as error:
        yield f"backup: {error}"
    if folder := settings.journal_second:
        if why := second.fault(folder, settings.journal) or disk.unwritable(folder):
            yield f"second copy of the journal: {why}; promises of this machine may be lost with it"


def _late(settings: Settings, at: datetime) -> str:
    """Reason why the last backup is not good enough; empty when it is, or none is wanted. Raises NoBackup."""
    if not (folder := settings.backup_folder):
        return ""
    if not folder.is_dir():
        return f"{folder} is not there"
    store = store_of(settings)
    if not (made := store.latest_at()):
        return f"there is none in {folder}"
    if rules.is_ahead(made, at):
        return f"one in {folder} is dated ahead, {_minute(made)}, and stands for the newest: move it away"
    if rules.is_late(made, at, settings.backup_every):
        return f"the last whole one in {folder} is of {_minute(made)}"
    if rules.is_late(sound := store.completed_at(), at, settings.backup_every):
        return f"sound is not copied to {folder}" + (f" since {_minute(sound)}" if sound else "")
    return ""


def risks(settings: Settings) -> Iterator[str]:
    """When the last backup was, and what would be lost with this machine, in lines."""
    minutes = f"{settings.backup_every.total_seconds() / 60:g} min and the time of a backup"
    if settings.journal_second:
        yield f"promises are copied to {settings.journal_second} before they are spoken: none would be lost"
    else:
        lost = f"those of the last {minutes}" if settings.backup_folder else "all"
        yield f"promises may be lost with this machine, {lost}: HOTLINE_JOURNAL_SECOND is not set"
    if not settings.backup_folder:
        yield "backup: none is made by itself (HOTLINE_BACKUP_FOLDER): all would be lost with this machine"
        return
    with suppress(HotlineError, OSError):  # told as a fault
        made = store_of(settings).latest_at()
        yield f"backup: the last whole one is of {_minute(made)}" if made else "backup: there is none yet"
    yield f"backup: with this machine what is of the last {minutes} would be lost"
    if settings.backup_keys and settings.keys_command:
        yield f"backup: keys that a command prints are not copied to {settings.backup_keys}; keep their copy"
    if settings.backup_database == APART:
        yield "backup: the database is in none; its administrators keep it by its write-ahead log"


def half_restored(home: Path) -> HalfRestored | None:
    """The restore that was begun in a home and not ended."""
    with suppress(OSError):  # a home that cannot be read is told as such
        with suppress(ValueError, TypeError):
            return HalfRestored(**json.loads((home / RESTORING).read_text("utf-8")))
        return HalfRestored("")
    return None


def _minute(at: datetime) -> str:
    """An instant as it is told."""
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
