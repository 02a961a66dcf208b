"""``hotline notices``: messages to staff and citizens, and those that a person has to look at."""

import click

from hotline import clock
from hotline.db import transaction
from hotline.outbox import given_up
from hotline.outbox.service import notices as letters
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.outbox.templates import templates
from ops.cli import format_outbox as shown
from ops.cli.options import HOW_MANY, NUMBER, CommandGroup, by, say, say_each
from ops.wiring import House

NUMBERED = click.argument("notice_id", metavar="ID", type=NUMBER)


@click.group(cls=CommandGroup)
def notices() -> None:
    """Messages to staff and citizens: waiting, sent, given up (P0-c)."""


@notices.command("list")
@click.option(
    "--state",
    type=click.Choice([str(state) for state in OutboxState]),
    default=None,
    help="only these; failed: given up",
)
@click.option("--last", default=20, type=HOW_MANY, help="how many")
@click.pass_obj
def list_notices(house: House, state: str | None, last: int) -> None:
    """The latest messages with what became of them."""
    with transaction(house.factory) as session:
        for row in letters(session, state=OutboxState(state) if state else None, last=last):
            say(shown.line(row))


@notices.command()
@NUMBERED
@click.pass_obj
def show(house: House, notice_id: int) -> None:
    """Everything about one message."""
    with transaction(house.factory) as session:
        row = session.get(OutboxMessage, notice_id)
        if row is None:
            raise click.ClickException(f"There is no message {notice_id}; see: hotline notices list")
        say_each(shown.story(row))


@notices.command()
@click.argument("notice_ids", metavar="[ID]...", type=NUMBER, nargs=-1)
@click.option("--all", "every", is_flag=True, help="all that were given up")
@by
def again(house: House, notice_ids: tuple[int, ...], every: bool, by: str) -> None:
    """Send messages that were given up as if for the first time: what kept them back is mended."""
    with transaction(house.factory) as session:
        chosen = [row.id for row in letters(session, state=OutboxState.FAILED)] if every else notice_ids
        for number in chosen:
            say(shown.line(given_up.again(session, number, by, clock.now())))
    if not chosen:
        say("no message was given up" if every else "give the number of a message, or --all")


@notices.command()
@NUMBERED
@click.option("--reason", required=True, help="for example: told by telephone")
@by
def leave(house: House, notice_id: int, reason: str, by: str) -> None:
    """Take a message that was given up off the list; it is not sent."""
    with transaction(house.factory) as session:
        say(shown.line(given_up.leave(session, notice_id, reason, by, clock.now())))


@notices.command()
def wordings() -> None:
    """Every message's wording, its channels, when it may be sent,
    and how many SMS it takes at its longest.
    """
    for name, one in templates().items():
        say(shown.wording(name, one))
