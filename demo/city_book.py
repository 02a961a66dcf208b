"""Reading for agents of the fictional city: entries, messages, a measure, calls to come
(``demo/city/book.toml``).

Only for an installation that is started to be looked at; nobody wrote it, so nothing of it stands in the
ledger as a person's.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from demo.seed import CITY, Size, seed
from hotline.clock import TAIPEI, month_bounds, month_of
from hotline.directory.rows import load_city
from hotline.directory.rules import Directory
from hotline.knowledge.reviews import looked_at
from hotline.knowledge.rules import Faq
from hotline.knowledge.service import entries
from hotline.knowledge.store import FaqRow
from hotline.ledger.changes import ChangeContext, LedgerEntry
from hotline.ledger.entries import FOUNDING
from hotline.ledger.periods import Period
from hotline.ledger.revisions import KNOWLEDGE, revise
from hotline.news.store import MeasureRow, MessageRow, SurgeRow

BY: Final = "installation"
EVERY: Final = 3
"""Of the businesses that grew around the small city, every third has an entry."""


def settle(session: Session, at: datetime, size: Size) -> None:
    """Fill an empty database: agents, a city, and what its agents read."""
    if seed(session, at, size):
        shelve(session, at)


def shelve(session: Session, at: datetime) -> int:
    """Fill the book and the board; how many entries there are. Written last month, partly looked at since."""
    told = tomllib.loads((CITY / "book.toml").read_text("utf-8"))
    session.flush()
    then = load_city(session, at).at(at)
    last_month = month_bounds(month_of(at))[0] - timedelta(days=10)
    written = _write(session, [*_told(told["entry"]), *_grown(then)], last_month)
    looked_at(session, written, BY, last_month)
    reviewed = [row for row in written if row.agency in told["reviewed"]["agencies"]]
    looked_at(session, reviewed, BY, at)
    numbers = {row.question: row.key for row in written}
    session.add_all(_news(told, numbers, at))
    return len(written)


def _write(session: Session, book: Iterable[Faq], at: datetime) -> list[FaqRow]:
    revise(session, KNOWLEDGE)
    hand = LedgerEntry(session, ChangeContext(at, BY, FOUNDING, "新安裝時放入的示範資料"))
    for number, faq in enumerate(book, 1):
        hand.write(FaqRow, str(number), asdict(faq), Period(at))
    hand.finish()
    return entries(session, at)


def _told(rows: Iterable[dict[str, Any]]) -> Iterator[Faq]:
    for row in rows:
        yield Faq(**row | {"answer": row["answer"].strip()})


def _grown(then: Directory) -> Iterator[Faq]:
    """Section to which a business of a grown city is put through."""
    for _, business in sorted(then.businesses.items())[::EVERY]:
        section = then.sections[business.section]
        where = f"{then.agencies[section.agency].name}{section.name}"
        yield Faq(
            section.agency,
            f"{where}的{business.name}要怎麼辦理？",
            f"{business.name}由{where}負責，請告訴我您的需要，我可以直接幫您轉接過去。",
            business.keywords,
            section.code,
            business.code,
            aloud=True,
        )


def _news(
    told: dict[str, Any], numbers: dict[str, str], at: datetime
) -> Iterator[MessageRow | MeasureRow | SurgeRow]:
    today = at.astimezone(TAIPEI).date()
    for place, row in enumerate(told["message"]):
        posted = at - timedelta(days=place, hours=2)
        yield MessageRow(
            agency=row["agency"],
            title=row["title"],
            text=row["text"],
            starts_at=posted,
            ends_at=at + timedelta(days=row["days"]),
            posted_at=posted,
            posted_by=BY,
        )
    for row in told["measure"]:
        yield MeasureRow(
            agency=row["agency"],
            title=row["title"],
            material=row["material"],
            training=row["training"],
            training_on=today + timedelta(days=row["training_in"]),
            entries=[numbers[question] for question in row["questions"]],
            told_at=at,
            told_by=BY,
        )
    for row in told["surge"]:
        first = today + timedelta(days=row["begins_in"])
        yield SurgeRow(
            agency=row["agency"],
            topic=row["topic"],
            first=first,
            last=first + timedelta(days=row["days"] - 1),
            calls=row["calls"],
            staff=row["staff"],
            entries=[],
            told_at=at,
            told_by=BY,
        )
