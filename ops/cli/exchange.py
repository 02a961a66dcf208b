"""``hotline exchange``: cases to and from other systems."""

import json
from collections.abc import Mapping, Sequence
from typing import IO, Final

import click
from pydantic import BaseModel

from administration import old_cases, old_entries
from hotline import clock
from hotline.db import looking
from hotline.errors import HotlineError
from hotline.exchange.intake import answered
from hotline.exchange.lines import CaseLine, schema
from hotline.exchange.replies import CaseReply
from ops.cli.options import CommandGroup, by, say
from ops.terminal import in_words
from ops.wiring import House

SCHEMAS: Final[Mapping[str, type[BaseModel]]] = {"line": CaseLine, "reply": CaseReply}


@click.group(cls=CommandGroup)
def exchange() -> None:
    """Cases to and from other systems: lines that go out, replies that come back."""


@exchange.command("schema")
@click.argument("of", type=click.Choice(list(SCHEMAS)))
def show_schema(of: str) -> None:
    """The JSON schema of a line that goes out, or of a reply that comes back."""
    click.echo(schema(SCHEMAS[of]), nl=False)


@exchange.command("import-cases")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="show what would be added; write nothing")
@by
def import_cases(house: House, file: IO[bytes], dry_run: bool, by: str) -> None:
    """Take over open cases of an older system from a CSV or XLSX file; one that is here already stays."""
    content, at = file.read(), clock.now()
    with looking(house.factory) as session:
        found = old_cases.plan(session, house.imported_cases, content, at)
    _tell(found.wrong, f"{len(found.added)} new, {found.known} here already")
    if found.is_fit and not dry_run:
        old_cases.bring(house.factory, house.imported_cases, content, at=at, by=by)


@exchange.command("import-entries")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="show what would be added or changed; write nothing")
@by
def import_entries(house: House, file: IO[bytes], dry_run: bool, by: str) -> None:
    """Take over entries of an older book of questions from a CSV or XLSX file."""
    content, at = file.read(), clock.now()
    with looking(house.factory) as session:
        found = old_entries.plan(session, content, by, at)
    _tell(found.wrong, f"{found.added} new, {found.changed} changed, {found.known} as they are")
    if found.is_fit and not dry_run:
        old_entries.bring(house.factory, content, at=at, by=by)


def _tell(wrong: Sequence[tuple[int, str, HotlineError]], told: str) -> None:
    """Tell what a file does, and what is wrong with it. Raises ClickException for the latter."""
    for line, column, why in wrong:
        say(f"line {line} {column}: {in_words(why)}")
    say(f"{told}, {len(wrong)} faults")
    if wrong:
        raise click.ClickException("nothing is written; mend the faults and try again")


@exchange.command()
@click.argument("file", type=click.File("rb"))
@by
def take(house: House, file: IO[bytes], by: str) -> None:
    """Take a file of replies, one a line; each is answered by a line, and none is done twice."""
    for one in house.case_replies.take(file, by, clock.now()):
        say(json.dumps(answered(one, in_words), ensure_ascii=False))
