"""``hotline categories``: the categories of cases, what is due of them, the list to begin with (P5.4.1)."""

from datetime import datetime

import click

from administration.bulk_import import bring
from hotline import clock
from hotline.categories.rules import Category, Due
from hotline.categories.seed import seed_records
from hotline.categories.store import CategoryRow
from hotline.db import looking
from hotline.directory.files.importing import ReadFiles
from hotline.directory.store import AgencyRow
from hotline.ledger.changes import ChangeContext
from hotline.ledger.history import all_in_force
from hotline.permissions import Action
from ops.cli.directory import tell
from ops.cli.options import INSTANT, CommandGroup, by, say, say_each
from ops.wiring import House


@click.group(cls=CommandGroup)
def categories() -> None:
    """Categories of cases: who is in charge, within which limits (P5.4.1).

    ``hotline directory import`` and ``export --only categories`` take them in and out.
    """


@categories.command("list")
@click.option("--at", type=INSTANT, default=None, help="as of when (default: now)")
@click.option("--due", is_flag=True, help="only those whose review or prevention note is due")
@click.pass_obj
def list_command(house: House, at: datetime | None, due: bool) -> None:
    """Every category with its limits, and what of it is missing or older than a year."""
    moment = at or clock.now()
    with looking(house.factory) as session:
        found = house.categories.at(session, moment).values()
    told = [(one, list(_due(one, moment))) for one in found]
    say_each(
        (_line(one, owed) for one, owed in told if owed or not due),
        "no category" if not due else "nothing is due",
    )


def _line(one: Category, owed: list[str]) -> str:
    limits = f"{one.stage1_hours} h, {one.stage2_days} d" if one.stage1_hours else "-"
    told = ", ".join([*(["placeholder"] if one.is_placeholder else []), *owed])
    return f"{one.code:<8} {one.kind:<8} {one.agency:<12} {limits:<10} {one.name}  {told}".rstrip()


def _due(one: Category, at: datetime) -> list[str]:
    owed = {"review": one.review_due(at), "prevention note": one.prevention_due(at)}
    return [f"{name} {state}" for name, state in owed.items() if state is not Due.DONE]


@categories.command()
@click.option("--dry-run", is_flag=True, help="show what would be added; write nothing")
@by
def seed(house: House, dry_run: bool, by: str) -> None:
    """Add the placeholder list of the plan; a category that is there already is left as it is."""
    at = clock.now()
    with looking(house.factory) as session:
        agencies = {row.name: row.key for row in all_in_force(session, AgencyRow, at)}
        there = {row.key for row in all_in_force(session, CategoryRow, at)}
    records = tuple(one for one in seed_records(agencies) if one.key not in there)
    pen = ChangeContext(at, by, Action.DIRECTORY_IMPORT, "placeholder list of categories")
    tell(bring(house.factory, ReadFiles(records), at, pen, complete=False, dry_run=dry_run))
    say("nothing is written" if dry_run else "placeholders: replace them by the city's own list")
