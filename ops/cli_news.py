"""``hotline news``: messages, emergency bulletins, calls to come, new measures (P4.3, P4.7, P4.8, P4.10)."""

from datetime import date, datetime

import click
from sqlalchemy.orm import Session

from hotline import clock
from hotline.audit import clean
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.news import alerts, measures, messages, surges
from hotline.news.rules import Measure, Message, Surge
from hotline.news.store import SurgeRow
from ops.cli_options import NUMBER, Day, Group, Instant, by, reason, say
from ops.wiring import House

ID = click.argument("number", metavar="NUMBER", type=NUMBER)
agency = click.option("--agency", required=True, help="code of the agency whose news it is")
entries = click.option(
    "--entry",
    "entries",
    type=NUMBER,
    multiple=True,
    help="an entry of the book that answers it; repeat for more",
)
everything = click.option("--all", "everything", is_flag=True, help="what is over as well")


@click.group(cls=Group)
def news() -> None:
    """What agencies tell the call centre before citizens ask."""


@news.command("list")
@click.argument("words", nargs=-1)
@everything
@click.pass_obj
def list_news(house: House, words: tuple[str, ...], everything: bool) -> None:
    """Bulletins that are on, then messages; with WORDS, the messages that fit them."""
    at = clock.now()
    with transaction(house.factory) as session:
        for alert in alerts.alerts(session, is_on=None if everything else True):
            over = "  (lifted)" if alert.lifted_at else ""
            say(f"! bulletin {alert.id}  {_when(alert.raised_at)}  {alert.agency}: {alert.title}{over}")
        rows = messages.messages(session, at, with_past=everything)
        for row in messages.search(rows, " ".join(words)):
            until = f" until {_when(row.ends_at)}" if row.ends_at else ""
            say(
                f"{row.id:>5}  {messages.standing(row, at):<9} {row.agency:<8} {row.title}  "
                f"(posted {(at - row.posted_at).days} days ago{until})"
            )


@news.command()
@agency
@click.option("--title", required=True, help="a few words")
@click.option("--text", required=True, help="what agents can tell")
@click.option("--from", "since", type=Instant(), default=None, help="when it begins (default: now)")
@click.option("--until", type=Instant(), default=None, help="when it is over (default: until withdrawn)")
@by
@click.pass_obj
def post(
    house: House, agency: str, title: str, text: str, since: datetime | None, until: datetime | None, by: str
) -> None:
    """Tell agents of an activity, or of the opening of a project (P4.7)."""
    at = clock.now()
    with transaction(house.factory) as session:
        row = messages.post(session, Message(agency, title, text, since or at, until), at=at, by=by)
    say(f"message {row.id} is before the agents")


@news.command()
@ID
@reason
@by
@click.pass_obj
def withdraw(house: House, number: int, reason: str, by: str) -> None:
    """A message matters no more; it stays on record."""
    with transaction(house.factory) as session:
        messages.withdraw(session, number, at=clock.now(), by=by, reason=reason)
    say(f"message {number} is withdrawn")


@news.command("alert")
@agency
@click.option("--title", required=True, help="a few words")
@click.option("--text", required=True, help="what has happened, and what agents are to say")
@by
@click.pass_obj
def raise_alert(house: House, agency: str, title: str, text: str, by: str) -> None:
    """An emergency bulletin to all agents, on their pages within seconds (P4.8)."""
    with transaction(house.factory) as session:
        row = alerts.raise_alert(session, agency, title, text, at=clock.now(), by=by)
    say(f"bulletin {row.id} is before every agent; callers hear one by: hotline bulletin on")


@news.command()
@ID
@reason
@by
@click.pass_obj
def lift(house: House, number: int, reason: str, by: str) -> None:
    """An emergency bulletin is over."""
    with transaction(house.factory) as session:
        alerts.lift(session, number, at=clock.now(), by=by, reason=reason)
    say(f"bulletin {number} is lifted")


@news.command()
@ID
@click.option(
    "--by", "login", default="", metavar="LOGIN", help="who has read it; without, who has and who has not"
)
@click.pass_obj
def seen(house: House, number: int, login: str) -> None:
    """Who has read an emergency bulletin."""
    at = clock.now()
    with transaction(house.factory) as session:
        if login:
            alerts.see(session, number, at=at, by=login)
        for one in alerts.seen(session, number):
            say(f"{one.login:<16} {_when(one.at)}")
        for member in alerts.unseen(session, number, at):
            say(f"{member.login:<16} not yet")


@news.command()
@agency
@click.option("--topic", required=True, help="what citizens will call about")
@click.option("--from", "first_day", type=Day(), required=True, help="the first day")
@click.option("--until", "last_day", type=Day(), required=True, help="the last day")
@click.option("--calls", type=click.IntRange(1, 1_000_000), required=True, help="how many calls are expected")
@click.option("--staff", required=True, help="who of the agency answers")
@entries
@by
@click.pass_obj
def surge(
    house: House,
    agency: str,
    topic: str,
    first_day: date,
    last_day: date,
    calls: int,
    staff: str,
    entries: tuple[int, ...],
    by: str,
) -> None:
    """Tell of many calls to come (P4.3)."""
    told = Surge(agency, topic, first_day, last_day, calls, staff, tuple(map(str, entries)))
    with transaction(house.factory) as session:
        _tell(session, surges.tell(session, told, at=clock.now(), by=by), clock.now())


@news.command("surges")
@everything
@click.pass_obj
def list_surges(house: House, everything: bool) -> None:
    """Calls to come, the first to come first; those without an entry of the book are flagged."""
    at = clock.now()
    with transaction(house.factory) as session:
        rows = surges.surges(session, at, with_past=everything)
        for row in rows:
            _tell(session, row, at)
    if not rows:
        say("no more calls than usual are expected")


def _tell(session: Session, row: SurgeRow, at: datetime) -> None:
    flag = "  ! no entry of the book answers it" if surges.is_without_entry(session, row, at) else ""
    say(f"{row.id:>5}  {row.first} to {row.last}  {row.calls:>7} calls  {row.agency:<8} {row.topic}{flag}")


@news.command()
@agency
@click.option("--title", required=True, help="the measure's name")
@click.option("--material", required=True, help="the newest material")
@click.option("--training", is_flag=True, help="agents are to be trained")
@click.option("--on", "training_on", type=Day(), default=None, help="day of the training")
@entries
@by
@click.pass_obj
def measure(
    house: House,
    agency: str,
    title: str,
    material: str,
    training: bool,
    training_on: date | None,
    entries: tuple[int, ...],
    by: str,
) -> None:
    """Tell of a new measure (P4.10)."""
    told = Measure(
        agency, title, material, training or training_on is not None, training_on, tuple(map(str, entries))
    )
    with transaction(house.factory) as session:
        row = measures.tell(session, told, at=clock.now(), by=by)
    say(f"measure {row.id} is before the agents")


@news.command("measures")
@click.pass_obj
def list_measures(house: House) -> None:
    """New measures, the latest first, with who was trained."""
    with transaction(house.factory) as session:
        for row in measures.measures(session):
            who = ", ".join(one.login for one in measures.trained(session, row.id))
            training = (
                f"  training {row.training_on or 'to be fixed'}: {who or 'nobody yet'}"
                if row.training
                else ""
            )
            say(f"{row.id:>5}  {_when(row.told_at)}  {row.agency:<8} {row.title}{training}")
            say(f"       {clean(row.material)}")


@news.command()
@ID
@click.argument("logins", nargs=-1, required=True)
@by
@click.pass_obj
def trained(house: House, number: int, logins: tuple[str, ...], by: str) -> None:
    """LOGINS attended the training of a measure."""
    with transaction(house.factory) as session:
        new = measures.train(session, number, logins, at=clock.now(), by=by)
    say(f"{new} more attended the training of measure {number}")


def _when(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(news)
