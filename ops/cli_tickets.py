"""``hotline ticket``: problem tickets, the contact log, faults of the telephones (P4.1.2, P4.1.4, P11)."""

from datetime import datetime

import click

from hotline import clock
from hotline.audit import clean
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.tickets import faults, service
from hotline.tickets.rules import About, FaultKind
from hotline.tickets.service import Problem
from hotline.tickets.store import FaultRow, ProblemRow
from ops.cli_options import HOW_MANY, NUMBER, Group, by, say, say_each
from ops.wiring import House

ID = click.argument("number", metavar="NUMBER", type=NUMBER)
agency_only = click.option("--agency", default="", help="code of an agency; empty = all")
everything = click.option("--all", "everything", is_flag=True, help="closed ones as well")


@click.group(cls=Group)
def ticket() -> None:
    """Problems with cases and messages, other contact with agencies, and faults of the telephones."""


@ticket.command("list")
@agency_only
@everything
@click.pass_obj
def list_tickets(house: House, agency: str, everything: bool) -> None:
    """Problem tickets, the oldest first."""
    with transaction(house.factory) as session:
        rows = service.tickets(session, agency=agency, with_closed=everything)
    say_each(map(_problem, rows), "no problem is open")


@ticket.command("open")
@click.argument("about", type=click.Choice([str(one) for one in About]))
@click.argument("subject")
@click.option("--agency", required=True, help="code of the agency whose liaison can help")
@click.option("--problem", required=True, help="what is wrong")
@by
@click.pass_obj
def open_ticket(house: House, about: str, subject: str, agency: str, problem: str, by: str) -> None:
    """Ask a liaison for help with SUBJECT: the number of a case, or of a message that did not arrive."""
    told = Problem(agency, About(about), subject, problem)
    with transaction(house.factory) as session:
        say(_problem(service.open_ticket(session, told, at=clock.now(), by=by)))


@ticket.command()
@ID
@click.option("--text", required=True, help="the answer")
@by
@click.pass_obj
def answer(house: House, number: int, text: str, by: str) -> None:
    """The liaison's answer to a problem."""
    with transaction(house.factory) as session:
        say(_problem(service.answer(session, number, text, at=clock.now(), by=by)))


@ticket.command()
@ID
@by
@click.pass_obj
def close(house: House, number: int, by: str) -> None:
    """The problem is gone."""
    with transaction(house.factory) as session:
        say(_problem(service.close(session, number, at=clock.now(), by=by)))


def _problem(row: ProblemRow) -> str:
    said = f"  → {clean(row.answer)}" if row.answer else ""
    return (
        f"{row.id:>5}  {_when(row.opened_at)}  {row.state:<8} {row.agency:<8} {row.about} {row.subject}: "
        f"{clean(row.problem)}{said}"
    )


@ticket.command()
@click.argument("agency")
@click.argument("text")
@by
@click.pass_obj
def note(house: House, agency: str, text: str, by: str) -> None:
    """Write down other contact with an agency (P4.1.4)."""
    with transaction(house.factory) as session:
        row = service.note(session, agency, text, at=clock.now(), by=by)
    say(f"written down as {row.id}")


@ticket.command()
@agency_only
@click.option("--last", default=20, type=HOW_MANY, help="how many to list")
@click.pass_obj
def notes(house: House, agency: str, last: int) -> None:
    """The contact log, the latest first."""
    with transaction(house.factory) as session:
        rows = service.notes(session, agency=agency, last=last)
    say_each(
        (f"{_when(row.at)}  {row.agency:<8} {row.by}: {clean(row.text)}" for row in rows),
        "nothing is written down",
    )


@ticket.command("faults")
@everything
@click.pass_obj
def list_faults(house: House, everything: bool) -> None:
    """Faults of the telephones, the oldest first, and who mends them."""
    with transaction(house.factory) as session:
        rows = faults.faults(session, with_closed=everything)
    say_each(map(_fault, rows), "no fault is open")


@ticket.command()
@click.argument("kind", type=click.Choice([str(one) for one in FaultKind]))
@click.argument("text")
@click.option("--agency", default="", help="code of the agency where it shows")
@by
@click.pass_obj
def fault(house: House, kind: str, text: str, agency: str, by: str) -> None:
    """Report a fault: of the main building's switchboard, or of internet telephony (P11)."""
    with transaction(house.factory) as session:
        say(_fault(faults.report(session, FaultKind(kind), agency, text, at=clock.now(), by=by)))


@ticket.command()
@ID
@click.option("--text", required=True, help="what is being done, or how it was mended")
@click.option("--still", is_flag=True, help="it is not mended yet")
@by
@click.pass_obj
def mend(house: House, number: int, text: str, still: bool, by: str) -> None:
    """A fault of one's own queue is mended, or with --still answered."""
    verb = faults.answer if still else faults.close
    with transaction(house.factory) as session:
        say(_fault(verb(session, number, text, at=clock.now(), by=by)))


def _fault(row: FaultRow) -> str:
    works = "  (works again)" if row.recovered_at else ""
    said = f"  → {clean(row.answer)}" if row.answer else ""
    return (
        f"{row.id:>5}  {_when(row.opened_at)}  {row.state:<8} {row.queue:<18} {row.agency:<8} "
        f"{clean(row.fault)}{works}{said}"
    )


def _when(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(ticket)
