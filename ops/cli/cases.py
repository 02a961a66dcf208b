"""Commands about cases."""

from collections.abc import Iterator
from datetime import datetime

import click
from sqlalchemy.orm import Session

import wording
from hotline.cases import deadlines, find
from hotline.cases.moving import NoSuchCase
from hotline.cases.store import Case
from hotline.clock import TAIPEI
from hotline.db import looking
from hotline.errors import existing
from hotline.worktime import Worktime
from hotline.worktime.explain import ENGLISH
from ops.cli.options import say_each
from ops.wiring import House


@click.command("case")
@click.argument("number")
@click.pass_obj
def why_case(house: House, number: str) -> None:
    """When a case is due: each deadline with its arithmetic and clause, those that were replaced too."""
    with looking(house.factory) as session:
        row = existing(find.by_number(session, number), NoSuchCase(number))
        say_each(_why(session, row, house.callbacks.worktime(session)))


def _why(session: Session, row: Case, worktime: Worktime) -> Iterator[str]:
    """What the case is, then its deadlines in the order in which they were set."""
    kind, state = (wording.name(one, wording.ENGLISH) for one in (row.case_kind, row.case_state))
    yield f"case {row.number}: {kind}, {state}"
    lead = session.get(Case, row.lead_id) if row.lead_id else None
    if lead:
        yield f"attached to case {lead.number}, whose deadlines hold"
    for one in deadlines.why(session, lead or row, worktime):
        ended = f", ended {_long(one.ended_at)}" if one.ended_at else ""
        yield f"{wording.name(one.kind, wording.ENGLISH)}{ended}"
        yield from (f"  {line}" for line in one.lines)


def _long(at: datetime) -> str:
    return ENGLISH.instant(at.astimezone(TAIPEI).replace(microsecond=0))
