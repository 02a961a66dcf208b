"""Links from news to entries of the book: chosen by number, shown by question."""

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from hotline.news.linked import entries_left
from web.console.gate import now

NUMBERS: Final = re.compile(r"\d{1,9}")


def typed(text: str) -> tuple[str, ...]:
    """The numbers that were typed, however they are set apart; each once."""
    return tuple(dict.fromkeys(found.lstrip("0") or "0" for found in NUMBERS.findall(text)))


def shown(numbers: Iterable[str]) -> str:
    """Numbers as a field holds them."""
    return " ".join(numbers)


def linked(session: Session, numbers: Iterable[str]) -> list[tuple[str, str]]:
    """Number and question of those that are still in the book."""
    return [(row.key, row.question) for row in entries_left(session, numbers, now())]
