"""``hotline directory changes|undo|notice``: what is planned and done, taken back as a whole, told in time or late."""

from datetime import date, datetime, time, timedelta

import click

from hotline import clock
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.directory import entries, notices
from hotline.directory.entries import Change
from hotline.directory.owners import agencies_of_change, latest
from ops.cli_options import NUMBER, Instant, by, reason, say
from ops.cli_reports import in_month
from ops.undoing import take_back
from ops.wiring import House

SHOWN = 4
"""So many of a change's keys are told on its line."""


@click.command()
@click.option("--planned", is_flag=True, help="only what takes effect later")
@click.option("--from", "since", type=Instant(), default=None, help="that take effect from when on")
@click.option("--until", type=Instant(), default=None, help="to before when")
@click.pass_obj
def changes(house: House, planned: bool, since: datetime | None, until: datetime | None) -> None:
    """The ledger: each change with its date of effect, who, why, and whether it was told in time (P4.6)."""
    now = clock.now()
    days = house.settings.change_notice_days
    with transaction(house.factory) as session:
        found = entries.changes(session, since=since, until=until)
        shown = [one for one in found if not planned or one.is_planned(now)]
        for one in shown:
            say(_line(one, notices.notice_of(session, one, house.worktime, days), now))
    if not shown:
        say("nothing is planned" if planned else "no change")


@click.command()
@click.argument("entry", type=NUMBER)
@reason
@by
@click.pass_obj
def undo(house: House, entry: int, reason: str, by: str) -> None:
    """Take ENTRY back as a whole: withdrawn before its date of effect, corrected after it."""
    at = clock.now()
    with transaction(house.factory) as session:
        undone = take_back(house, session, entry, at=at, by=by, reason=reason)
    change = undone.change
    done = "withdrawn before it took effect" if change.is_planned(at) else "undone"
    say(f"entry {entry} is {done} by entry {undone.written}; {len(change.keys)} rows are as before")
    for line in undone.moved.lines():
        say(line)


@click.command()
@in_month
@click.pass_obj
def notice(house: House, first: date | None) -> None:
    """How many changes each agency told on time and late (P4.6, P10.1)."""
    since, until = _month(first or clock.now().astimezone(TAIPEI).date())
    counted = dict[str, list[notices.Notice | None]]()
    with transaction(house.factory) as session:
        known = latest(session)
        for one in entries.changes(session):
            if since <= one.at < until:
                told = notices.notice_of(session, one, house.worktime, house.settings.change_notice_days)
                for agency in agencies_of_change(session, one, known) if told else ():
                    counted.setdefault(agency, []).append(told)
    for agency, told_by in sorted(counted.items()):
        count = notices.count(told_by)
        say(f"{agency or '-':<16} on time {count.on_time:>5}   late {count.late:>5}")
    if not counted:
        say("no change was told in this month")


def _month(day: date) -> tuple[datetime, datetime]:
    since = datetime.combine(day.replace(day=1), time(), TAIPEI)
    return since, (since + timedelta(days=32)).replace(day=1)


def _line(change: Change, told: notices.Notice | None, now: datetime) -> str:
    keys = ", ".join(f"{kind}:{key}" for kind, key in change.keys[:SHOWN])
    more = f" and {len(change.keys) - SHOWN} more" if len(change.keys) > SHOWN else ""
    marks = [
        f"undoes {change.undoes}" if change.undoes else "",
        f"undone by {change.undone_by}" if change.undone_by else "",
        "planned" if change.is_planned(now) else "",
        _told(told) if told else "",
    ]
    why = f" ({change.reason})" if change.reason else ""
    effective = f"{change.effective_at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
    return "  ".join(filter(None, (f"{change.number:>6}", effective, change.by, keys + more + why, *marks)))


def _told(told: notices.Notice) -> str:
    verdict = "on time" if told.is_on_time else "late"
    return f"{verdict} (P4.6: by {told.due_at:%Y-%m-%d %H:%M})"


def register(directory: click.Group) -> None:
    """Add this file's commands."""
    for command in (changes, undo, notice):
        directory.add_command(command)
