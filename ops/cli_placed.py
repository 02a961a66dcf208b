"""``hotline notify``: agencies phoned at once from 1999, and who took the report (P5.3)."""

import click
from sqlalchemy.orm import Session

from hotline import clock
from hotline.db import transaction
from hotline.outgoing import service
from hotline.outgoing.rules import State
from hotline.outgoing.store import PlacedCall
from ops.cli_options import A_DAY, NUMBER, Group, by, say, say_each
from ops.wiring import House

NUMBERED = click.argument("placed_id", metavar="ID", type=NUMBER)


@click.group(cls=Group)
def notify() -> None:
    """Calls by which an agent notifies an agency before the case is filed (P5.3)."""


@notify.command("call")
@click.argument("extension")
@click.option("--matter", required=True, help="what the agency is told, in a few words")
@click.option("--call", "call_id", default="", metavar="CALL", help="the citizen's call, if there is one")
@by
@click.pass_obj
def call_agency(house: House, extension: str, matter: str, call_id: str, by: str) -> None:
    """Ring your phone, then EXTENSION's, its neighbours', the duty officer's when closed."""
    from ops.placing import Placing

    number = Placing(house).notify(extension, matter, by=by, at=clock.now(), call_id=call_id)
    say(
        f"your phone is answered, {extension} is rung; afterwards: hotline notify taken {number} --person NAME"
    )


@notify.command()
@NUMBERED
@click.option("--person", required=True, metavar="NAME", help="who took the report")
@by
@click.pass_obj
def taken(house: House, placed_id: int, person: str, by: str) -> None:
    """The agency was told: who took the report. The time is when the phone was answered."""
    with transaction(house.factory) as session:
        say(line(service.taken(session, placed_id, person.strip(), by=by, at=clock.now())))


@notify.command("show")
@NUMBERED
@click.pass_obj
def show(house: House, placed_id: int) -> None:
    """One call: whose phones were rung, who answered, who took the report."""
    with transaction(house.factory) as session:
        for text in story(session, service.placed(session, placed_id)):
            say(text)


@notify.command("list")
@click.pass_obj
def list_placed(house: House) -> None:
    """The calls placed within a day, the latest first."""
    with transaction(house.factory) as session:
        say_each(
            map(line, service.placed_since(session, clock.now() - A_DAY)), "no call was placed within a day"
        )


def line(row: PlacedCall) -> str:
    """A placed call in one line; no citizen's number is in it."""
    at = row.placed_at.astimezone(clock.TAIPEI)
    whom = f"{row.extension} {row.agency}".strip() or "the citizen"
    return f"{row.id:>6}  {at:%Y-%m-%d %H:%M}  {row.purpose}  {whom}  {_standing(row)}  by {row.by}"


def _standing(row: PlacedCall) -> str:
    at = row.notified_at or row.answered_at
    when = f" at {at.astimezone(clock.TAIPEI):%H:%M:%S}" if at else ""
    who = f", {row.person}" if row.person else ""
    return f"{row.state}{when}{who}"


def story(session: Session, row: PlacedCall) -> list[str]:
    """All that is known of one."""
    rung = {one.place: one.outcome for one in service.rings(session, row)}
    told = [line(row)]
    told += [f"        matter: {row.matter}"] if row.matter else []
    told += [f"        for the call {row.call_id}"] if row.call_id else []
    told.append(f"        each phone's seconds: hotline calls {row.own_call}")
    for place, target in enumerate(row.targets, 1):
        mark = "answered" if place == row.reached else rung.get(place, "not rung")
        told.append(f"     {place}. {target['kind']} {target['number']} {target['name']}: {mark}")
    if row.state == State.ANSWERED:
        told.append(f"        say who took it: hotline notify taken {row.id} --person NAME --by LOGIN")
    return told


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(notify)
