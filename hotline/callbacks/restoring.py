"""Promises that an old copy of the database does not know, made anew from their traces;
each owner is told of all at once.

Idempotent, and in any order: what is known later counts, and an end counts most, for a promise that was kept
is not owed again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks import ownership
from hotline.callbacks.events import ASKED_EARLIER, RESTORED, facts, made_anew, settle, told
from hotline.callbacks.rules import PENDING_STATES
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback, CallbackAttempt, CallbackEvent, CallbackRequest
from hotline.callbacks.trace import OPEN_KEY, PROMISE, ROW
from hotline.db import Base, Instant, add_once, numbered
from hotline.keys.columns import Hashed, KeyedHash
from hotline.keys.finding import has, hashes, is_digest
from hotline.ledger.audit import SYSTEM
from hotline.outbox import service as notices

LISTED: Final = "listed"
"""Kind of the event that an owner was given the list with this promise in it."""
CALM: Final = timedelta(minutes=1)
"""So long nothing more was made anew, also by other nodes: the lists are whole."""
LINES: Final = 40
_OURS: Final = frozenset((RESTORED, LISTED))
_SETTLED: Final = frozenset(("reminded_at", "overdue_at", "escalated_at"))
"""What was told of a promise stays told, though its trace is older."""

Story = Mapping[str, Any]


def apply(session: Session, story: Story, callbacks: Callbacks, at: datetime) -> None:
    """Bring one promise up to what its trace tells, unless the database knows more."""
    columns = _columns(Callback, story[PROMISE])
    row = _same(session, columns, story)
    if row is None and (other := _open_alike(session, columns)):
        _join(session, other, story, at)
        return
    known = _events(session, row) if row else []
    news = [one for one in map(_event, story["events"]) if _word(one) not in set(map(_word, known))]
    if row and not news:
        return
    before = row.state if row else ""
    if row is None:
        row = numbered(session, Callback(**columns, restored_at=at))
        metrics.promises_restored.inc()
    elif row.is_pending and (_is_ended(columns) or not _goes_on(known, story)):
        for name, value in columns.items():
            if value is not None or name not in _SETTLED:
                setattr(row, name, value)
    session.add_all(CallbackEvent(callback_id=row.id, **one) for one in news)
    _add(session, CallbackAttempt, row, story["attempts"])
    _add(session, CallbackRequest, row, story["requests"])
    session.flush()
    if RESTORED in {one.kind for one in known}:
        settle(session, row, at)
    else:
        made_anew(session, row, before, at)
    if not row.is_pending:
        _ask_again(session, row, story, callbacks)


def is_there(session: Session, story: Story) -> bool:
    """Tell whether the promise of a trace has its row, or its requests have joined another's."""
    if _same(session, _columns(Callback, story[PROMISE]), story):
        return True
    mine = [one["call_id"] for one in story["requests"]]
    asked = select(CallbackRequest.call_id).where(CallbackRequest.call_id.in_(mine))
    return session.scalars(asked.limit(1)).first() is not None


def _same(session: Session, columns: Mapping[str, Any], story: Story) -> Callback | None:
    """The row of the same promise: of the same call, or opened by the same person at the same moment."""
    if call := columns["call_id"]:
        return session.scalars(select(Callback).where(Callback.call_id == call).with_for_update()).first()
    began = _event(story["events"][0])
    for row in chain((session.get(Callback, story[ROW]),), _opened(session, began)):
        if row and row.call_id is None and _word(began) in map(_word, _events(session, row)[:1]):
            return row
    return None


def _opened(session: Session, began: Mapping[str, Any]) -> Iterator[Callback]:
    """Promises of desks registered at a moment; queried only if the trace's own row is another promise."""
    chosen = (
        select(Callback)
        .join(CallbackEvent, CallbackEvent.callback_id == Callback.id)
        .where(CallbackEvent.at == began["at"], CallbackEvent.kind == began["kind"])
    )
    yield from session.scalars(chosen)


def _open_alike(session: Session, columns: Mapping[str, Any]) -> Callback | None:
    """An open promise for the same number and matter, given since: there is one at a time."""
    if not (key := columns.get(OPEN_KEY)):
        return None
    alike = select(Callback).where(has(Callback.open_key, key))
    return session.scalars(alike.with_for_update()).first()


def _join(session: Session, row: Callback, story: Story, at: datetime) -> None:
    """Join two promises that one call to the citizen keeps, due when the first of them is."""
    if not _add(session, CallbackRequest, row, story["requests"]):
        return
    due_at = datetime.fromisoformat(story[PROMISE]["due_at"])
    if due_at < row.due_at:
        detail = {"from": row.due_at, "to": due_at}
        told(session, row, SYSTEM, ASKED_EARLIER, row.state, at, detail=detail)
        row.due_at = row.remind_at = due_at
    row.restored_at = row.restored_at or at
    made_anew(session, row, row.state, at)


def _ask_again(session: Session, row: Callback, story: Story, callbacks: Callbacks) -> None:
    """Promise anew to each who joined it after its end, while another node still knew it as open."""
    mine = {one["call_id"] for one in story["requests"]}
    asked = select(CallbackRequest).where(CallbackRequest.callback_id == row.id)
    for one in session.scalars(asked.order_by(CallbackRequest.at)).all():
        if one.call_id not in mine and row.closed_at and one.at > row.closed_at:
            session.delete(one)
            session.flush()
            call = one.call_id.partition("/")[0]
            callbacks.promise(
                session, call, row.number, row.language, one.origin, one.at, row.extension, said=one.due_at
            )


def _add(
    session: Session,
    table: type[CallbackAttempt] | type[CallbackRequest],
    row: Callback,
    told_of: Iterable[Story],
) -> int:
    return add_once(session, table, [{"callback_id": row.id, **_columns(table, one)} for one in told_of])


def _events(session: Session, row: Callback) -> list[CallbackEvent]:
    chosen = select(CallbackEvent).where(CallbackEvent.callback_id == row.id)
    return list(session.scalars(chosen.order_by(CallbackEvent.at, CallbackEvent.id)))


def _is_ended(columns: Mapping[str, Any]) -> bool:
    return columns["state"] not in PENDING_STATES


def _goes_on(known: Sequence[CallbackEvent], story: Story) -> bool:
    """Tell whether the database knows of something later than the trace: then its columns count."""
    latest = max(datetime.fromisoformat(one["at"]) for one in story["events"])
    return any(one.at > latest and one.kind not in _OURS and one.by != SYSTEM for one in known)


def _event(story: Story) -> dict[str, Any]:
    return _columns(CallbackEvent, story)


def _word(one: CallbackEvent | Mapping[str, Any]) -> tuple[Any, ...]:
    told = one if isinstance(one, Mapping) else {name: getattr(one, name) for name in _TELL}
    return tuple(told[name] for name in _TELL)


_TELL: Final = ("at", "by", "kind", "after")


def _columns(table: type[Base], story: Story) -> dict[str, Any]:
    """Values by column; of columns that are not there any more, nothing."""
    rows = Base.metadata.tables[table.__tablename__]
    there, filled = rows.columns, hashes(rows)
    return {
        name: _read(there[name].type, value)
        for name, value in story.items()
        if name in there and name != "restored_at" and name not in filled
    }


def _read(kind: Any, value: Any) -> Any:
    """A value as its column takes it; the hash of a key stays, though the text is not known."""
    if value and isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    return KeyedHash(value) if value and isinstance(kind, Hashed) and is_digest(value) else value


# --- who is told -----------------------------------------------------------------------------------------


def tell(session: Session, at: datetime) -> int:
    """Write each owner one list (N-05) of what was restored and not yet listed, once calm; how many lists."""
    listed = exists().where(CallbackEvent.callback_id == Callback.id, CallbackEvent.kind == LISTED)
    chosen = select(Callback).where(
        Callback.restored_at.is_not(None), Callback.state.in_(PENDING_STATES), ~listed
    )
    rows = list(session.scalars(chosen.order_by(Callback.due_at, Callback.id).with_for_update()))
    if not rows or max(row.restored_at or at for row in rows) > at - CALM:
        return 0
    owned = [(who, row) for row in rows for who in ownership.owner_or_call_centre(session, row, at)]
    owned.sort(key=lambda one: one[0])
    lists = {who: [row for _, row in theirs] for who, theirs in groupby(owned, lambda one: one[0])}
    for who, theirs in lists.items():
        told_of = {"count": str(len(theirs)), "list": _list(theirs)}
        notices.write(session, "N-05", f"restored:{at.isoformat(timespec='seconds')}", [who], told_of, at)
    for row in rows:
        told(session, row, SYSTEM, LISTED, row.state, at)
    return len(lists)


def _list(rows: Iterable[Callback]) -> str:
    lines = [f"第{row.id}號　{facts(row)['matter']}，期限{facts(row)['due']}" for row in rows]
    more = [f"（另有{len(lines) - LINES}件，見「待回電」）"] if len(lines) > LINES else []
    return "\n".join([*lines[:LINES], *more])
