"""``hotline directory``: its files in and out, and all that is wrong or lacking in it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

import click

from administration.bulk_import import ImportResult, bring
from administration.directory_check import check_all
from control.reachability import of_asterisk
from hotline import clock
from hotline.clock import TAIPEI
from hotline.db import looking
from hotline.directory.files.importing import Became, Progress, read_files
from hotline.directory.findings import Finding, Severity
from hotline.ledger.changes import ChangeContext
from hotline.permissions import Action
from hotline.sheets.columns import SHEETS
from hotline.sheets.headings import Language
from ops.cli.options import DAY, INSTANT, CommandGroup, by, say
from ops.machine.users import acting_as_caller
from ops.terminal import in_words
from ops.wiring import House
from wording import ENGLISH, sentence


@click.group(cls=CommandGroup)
def directory() -> None:
    """Agencies, sections, persons and extensions: who answers where, since when (P2)."""


@directory.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="FOLDER|FILE")
@click.option("--dry-run", is_flag=True, help="show what would change; write nothing")
@click.option("--effective", type=DAY, default=None, help="date of effect, from 00:00 (P4.6; default: now)")
@click.option("--complete", is_flag=True, help="what the files of a kind do not list ends")
@click.option("--reason", default="import", help="why, for the record")
@by
def import_command(
    house: House, path: Path, dry_run: bool, effective: date | None, complete: bool, reason: str, by: str
) -> None:
    """Import CSV files or an XLSX workbook: agencies, sections, persons, desks, business, contacts and more.

    Everything or nothing: each fault is shown with its file, line and column. A dry run shows first what
    would be added, changed and ended, and what is planned for later.
    """
    at = clock.now()
    start = datetime.combine(effective, time(), TAIPEI) if effective else at
    try:
        files = read_files(path)
    except OSError as error:
        raise click.ClickException(
            f"{error.filename or path} cannot be read: {error.strerror}; nothing was written"
        ) from error
    pen = ChangeContext(at, by, Action.DIRECTORY_IMPORT, reason)
    with _shown() as progress:
        brought = bring(
            house.factory, files, start, pen, complete=complete, dry_run=dry_run, progress=progress
        )
    tell(brought)
    for finding in brought.findings:
        say(_finding(finding))
    say("nothing is written" if dry_run else f"in force from {start.astimezone(TAIPEI):%Y-%m-%d %H:%M}")


@contextmanager
def _shown() -> Iterator[Progress]:
    """A bar where somebody looks on; nothing is drawn into a file."""
    with click.progressbar(length=0, label="lines", file=sys.stderr) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield progress


def tell(brought: ImportResult) -> None:
    """Every row that an import changes, or would, and how many."""
    for outcome in brought.outcomes:
        say(f"{outcome.became:<8} {outcome.kind:<8} {outcome.key:<16} {outcome.says}".rstrip())
        if outcome.planned:
            when = f"{outcome.planned.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
            say(f"         {outcome.kind} {outcome.key}: another change is planned for {when}; it stays")
    told = ", ".join(f"{brought.count[became]} {became}" for became in Became)
    say(f"{brought.read} lines read, {len(brought.outcomes)} changes: {told}, {brought.unchanged} unchanged")


@directory.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FOLDER|FILE.xlsx")
@click.option("--at", type=INSTANT, default=None, help="as of when (default: now)")
@click.option(
    "--only", "only", multiple=True, type=click.Choice(list(SHEETS)), help="only this file; may be repeated"
)
@click.option("--headings", type=click.Choice(["en", "zh"]), default="en", help="language of the headings")
@click.pass_obj
def export(house: House, path: Path, at: datetime | None, only: tuple[str, ...], headings: str) -> None:
    """Write the directory into CSV files of a folder, or one workbook; an import of them changes nothing."""
    from hotline.directory.files.exporting import as_csv, tables
    from hotline.directory.files.workbooks import write_workbook

    with looking(house.factory) as session:
        language: Language = "zh" if headings == "zh" else "en"
        found = tables(session, at or clock.now(), language=language, files=only or SHEETS)
    try:
        with acting_as_caller():
            if path.suffix == ".xlsx":
                path.write_bytes(write_workbook(found, language))
            else:
                path.mkdir(parents=True, exist_ok=True)
                for name, lines in found.items():
                    (path / f"{name}.csv").write_bytes(as_csv(lines))
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
    say(f"{sum(len(lines) - 1 for lines in found.values())} lines in {len(found)} files or sheets: {path}")


@directory.command()
@click.option("--at", type=INSTANT, default=None, help="as of when (default: now)")
@click.pass_obj
def check(house: House, at: datetime | None) -> None:
    """Everything wrong or lacking in the directory, each with its clause and what to do;
    ends with 1 on errors.
    """
    found, why = check_all(house.factory, at or clock.now(), lambda then: of_asterisk(house.pbx, then))
    for one in found:
        say(_finding(one))
    errors = sum(one.severity is Severity.ERROR for one in found)
    say(f"{errors} errors, {len(found) - errors} warnings" if found else "nothing is wrong or lacking")
    if why:
        say(f"whether Asterisk has a way to each number is not known: {in_words(why)}")
    if errors:
        raise SystemExit(1)


def _finding(one: Finding) -> str:
    return f"{one.severity:<7}  {one.clause:<7} {one.subject}: {sentence(one, ENGLISH)}"
