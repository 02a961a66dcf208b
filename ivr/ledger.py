"""What a turn leaves behind: an entry, written to the database, or to the journal while that is away.

The same entry and the same ``apply`` serve both ways, so a replay is the late
half of the same write, and its unique keys make it harmless.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.callbacks.service import Callbacks
from hotline.db import Instant, Sessions, is_away, transaction
from hotline.journal import Journal
from hotline.numbers import ANONYMOUS, e164
from ivr.call import Call
from ivr.steps import CallArrived, CallbackPromised, Fact, MenuHeard, detail
from ivr.store import CallEvent, CallRow

Entry = dict[str, Any]
UNTOLD = {"caller": ANONYMOUS, "dialled": "", "last_menu": ""}
"""Told by some turns only: one that waited in the journal while later ones did not still brings them."""


def entry_of(call: Call, node: str, line: str, facts: tuple[Fact, ...], at: datetime) -> Entry:
    """All that one turn changes, as JSON."""
    columns: Entry = {"turn": call.turn, "language": call.language, "wanted": call.wanted}
    for fact in facts:
        columns |= _columns(fact)
    events = [[type(fact).__name__, detail(fact)] for fact in facts]
    return {
        "call": call.id, "at": at.isoformat(), "node": node, "line": line, "menus": call.menus,
        "columns": columns, "events": events,
    }  # fmt: skip


def _columns(fact: Fact) -> Entry:
    match fact:
        case CallArrived(caller, dialled):
            return {"caller": e164(caller), "dialled": dialled}
        case MenuHeard(menu):
            return {"last_menu": menu}
        case _:
            return {}


def apply(session: Session, entry: Entry, callbacks: Callbacks) -> None:
    """Write one entry; any number of times gives the same rows. An older turn never overwrites a later."""
    at = datetime.fromisoformat(entry["at"])
    _upsert_call(session, entry, at)
    rows = [
        {
            "key": f"turn:{entry['call']}:{entry['columns']['turn']}:{n}",
            "call_id": entry["call"], "at": at, "kind": kind, "detail": body,
        }
        for n, (kind, body) in enumerate(entry["events"])
    ]  # fmt: skip
    if rows:
        session.execute(_insert(session, CallEvent).on_conflict_do_nothing(), rows)
    for kind, body in entry["events"]:
        if kind == CallbackPromised.__name__:
            number = e164(body["number"])
            callbacks.promise(session, entry["call"], number, body["language"], body["origin"], at)


def _insert(session: Session, table: type[CallRow] | type[CallEvent]) -> Any:
    name = session.get_bind().dialect.name
    return (postgresql.insert if name == "postgresql" else sqlite.insert)(table)


def _upsert_call(session: Session, entry: Entry, at: datetime) -> None:
    columns = {"menus": entry["menus"], **entry["columns"]}
    values = {"id": entry["call"], "node": entry["node"], "line": entry["line"], **columns}
    later = CallRow.turn < columns["turn"]
    changed: dict[str, Any] = {}
    for name, value in columns.items():
        column = getattr(CallRow, name)
        wanted = later | (column == UNTOLD[name]) if name in UNTOLD else later
        changed[name] = case((wanted, value), else_=column)
    changed["started_at"] = case((CallRow.started_at < at, CallRow.started_at), else_=literal(at, Instant()))
    insert = _insert(session, CallRow).values(**values, started_at=at)
    session.execute(insert.on_conflict_do_update(index_elements=["id"], set_=changed))


class Ledger:
    """Writes entries: to the database, else to the journal. Raises JournalUnwritable when neither can."""

    def __init__(
        self,
        factory: Sessions,
        journal: Journal,
        callbacks: Callbacks,
        *,
        node: str,
        line: str = "asterisk",
        elapsed: Callable[[], float],
        rest: timedelta = timedelta(seconds=5),
        journalled: Callable[[], None] = lambda: None,
    ) -> None:
        self._factory, self._journal, self._callbacks = factory, journal, callbacks
        self._node, self._line = node, line
        self._elapsed, self._rest, self._journalled = elapsed, rest.total_seconds(), journalled
        self._ask_again = 0.0

    def write(self, call: Call, facts: tuple[Fact, ...], at: datetime) -> None:
        """Durable when it returns. A database that failed is left alone for a while: callers do not wait."""
        entry = entry_of(call, self._node, self._line, facts, at)
        if self._elapsed() >= self._ask_again:
            try:
                with transaction(self._factory) as session:
                    apply(session, entry, self._callbacks)
                return
            except Exception as error:
                if not is_away(error):
                    raise
                self._ask_again = self._elapsed() + self._rest
        self._journal.append(f"turn:{call.id}:{call.turn}", at, entry)
        self._journalled()
