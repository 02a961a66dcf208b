"""``hotline backup`` and ``hotline restore``: a node's data elsewhere, and a node made anew from it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hotline import clock
from hotline.settings import load_settings
from ops.backup.manifest import BackupManifest
from ops.backup.store import chosen, store_of
from ops.cli.options import FOLDER, say, say_each
from ops.wiring import House

if TYPE_CHECKING:
    from ops.backup.restoring import RestoreReport


@click.command()
@click.argument("folder", type=FOLDER, required=False)
@click.option("--keys", type=FOLDER, help="copy the keys too, to this directory, apart from the backups")
@click.pass_obj
def backup(house: House, folder: Path | None, keys: Path | None) -> None:
    """Copy database, journals, settings and sealed sound to FOLDER (default: HOTLINE_BACKUP_FOLDER), while
    calls go on; exit 1 if it could not be, and earlier ones stay.
    """
    from ops.backup import taking

    store = store_of(house.settings, folder)
    keys = keys or house.settings.backup_keys
    report = taking.take(house, store, clock.now(), keys)
    listed = report.manifest
    say(f"{report.path}: {len(listed.files)} files, {_mib(listed.size)} MiB, {_mib(report.new_bytes)} new")
    say(f"{report.new_sounds} files of sound are new, {listed.unsealed} are not sealed yet and left out")
    say(f"{report.expired} earlier ones went; {report.seconds:.1f} s")
    if keys and not report.keys:
        say("keys that a command prints are copied nowhere: keep a copy of them by its own means")


@click.command()
@click.argument("folder", type=FOLDER)
@click.option(
    "--keys", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="the file of the keys"
)
@click.option(
    "--without-database", is_flag=True, help="leave the database as it is: another node put it back"
)
@click.option("--without-deletions", is_flag=True, help="their log is lost: who was deleted since is back")
@click.option("--dry-run", is_flag=True, help="look at the backup whole, and write nothing")
@click.option(
    "--without-sound", is_flag=True, help="leave sound for later: cp -a FOLDER/../sealed HOTLINE_HOME"
)
@click.pass_obj
def restore(
    house: House,
    folder: Path,
    keys: Path | None,
    without_database: bool,
    without_deletions: bool,
    dry_run: bool,
    without_sound: bool,
) -> None:
    """Put a backup, or the newest of FOLDER, back into an empty HOTLINE_HOME; exit 1 if it is not as it was
    written, the keys do not open it, or something is there already.
    """
    from ops.backup import restoring

    one = chosen(folder, clock.now())
    if dry_run:
        say_each(_holds(restoring.verified(one, restoring.key_source(house.base, keys)), one))
        return
    report = restoring.restore(
        one,
        load_settings,
        clock.now(),
        keys,
        with_database=not without_database,
        with_deletions=not without_deletions,
        with_sound=not without_sound,
    )
    say_each(_holds(report.manifest, one))
    say_each(_done(report))
    say(f"{house.base.home} was made in {report.seconds:.0f} s; hotline up starts it")


def _holds(listed: BackupManifest, place: Path) -> Iterator[str]:
    """What a backup holds, and until when."""
    yield f"{place}: node {listed.node}, version {listed.version}, {len(listed.files)} files, all whole"
    yield f"database ({listed.database}): until {_second(listed.database_until)}; later changes are lost"
    yield f"journals: until {_second(listed.journals_until)}; promises of until then are known"
    if listed.unsealed:
        yield f"sound: {listed.unsealed} files were not sealed yet and are lost; their calls are on record"
    for setting, path in sorted(listed.elsewhere.items()):
        yield f"not in the backup: {setting} {path}"


def _done(report: "RestoreReport") -> Iterator[str]:
    """What came of putting it back."""
    yield f"{report.replayed} entries of journals that the database did not know are in it"
    yield f"{report.brought} files of journals came from their second copy"
    yield f"{report.deleted} records that were deleted since are deleted again"
    yield f"{report.held} messages to citizens that waited are not sent: hotline notices list --state skipped"
    yield f"{report.sounds} files of sound" if report.sounds is not None else "sound is left for later"


def _second(at: datetime) -> str:
    return f"{at.astimezone(clock.TAIPEI):%Y-%m-%d %H:%M:%S}"


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f}"
