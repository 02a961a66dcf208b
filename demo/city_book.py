"""Reading for agents of the fictional city: entries, a file for each agency (``demo/city/book/*.csv``), and
messages, a measure, calls to come (``demo/city/board.toml``).

Only for an installation that is started to be looked at; nobody wrote it, so nothing of it stands in the
ledger as a person's.
"""

import tomllib
from collections.abc import Iterable, Iterator
from csv import DictReader
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from demo.seed import CITY, Size, seed
from hotline.clock import TAIPEI, month_bounds, month_of
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


def settle(session: Session, at: datetime, size: Size) -> None:
    """Fill an empty database: agents, a city, and what its agents read; nothing is owed on its first day."""
    if seed(session, at, size):
        shelve(session, at, all_reviewed=True)


def shelve(session: Session, at: datetime, *, all_reviewed: bool = False) -> int:
    """Fill the book and the board; how many entries there are. Written last month, partly looked at since."""
    told = _board()
    session.flush()
    last_month = month_bounds(month_of(at))[0] - timedelta(days=10)
    written = _write(session, book(), last_month)
    looked_at(session, written, BY, last_month)
    reviewed = [row for row in written if all_reviewed or row.agency in told["reviewed"]["agencies"]]
    looked_at(session, reviewed, BY, at)
    numbers = {row.question: row.key for row in written}
    session.add_all(_news(told, numbers, at))
    return len(written)


def book() -> Iterator[Faq]:
    """The entries of each agency, as it wrote them."""
    for agency in _board()["book"]["agencies"]:
        with (CITY / "book" / f"{agency}.csv").open(encoding="utf-8", newline="") as lines:
            for row in DictReader(lines):
                says: dict[str, Any] = {**row, "agency": agency, "aloud": row["aloud"] == "yes"}
                yield Faq(**says)


def _board() -> dict[str, Any]:
    return tomllib.loads((CITY / "board.toml").read_text("utf-8"))


def _write(session: Session, faqs: Iterable[Faq], at: datetime) -> list[FaqRow]:
    revise(session, KNOWLEDGE)
    hand = LedgerEntry(session, ChangeContext(at, BY, FOUNDING, "新安裝時放入的示範資料"))
    for number, faq in enumerate(faqs, 1):
        hand.write(FaqRow, str(number), asdict(faq), Period(at))
    hand.finish()
    return entries(session, at)


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
