"""A backup is made: the database first, then what tells of it what it does not know.

A promise that is given meanwhile is in one of both: the database's copy is of one moment, and the journal, in
which every promise stands once it was committed, is copied after it.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from hotline import clock, disk
from hotline.db import looking
from hotline.keys import checks
from hotline.keys.files import KeyFile
from hotline.settings import Settings
from hotline.settings.faults import variable
from hotline.settings.kinds import CHECKOUT
from ops.backup import contents, databases, manifest, rules, sound
from ops.backup.contents import HOME
from ops.backup.copying import BackupDraft
from ops.backup.databases import APART
from ops.backup.faults import NoBackup, NotRestored
from ops.backup.manifest import BackedUpFile, BackupManifest
from ops.backup.store import DELETIONS, BackupStore, flush
from ops.jobs import cel_files
from ops.jobs.cel_kept import KeptEvents
from ops.jobs.sealing import sealing_of
from ops.parts.reports import release
from ops.wiring import House

log = structlog.get_logger()
SPARE: Final = 64 << 20
"""Bytes that a backup leaves free beside the copy of the database."""
SEALING: Final = timedelta(seconds=20)
"""Sound is sealed no longer before a backup, for promises are in it; what is left comes with the next."""
OURS: Final = frozenset(("home", "cache", "backup_folder", "backup_keys", "journal_second"))
"""Settings of places that a new machine has anew, or that are copies themselves."""
ENVIRONMENT: Final = "environment"
"""The settings that came from the environment, as lines of a file for it."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that was made: where, how much of it is new, how many earlier ones went, and where a copy of
    the keys is, if anywhere.
    """

    path: Path
    manifest: BackupManifest
    new_bytes: int
    new_sounds: int
    expired: int
    seconds: float
    keys: Path | None


def take(house: House, store: BackupStore, at: datetime, keys_to: Path | None = None) -> BackupReport:
    """Make a backup; one that goes wrong leaves nothing behind, and the earlier ones. Raises NoBackup.

    Sound comes last, and leaves room for the next copy of the database: for want of room for sound no promise
    is lost.
    """
    begun, settings = clock.monotonic(), house.settings
    if keys_to:
        _refuse_beside(keys_to, store.root)
    try:
        with store.locked():
            _seal_sound(house, at)
            expired = store.expire(at, settings.backup_keep)
            reserve = _reserve(house, store)
            draft = _draft(house, store, at)
            try:
                made = _fill(house, store, draft)
                path = store.finish(draft.folder)
            except BaseException:
                shutil.rmtree(draft.folder, ignore_errors=True)
                raise
            new_sounds = sound.keep(settings, store, at, reserve)
            store.complete(at)
        keys = _copy_keys(house, keys_to) if keys_to else None
    except OSError as error:
        raise _fault(error, store.folder) from error
    except DBAPIError as error:
        raise NoBackup("database", store.folder, str(error.orig).partition("\n")[0]) from error
    seconds = clock.monotonic() - begun
    report = BackupReport(path, made, draft.new_bytes, new_sounds, expired, seconds, keys)
    log.info("backup.made", path=str(path), files=len(made.files), size=made.size, new=draft.new_bytes)
    return report


def _seal_sound(house: House, at: datetime) -> None:
    """Seal what the copy of the database shall know as sealed: sound is copied only so."""
    if house.settings.recording_storage == "folder":
        until = clock.monotonic() + SEALING.total_seconds()
        sealing_of(house, is_urgent=True).run(at, lambda: clock.monotonic() > until, moves=False)


def _fault(error: OSError, folder: Path) -> NoBackup:
    where = error.filename or folder
    return NoBackup(
        "full" if error.errno in disk.FULL else "refused", where, error.strerror or type(error).__name__
    )


def _refuse_beside(keys: Path, root: Path) -> None:
    ours, theirs = keys.resolve(), root.resolve()
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        raise NoBackup("keys-beside", keys)


def _reserve(house: House, store: BackupStore) -> int:
    """Bytes that a backup without sound may take at most. Raises NoBackup where there are less."""
    is_copied = house.settings.backup_database != APART
    needed = SPARE + (databases.size_of(house.settings, house.engine) if is_copied else 0)
    if (free := disk.free(store.folder)) < needed:
        raise NoBackup("full", store.folder, f"{free >> 20} MiB, {needed >> 20} MiB")
    return needed


def _draft(house: House, store: BackupStore, at: datetime) -> BackupDraft:
    """A draft that shares with the backup before it what has not changed, unless it is the first of a day."""
    before = store.latest()
    made = rules.instant_of(before.name) if before else None
    known: Mapping[str, BackedUpFile] = {}
    if before and made and rules.may_share(made, at):
        with suppress(NotRestored):  # one that has changed, or is not ours, lends nothing
            known = manifest.read(before, house.keys).files
    return BackupDraft(store.draft(at), before, known)


def _fill(house: House, store: BackupStore, draft: BackupDraft) -> BackupManifest:
    """The parts in their order, and the list of them at the end."""
    settings, home = house.settings, house.settings.home
    for name in contents.FIRST:
        draft.take_folder(home / name, f"{HOME}/{name}")
    with looking(house.factory) as session:
        keys = tuple(checks.known(session))
    schema, database_until = databases.schema_of(house.engine), clock.now()
    kind = _copy_database(settings, draft)
    _seal_events(house, draft)
    for name in contents.JOURNALS:
        draft.take_folder(settings.journal / name, str(Path(HOME, "journal", name)))
    journals_until = clock.now()
    for name in contents.FOLDERS:
        draft.take_tree(home / name, f"{HOME}/{name}")
    for name in contents.FILES:
        draft.take(home / name, f"{HOME}/{name}")
    draft.write(ENVIRONMENT, "".join(f"{name}={value}\n" for name, value in sorted(_environment().items())))
    _keep_deletions(settings, store)
    made = BackupManifest(
        settings.node,
        release(),
        schema,
        kind,
        database_until,
        journals_until,
        keys,
        sound.unsealed(settings),
        _elsewhere(settings),
        draft.files,
    )
    for name, content in manifest.written(made, house.keys).items():
        _write(draft.folder / name, content)
    return made


def _copy_database(settings: Settings, draft: BackupDraft) -> str:
    if settings.backup_database == APART:
        return APART
    kind = databases.kind_of(settings)
    name = databases.FILES[kind]
    databases.copy(settings, draft.path(name))
    draft.add(name)
    return kind


def _seal_events(house: House, draft: BackupDraft) -> None:
    """Asterisk writes the event log in clear: what of it lies there goes among the sealed copies."""
    folder = f"{HOME}/journal/events"
    kept = KeptEvents(draft.folder / folder, house.keys)
    for file in cel_files.files(house.settings.cel):
        kept.keep(file)
    for file in kept.files():
        draft.add(f"{folder}/{file.path.name}")


def _keep_deletions(settings: Settings, store: BackupStore) -> None:
    """Bring the log beside the backups up to date; one that lies on another machine is there already."""
    if settings.deletion_log:
        return
    source = settings.deletions / f"{settings.node}.jsonl"
    target = store.folder / DELETIONS / source.name
    if not source.exists() or target.exists() and target.stat().st_size == source.stat().st_size:
        return
    target.parent.mkdir(mode=0o700, exist_ok=True)
    disk.keep(target, source.read_bytes())
    flush(target.parent)


def _environment() -> Mapping[str, str]:
    return {
        name: value for name, value in os.environ.items() if name.startswith("HOTLINE_") and "\n" not in value
    }


def _elsewhere(settings: Settings) -> Mapping[str, str]:
    """Files and folders outside of HOTLINE_HOME that settings name: in no backup, but told."""
    found = {name: getattr(settings, name) for name in type(settings).model_fields if name not in OURS}
    return {
        variable(name): str(path)
        for name, path in found.items()
        if isinstance(path, Path) and not any(map(path.is_relative_to, (settings.home, CHECKOUT)))
    }


def _write(place: Path, content: bytes) -> None:
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())


def _copy_keys(house: House, folder: Path) -> Path | None:
    """Copy the file of the keys to where only they are; none where a command prints them.

    Raises NoBackup, OSError.
    """
    place = house.key_place
    if not isinstance(place, KeyFile):
        return None
    if not folder.is_dir():
        raise NoBackup("keys-uncopied", folder)
    copy = KeyFile(folder / f"{house.settings.node}.keys")
    copy.write(place.read())
    return copy.place
