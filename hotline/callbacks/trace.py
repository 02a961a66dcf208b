"""The trace of every promise in this machine's journal: an old copy of the database is brought up to it.

A listener of the sessions of a process: whatever tells an event of a promise leaves, after the commit, the
promise with its requests, attempts and events in one entry. Of a promise it names the call, or of one opened
at a desk who registered it and the moment: numbers of rows are given anew by a database that was put back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks.store import Callback, CallbackAttempt, CallbackEvent, CallbackRequest
from hotline.db import Base, Sessions
from hotline.journal import Journal, JournalUnwritable
from hotline.keys.columns import KeyedHash

log = structlog.get_logger()
PROMISE: Final = "promise"
"""Where in an entry the promise's columns stand; no other entry has it."""
KEY: Final = "promise:"
"""How the key of a trace begins."""
ROW: Final = "number"
"""Where its row is, unless the database was put back since."""
PARTS: Final[Mapping[str, type[CallbackRequest] | type[CallbackAttempt] | type[CallbackEvent]]] = {
    "requests": CallbackRequest,
    "attempts": CallbackAttempt,
    "events": CallbackEvent,
}
_CHANGED: Final = "promises_changed"
_TOLD: Final = "promises_told"
OPEN_KEY: Final = "open_key"
"""The one hash that is told: it is of no other column, so that nothing makes it anew."""
_OF_ROWS: Final = frozenset(("id", "callback_id"))
"""Columns that mean nothing in another database; keyed hashes are made anew, too."""


class Trace:
    """Listener to the sessions of a process."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def follow(self, factory: Sessions) -> None:
        """Listen to every session of the factory."""
        event.listen(factory, "after_flush", _note_changes)
        event.listen(factory, "before_commit", _look)
        event.listen(factory, "after_commit", self._leave)
        event.listen(factory, "after_rollback", _forget)

    def _leave(self, session: Session) -> None:
        """Write the traces after the commit; a promise that the database keeps outlives a full disk."""
        for at, body in session.info.pop(_TOLD, ()):
            try:
                self._journal.note(f"{KEY}{name(body)}", at, body, is_copied=True)
            except JournalUnwritable as error:
                metrics.untraced.inc()
                log.error("promise.untraced", why=error.reason)
        session.info.pop(_CHANGED, None)


def name(body: Mapping[str, Any]) -> str:
    """Name a promise wherever its trace lies: its call, or of a desk's who registered it, and when."""
    first = body["events"][0]
    return str(body[PROMISE]["call_id"] or f"{first['by']}@{first['at']}")


def _note_changes(session: Session, _context: object) -> None:
    changed = {one.callback_id for one in session.new if isinstance(one, CallbackEvent)}
    if changed:
        session.info.setdefault(_CHANGED, set()).update(changed)


def _look(session: Session) -> None:
    """Collect the changed promises just before the commit, for what it will be."""
    session.flush()
    if changed := session.info.get(_CHANGED):
        session.info[_TOLD] = list(_stories(session, sorted(changed)))


def _forget(session: Session) -> None:
    session.info.pop(_CHANGED, None)
    session.info.pop(_TOLD, None)


def _stories(session: Session, ids: list[int]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    promises = {row["id"]: row for row in _rows(session, Callback, "id", ids)}
    parts = {part: _by_promise(_rows(session, table, "callback_id", ids)) for part, table in PARTS.items()}
    for number, row in promises.items():
        events = sorted(parts["events"][number], key=lambda one: (one["at"], one["id"]))
        at = max(one["at"] for one in events)
        told = {part: [_plain(one) for one in rows[number]] for part, rows in parts.items()}
        yield at, {PROMISE: _plain(row), ROW: number, **told, "events": [_plain(one) for one in events]}


def _rows(session: Session, table: type[Base], key: str, ids: list[int]) -> list[dict[str, Any]]:
    # Columns, not rows of a class: some are in the session, and are not to be read anew.
    columns = Base.metadata.tables[table.__tablename__]
    return [dict(row) for row in session.execute(select(columns).where(columns.c[key].in_(ids))).mappings()]


def _by_promise(rows: Iterable[dict[str, Any]]) -> defaultdict[int, list[dict[str, Any]]]:
    found = defaultdict[int, list[dict[str, Any]]](list)
    for row in rows:
        found[row["callback_id"]].append(row)
    return found


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column: value.isoformat() if isinstance(value, datetime) else value
        for column, value in row.items()
        if column not in _OF_ROWS and (column == OPEN_KEY or not isinstance(value, KeyedHash))
    }
