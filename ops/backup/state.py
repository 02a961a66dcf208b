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


def latest(settings: Settings) -> datetime | None:
    """The instant of this node's last whole backup. Raises NoBackup, OSError."""
    path = store_of(settings).latest()
    return rules.instant_of(path.name) if path else None


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
    made = latest(settings)
    if not rules.is_late(made, at, settings.backup_every):
        return ""
    return f"the last whole one in {folder} is of {_minute(made)}" if made else f"there is none in {folder}"


def risks(settings: Settings) -> Iterator[str]:
    """What would be lost with this machine, in lines."""
    if settings.journal_second:
        yield f"backup: promises are copied to {settings.journal_second} before they are spoken: none is lost"
    if not settings.backup_folder:
        yield "backup: none is made by itself (HOTLINE_BACKUP_FOLDER): all is lost with this machine"
        return
    minutes = f"{settings.backup_every.total_seconds() / 60:g} min"
    yield f"backup: with this machine what is of the last {minutes} is lost"
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
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
