"""Links from news to entries of the book: ticked and shown by their questions."""

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session
from wtforms import SelectMultipleField

from hotline.knowledge.service import entries
from hotline.news.linked import entries_left
from hotline.permissions import Action
from web.console.gate import may, me, now
from web.console.language import _l

NUMBERS: Final = re.compile(r"\d{1,9}")


def entries_field() -> SelectMultipleField:
    """A choice of entries that answer the calls about some news."""
    return SelectMultipleField(_l("用哪幾則問答回答"), choices=[], validate_choice=False)


def chosen(found: Iterable[str]) -> tuple[str, ...]:
    """Numbers that were ticked, or sent in one text; each once."""
    return tuple(dict.fromkeys(one.lstrip("0") or "0" for text in found for one in NUMBERS.findall(text)))


def offered(session: Session, action: Action) -> list[tuple[str, str]]:
    """Number and question of the entries that somebody may link: their agency's, or all."""
    agency = "" if may(action, "-") else me().agency
    return [(row.key, row.question) for row in entries(session, now(), agency=agency)]


def linked(session: Session, numbers: Iterable[str]) -> list[tuple[str, str]]:
    """Number and question of those that are still in the book."""
    return [(row.key, row.question) for row in entries_left(session, numbers, now())]
