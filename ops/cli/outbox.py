"""``hotline notices``: messages to staff and citizens, and those that a person has to look at."""

from collections.abc import Iterator, Sequence

import click
from sqlalchemy.orm import Session

from hotline import clock
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.log_masking import clean
from hotline.outbox import service
from hotline.outbox.rules import MessageChannel, Template, segments
from hotline.outbox.senders import files_of
from hotline.outbox.service import notices as letters
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.outbox.templates import templates
from hotline.permissions import Action
from hotline.staff.service import permitted
from ops.cli.options import HOW_MANY, NUMBER, CommandGroup, by, minute, say, say_each
from ops.wiring import House

READER = click.option("--by", default="", metavar="LOGIN", help="who reads, for the audit log")
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
@READER
@click.pass_obj
def list_notices(house: House, state: str | None, last: int, by: str) -> None:
    """The latest messages with what became of them; what citizens are told only to a login."""
    with transaction(house.factory) as session:
        rows = letters(session, state=OutboxState(state) if state else None, last=last)
        _reads(session, rows, by)
        for row in rows:
            say(line(row, is_read=bool(by)))


@notices.command()
@NUMBERED
@READER
@click.pass_obj
def show(house: House, notice_id: int, by: str) -> None:
    """Everything about one message; what a citizen is told only to a login."""
    with transaction(house.factory) as session:
        row = _row(session, notice_id)
        _reads(session, [row], by)
        say_each(story(row, is_read=bool(by)))


@notices.command("open")
@NUMBERED
@by
def open_notice(house: House, notice_id: int, by: str) -> None:
    """A message as its receiver got it, with its code; in a trial, whose messages are files here."""
    with transaction(house.factory) as session:
        row = _row(session, notice_id)
        permitted(session, by, Action.NOTICE_MEND, clock.now())
        text = files_of(house.settings, house.keys).opened(service.letter_of(row))
        if not text:
            raise click.ClickException(f"Message {notice_id} did not go as a file of this machine")
        service.look_at(session, [row], by, clock.now())
    for one in text.splitlines():
        say(one)


def _row(session: Session, number: int) -> OutboxMessage:
    row = session.get(OutboxMessage, number)
    if row is None:
        raise click.ClickException(f"There is no message {number}; see: hotline notices list")
    return row


def _reads(session: Session, rows: Sequence[OutboxMessage], by: str) -> None:
    """Put on record who reads; a reader is somebody who may mend messages."""
    if by:
        permitted(session, by, Action.NOTICE_MEND, clock.now())
        service.look_at(session, rows, by, clock.now())


@notices.command()
@click.argument("notice_ids", metavar="[ID]...", type=NUMBER, nargs=-1)
@click.option("--all", "every", is_flag=True, help="all that were given up")
@by
def again(house: House, notice_ids: tuple[int, ...], every: bool, by: str) -> None:
    """Send messages that were given up as if for the first time: what kept them back is mended."""
    with transaction(house.factory) as session:
        chosen = [row.id for row in letters(session, state=OutboxState.FAILED)] if every else notice_ids
        for number in chosen:
            say(line(service.again(session, number, by, clock.now())))
    if not chosen:
        say("no message was given up" if every else "give the number of a message, or --all")


@notices.command()
@NUMBERED
@click.option("--reason", required=True, help="for example: told by telephone")
@by
def leave(house: House, notice_id: int, reason: str, by: str) -> None:
    """Take a message that was given up off the list; it is not sent."""
    with transaction(house.factory) as session:
        say(line(service.leave(session, notice_id, reason, by, clock.now())))


@notices.command()
def wordings() -> None:
    """Every message's wording, its channels, when it may be sent,
    and how many SMS it takes at its longest.
    """
    for name, one in templates().items():
        say(wording(name, one))


def line(row: OutboxMessage, *, is_read: bool = True) -> str:
    """One message: when it was written, how it stands, to whom, its text, and why it was not sent.

    ``is_read``: on record; else what a citizen is told is left out.
    """
    why = "" if row.state == OutboxState.SENT else clean(row.result)
    return (
        f"{row.id:>5}  {minute(row.written_at)}  {row.template}  {standing(row):<8} "
        f"{service.recipient_of(row):<28} {clean(_text(row, is_read))}  {why}"
    ).rstrip()


def _text(row: OutboxMessage, is_read: bool) -> str:
    if service.is_for_citizen(row) and not is_read:
        return "(to a citizen: --by LOGIN)"
    return service.shown_text(row)


def standing(row: OutboxMessage) -> str:
    """Its state, and what more is known: delivered, tried so often, perhaps arrived twice."""
    words = [row.state, row.delivery if row.delivery and row.delivery != row.state else ""]
    if row.done_at is None and row.tries:
        words.append(f"tried {row.tries}x, again {row.next_try_at.astimezone(TAIPEI):%H:%M}")
    if row.doubts:
        words.append("may have arrived twice" if row.state == OutboxState.SENT else "may have arrived")
    return ", ".join(filter(None, words))


def story(row: OutboxMessage, *, is_read: bool) -> Iterator[str]:
    """Everything about one message."""
    yield line(row, is_read=is_read).splitlines()[0]
    yield f"  event      {clean(row.event)}"
    for text in _text(row, is_read).splitlines():
        yield f"  text       {clean(text)}"
    if row.provider_id:
        yield f"  known as   {clean(row.provider_id)}"
    if row.done_at:
        yield f"  done       {minute(row.done_at)} after {row.tries} tries"
    if row.delivered_at:
        yield f"  carrier    {minute(row.delivered_at)} {row.delivery}"


def wording(name: str, one: Template) -> str:
    """A template with its channels; for SMS how many it takes at its longest."""
    longest = one.text.format_map({fact: "字" * most for fact, most in one.longest.items()})
    size = f"{segments(longest)} SMS" if MessageChannel.SMS in one.channels else ""
    return f"{name}  {'/'.join(one.channels):<10} {size:<6} {'by day' if one.can_wait else 'always':<7} {clean(one.text)}"
