"""``hotline bulletin``: what every caller hears before the menu (P4.8); switched under a name, and on record."""

import click

from hotline import clock
from hotline.auditlog.service import audit
from hotline.db import transaction
from hotline.staff.rules import Action
from hotline.staff.service import permitted
from ops.cli_options import Group, by, say
from ops.wiring import House

PREFIX = "V-03."


@click.group(cls=Group)
def bulletin() -> None:
    """Emergency bulletins and typhoon notices said to every caller (V-03)."""


@bulletin.command("list")
@click.pass_obj
def list_bulletins(house: House) -> None:
    """The bulletins that are recorded; * marks those that are on."""
    on = house.bulletins.on()
    for name in house.catalogue.entries:
        if name.startswith(PREFIX):
            mark = "*" if name in on else " "
            say(f"{mark} {name.removeprefix(PREFIX):<12} {house.catalogue.text(name, 'zh-TW')}")  # type: ignore[arg-type]


@bulletin.command("on")
@click.argument("name")
@by
@click.pass_obj
def bulletin_on(house: House, name: str, by: str) -> None:
    """Switch a bulletin on; calls hear it within a second."""
    if f"{PREFIX}{name}" not in house.catalogue:
        raise click.ClickException(f"no bulletin {name!r}; see: hotline bulletin list")
    _switch(house, (*house.bulletins.on(), f"{PREFIX}{name}"), by)


@bulletin.command("off")
@click.argument("name", required=False)
@by
@click.pass_obj
def bulletin_off(house: House, name: str | None, by: str) -> None:
    """Switch one bulletin off, or all of them."""
    _switch(house, tuple(on for on in house.bulletins.on() if name and on != f"{PREFIX}{name}"), by)


def _switch(house: House, wanted: tuple[str, ...], by: str) -> None:
    """Written down first: who may not, changes nothing."""
    before, after, at = house.bulletins.on(), tuple(dict.fromkeys(wanted)), clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.BULLETIN_SWITCH, at)
        audit(
            session, at=at, by=by, action=Action.BULLETIN_SWITCH, subject="bulletins",
            before={"on": list(before)}, after={"on": list(after)},
        )  # fmt: skip
    house.bulletins.switch(after)
    names = ", ".join(name.removeprefix(PREFIX) for name in after)
    say(f"callers hear: {names}" if names else "callers hear no bulletin")


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(bulletin)
