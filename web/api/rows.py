"""Rows of the ledger as programs read and write them:
as of an instant, of a version, from a date of effect on.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import url_for
from pydantic import BaseModel

from hotline.directory.service import Unknown
from hotline.ledger import history
from hotline.ledger.history import TABLES, DatedRow
from hotline.ledger.versions import expect, expect_none, version
from web.api import gate
from web.api.gate import Answer
from web.api.models import At, Change, Listing, Page, Some

Shown = TypeVar("Shown", bound=BaseModel)
Shows = Callable[[Any], Shown]


def some(everything: Sequence[Any], asked: Some, shows: Shows[Shown], kind: type[Shown]) -> Answer:
    """A page of a list that is at hand."""
    start = (asked.page - 1) * asked.size
    shown = [shows(one) for one in everything[start : start + asked.size]]
    return Answer(
        Page[kind](items=shown, page=asked.page, size=asked.size, total=len(everything))  # type: ignore[valid-type]
    )


def page(everything: Sequence[Any], asked: Some, kind: type[Shown]) -> Answer:
    """A page of rows that are told as they are."""
    return some(everything, asked, kind.model_validate, kind)


def told(row: Any, kind: type[Shown]) -> Answer:
    """A row as it is now."""
    return Answer(kind.model_validate(row))


def made(row: Any, kind: type[Shown], where: str = "") -> Answer:
    """A row that is new, and the endpoint where it is read."""
    there = {"Location": url_for(where, number=row.id)} if where else {}
    return Answer(kind.model_validate(row), 201, headers=there)


def listed(name: str, asked: Listing, shows: Shows[Shown], kind: type[Shown]) -> Answer:
    """What holds of a kind at an instant, by key; only what holds the words asked for."""
    rows = history.all_in_force(gate.session(), TABLES[name], asked.at or gate.now())
    words = asked.q.casefold().split()
    found = [row for row in rows if all(word in _text(row) for word in words)]
    return some(found, asked, shows, kind)


def one(name: str, key: str, asked: At, shows: Shows[Shown]) -> Answer:
    """What a key says at an instant. Raises Unknown."""
    return _answer(name, key, asked.at or gate.now(), shows)


def edited(
    name: str, key: str, body: Change, shows: Shows[Shown], deed: Callable[[datetime], object]
) -> Answer:
    """A key says something else from an instant on, if it is still as it was read; ``deed`` writes it.

    Raises ChangedMeanwhile, AlreadyThere, and what the deed raises.
    """
    session, since = gate.session(), body.since or gate.now()
    is_new = expects(name, key, since)
    deed(since)
    session.flush()
    answer = _answer(name, key, since, shows)
    return Answer(answer.body, 201 if is_new else 200, answer.version)


def expects(name: str, key: str, since: datetime) -> bool:
    """Whether the key is to be new; if not, it is still as it was read.
    Raises ChangedMeanwhile, AlreadyThere.
    """
    session, read = gate.session(), gate.expected()
    if read:
        expect(session, name, key, read, since)
    else:
        expect_none(session, name, key, since)
    return not read


def ended(name: str, key: str, since: datetime, deed: Callable[[datetime], object]) -> Answer:
    """From an instant on a key says nothing, if it is still as it was read.
    Raises Unknown, ChangedMeanwhile.
    """
    session = gate.session()
    if not any(row.valid_to is None or row.valid_to > since for row in _counting(name, key)):
        raise Unknown(name, key)
    expect(session, name, key, gate.expected(), since)
    deed(since)
    return Answer(None, 204)


def _answer(name: str, key: str, at: datetime, shows: Shows[Shown]) -> Answer:
    session = gate.session()
    row = history.in_force(session, TABLES[name], key, at)
    if row is None:
        raise Unknown(name, key)
    return Answer(shows(row), version=f"{version(session, name, key)}.{row.id}")


def _counting(name: str, key: str) -> list[DatedRow]:
    return history.counting(gate.session(), TABLES[name], key)


def _text(row: DatedRow) -> str:
    return " ".join(str(word) for word in (row.key, *row.says().values()) if word).casefold()


def held(row: DatedRow) -> dict[str, Any]:
    """When a row holds, for its model."""
    return {"valid_from": row.valid_from, "valid_to": row.valid_to}
