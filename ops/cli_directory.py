"""``hotline directory``: files in, what is known of an extension, what is lacking; ``calendar`` and ``staff``."""

from datetime import date, datetime, time
from pathlib import Path

import click

from hotline import clock
from hotline.clock import TAIPEI
from hotline.db import transaction
from ops import cli_calendar, cli_changes, cli_ledger, cli_register, cli_staff
from ops.cli_options import Day, Group, Instant, by, say
from ops.wiring import House


@click.group(cls=Group)
def directory() -> None:
    """Agencies, sections, persons and extensions: who answers where, since when (P2)."""


@directory.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="FOLDER|FILE")
@click.option("--dry-run", is_flag=True, help="show what would change; write nothing")
@click.option("--effective", type=Day(), default=None, help="date of effect, from 00:00 (P4.6; default: now)")
@click.option("--complete", is_flag=True, help="what the files of a kind do not list ends")
@click.option("--reason", default="import", help="why, for the record")
@by
@click.pass_obj
def import_command(
    house: House, path: Path, dry_run: bool, effective: date | None, complete: bool, reason: str, by: str
) -> None:
    """Import CSV files: agencies, sections, persons, desks, forwards, absences, duty, staff.

    Everything or nothing: each fault is shown with its file, line and column.
    """
    from hotline.auditlog.changes import Pen
    from hotline.directory.importing import import_files, may_import, read_files
    from hotline.staff.rules import Action

    at = clock.now()
    start = datetime.combine(effective, time(), TAIPEI) if effective else at
    files = read_files(path)
    with transaction(house.factory) as session:
        may_import(session, by, files.records, at)
        pen = Pen(at, by, Action.DIRECTORY_IMPORT, reason)
        outcomes = import_files(session, files, start, pen, complete=complete)
        if dry_run:
            session.rollback()
    for outcome in outcomes:
        say(f"{outcome.became:<8} {outcome.kind:<8} {outcome.key:<16} {outcome.says}".rstrip())
    written = "nothing is written" if dry_run else f"in force from {start.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
    say(f"{len(files.records)} lines read, {len(outcomes)} changes; {written}")


@directory.command()
@click.argument("extension", required=False)
@click.option("--at", type=Instant(), default=None, help="as of when (default: now)")
@click.pass_obj
def show(house: House, extension: str | None, at: datetime | None) -> None:
    """One extension with all that is known of it, or every extension by section."""
    from hotline.directory.rows import load_city
    from hotline.directory.views import extension_lines, section_lines

    moment = at or clock.now()
    with transaction(house.factory) as session:
        then = load_city(session, moment).at(moment)
    for line in extension_lines(then, extension) if extension else section_lines(then):
        say(line)


@directory.command()
@click.argument("key", metavar="EXTENSION|KIND:KEY")
@click.pass_obj
def history(house: House, key: str) -> None:
    """All that was ever written of an extension, or of another row (agency:epb, person:p-5112, staff:admin-1)."""
    from hotline.directory.views import history_lines

    kind, _, name = key.rpartition(":")
    with transaction(house.factory) as session:
        for line in history_lines(session, kind, name):
            say(line)


@directory.command()
@click.option("--at", type=Instant(), default=None, help="as of when (default: now)")
@click.pass_obj
def defects(house: House, at: datetime | None) -> None:
    """What the register lacks: liaisons (P4.1), alternative numbers (P4.9), people to ring."""
    from hotline.directory.rows import load_city
    from hotline.directory.views import defect_lines
    from hotline.staff.service import everybody

    moment = at or clock.now()
    with transaction(house.factory) as session:
        found = list(defect_lines(load_city(session, moment).at(moment), everybody(session, moment)))
    for line in found:
        say(line)
    say(f"{len(found)} defects" if found else "nothing is lacking")


def register(main: click.Group) -> None:
    """Add this file's commands."""
    cli_changes.register(directory)
    cli_ledger.register(directory)
    cli_register.register(directory)
    main.add_command(directory)
    cli_calendar.register(main)
    cli_staff.register(main)
