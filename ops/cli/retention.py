"""``hotline retention``, ``hotline hold``, ``hotline personal``, ``hotline scrub``: what is kept how long, a
person's data, and what is left of deleted ones.
"""

import sys

import click

import hotline.tables  # noqa: F401
from administration import holds
from administration.holds import HoldGround
from administration.personal_data import PersonalRecord
from hotline import clock
from hotline.db import looking, transaction
from hotline.ledger.audit import audit
from hotline.legal_holds import HeldRecord, standing
from hotline.permissions import Action
from hotline.retention import scrubbing
from hotline.retention.scrubbing import ScrubbedTable
from hotline.retention.store import latest_runs
from hotline.staff.service import permitted
from ops.cli.options import CommandGroup, by, minute, say, say_each
from ops.jobs.retention import forget_traces, patient_engine
from ops.wiring import House
from wording import ENGLISH, name


@click.command()
@click.pass_obj
def retention(house: House) -> None:
    """How long each kind is kept, what goes with the next run, and what the last run deleted."""
    with looking(house.factory) as session:
        run = next((one for one in latest_runs(session, 10) if one.ended_at), None)
    announced, done = (run.announced, run.done) if run else ({}, {})
    for kind, period in house.periods.items():
        going = announced.get(kind, {"due": 0, "needed": 0})
        say(
            f"{name(kind, ENGLISH):<36} {period.days:>6} days  next {going['due']:>8}"
            f"  withheld {going['needed']:>6}  last run {done.get(kind, 0):>8}"
        )


@click.command()
@by
def scrub(house: House, by: str) -> None:
    """Write the database's files anew, without what was emptied, sealed or destroyed since; exit 1 and name
    a table that others held too long. Calls go on meanwhile; do it at night.
    """
    with looking(house.factory) as session:
        permitted(session, by, Action.KEYS_CHANGE, clock.now())
    traces, done = forget_traces(house), list[ScrubbedTable]()
    with patient_engine(house) as engine:
        for one in scrubbing.scrub(engine):
            say(f"{one.name:<24} {one.fault or 'written anew'}")
            done.append(one)
    faults = [one.name for one in done if one.fault]
    told = {"scrubbed": len(done) - len(faults), "left": faults, "traces": traces}
    with transaction(house.factory) as session:
        audit(session, clock.now(), by, Action.KEYS_CHANGE, "system:database", after=told)
    sys.exit(1 if faults else 0)


@click.group(cls=CommandGroup)
def hold() -> None:
    """Legal holds: records that are kept past their period."""


@hold.command("list")
@click.pass_obj
def list_holds(house: House) -> None:
    """What is held now."""
    with looking(house.factory) as session:
        rows = standing(session)
    lines = (f"{one.origin:<16} {one.kind:<5} {one.subject:<40} since {minute(one.begun_at)}" for one in rows)
    say_each(lines, "nothing is held")


@hold.command()
@click.argument("kind", type=click.Choice([str(one) for one in HeldRecord]))
@click.argument("subject")
@click.option(
    "--ground",
    type=click.Choice([str(one) for one in HoldGround]),
    required=True,
    help="the procedure that needs it",
)
@click.option("--reason", required=True, help="for example the number of the letter")
@by
def place(house: House, kind: str, subject: str, ground: str, reason: str, by: str) -> None:
    """Hold a case by its number, or a call by its id, with all that belongs to it."""
    with transaction(house.factory) as session:
        given = HoldGround(ground), HeldRecord(kind)
        say(holds.place(session, *given, subject, reason, by=by, at=clock.now()))


@hold.command()
@click.argument("origin")
@click.option("--reason", required=True, help="for example: the appeal is decided")
@by
def release(house: House, origin: str, reason: str, by: str) -> None:
    """End a hold by its name, for example complaint:1; what is over its period goes with the next run."""
    with transaction(house.factory) as session:
        holds.end(session, origin, reason, by=by, at=clock.now())
    say(f"{origin} is released")


@click.command()
@click.argument("number")
@click.option("--erase", is_flag=True, help="erase what may be; without it, list what is kept")
@click.option("--reason", required=True, help="for example the number of the person's letter")
@by
def personal(house: House, number: str, erase: bool, reason: str, by: str) -> None:
    """What is kept of the telephone NUMBER of a person who asks, until when, and what is withheld and why."""
    person = house.personal_data
    with transaction(house.factory) as session:
        deed = person.erase if erase else person.tell
        found = deed(session, number, reason, by=by, at=clock.now())
    say_each(map(_line, found), "nothing is kept of this number")


def _line(one: PersonalRecord) -> str:
    goes = f"goes {one.goes_at:%Y-%m-%d}" if one.goes_at else "goes later"
    why = f"withheld: {name(one.withheld, ENGLISH).lower()}" if one.withheld else "may be erased"
    return f"{name(one.kind, ENGLISH):<36} {one.key:<40} {one.at:%Y-%m-%d}  {goes:<16}  {why}"
