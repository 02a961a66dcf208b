"""``hotline calendar``: days that no official calendar knows, declared under a name (spec §2)."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from administration.declared_days import Closing, Declaration, Hours, Opening, carry_out
from hotline import clock
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.worktime.explain import ENGLISH
from hotline.worktime.workdays import Calendar, OfficeHours
from ops.cli.options import DAY, CommandGroup, by, say, say_each
from ops.wiring import House

if TYPE_CHECKING:
    from hotline.directory.store import CalendarRow


@click.group(cls=CommandGroup)
def calendar() -> None:
    """Typhoon closures (停班) and other days off or worked, as declared."""


@calendar.command()
@click.argument("day", type=DAY)
@click.option("--reason", required=True, help="what people will read, for example: typhoon")
@click.option("--from", "since", type=click.DateTime(["%H:%M"]), default=None, help="from this hour on only")
@by
def close(house: House, day: date, reason: str, since: datetime | None, by: str) -> None:
    """Offices are closed on DAY; open limits are counted anew, within seconds everywhere."""
    line = f"{ENGLISH.day(day)}  off{f' from {since:%H:%M} on' if since else ''}: {reason}"
    _declare(house, Closing(day, reason, since.time() if since else None), by, line)


@calendar.command("open")
@click.argument("day", type=DAY)
@click.option("--reason", required=True, help="what people will read, for example: make-up workday")
@by
def open_day(house: House, day: date, reason: str, by: str) -> None:
    """Offices work on DAY: a closure is lifted, or a day off is worked."""
    known = "as in the official calendar" if Calendar().is_working(day) else f"working: {reason}"
    _declare(house, Opening(day, reason), by, f"{ENGLISH.day(day)}  {known}")


@calendar.command()
@click.argument("opens", metavar="HH:MM", type=click.DateTime(["%H:%M"]))
@click.argument("closes", metavar="HH:MM", type=click.DateTime(["%H:%M"]))
@click.option(
    "--break",
    "pause",
    nargs=2,
    type=click.DateTime(["%H:%M"]),
    metavar="HH:MM HH:MM",
    default=None,
    help="pause at lunch",
)
@click.option("--from", "since", type=DAY, required=True, help="the first day that has these hours")
@click.option("--reason", default="", help="why, for the record")
@by
def hours(
    house: House,
    opens: datetime,
    closes: datetime,
    pause: tuple[datetime, datetime] | None,
    since: date,
    reason: str,
    by: str,
) -> None:
    """Office hours from a day on; before the first such day those of the settings count."""
    try:
        told = OfficeHours(opens.time(), closes.time(), (pause[0].time(), pause[1].time()) if pause else None)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    _declare(house, Hours(since, told, reason), by, f"office hours are {told} from {ENGLISH.day(since)} on")


@calendar.command("list")
@click.pass_obj
def list_days(house: House) -> None:
    """The days declared, with their reasons and who declared them."""
    from hotline.directory.store import CalendarRow
    from hotline.ledger.history import all_in_force

    with transaction(house.factory) as session:
        rows = all_in_force(session, CalendarRow, clock.now())
    say_each(map(_declared, rows), "no day is declared; the official calendar counts")


def _declared(row: "CalendarRow") -> str:
    at, day = row.recorded_at.astimezone(TAIPEI), ENGLISH.day(date.fromisoformat(row.key))
    return f"{day}  {row.kind:<8} {row.why}  ({row.author}, {at:%Y-%m-%d %H:%M})"


def _declare(house: House, declared: Declaration, by: str, line: str) -> None:
    """Carry it out; say it, and which limits moved."""
    with transaction(house.factory) as session:
        moved = carry_out(house.due_times, session, declared, by, clock.now())
    for one in (line, *moved.lines()):
        say(one)
