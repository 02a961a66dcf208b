"""Jobs of the book: late replies, the month's reminder, lists of its first day (P4.4, P4.5)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from hotline.clock import TAIPEI, month_of
from hotline.db import transaction
from hotline.knowledge import requests, reviews
from hotline.knowledge.rules import Review, lists_at
from hotline.knowledge.store import FaqRow
from ops.wiring import House
from reporting.table import csv_text

HEAD: Final = ("agency", "entry", "question", "last written")


def keep_book(house: House, at: datetime) -> None:
    """Do everything whose time has come. Idempotent."""
    with transaction(house.factory) as session:
        requests.chase(session, at)
        reviews.remind(session, at)
        write_lists(session, house.settings.reports, at)


def write_lists(session: Session, folder: Path, at: datetime) -> list[Path]:
    """Write what is due this month and what last month left, once each, from the first at 08:30 on."""
    month = month_of(at)
    if at < lists_at(month):
        return []
    last = month_of(lists_at(month) - timedelta(days=1))
    wanted: dict[str, Callable[[], Sequence[FaqRow]]] = {
        f"faq-review-due-{month:%Y-%m}": lambda: _due(session, at),
        f"faq-review-late-{last:%Y-%m}": lambda: reviews.missed(session, at),
    }
    lacking = {folder / f"{name}.csv": rows for name, rows in wanted.items()}
    return [_written(file, rows()) for file, rows in lacking.items() if not file.exists()]


def _due(session: Session, at: datetime) -> Sequence[FaqRow]:
    return [one.row for one in reviews.standings(session, at) if one.state is not Review.DONE]


def _written(file: Path, rows: Sequence[FaqRow]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    lines = [
        (row.agency, row.key, row.question, f"{row.valid_from.astimezone(TAIPEI):%Y-%m-%d}") for row in rows
    ]
    draft.write_text(csv_text(HEAD, sorted(lines)), "utf-8", newline="")
    return draft.replace(file)
