"""``hotline calendar``: days that no official calendar knows, declared under a name (spec §2)."""

from datetime import date, datetime

import click
from sqlalchemy.orm import Session

from hotline import clock
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.directory.calendar import Declared, declare, lift, set_hours
from hotline.directory.service import Unknown
from hotline.explain import ENGLISH
from hotline.staff.rules import Action
from hotline.staff.service import permitted
from hotline.workdays import Calendar, DayKind, OfficeHours, Override
from ops.cli_options import Day, Group, by, say
from ops.recounting import Moved, recount
from ops.wiring import House


@click.group(cls=Group)
def calendar() -> None:
    """Typhoon closures (停班) and other days off or worked, as declared."""


@calendar.command()
@click.argument("day", type=Day())
@click.option("--reason", required=True, help="what people will read, for example: typhoon")
@by
@click.pass_obj
def close(house: House, day: date, reason: str, by: str) -> None:
    """Offices are closed on DAY; open limits are counted anew, within seconds everywhere."""
    _declare(house, day, Override(DayKind.OFF, reason), by)


@calendar.command("open")
@click.argument("day", type=Day())
@click.option("--reason", required=True, help="what people will read, for example: make-up workday")
@by
@click.pass_obj
def open_day(house: House, day: date, reason: str, by: str) -> None:
    """Offices work on DAY: a closure is lifted, or a day off is worked."""
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.CALENDAR_CHANGE, at)
        if Calendar().is_working(day):
            declared = _lifted(session, day, at, by, reason)
        else:
            declared = declare(session, day, Override(DayKind.WORKING, reason), at=at, by=by)
        moved = recount(house, session, [day], by, at)
    _tell(declared, moved)


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
@click.option("--from", "since", type=Day(), required=True, help="the first day that has these hours")
@click.option("--reason", default="", help="why, for the record")
@by
@click.pass_obj
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
    at = clock.now()
    try:
        told = OfficeHours(opens.time(), closes.time(), (pause[0].time(), pause[1].time()) if pause else None)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with transaction(house.factory) as session:
        permitted(session, by, Action.CALENDAR_CHANGE, at)
        set_hours(session, told, since, at=at, by=by, reason=reason)
        first = max(since, at.astimezone(TAIPEI).date())
        moved = recount(house, session, [first], by, at)
    say(f"office hours are {told} from {ENGLISH.day(since)} on")
    _tell_moved(moved)


@calendar.command("list")
@click.pass_obj
def list_days(house: House) -> None:
    """The days declared, with their reasons and who declared them."""
    from hotline.directory.store import CalendarRow
    from hotline.history import all_in_force

    with transaction(house.factory) as session:
        rows = all_in_force(session, CalendarRow, clock.now())
    for row in rows:
        declared = row.recorded_at.astimezone(TAIPEI)
        day = ENGLISH.day(date.fromisoformat(row.key))
        say(f"{day}  {row.kind:<8} {row.why}  ({row.author}, {declared:%Y-%m-%d %H:%M})")
    if not rows:
        say("no day is declared; the official calendar counts")


def _declare(house: House, day: date, override: Override, by: str) -> None:
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.CALENDAR_CHANGE, at)
        declared = declare(session, day, override, at=at, by=by)
        moved = recount(house, session, [day], by, at)
    _tell(declared, moved)


def _lifted(session: Session, day: date, at: datetime, by: str, reason: str) -> Declared:
    try:
        return lift(session, day, at=at, by=by, reason=reason)
    except Unknown:
        raise click.ClickException(
            f"{ENGLISH.day(day)} is a working day already and no closure was declared; see: hotline calendar list"
        ) from None


def _tell(declared: Declared, moved: Moved) -> None:
    after = declared.after
    state = f"{after.kind}: {after.reason}" if after else "as in the official calendar"
    say(f"{ENGLISH.day(declared.day)}  {state}" + ("" if declared.is_change else "  (it was so already)"))
    _tell_moved(moved)


def _tell_moved(moved: Moved) -> None:
    for line in moved.lines():
        say(line)


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(calendar)
