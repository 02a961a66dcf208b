"""``hotline special list``: whose calls may be ended by rule today (P7.3)."""

from datetime import date

import click

from hotline import clock
from hotline.db import looking
from hotline.ledger.looks import number
from hotline.special_callers.rules import ListedCaller
from hotline.special_callers.service import entries
from ops.cli.options import CommandGroup, say
from ops.wiring import House


@click.group(cls=CommandGroup)
def special() -> None:
    """The special list (P7.3): callers whose calls end after three guidances."""


@special.command("list")
@click.pass_obj
def list_entries(house: House) -> None:
    """Every entry with its approval, and whether it works today; numbers are masked."""
    today = clock.now().astimezone(clock.TAIPEI).date()
    with looking(house.factory) as session:
        for entry in entries(session):
            say(_line(entry, today))


def _line(entry: ListedCaller, today: date) -> str:
    approval = entry.approval
    by_whom = (
        f"{approval.level} ({approval.approver}) {approval.approved_on} {approval.document}, "
        f"review {approval.review_on}"
        if approval
        else f"proposed by {entry.proposed_by}"
    )
    works = "works" if entry.works(today) else "does not work"
    numbers = ", ".join(number(one, None) for one in entry.numbers)
    return f"{entry.id:<4} {numbers}  {entry.state.lower()}, {works}  {by_whom}  {entry.reason}"
