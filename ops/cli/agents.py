"""``hotline agents``: who answers calls, and their breaks."""

import click

from control.ami import ManagerGone
from control.presence import bring_members
from hotline import clock
from hotline.db import transaction
from hotline.staff.service import set_break
from hotline.staff.store import agents as rows
from ops.cli.options import CommandGroup, by, say
from ops.wiring import House
from wording import ENGLISH, sentence


@click.group(cls=CommandGroup)
def agents() -> None:
    """Agents and their breaks."""


@agents.command("list")
@click.pass_obj
def list_agents(house: House) -> None:
    """Who answers, in which languages, and who is on a break."""
    with transaction(house.factory) as session:
        for agent in rows(session):
            state = f"break: {agent.resting}" if agent.resting else "on duty"
            say(f"{agent.phone:<12} {agent.name:<12} {', '.join(agent.languages):<24} {state}")


@agents.command()
@click.argument("phone")
@click.argument("reason")
@by
def pause(house: House, phone: str, reason: str, by: str) -> None:
    """Begin a break with its REASON: the PHONE (agent-1) is not rung."""
    _set(house, phone, reason, by)


@agents.command()
@click.argument("phone")
@by
def resume(house: House, phone: str, by: str) -> None:
    """End the break of PHONE."""
    _set(house, phone, "", by)


def _set(house: House, phone: str, reason: str, by: str) -> None:
    with transaction(house.factory) as session:
        set_break(session, phone, reason, at=clock.now(), by=by)
        everybody = rows(session)
    say(f"{phone} is on a break: {reason}" if reason else f"{phone} is on duty")
    try:
        bring_members(house.pbx, everybody)
    except ManagerGone as error:
        why = sentence(error, ENGLISH)
        click.echo(f"the break is on record, and Asterisk is told once it is up: {why}", err=True)
