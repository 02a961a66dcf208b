"""Ledger rows as programs read and write them: as of an instant, of a version, from a date of effect on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import url_for
from pydantic import BaseModel, create_model

from hotline.directory.rows import KINDS
from hotline.directory.service import Unknown
from hotline.errors import existing
from hotline.ledger import history
from hotline.ledger.history import TABLES, DatedRow
from hotline.ledger.versions import expect, expect_none, version
from hotline.permissions import Action
from hotline.search import Match
from web.api import gate
from web.api.gate import ANY_KEY, Answer, Declares, Room
from web.api.models import (
    AsOf,
    ChangeBody,
    DatedRecord,
    EndQuery,
    FoundPage,
    ListQuery,
    Page,
    PageQuery,
    RowKey,
)

Shown = TypeVar("Shown", bound=BaseModel)
Shows = Callable[[Any], Shown]
Write = Callable[[str, Any, Any, datetime], object]
"""Put a change in force: kind, path, body, since."""
End = Callable[[str, str, str, datetime], object]
"""End a row: kind, key, reason, since."""


class DatedResource:
    """Operations on a kind of dated rows; each is named by the keyword of the sentence that describes it.

    ``says`` is what a row says beside its key and its time: the body of a change and the model that is shown
    are made of it, unless a ``model`` is given.
    """

    def __init__(
        self,
        room: Room,
        write: Write,
        end: End,
        name: str,
        rule: str,
        path: type[BaseModel],
        says: type[BaseModel],
        model: type[BaseModel] | None = None,
        shows: Shows[Any] | None = None,
        action: Action | None = None,
    ) -> None:
        self._room, self._write, self._end = room, write, end
        self._name, self._rule, self._path = name, rule, path
        title, key = says.__name__.removesuffix("Says"), next(iter(path.model_fields))
        self._body = create_model(f"{title}Change", __base__=(says, ChangeBody))
        self._model = model or create_model(title, __base__=(says, DatedRecord), **{key: (RowKey, ...)})  # type: ignore[call-overload]
        self._shows: Shows[Any] = shows or self._model.model_validate
        self._action = action or KINDS[name].action

    def listed(self, rule: str, **says: str) -> None:
        """Declare the list as of an instant."""

        def view(query: ListQuery) -> Answer:
            return listed(self._name, query, self._shows, self._model)

        _declare(self._room.read(rule, ANY_KEY, Page[self._model]), view, says)  # type: ignore[name-defined]

    def one(self, **says: str) -> None:
        """Declare the look at one as of an instant."""

        def view(path: Any, query: AsOf) -> Answer:
            return one(self._name, key_of(path), query, self._shows)

        _declare(self._room.read(self._rule, ANY_KEY, self._model), view, says, path=self._path)

    def change(self, **says: str) -> None:
        """Declare the change from a date of effect on."""

        def view(path: Any, body: Any) -> Answer:
            return edited(
                self._name,
                key_of(path),
                body,
                self._shows,
                lambda since: self._write(self._name, path, body, since),
            )

        _declare(
            self._room.edit(self._rule, self._action, self._model),
            view,
            says,
            path=self._path,
            body=self._body,
        )

    def end(self, **says: str) -> None:
        """Declare the end from an instant on."""

        def view(path: Any, query: EndQuery) -> Answer:
            key = key_of(path)
            return ended(
                self._name,
                key,
                query.since or gate.now(),
                lambda since: self._end(self._name, key, query.reason, since),
            )

        _declare(self._room.end(self._rule, self._action), view, says, path=self._path)


def _declare(declares: Declares, view: Callable[..., Answer], says: dict[str, str], **types: Any) -> None:
    ((view.__name__, view.__doc__),) = says.items()
    view.__annotations__ |= types
    declares(view)


def key_of(path: BaseModel) -> str:
    """The key of a row by the words of its address."""
    return "/".join(map(str, path.model_dump().values()))


def some(everything: Sequence[Any], asked: PageQuery, shows: Shows[Shown], kind: type[Shown]) -> Answer:
    """A page of a list that is at hand."""
    start = (asked.page - 1) * asked.size
    shown = [shows(one) for one in everything[start : start + asked.size]]
    return Answer(
        Page[kind](items=shown, page=asked.page, size=asked.size, total=len(everything))  # type: ignore[valid-type]
    )


def found(
    everything: Sequence[tuple[Any, Match | None]],
    asked: PageQuery,
    shows: Callable[[Any, Match | None], Shown],
    kind: type[Shown],
) -> Answer:
    """A page of what was found, or of all where nothing was asked for; what is only similar is told apart."""
    start = (asked.page - 1) * asked.size
    sure = [one for one in everything if one[1] is not Match.SIMILAR]
    similar = [shows(row, match) for row, match in everything if match is Match.SIMILAR]
    shown = [shows(row, match) for row, match in sure[start : start + asked.size]]
    says = {"items": shown, "page": asked.page, "size": asked.size, "total": len(sure), "similar": similar}
    return Answer(FoundPage[kind](**says))  # type: ignore[valid-type]


def page(everything: Sequence[Any], asked: PageQuery, kind: type[Shown]) -> Answer:
    """A page of rows that are told as they are."""
    return some(everything, asked, kind.model_validate, kind)


def told(row: Any, kind: type[Shown]) -> Answer:
    """A row as it is now."""
    return Answer(kind.model_validate(row))


def made(row: Any, kind: type[Shown], where: str = "") -> Answer:
    """A row that is new, and the endpoint where it is read."""
    there = {"Location": url_for(where, number=row.id)} if where else {}
    return Answer(kind.model_validate(row), 201, headers=there)


def listed(name: str, asked: ListQuery, shows: Shows[Shown], kind: type[Shown]) -> Answer:
    """List the rows of a kind that hold at an instant, by key; only those with the words asked for."""
    rows = history.all_in_force(gate.session(), TABLES[name], asked.at or gate.now())
    words = asked.q.casefold().split()
    found = [row for row in rows if all(word in _text(row) for word in words)]
    return some(found, asked, shows, kind)


def one(name: str, key: str, asked: AsOf, shows: Shows[Shown]) -> Answer:
    """Answer with the row of a key at an instant. Raises Unknown."""
    return _answer(name, key, asked.at or gate.now(), shows)


def edited(
    name: str, key: str, body: ChangeBody, shows: Shows[Shown], deed: Callable[[datetime], object]
) -> Answer:
    """Change a key from an instant on, if it is still as it was read; ``deed`` writes it.

    Raises ChangedMeanwhile, AlreadyThere, and what the deed raises.
    """
    session, since = gate.session(), body.since or gate.now()
    is_new = expects(name, key, since)
    deed(since)
    session.flush()
    answer = _answer(name, key, since, shows)
    return Answer(answer.body, 201 if is_new else 200, answer.version)


def expects(name: str, key: str, since: datetime) -> bool:
    """Check a key as the request expects; True if it is to be new. Raises ChangedMeanwhile, AlreadyThere."""
    session, read = gate.session(), gate.expected()
    if read:
        expect(session, name, key, read, since)
    else:
        expect_none(session, name, key, since)
    return not read


def ended(name: str, key: str, since: datetime, deed: Callable[[datetime], object]) -> Answer:
    """End a key from an instant on, if still as it was read. Raises Unknown, ChangedMeanwhile."""
    session = gate.session()
    counting = history.counting(session, TABLES[name], key)
    if not any(row.valid_to is None or row.valid_to > since for row in counting):
        raise Unknown(name, key)
    expect(session, name, key, gate.expected(), since)
    deed(since)
    return Answer(None, 204)


def _answer(name: str, key: str, at: datetime, shows: Shows[Shown]) -> Answer:
    session = gate.session()
    row = existing(history.in_force(session, TABLES[name], key, at), Unknown(name, key))
    return Answer(shows(row), version=f"{version(session, name, key)}.{row.id}")


def _text(row: DatedRow) -> str:
    return " ".join(str(word) for word in (row.key, *row.says().values()) if word).casefold()


def held(row: DatedRow) -> dict[str, Any]:
    """Period of a row, for its model."""
    return {"valid_from": row.valid_from, "valid_to": row.valid_to}
