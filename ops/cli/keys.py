"""``hotline keys``: the keys of the installation, by which rows, sound and journal are encrypted."""

import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import click

import hotline.tables  # noqa: F401
from hotline import clock
from hotline.db import looking, transaction
from hotline.journal.lines import PURPOSE as JOURNAL
from hotline.keys import checks
from hotline.keys.files import new_key
from hotline.keys.ring import SEALED, KeyRing, SealBroken
from hotline.keys.usage import values_sealed_by
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from ops.cli.options import CommandGroup, by, minute, say
from ops.jobs.cel_kept import PURPOSE as EVENT_LOG
from ops.wiring import House

SEAL: Final = re.compile(rf"{SEALED}[a-z0-9]+:[\w=-]+", re.ASCII)
"""A sealed text in a line of a file."""


@click.group(cls=CommandGroup)
def keys() -> None:
    """Keys of this installation: which there are, a newer one, and whether none is lost."""


@keys.command("list")
@click.pass_obj
def list_keys(house: House) -> None:
    """Every key in its order; the last one seals, all open."""
    with looking(house.factory) as session:
        since = checks.known(session)
    for id in house.keys.load():
        state = "seals" if id == house.keys.current else "opens" if id in since else "waits to be rotated in"
        say(f"{id:<16} {state}{f', sealed since {minute(since[id])}' if id in since else ''}")


@keys.command()
@by
def new(house: House, by: str) -> None:
    """Make a key that waits: it opens where it is known, and seals nothing until it is rotated in."""
    at, place = clock.now(), house.key_place
    with looking(house.factory) as session:
        permitted(session, by, Action.KEYS_CHANGE, at)
    id, key = new_key(at)
    place.write({id: key, **(place.read() if place.is_there else {})})
    with transaction(house.factory) as session:
        audit(session, at, by, Action.KEYS_CHANGE, f"key:{id}", after={"waits": True})
    say(f"{id} waits in {place.place}; copy that file to every node, and to where its copy is kept")
    say("then, on each node: hotline keys rotate --by LOGIN")


@keys.command()
@by
def rotate(house: House, by: str) -> None:
    """Seal by the key that waits, from now on; the former ones go on opening."""
    at, found = clock.now(), dict(house.key_place.read())
    with transaction(house.factory) as session:
        permitted(session, by, Action.KEYS_CHANGE, at)
        id = checks.successor(session, KeyRing(found))
        found[id] = found.pop(id)
        checks.mark(session, KeyRing(found), at)
        audit(session, at, by, Action.KEYS_CHANGE, f"key:{id}", after={"seals": True})
        house.key_place.write(found)
    say(f"{id} seals; every process has it within a second")


@keys.command()
@click.pass_obj
def check(house: House) -> None:
    """Whether every key is here by which anything is sealed; exit 1 and name one that is not."""
    with looking(house.factory) as session:
        lost, known = checks.lost(session, house.keys), checks.known(session)
        for id in known:
            here = "LOST" if id in lost else "here"
            say(f"{id:<16} {here}, {values_sealed_by(session, id)} values are sealed by it")
    sys.exit(1 if lost else 0)


@keys.command()
@click.argument("id")
@click.option("--lost", is_flag=True, help="give up what is still sealed by it: nobody can read it again")
@click.option("--reason", required=True, help="why, for the record")
@by
def forget(house: House, id: str, lost: bool, reason: str, by: str) -> None:
    """Ask for a former key no more: nothing is sealed by it, or it is lost for good."""
    at, place = clock.now(), house.key_place
    with transaction(house.factory) as session:
        permitted(session, by, Action.KEYS_CHANGE, at)
        left = values_sealed_by(session, id)
        if left and not lost:
            raise click.ClickException(f"{left} values are sealed by {id}; wait for the jobs, or --lost")
        checks.forget(session, house.keys, id, at)
        after = {"forgotten": True, "values": left}
        audit(session, at, by, Action.KEYS_CHANGE, f"key:{id}", after=after, reason=reason)
    say(f"{id} is not asked for any more; it may leave {place.place} once no copy of the database needs it")


@keys.command()
@click.argument("file", type=click.File("r"))
@click.option("--reason", required=True, help="why, for the record")
@by
def unseal(house: House, file: IO[str], reason: str, by: str) -> None:
    """Print a file of the journal with what is sealed in it, for who has to mend it; on record."""
    with transaction(house.factory) as session:
        permitted(session, by, Action.KEYS_CHANGE, clock.now())
        audit(session, clock.now(), by, Action.KEYS_CHANGE, f"file:{Path(file.name).name}", reason=reason)
    for line in file:
        say(SEAL.sub(lambda found: _opened(house.keys, found[0]), line.rstrip("\n")))


def _opened(ring: KeyRing, sealed: str) -> str:
    """What was sealed in a journal, or as it stands where it cannot be opened."""
    for purpose in (JOURNAL, EVENT_LOG):
        with suppress(SealBroken):
            return ring.open_text(purpose, sealed)
    return sealed
