"""``hotline callback``: promises listed, kept and explained (spec §9.2); ``hotline due``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click
from sqlalchemy.orm import Session

from calls.caller_history import calls_of
from hotline import clock
from hotline.callbacks import find
from hotline.callbacks.ownership import place_of
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import callback as promise
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import DESK, Wish, written_number
from hotline.callbacks.work import CallbackWork
from hotline.db import transaction
from hotline.directory.service import Unknown
from hotline.directory.store import DeskRow
from hotline.ledger.history import in_force
from hotline.ledger.looks import IN_HAND, Reading, look
from hotline.log_masking import clean
from hotline.permissions import Action
from hotline.staff.service import permitted
from ivr.numerals import Language
from ops.cli import format_callbacks
from ops.cli.options import INSTANT, NUMBER, CommandGroup, by, say, say_each
from ops.jobs.promise_check import Comparison
from ops.wiring import House

NUMBERED = click.argument("callback_id", metavar="ID", type=NUMBER)


@click.group(cls=CommandGroup)
def callback() -> None:
    """Promises to call a citizen back within four office hours (P5.1.1)."""


@callback.command("list")
@click.option("--agency", default="", help="code of an agency; empty = all")
@click.option(
    "--without-number", is_flag=True, help="only those whose citizen cannot be called at the number"
)
@click.pass_obj
def list_callbacks(house: House, agency: str, without_number: bool) -> None:
    """Promises to be kept, the most urgent first."""
    _list(house, agency, without_number)


@callback.command()
@NUMBERED
@click.option("--by", "login", default="", metavar="LOGIN", help="who looks: is warned when another is at it")
@click.option(
    "--reason", default="", help="with --by: why number and name are told whole; who works on it needs none"
)
@click.pass_obj
def show(house: House, callback_id: int, login: str, reason: str) -> None:
    """Everything about one promise; number and name whole to who works on it or says why,
    which stays on record.
    """
    if reason and not login:
        raise click.UsageError("Say who looks: --by LOGIN")
    at = clock.now()
    with transaction(house.factory) as session:
        row = promise(session, callback_id)
        _warn(session, row.number, login)
        told = format_callbacks.story(find.whole(session, row), at, _reading(session, row, login, reason, at))
        say_each(told)


def _reading(session: Session, row: Callback, login: str, reason: str, at: datetime) -> Reading | None:
    """Put a reading on record, for who works on a promise or says why they look. Raises NotPermitted."""
    if not login or not (reason or row.holder == login):
        return None
    permitted(session, login, Action.CALLBACK_WORK, at, agency=row.acted_for)
    return look(session, at, login, f"callback:{row.id}", reason or IN_HAND, "number")


@callback.command()
@click.option(
    "--days", type=click.IntRange(1, 366), default=2, show_default=True, help="how far to look back"
)
@click.pass_obj
def compare(house: House, days: int) -> None:
    """Whether every promise that was given has its row; makes good what has none.
    Ends with 1 if some cannot be.

    Calls, event log, journal and spoken messages are compared with the promises,
    as the jobs do every ten minutes.
    """
    settings = house.settings
    comparison = Comparison(house.factory, settings.journal, house.callbacks, settings.node, house.keys)
    found = comparison.run(clock.now(), timedelta(days=days))
    for line in found.made_good:
        say(f"made good: {line}")
    for line in found.lacking:
        say(f"LACKING: {line}")
    say(
        f"{found.witnessed} calls with promises in {days} days: {len(found.made_good)} made good, "
        f"{len(found.lacking)} lacking"
    )
    if found.lacking:
        raise click.exceptions.Exit(1)


@callback.command("find")
@click.argument("number")
@click.option("--by", "login", default="", metavar="LOGIN", help="who looks: is warned when another is at it")
@click.pass_obj
def find_number(house: House, number: str, login: str) -> None:
    """What was promised to NUMBER, now and before, and its latest calls (P7.2)."""
    sent = written_number(number)
    with transaction(house.factory) as session:
        _warn(session, sent, login)
        rows = find.of_number(session, sent)
        for row in rows:
            say(format_callbacks.line(row, clock.now()))
            if row.result:
                say(f"       {clean(row.result)}")
        if not rows:
            say("nothing was promised to this number")
        for call in calls_of(session, sent):
            say(format_callbacks.call(call))


@callback.command("open")
@click.argument("number")
@click.option("--matter", required=True, help="what it is about, in a few words")
@click.option("--extension", default="", help="the extension in charge, if it is known")
@click.option("--name", default="", help="the citizen's name")
@click.option(
    "--language",
    type=click.Choice([str(one) for one in Language]),
    default="zh-TW",
    help="the citizen's language",
)
@by
def open_one(
    house: House, number: str, matter: str, extension: str, name: str, language: str, by: str
) -> None:
    """Promise to call NUMBER back; joins what is open for the same number and matter."""
    at = clock.now()
    with transaction(house.factory) as session:
        if extension and in_force(session, DeskRow, extension, at) is None:
            raise Unknown("desk", extension)
        wish = Wish(number, language, DESK, place_of(session, extension, at), matter, name)
        row = house.callbacks.open(session, wish, by, at)
        _warn(session, row.number, by)
        say(format_callbacks.line(row, at))


@callback.command()
@NUMBERED
@by
def claim(house: House, callback_id: int, by: str) -> None:
    """Start working on it; nobody else can until it is released or handed over."""
    with _changed(house, callback_id) as (work, session, at):
        _warn(session, work.claim(session, callback_id, by, at).number, by)


@callback.command()
@NUMBERED
@by
def release(house: House, callback_id: int, by: str) -> None:
    """Stop working on it; others may."""
    with _changed(house, callback_id) as (work, session, at):
        work.release(session, callback_id, by, at)


@callback.command("hand-over")
@NUMBERED
@click.option("--to", required=True, metavar="LOGIN", help="who is to do it, and is told so")
@click.option("--reason", required=True, help="why")
@by
def hand_over(house: House, callback_id: int, to: str, reason: str, by: str) -> None:
    """Somebody else is its owner from now on."""
    with _changed(house, callback_id) as (work, session, at):
        work.hand_over(session, callback_id, to, reason, by, at)


@callback.command()
@NUMBERED
@click.argument("outcome", metavar="OUTCOME", type=click.Choice([str(outcome) for outcome in Outcome]))
@click.option("--note", default="", help="for the record")
@by
def attempt(house: House, callback_id: int, outcome: str, note: str, by: str) -> None:
    """The citizen was called from another phone:
    reached, no-answer, busy, refused, unreachable, wrong-number.
    """
    with _changed(house, callback_id) as (work, session, at):
        work.attempt(session, callback_id, Outcome(outcome), by, at, note=note)


@callback.command()
@NUMBERED
@click.option("--until", type=INSTANT, required=True, help="the new time")
@click.option("--reason", required=True, help="why it cannot be sooner")
@by
def extend(house: House, callback_id: int, until: datetime, reason: str, by: str) -> None:
    """One reasoned extension; the statistics keep the first time (§9.2)."""
    with _changed(house, callback_id) as (work, session, at):
        work.extend(session, callback_id, until, reason, by, at)


@callback.command()
@NUMBERED
@click.option("--result", required=True, help="what the citizen was told")
@by
def close(house: House, callback_id: int, result: str, by: str) -> None:
    """The citizen was told the answer."""
    with _changed(house, callback_id) as (work, session, at):
        work.close(session, callback_id, result, by, at)


@callback.command()
@NUMBERED
@click.option("--reason", required=True, help="for example: the citizen called and was answered")
@by
def cancel(house: House, callback_id: int, reason: str, by: str) -> None:
    """The citizen called and was answered, or withdraws."""
    with _changed(house, callback_id) as (work, session, at):
        work.cancel(session, callback_id, reason, by, at)


@callback.command("number")
@NUMBERED
@click.argument("number")
@by
def give_number(house: House, callback_id: int, number: str, by: str) -> None:
    """Give a promise without a number the NUMBER at which it can be kept."""
    with _changed(house, callback_id) as (_work, session, at):
        house.callbacks.give_number(session, callback_id, number, by, at)


@callback.command("matter")
@NUMBERED
@click.argument("matter")
@by
def give_matter(house: House, callback_id: int, matter: str, by: str) -> None:
    """Say what a promise is about that was made by key; nothing else is done with it before."""
    with _changed(house, callback_id) as (work, session, at):
        work.give_matter(session, callback_id, matter, by, at)


@callback.command("call")
@NUMBERED
@by
def call_citizen(house: House, callback_id: int, by: str) -> None:
    """Ring your phone, then the citizen's; the attempt is stored from what happens."""
    say(format_callbacks.came_of(house.calling.call(callback_id, by), callback_id, by))
    with transaction(house.factory) as session:
        say(format_callbacks.line(promise(session, callback_id), clock.now()))


@click.command()
@click.option("--at", type=INSTANT, default=None, help="explain a promise given at this moment instead")
@click.option("--agency", default="", help="code of an agency; empty = all")
@click.pass_obj
def due(house: House, at: datetime | None, agency: str) -> None:
    """Promises to be kept; with --at, when one given at a moment is due, and why (P5.1.1)."""
    if at is None:
        _list(house, agency)
        return
    say_each(house.worktime.why(at, house.callbacks.limits.due, "P5.1.1"))


@click.command("callback")
@NUMBERED
@click.pass_obj
def why_callback(house: House, callback_id: int) -> None:
    """When a promise is due: the arithmetic, the clause, and every change of it."""
    with transaction(house.factory) as session:
        known = find.whole(session, promise(session, callback_id))
        worktime = house.callbacks.worktime(session)
        say_each(
            format_callbacks.why(
                known, worktime, house.callbacks.limits.due_of(known.row.origin), clock.now()
            )
        )


@contextmanager
def _changed(house: House, callback_id: int) -> Iterator[tuple[CallbackWork, Session, datetime]]:
    """The use cases that change a promise, in a transaction; then the promise is shown as it stands."""
    at = clock.now()
    with transaction(house.factory) as session:
        yield CallbackWork(house.callbacks), session, at
        say(format_callbacks.line(promise(session, callback_id), at))


def _list(house: House, agency: str, without_number: bool = False) -> None:
    at, dialling = clock.now(), house.settings.dialling
    with transaction(house.factory) as session:
        rows = find.pending(session, agency=agency)
        if without_number:
            rows = [row for row in rows if dialling.refusal(row.number)]
        say_each((format_callbacks.line(row, at) for row in rows), "no callback is to be kept now")


def _warn(session: Session, number: str, me: str) -> None:
    for one in find.who_else(session, number, me, clock.now()):
        doing = "is calling this citizen now" if one.calling else "is working on it"
        click.echo(clean(f"! {one.who} {doing} (callback {one.callback_id})"), err=True)
