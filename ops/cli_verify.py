"""``hotline verify``: whether a petitioner is who they say, before a case that touches somebody is filed (P8.2)."""

import click

from hotline import clock
from hotline.audit import masked
from hotline.db import transaction
from hotline.numbers import ANONYMOUS
from hotline.outgoing import verifying
from hotline.outgoing.gate import Ground, Touches
from hotline.outgoing.store import Verification
from ivr.petitioners import petitioner
from ops.cli_options import A_DAY, NUMBER, Group, by, say, say_each
from ops.wiring import House

NUMBERED = click.argument("number", metavar="ID", type=NUMBER)


@click.group(cls=Group)
def verify() -> None:
    """Checks of who a petitioner is, by a call back to the number of their call (P8.2)."""


@verify.command("open")
@click.argument("call_id", metavar="CALL")
@click.option(
    "--touches",
    type=click.Choice([*map(str, Touches), "nobody"]),
    required=True,
    help="what of a particular person the case touches; nobody: no check is needed",
)
@click.option(
    "--matter", default="", help="what the citizen told, in a few words; forgotten if the check fails"
)
@by
@click.pass_obj
def open_one(house: House, call_id: str, touches: str, matter: str, by: str) -> None:
    """Say whether the caller of CALL must be called back before the case is filed."""
    what = None if touches == "nobody" else Touches(touches)
    with transaction(house.factory) as session:
        who = petitioner(session, call_id)
        say(line(verifying.open_gate(session, who, what, matter, by=by, at=clock.now())))


@verify.command("call")
@NUMBERED
@by
@click.pass_obj
def call_back(house: House, number: int, by: str) -> None:
    """Ring your phone, then the citizen's; no other number can be called."""
    from ops.placing import Placing

    Placing(house).verify(number, by=by, at=clock.now())
    say(f"your phone is answered, the citizen is rung; afterwards: hotline verify decide {number} GROUND")


@verify.command()
@NUMBERED
@click.argument("ground", metavar="GROUND", type=click.Choice([str(one) for one in Ground]))
@by
@click.pass_obj
def decide(house: House, number: int, ground: str, by: str) -> None:
    """Confirmed by affirmed; failed by denied, another, unreached, no-number or withdrawn."""
    with transaction(house.factory) as session:
        say(
            line(
                verifying.decide(
                    session, number, Ground(ground), house.settings.dialling, by=by, at=clock.now()
                )
            )
        )


@verify.command("list")
@click.pass_obj
def list_checks(house: House) -> None:
    """The checks to be decided, and those of a day."""
    with transaction(house.factory) as session:
        rows = verifying.opened_since(session, clock.now() - A_DAY)
        say_each(map(line, rows), "nobody is to be called back for a check")


def line(row: Verification) -> str:
    """A check in one line, the number masked."""
    at = row.opened_at.astimezone(clock.TAIPEI)
    who = row.number if row.number == ANONYMOUS else masked(row.number)
    ground = f" ({row.ground}, {row.decided_by})" if row.ground else ""
    about = f"  {row.touches or 'nobody'}"
    return f"{row.id:>6}  {at:%Y-%m-%d %H:%M}  {row.state}{ground}{about}  {who}  call {row.call_id}"


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(verify)
