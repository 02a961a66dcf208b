"""``hotline report``: measured duties (P4.2, P4.11, P5.1.2)."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calls.in_time import InTime
from hotline import clock
from hotline.worktime.months import month_of
from ops.cli.options import YEARS
from ops.cli.options import Group as Commands
from ops.run.users import acting_as_caller
from ops.wiring import House
from reporting.answer_metrics import Group

if TYPE_CHECKING:
    from reporting.answer_times import Month, Table


class MonthOfYear(click.ParamType[date]):
    """A month, by its first day."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            first = value if isinstance(value, date) else date.fromisoformat(f"{value}-01")
            if first.year in YEARS:
                return first
        except ValueError:
            pass
        self.fail(f"{value!r} is not a month; write for example 2026-11", param, ctx)


in_month = click.option("--month", "first", type=MonthOfYear(), default=None, help="default: this month")
per = click.option(
    "--by",
    "group",
    type=click.Choice(Group, case_sensitive=False),
    default=Group.EXTENSION,
    help="what a row is",
)


def _named_csv(ctx: click.Context, param: click.Parameter, file: Path | None) -> Path | None:
    """A slip of the hand must not write over a file of another kind."""
    if file and file.suffix.lower() != ".csv":
        raise click.BadParameter(f"{file} is no name of a spreadsheet; let it end in .csv", ctx, param)
    return file


to_file = click.option(
    "--csv",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_named_csv,
    help="write a spreadsheet file (NAME.csv) instead",
)


@click.group(cls=Commands)
def report() -> None:
    """How the offices answer the calls that are put through to them."""


@report.command()
@in_month
@per
@to_file
@click.pass_obj
def rings(house: House, first: date | None, group: Group, file: Path | None) -> None:
    """Answers within three rings, later, none or busy; ring times; answered for another (P4.2)."""
    _show(house, first, lambda month: month.rings(group, _in_time(house)), file)


@report.command()
@in_month
@per
@to_file
@click.pass_obj
def busy(house: House, first: date | None, group: Group, file: Path | None) -> None:
    """Busy lines, the busiest first; above 20 % they are marked (P4.11)."""
    _show(house, first, lambda month: month.busy(group, _in_time(house)), file)


@report.command()
@in_month
@to_file
@click.pass_obj
def silent(house: House, first: date | None, file: Path | None) -> None:
    """Sections that answered nobody on a day, in office hours, with no forward set (P5.1.2)."""
    _show(house, first, lambda month: month.silent(), file)


@report.command()
@in_month
@to_file
@click.pass_obj
def agencies(house: House, first: date | None, file: Path | None) -> None:
    """What each agency owed the call centre and gave: reviews, replies in time, messages, a liaison (P10.1)."""
    from hotline.db import looking
    from reporting.agency_obligations import owed

    now = clock.now()
    with looking(house.factory) as session:
        _put(owed(session, first or month_of(now), now), file)


def _in_time(house: House) -> InTime:
    return InTime(house.settings.ring_period, house.settings.ring_most)


def _show(house: House, first: date | None, make: "Callable[[Month], Table]", file: Path | None) -> None:
    from hotline.db import transaction
    from reporting.answer_times import month

    now = clock.now()
    with transaction(house.factory) as session:
        table = make(month(session, first or month_of(now), now, house.worktime.hours))
    _put(table, file)


def _put(table: "Table", file: Path | None) -> None:
    if file is None:
        click.echo("\n".join(table.lines()))
        return
    try:
        with acting_as_caller():
            file.write_text(table.csv(), "utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file}: {len(table.rows)} rows")


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(report)
