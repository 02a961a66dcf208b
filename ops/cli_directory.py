"""``hotline directory``: files in, what is known of an extension, what is lacking; ``calendar`` and ``staff``."""

from datetime import datetime

import click

from hotline import clock
from hotline.db import transaction
from ops import cli_bulk, cli_calendar, cli_changes, cli_ledger, cli_register, cli_staff
from ops.cli_options import Group, Instant, say
from ops.wiring import House


@click.group(cls=Group)
def directory() -> None:
    """Agencies, sections, persons and extensions: who answers where, since when (P2)."""


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


@directory.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--at", type=Instant(), default=None, help="as of when (default: now)")
@click.pass_obj
def search(house: House, words: tuple[str, ...], at: datetime | None) -> None:
    """Whom to ask: by name, duty, section or number; also in 注音 or pinyin, by sound, with a slip."""
    from hotline.db import looking
    from hotline.directory.rows import load_city
    from hotline.directory.search import Index

    moment = at or clock.now()
    with looking(house.factory) as session:
        then = load_city(session, moment).at(moment)
    hits = Index(then).find(" ".join(words))
    for hit in hits:
        said = f"({hit.match.name.lower()}: {hit.text})"
        say(f"{hit.extension:<8} {hit.name}  {hit.agency} {hit.section}  {said}")
    if not hits:
        say("nobody is found; try a part of the name, the duty, or the section")


@directory.command()
@click.option("--at", type=Instant(), default=None, help="as of when (default: now)")
@click.pass_obj
def check(house: House, at: datetime | None) -> None:
    """Everything wrong or lacking in the directory, each with its clause and what to do; ends with 1 on errors."""
    from hotline.directory.findings import Severity
    from ops.checking import check_all
    from ops.reach import of_asterisk

    found, why = check_all(house.factory, at or clock.now(), lambda then: of_asterisk(house.settings, then))
    for one in found:
        say(str(one))
    errors = sum(one.severity is Severity.ERROR for one in found)
    say(f"{errors} errors, {len(found) - errors} warnings" if found else "nothing is wrong or lacking")
    if why:
        say(f"whether Asterisk has a way to each number is not known: {why}")
    if errors:
        raise SystemExit(1)


def register(main: click.Group) -> None:
    """Add this file's commands."""
    cli_bulk.register(directory)
    cli_changes.register(directory)
    cli_ledger.register(directory)
    cli_register.register(directory)
    main.add_command(directory)
    cli_calendar.register(main)
    cli_staff.register(main)
