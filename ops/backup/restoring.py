"""A backup is put back on an empty machine: looked at whole, then its files, its database, what the journals
know beyond it, and last what was deleted since; nobody is served before that.

Killed, it is begun anew by the same command; a start refuses a home that is half put back.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from hotline import clock, disk
from hotline.db import looking, transaction
from hotline.journal import second
from hotline.keys.checks import KeysLost
from hotline.keys.files import KeyFile, KeyPlace, key_place
from hotline.keys.ring import KeyRing
from hotline.ledger.audit import audit
from hotline.outbox import service as notices
from hotline.retention.store import position
from hotline.settings import Settings
from ops import wiring
from ops.backup import databases, manifest, sound
from ops.backup.contents import HOME
from ops.backup.databases import APART
from ops.backup.faults import NotRestored
from ops.backup.manifest import BackedUpFile, BackupManifest
from ops.backup.state import RESTORING, HalfRestored, half_restored
from ops.backup.store import DELETIONS, flush_folders
from ops.jobs.journal_replay import Replay
from ops.jobs.retention import make_deletions_good
from ops.wiring import House

log = structlog.get_logger()
BY: Final = "restore"
PUT_BACK: Final = "database.put_back"
"""The action under which it stands in the audit log."""
ALLOWED: Final = frozenset(("keys", RESTORING, "lost+found"))
"""What may lie in a home that counts as empty: the keys come from elsewhere, and it may be a disk's own."""
HOME_MODE: Final = 0o711
SPARE: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A backup that was put back: what the journals knew beyond its database, and what was deleted again."""

    backup: Path
    manifest: BackupManifest
    replayed: int
    brought: int
    held: int
    deleted: int
    sounds: int | None
    seconds: float


def key_source(settings: Settings, file: Path | None) -> KeyPlace:
    """The place of the keys on this machine, or where it has none, a file that was named."""
    place = key_place(settings.installation_keys, settings.keys_command)
    return KeyFile(file) if file and not place.is_there else place


def verified(backup: Path, keys: KeyPlace) -> BackupManifest:
    """The list of a backup that was sealed by these keys, of which every byte is as it was written.

    Raises NotRestored, KeysAway, KeysLost.
    """
    known = keys.read()
    listed = manifest.read(backup, KeyRing(known))
    if lacking := tuple(one for one in listed.keys if one not in known):
        raise KeysLost(lacking, keys.place)
    if wrong := next(manifest.changed(backup, listed), None):
        raise NotRestored("changed", backup / wrong)
    if listed.schema and listed.schema not in revisions():
        raise NotRestored("newer", backup, listed.version)
    return listed


def restore(
    backup: Path,
    settings_there: Callable[[], Settings],
    at: datetime,
    keys: Path | None = None,
    *,
    with_database: bool = True,
    with_deletions: bool = True,
    with_sound: bool = True,
) -> RestoreReport:
    """Put a backup back. ``settings_there``: reads the settings, without and then with those of the backup;
    ``keys``: their file, where the machine has none; not ``with_database``: it is there already, as it is;
    not ``with_deletions``: their log is lost.

    What was begun is begun anew by another try. Raises NotRestored, KeysAway, KeysLost, BadSettings,
    NoDeletionLog.
    """
    begun, here = clock.monotonic(), settings_there()
    home, source = here.home, key_source(here, keys)
    listed = verified(backup, source)
    kind = listed.database if with_database else APART
    try:
        earlier = _refuse_home(home, backup)
        _refuse_room(home, backup, listed, with_sound=with_sound)
        _begin(home, HalfRestored(backup.name, earlier))
        _put_files(backup, home, listed)
        settings = settings_there()
        if settings.node != listed.node:
            raise NotRestored("other-node", backup, listed.node)
        _put_keys(settings, source)
        _put_deletions(backup, settings)
        _put_database(backup, home, settings, kind, again=earlier)
        brought = (
            second.bring_back(settings.journal_second, settings.journal) if settings.journal_second else 0
        )
        wiring.migrate(settings)
        if with_deletions:
            _refuse_lost_deletions(settings)
        replayed, held, deleted = _bring_up(settings, backup, listed, at, is_new=kind != APART)
        sounds = sound.bring_back(backup.parent, settings) if with_sound else None
        flush_folders(home)
    except OSError as error:
        told, where = error.strerror or type(error).__name__, error.filename or home
        raise NotRestored("room" if error.errno in disk.FULL else "refused", where, told) from error
    (home / RESTORING).unlink()
    seconds = clock.monotonic() - begun
    return RestoreReport(backup, listed, replayed, brought, held, deleted, sounds, seconds)


def revisions() -> set[str]:
    """Schemas that this release knows."""
    config = Config()
    config.set_main_option("script_location", str(wiring.MIGRATIONS))
    return {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}


def _refuse_home(home: Path, backup: Path) -> bool:
    """Refuse a home that is not empty, but for the same backup by half; whether its database was begun."""
    if not home.exists():
        return False
    half = half_restored(home)
    if half and half.backup == backup.name:
        return half.has_database
    if half or {one.name for one in home.iterdir()} - ALLOWED:
        raise NotRestored("home", home)
    return False


def _refuse_room(home: Path, backup: Path, listed: BackupManifest, *, with_sound: bool) -> None:
    home.mkdir(mode=HOME_MODE, parents=True, exist_ok=True)
    needed = listed.size + SPARE + (sound.size(backup.parent) if with_sound else 0)
    if (free := disk.free(home)) < needed:
        raise NotRestored("room", home, f"{free >> 20} MiB, {needed >> 20} MiB")


def _begin(home: Path, half: HalfRestored) -> None:
    disk.keep(home / RESTORING, json.dumps(asdict(half)))


def _put_files(backup: Path, home: Path, listed: BackupManifest) -> None:
    for name, one in _of_home(listed):
        place = home / Path(name).relative_to(HOME)
        if not place.parent.is_dir():
            place.parent.mkdir(mode=0o700, parents=True)
        _put(backup / name, place, one.mode)


def _of_home(listed: BackupManifest) -> Iterator[tuple[str, BackedUpFile]]:
    """Files that lie in the home; a name that leads elsewhere is none."""
    for name, one in listed.files.items():
        parts = Path(name).parts
        if parts[0] == HOME and ".." not in parts:
            yield name, one


def _put(source: Path, place: Path, mode: int) -> None:
    draft = place.with_name(f"{place.name}.putting")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    shutil.copyfile(source, draft)
    status = source.stat()
    os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))
    draft.chmod(mode)
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    draft.replace(place)


def _put_keys(settings: Settings, source: KeyPlace) -> None:
    """Put the keys where the settings say, unless some are there. Raises KeysAway."""
    place = key_source(settings, None)
    if not place.is_there:
        place.write(source.read())


def _put_deletions(backup: Path, settings: Settings) -> None:
    """Put the newest log of deletions in its place; one on another machine is there already."""
    source = backup.parent / DELETIONS / f"{settings.node}.jsonl"
    place = settings.deletions / source.name
    if source.exists() and not (place.exists() and place.stat().st_size >= source.stat().st_size):
        place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        _put(source, place, disk.FILE_MODE)


def _put_database(backup: Path, home: Path, settings: Settings, kind: str, *, again: bool) -> None:
    """Put the database in its place; one that is kept apart must be there. Raises NotRestored."""
    house = wiring.workshop(settings, BY)
    try:
        if kind == APART:
            if not databases.is_filled(house.engine):
                raise NotRestored("database", settings.database.rpartition("@")[2])
            return
        if kind != databases.kind_of(settings):
            raise NotRestored("other-database", backup, kind)
        if not again:
            databases.refuse_filled(settings, house.engine)
        _begin(home, HalfRestored(backup.name, has_database=True))
        databases.put_back(settings, house.engine, backup / databases.FILES[kind])
    except DBAPIError as error:
        raise NotRestored("database", backup, str(error.orig).partition("\n")[0]) from error
    finally:
        house.engine.dispose()


def _refuse_lost_deletions(settings: Settings) -> None:
    """Refuse a log of deletions that tells of less than the database knows: it is not the newest.

    Raises NotRestored, NoDeletionLog.
    """
    house = wiring.workshop(settings, BY)
    try:
        with looking(house.factory) as session:
            known = position(session, settings.node)
        if known > house.eraser.log.size():
            raise NotRestored("deletions", house.eraser.log.path)
    finally:
        house.engine.dispose()


def _bring_up(
    settings: Settings, backup: Path, listed: BackupManifest, at: datetime, *, is_new: bool
) -> tuple[int, int, int]:
    """Bring the database up to what the journals know, then delete again what was deleted since.

    ``is_new``: it was put back just now. How many entries were replayed, messages held, records deleted.
    """
    house = wiring.workshop(settings, BY)
    try:
        house.keys.load()
        held = _hold(house, at) if is_new else 0
        replayed = Replay(
            house.factory, settings.journal, house.callbacks, cases=house.cancelling, keys=house.keys
        ).run()
        deleted = make_deletions_good(house, at)
        told = {"backup": backup.name, "until": listed.database_until, "replayed": replayed}
        with transaction(house.factory) as session:
            audit(session, at, BY, PUT_BACK, "system:database", after={**told, "deleted": deleted})
    finally:
        house.journal.close()
        house.engine.dispose()
    log.warning("backup.restored", backup=backup.name, replayed=replayed, deleted=deleted)
    return replayed, held, deleted


def _hold(house: House, at: datetime) -> int:
    """Messages to citizens that waited in the copy may have been sent since."""
    with transaction(house.factory) as session:
        return notices.hold(session, at)
