"""``hotline why route``: the phones that a call to an extension rings, and why."""

from datetime import datetime

import click

from hotline import clock
from hotline.directory.rules import City
from ops.cli.options import INSTANT, say_each
from ops.wiring import House


@click.command("route")
@click.argument("extension")
@click.option("--at", type=INSTANT, default=None, help="date and time of the call (default: now)")
@click.option("--urgent", is_flag=True, help="the matter cannot wait for office hours")
@click.pass_obj
def route(house: House, extension: str, at: datetime | None, urgent: bool) -> None:
    """Explain whom a call to EXTENSION rings, in which order, who is passed over, and why (P5.1.1-P5.1.3)."""
    say_each(explained(house, extension, at or clock.now(), urgent))


def explained(house: House, extension: str, at: datetime, urgent: bool) -> tuple[str, ...]:
    """The route as of an instant, past or to come, in Chinese and then in English."""
    from transfer.explain import CHINESE, ENGLISH
    from transfer.ladder import ladder

    rules, is_open = house.hunt_rules, house.is_open(at)
    found = ladder(city_since(house, at).at(at), extension, rules, is_open=is_open, urgent=urgent)
    at = at.astimezone(clock.TAIPEI)
    return tuple(
        line
        for words in (CHINESE, ENGLISH)
        for line in words.lines(found, at, rules, is_open=is_open, urgent=urgent)
    )


def city_since(house: House, at: datetime) -> City:
    """The city at an instant however long ago, and later, as the database has it."""
    from hotline.db import transaction
    from hotline.directory.rows import load_city

    with transaction(house.factory) as session:
        return load_city(session, at)
