"""``hotline``: the special list, and what is done to a call that must end."""

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from hotline import clock
from hotline.auditlog.looks import Reading, look, number
from hotline.special.rules import Entry
from ops.cli_options import NUMBER, Day, Group, by, reason, say
from ops.wiring import House

Option = Callable[[Any], Any]


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(special)
    call = main.commands["call"]
    assert isinstance(call, click.Group)  # noqa: S101 - declared beside it
    for verb in VERBS:
        call.add_command(verb)


@click.group(cls=Group)
def special() -> None:
    """The special list (P7.3): callers whose calls end after three guidances."""


@special.command("propose")
@click.argument("numbers", nargs=-1, required=True)
@click.option(
    "--evidence", multiple=True, required=True, metavar="CALL", help="a call that shows it; repeat for more"
)
@by
@reason
@click.pass_obj
def propose(house: House, numbers: tuple[str, ...], evidence: tuple[str, ...], by: str, reason: str) -> None:
    """Propose a caller for the list."""
    from hotline.db import transaction
    from hotline.special.service import propose as propose_entry
    from ops.reading import refuse_unknown

    with transaction(house.factory) as session:
        entry = propose_entry(session, numbers, reason, evidence, by=by, at=clock.now())
        refuse_unknown(session, evidence)
    say(f"entry {entry} is proposed; it works once it is approved: hotline special approve {entry}")


@special.command("approve")
@click.argument("entry", type=NUMBER)
@click.option("--level", required=True, help="whose approval it is: the mayor's or a delegated level")
@click.option("--document", required=True, metavar="NUMBER", help="number of the approving document")
@click.option("--on", "approved_on", type=Day(), default=None, help="day of the approval (default: today)")
@click.option(
    "--review", "review_on", type=Day(), default=None, help="last day it works (default: in 12 months)"
)
@by
@click.pass_obj
def approve(
    house: House,
    entry: int,
    level: str,
    document: str,
    approved_on: date | None,
    review_on: date | None,
    by: str,
) -> None:
    """Approve a proposed entry: from now on its calls can be ended by rule."""
    from hotline.db import transaction
    from hotline.special.service import approve as approve_entry

    with transaction(house.factory) as session:
        done = approve_entry(
            session, entry, level=level, document=document, by=by, at=clock.now(),
            approved_on=approved_on, review_on=review_on,
        )  # fmt: skip
    say(f"entry {entry} works until {done.approval and done.approval.review_on}")


@special.command("refuse")
@click.argument("entry", type=NUMBER)
@by
@click.option("--reason", required=True, help="why, for the record")
@click.pass_obj
def refuse(house: House, entry: int, by: str, reason: str) -> None:
    """Leave a proposed entry without approval."""
    from hotline.db import transaction
    from hotline.special.service import refuse as refuse_entry

    with transaction(house.factory) as session:
        refuse_entry(session, entry, reason, by=by, at=clock.now())
    say(f"entry {entry} is refused; it never works")


@special.command("remove")
@click.argument("entry", type=NUMBER)
@by
@click.option("--reason", required=True, help="why, for the record")
@click.pass_obj
def remove(house: House, entry: int, by: str, reason: str) -> None:
    """Take an entry off the list."""
    from hotline.db import transaction
    from hotline.special.service import remove as remove_entry

    with transaction(house.factory) as session:
        remove_entry(session, entry, reason, by=by, at=clock.now())
    say(f"entry {entry} is off the list")


@special.command("list")
@click.pass_obj
def list_entries(house: House) -> None:
    """Every entry with its approval, and whether it works today; numbers are masked."""
    from hotline.db import transaction
    from hotline.special.service import entries

    today = clock.now().astimezone(clock.TAIPEI).date()
    with transaction(house.factory) as session:
        for entry in entries(session):
            say(_line(entry, today))


@special.command("show")
@click.argument("entry", type=NUMBER)
@by
@click.option("--reason", required=True, help="why the numbers are told whole, for the record")
@click.pass_obj
def show(house: House, entry: int, by: str, reason: str) -> None:
    """One entry with its whole numbers; who looked and why stays on record."""
    from hotline.db import transaction
    from hotline.special.service import entry_of
    from hotline.staff.rules import Action
    from hotline.staff.service import permitted

    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.SPECIAL_READ, at)
        known = entry_of(session, entry)
        reading = look(session, at, by, f"special:{entry}", reason, "numbers")
    say(_line(known, at.astimezone(clock.TAIPEI).date(), reading))


def _line(entry: Entry, today: date, reading: Reading | None = None) -> str:
    approval = entry.approval
    by_whom = (
        f"{approval.level} ({approval.approver}) {approval.approved_on} {approval.document}, "
        f"review {approval.review_on}"
        if approval
        else f"proposed by {entry.proposed_by}"
    )
    works = "works" if entry.works(today) else "does not work"
    numbers = ", ".join(number(one, reading) for one in entry.numbers)
    return f"{entry.id:<4} {numbers}  {entry.state.lower()}, {works}  {by_whom}  {entry.reason}"


def _verb(kind: str, name: str, text: str, why: Option = reason) -> click.Command:
    @click.command(name, help=text, short_help=text)
    @click.argument("call_id", metavar="CALL")
    @by
    @why
    @click.pass_obj
    def run(house: House, call_id: str, by: str, reason: str) -> None:
        from ops.specials import act

        for line in act(house, kind, call_id, by=by, reason=reason, at=clock.now()):
            say(line)

    return run


VERBS = (
    _verb("asked", "ask", "Ask a supervisor to judge the caller (P7.1)."),
    _verb(
        "authorised",
        "authorise",
        "Judge the caller drunk, abusive or without a topic: the cap holds (P7.1).",
        click.option("--reason", required=True, help="which of these, for the record"),
    ),
    _verb("refused", "refuse", "Leave it an ordinary call."),
    _verb("no_topic", "no-topic", "A caller on the special list has no topic: the cap holds (P7.3)."),
    _verb("topic", "topic", "A topic appeared: the cap is lifted."),
    _verb("guided", "guide", "A guidance was said to the caller: count it."),
    _verb(
        "failed", "end", "The last guidance brought no topic: the caller hears so, and the call ends (P7.1)."
    ),
    _verb("emergency", "emergency", "Lift every limit for good and call a supervisor into the talk."),
)
