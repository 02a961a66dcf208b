"""``hotline faq``: the book of questions and answers, its monthly review, and what agencies are asked for (P4.1.1, P4.4, P4.5)."""

from datetime import datetime

import click

from hotline import clock
from hotline.audit import clean
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.knowledge import requests, reviews, service
from hotline.knowledge.requests import Ask
from hotline.knowledge.rules import Channel, Faq, Review, hindrances
from hotline.knowledge.store import FaqRequest, FaqRow
from ops.cli_options import NUMBER, Group, Instant, by, reason, say, say_each
from ops.wiring import House

ENTRY = click.argument("entry", type=NUMBER)
agency_only = click.option("--agency", default="", help="code of an agency; empty = all")


@click.group(cls=Group)
def faq() -> None:
    """The book of questions and answers that agents read from (常見業務問答集)."""


@faq.command("list")
@agency_only
@click.option("--due", is_flag=True, help="only what nobody has looked at this month (P4.4)")
@click.pass_obj
def list_entries(house: House, agency: str, due: bool) -> None:
    """Entries with their agency and how they stand in the month's review."""
    with transaction(house.factory) as session:
        found = reviews.standings(session, clock.now(), agency=agency)
    shown = [one for one in found if not due or one.state is not Review.DONE]
    for one in shown:
        seen = f"{one.reviewed_at.astimezone(TAIPEI):%Y-%m-%d}"
        say(f"{one.row.key:>5}  {one.row.agency:<8} {one.state:<5} {seen}  {one.row.question}")
    if not shown:
        say("all entries were looked at this month" if due else "the book is empty")


@faq.command()
@ENTRY
@click.pass_obj
def show(house: House, entry: int) -> None:
    """One entry as it is read to a caller, and everything it said before."""
    with transaction(house.factory) as session:
        told = service.versions(session, str(entry))
    for line in _whole(told[-1].row or next(one.row for one in reversed(told) if one.row)):
        say(line)
    for one in told:
        what = one.row.question if one.row else "ended"
        say(f"  version {one.number}  {_when(one.at)} {one.by}: {what}  {one.reason}".rstrip())


def _whole(row: FaqRow) -> list[str]:
    where = "/".join(filter(None, (row.agency, row.section, row.business)))
    lines = [f"{row.key}  {row.question}  ({where})", f"  {clean(row.answer)}"]
    if row.keywords:
        lines.append(f"  keywords {clean(row.keywords)}")
    lines.append("  can be read aloud" if row.aloud else "  not yet marked as fit to be read aloud (P4.4)")
    return lines


@faq.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def find(house: House, words: tuple[str, ...]) -> None:
    """Entries by question, keywords and answer; in characters, 注音 or pinyin, also with slips."""
    from hotline.knowledge.search import Finder  # pinyin is large, and no other command needs it

    at = clock.now()
    with transaction(house.factory) as session:
        hits = Finder().find(session, " ".join(words), at)
        for hit in hits:
            row = service.entry(session, hit.key, at)
            say(f"{row.key:>5}  {row.agency:<8} {row.question}")
    if not hits:
        say("no entry is found; ask the agency for one: hotline faq ask")


@faq.command()
@click.option("--entry", type=NUMBER, default=None, help="write this entry otherwise (default: a new one)")
@click.option("--agency", required=True, help="code of the agency whose it is")
@click.option("--question", required=True, help="as a citizen asks it")
@click.option("--answer", required=True, help="as one speaks")
@click.option("--keywords", default="", help="other words that citizens use for it")
@click.option("--section", default="", help="code of the section in charge")
@click.option("--business", default="", help="code of the business in charge")
@click.option("--aloud", is_flag=True, help="it can be read to a caller as it is")
@reason
@by
@click.pass_obj
def write(
    house: House,
    entry: int | None,
    agency: str,
    question: str,
    answer: str,
    keywords: str,
    section: str,
    business: str,
    aloud: bool,
    reason: str,
    by: str,
) -> None:
    """Write an entry, or write one otherwise; what it said before is kept."""
    text = Faq(agency, question, answer, keywords, section, business, aloud)
    with transaction(house.factory) as session:
        number = str(entry) if entry else ""
        row = service.write(session, text, at=clock.now(), by=by, number=number, reason=reason)
    say(f"entry {row.key} is written")
    for hindrance in hindrances(answer):
        click.echo(f"! hard to read aloud: {hindrance}", err=True)


@faq.command()
@ENTRY
@click.option("--reason", required=True, help="why, for the record")
@by
@click.pass_obj
def end(house: House, entry: int, reason: str, by: str) -> None:
    """Take an entry out of the book; it stays on record."""
    with transaction(house.factory) as session:
        service.end(session, str(entry), at=clock.now(), by=by, reason=reason)
    say(f"entry {entry} is no longer in the book")


@faq.command()
@click.argument("entry", type=NUMBER, required=False)
@click.option("--agency", default="", help="all entries of an agency at once")
@by
@click.pass_obj
def review(house: House, entry: int | None, agency: str, by: str) -> None:
    """ENTRY, or with --agency all of them, was looked at and stands (P4.4)."""
    if bool(entry) == bool(agency):
        raise click.UsageError("Name one ENTRY, or an agency by --agency")
    with transaction(house.factory) as session:
        if entry:
            reviews.review(session, str(entry), at=clock.now(), by=by)
            say(f"entry {entry} was looked at")
        else:
            say(
                f"{reviews.review_all(session, agency, at=clock.now(), by=by)} entries of {agency} were looked at"
            )


@faq.command()
@click.option("--agency", required=True, help="code of the agency that is asked")
@click.option("--question", required=True, help="what is lacking in the book")
@click.option(
    "--over", type=click.Choice([str(one) for one in Channel]), default="phone", help="how it was asked"
)
@click.option(
    "--at", "asked_at", type=Instant(), default=None, help="time of the call or mail (default: now)"
)
@click.option("--call", "call_id", default="", metavar="CALL", help="the citizen's call that brought it up")
@by
@click.pass_obj
def ask(
    house: House, agency: str, question: str, over: str, asked_at: datetime | None, call_id: str, by: str
) -> None:
    """Ask an agency for an entry; it has two working days to reply (P4.5)."""
    at = clock.now()
    wanted = Ask(agency, question, Channel(over), asked_at or at, call_id[:64])
    with transaction(house.factory) as session:
        worktime = house.callbacks.worktime(session)
        say(_line(requests.ask(session, wanted, worktime, house.reply_limit, at=at, by=by)))


@faq.command()
@click.argument("request", metavar="REQUEST", type=NUMBER)
@click.option("--text", default="", help="the reply in words")
@click.option("--entry", type=NUMBER, default=None, help="the entry that answers it")
@by
@click.pass_obj
def reply(house: House, request: int, text: str, entry: int | None, by: str) -> None:
    """The agency's reply to a request: an entry of the book, words, or both."""
    with transaction(house.factory) as session:
        number = str(entry) if entry else ""
        say(_line(requests.reply(session, request, text, at=clock.now(), by=by, entry_number=number)))


@faq.command("requests")
@agency_only
@click.option("--all", "everything", is_flag=True, help="those that were replied to as well")
@click.pass_obj
def list_requests(house: House, agency: str, everything: bool) -> None:
    """What agencies are asked for, the first due first."""
    with transaction(house.factory) as session:
        rows = requests.requests(session, agency=agency, is_open=None if everything else True)
    say_each(map(_line, rows), "nothing is asked for now")


def _line(row: FaqRequest) -> str:
    late = ", late" if row.late_at else ""
    answer = f"  entry {row.number}" if row.number else f"  {clean(row.reply)}"
    return (
        f"{row.id:>5}  due {_when(row.due_at)}  {row.state}{late:<6}  {row.agency:<8} {row.question}{answer}"
    ).rstrip()


def _when(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(faq)
