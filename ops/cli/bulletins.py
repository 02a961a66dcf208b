"""``hotline bulletin``: what every caller hears before the menu (P4.8)."""

import click

from administration import bulletins
from hotline import clock
from ops.cli.options import CommandGroup, by, say
from ops.wiring import House


@click.group(cls=CommandGroup)
def bulletin() -> None:
    """Emergency bulletins and typhoon notices said to every caller (V-03)."""


@bulletin.command("list")
@click.pass_obj
def list_bulletins(house: House) -> None:
    """The bulletins that are recorded; * marks those that are on."""
    on = bulletins.heard(house.bulletins)
    for name, text in bulletins.recorded(house.catalogue).items():
        say(f"{'*' if name in on else ' '} {name:<12} {text}")


@bulletin.command("on")
@click.argument("name")
@by
def bulletin_on(house: House, name: str, by: str) -> None:
    """Switch a bulletin on; calls hear it within a second."""
    _switch(house, name, True, by)


@bulletin.command("off")
@click.argument("name", required=False)
@by
def bulletin_off(house: House, name: str | None, by: str) -> None:
    """Switch one bulletin off, or all of them."""
    _switch(house, name or "", False, by)


def _switch(house: House, name: str, on: bool, by: str) -> None:
    at = clock.now()
    heard = bulletins.switch(
        house.factory, house.catalogue, house.bulletins, name, on, by=by, at=at, own=house.announcements
    )
    say(f"callers hear: {', '.join(heard)}" if heard else "callers hear no bulletin")
