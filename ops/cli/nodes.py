"""``hotline node``: the machines that share the database, and which of them take no new calls."""

from datetime import datetime

import click

from hotline import clock
from hotline.cluster import nodes
from hotline.cluster.nodes import ClusterNode
from hotline.db import looking, transaction
from ops.cli.options import CommandGroup, by, minute, say, say_each
from ops.wiring import House


@click.group(cls=CommandGroup)
def node() -> None:
    """The machines that share the database."""


@node.command("list")
@click.pass_obj
def list_nodes(house: House) -> None:
    """Every machine with its roles, its release, its latest sign of life, and whether it is drained."""
    with looking(house.factory) as session:
        say_each(line(one, clock.now()) for one in nodes.nodes(session))


@node.command()
@click.argument("name")
@by
def drain(house: House, name: str, by: str) -> None:
    """Have a node take no new calls: callers get 503 and go elsewhere, talks that are up finish."""
    with transaction(house.factory) as session:
        nodes.drain(session, name, by, clock.now())
    say(f"{name} takes no new calls within a second; hotline node resume {name} ends that")


@node.command()
@click.argument("name")
@by
def resume(house: House, name: str, by: str) -> None:
    """Have a drained node take calls again."""
    with transaction(house.factory) as session:
        nodes.resume(session, name, by, clock.now())
    say(f"{name} takes calls again within a second")


def line(row: ClusterNode, at: datetime) -> str:
    """One machine: what it runs, when it was seen last, and how it stands."""
    state = f"drained by {row.drained_by} since {minute(row.drained_at)}" if row.drained_at else ""
    silent = "silent" if row.is_silent(at) else ""
    seen = f"seen {minute(row.seen_at)}  {silent} {state}"
    return f"{row.name:<16} {','.join(row.roles):<22} {row.release:<10} {seen}".rstrip()
