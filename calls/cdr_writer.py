"""Call records from the second witness: lines in, rows of calls, legs, events and promises out."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, Final

import structlog
from sqlalchemy import case, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from calls import keyed_dispositions, monitor, originating_leg, other_trunk, outbound_limits
from calls.carrier_handoff import file, handed, seen_of
from calls.cdr import CallDetailRecord, CallResult, EndReason, record
from calls.cel import SYSTEM_START, ChannelEvent, seen
from calls.dialplan_lines import CALLED, DUTY, PLACED, attempted, duty_key, placed
from calls.in_time import InTime
from calls.keyed_dispositions import SERVICE, service_key
from calls.open_events import OpenEvents, read
from calls.outbound_cdr import is_kept_promise, is_placed, placed_record, token_of
from calls.special_calls import witnessed
from calls.store import OUTGOING, CallEvent, CallRow, CelEvent, Leg
from calls.timeline import promises, told
from hotline.callbacks.outbound_lock import OutboundLock
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import CallbackRequest
from hotline.db import Base, add_once
from hotline.errors import HotlineError
from hotline.keys.finding import hashes
from hotline.outbound_calls import service as outgoing
from hotline.staff.agent_state import keep_told
from ivr.limits import EndRule, Rules
from ivr.steps import DueTimeSpoken
from recordings.service import RecordedCall, expect

log = structlog.get_logger()
_UNLESS_TOLD: Final = frozenset(("menus", "last_menu", "language", "wanted"))
"""Columns that turns tell better, once there is one and they are told."""
_LESS_THAN_A_PROMISE: Final = (CallResult.ABANDONED, CallResult.INFORMED)


class Records:
    """Brings the rows of calls up to what the event log knows of them."""

    def __init__(
        self,
        node: str,
        callbacks: Callbacks,
        in_time: InTime = InTime(),  # noqa: B008 (frozen)
        rules: Rules = Rules(),  # noqa: B008 (frozen)
    ) -> None:
        self._node, self._callbacks, self._in_time, self._rules = node, callbacks, in_time, rules
        self._lines = OutboundLock(callbacks)
        self._events = OpenEvents()
        self._held_stops: list[datetime] | None = None

    def forget(self) -> None:
        """Read what was written: a transaction of ``write`` may not have come to its end."""
        self._events.clear()
        self._held_stops = None

    def restoring(self, at: datetime) -> "Records":
        """The same, for lines that were loaded before into a database that does not know them any more."""
        return Records(self._node, self._callbacks.restoring(at), self._in_time, self._rules)

    def write(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> tuple[CallDetailRecord, ...]:
        """Keep rows of ``cel_event`` and renew every call they touch; the calls that ended by them."""
        add_once(session, CelEvent, [dict(row) for row in rows])
        touched = {row["linked_id"] for row in rows if row["linked_id"]} - {system(self._node)}
        if any(row["kind"] == SYSTEM_START for row in rows):
            touched |= self._open(session)
            self._held_stops = None
        stops = self._held_stops
        if stops is None:
            stops = self._held_stops = self._stops(session)
        ended = self._renew(session, self._events.of(session, touched, rows), stops)
        self._call_back(session, rows)
        self._placed(session, rows)
        self.end_placed(session, touched)
        self._on_duty(session, rows)
        self._closed(session, rows)
        self._supervised(session, rows)
        self._refused(session, rows)
        for one in _of_kind(rows, other_trunk.OTHER_TRUNK):
            other_trunk.count(one)
        self._close_unseen(session, stops)
        return ended

    def renew(self, session: Session, call_ids: Collection[str]) -> tuple[CallDetailRecord, ...]:
        """Project these calls again; those that were open until now and are not any more."""
        return self._renew(session, read(session, call_ids), self._stops(session))

    def _renew(
        self, session: Session, events: Mapping[str, Sequence[ChannelEvent]], stops: Sequence[datetime]
    ) -> tuple[CallDetailRecord, ...]:
        stories = dict(sorted(events.items()))
        projected = [
            (found, events)
            for call_id, events in stories.items()
            if (found := self._project(call_id, events, stops))
        ]
        of_citizens = [one for one in projected if not is_placed(one[0].id)]
        ended = [found.id for found, _ in of_citizens if found.end]
        is_over = CallRow.id.in_(ended), CallRow.ended_at.is_not(None)
        over = set(session.scalars(select(CallRow.id).where(*is_over))) if ended else set()
        self._save(session, of_citizens)
        self._rows(session, [one for one in projected if is_placed(one[0].id)], line=OUTGOING)
        expect(session, *(begun for found, _ in projected if (begun := _begun(found, self._node))))
        self._file_visits(session, stories.values())
        return tuple(found for found, _ in of_citizens if found.end and found.id not in over)

    def _project(
        self, call_id: str, events: Sequence[ChannelEvent], stops: Sequence[datetime]
    ) -> CallDetailRecord | None:
        """One call that cannot be understood must not keep the others from being written."""
        stopped = next((stop for stop in stops if stop > events[0].at), None)
        try:
            if is_placed(call_id):
                return placed_record(events, stopped)
            return None if handed(events) else record(events, stopped)
        except Exception:
            log.exception("record.failed", call=call_id)
            return None

    def _save(
        self, session: Session, projected: Sequence[tuple[CallDetailRecord, Sequence[ChannelEvent]]]
    ) -> None:
        """Citizens' calls, with all that comes of them."""
        projected = _with_promises(session, projected)
        self._rows(session, projected)
        for found, events in projected:
            self._promise(session, found, events)
        witnessed(session, self._rules, projected)

    def _rows(
        self,
        session: Session,
        projected: Sequence[tuple[CallDetailRecord, Sequence[ChannelEvent]]],
        **of_all: str,
    ) -> None:
        """Few statements for many calls: their rows stay locked for others until the commit."""
        records = [found for found, _ in projected]
        _upsert(
            session,
            CallRow,
            "id",
            [{"id": found.id, "node": self._node, **of_all, **found.columns()} for found in records],
        )
        legs = [
            {"call_id": found.id, **leg.columns(self._in_time)} for found in records for leg in found.legs
        ]
        _upsert(session, Leg, "channel", legs)
        stories = [
            one.row(found.id)
            for found, events in projected
            for one in self._events.unwritten(found.id, told(events, found))
        ]
        add_once(session, CallEvent, stories)

    def _file_visits(self, session: Session, stories: Iterable[Sequence[ChannelEvent]]) -> None:
        """Calls of another line that were here for a while; one that cannot be understood stops no other."""
        for visit, events in filter(None, map(handed, stories)):
            try:
                found = seen_of(events)
            except Exception:
                log.exception("visit.failed", visit=visit)
                continue
            legs = [leg.columns(self._in_time) for leg in found.legs]
            if not file(session, visit, events, legs):
                log.warning("visit.of_nobody", call=found.id)
                continue
            self._promise(session, found, events)
            by_rule = found.end and found.end.said in frozenset(EndRule)
            witnessed(session, self._rules, [(found if by_rule else replace(found, end=None), events)])

    def _promise(self, session: Session, found: CallDetailRecord, events: Sequence[ChannelEvent]) -> None:
        for one in promises(events, found):
            try:
                self._callbacks.promise(
                    session,
                    found.id,
                    one.number,
                    one.language,
                    one.origin,
                    one.at,
                    one.phone,
                    given_by=one.given_by,
                    said=_spoken_due(session, found.id, one.at),
                )
            except HotlineError as error:  # no calendar for that year: its event stays, and is seen
                log.error("promise.without_deadline", call=found.id, why=str(error))

    def _call_back(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Attempts of callbacks; one whose promise is not known must not keep the log from being loaded."""
        for one in filter(None, map(attempted, _of_kind(rows, CALLED))):
            try:
                self._lines.called(session, one)
            except HotlineError as error:
                log.error("callback.unknown_attempt", callback=one.callback_id, why=str(error))

    def _placed(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the outcomes of calls that 1999 placed for agents."""
        for one in filter(None, map(placed, _of_kind(rows, PLACED))):
            if outgoing.heard(session, one) is None:
                log.error("placed.unknown", token=one.token)

    def end_placed(self, session: Session, touched: Iterable[str]) -> None:
        """End calls placed by 1999 whose phone was not lifted or Asterisk died: no dialplan tells of it."""
        ids = [one for one in touched if is_placed(one)]
        for row in session.scalars(select(CallRow).where(CallRow.id.in_(ids))) if ids else ():
            if row.ended_at:
                if is_kept_promise(row.id):
                    self._lines.free(session, token_of(row.id))
                else:
                    outgoing.over(session, token_of(row.id), row.ended_at)

    def _on_duty(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Agents who went on or off duty, or rested, by keys of their telephones."""
        for one in filter(None, map(duty_key, _of_kind(rows, DUTY))):
            if not keep_told(session, one.phone, one.word, one.digit, one.at):
                log.warning("duty.not_kept", phone=one.phone, word=one.word)

    def _closed(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Calls whose agents said by keys of their telephones what they were for."""
        for one in filter(None, map(service_key, _of_kind(rows, SERVICE))):
            if not keyed_dispositions.keep(session, one):
                log.warning("service.not_kept", phone=one.phone)

    def _supervised(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Outcomes of supervisors' attempts to get to a talk."""
        for one in _of_kind(rows, monitor.TOLD):
            if not monitor.heard(session, one):
                log.warning("supervised.unknown", said=one.said[:64])

    def _refused(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Calls to outside numbers that a limit stopped."""
        for one in _of_kind(rows, outbound_limits.OUTBOUND):
            outbound_limits.refused(session, one.said, one.call_id, one.at)

    def _close_unseen(self, session: Session, stops: Sequence[datetime]) -> None:
        """End calls known only from turns or planned rings, at the latest with the Asterisk they ran on."""
        if stops:
            lost = update(CallRow).where(
                CallRow.node == self._node,
                CallRow.line == "asterisk",
                CallRow.ended_at.is_(None),
                CallRow.started_at < stops[-1],
                ~exists().where(CelEvent.linked_id == CallRow.id),
            )
            ended = {"ended_at": stops[-1], "end_reason": EndReason.SYSTEM, "outcome": CallResult.ABANDONED}
            session.execute(lost.values(ended))
            originating_leg.lost(session, self._node, stops[-1])

    def _open(self, session: Session) -> set[str]:
        """Calls of this node that have no end yet."""
        return set(
            session.scalars(select(CallRow.id).where(CallRow.node == self._node, CallRow.ended_at.is_(None)))
        )

    def _stops(self, session: Session) -> list[datetime]:
        """Instants at which this node's Asterisk ended or began anew, in order."""
        query = select(CelEvent.at).where(CelEvent.linked_id == system(self._node)).order_by(CelEvent.at)
        return list(session.scalars(query))


def _with_promises(
    session: Session, projected: Sequence[tuple[CallDetailRecord, Sequence[ChannelEvent]]]
) -> Sequence[tuple[CallDetailRecord, Sequence[ChannelEvent]]]:
    """Outcomes of who hung up while the promise was read back: the event log begins with the message."""
    unserved = {found.id for found, _ in projected if found.outcome in _LESS_THAN_A_PROMISE}
    asked = CallbackRequest.call_id
    kept = set(session.scalars(select(asked).where(asked.in_(unserved)))) if unserved else set()
    return [
        (replace(found, outcome=CallResult.PROMISED) if found.id in kept else found, events)
        for found, events in projected
    ]


def _of_kind(rows: Sequence[Mapping[str, Any]], kind: str) -> Iterator[ChannelEvent]:
    return (seen(row["body"], row["at"], "") for row in rows if row["kind"] == kind)


def _spoken_due(session: Session, call_id: str, registered_at: datetime) -> datetime | None:
    """The due time that the caller was told of a promise by key, if a decision has said so by now."""
    spoken = select(CallEvent.detail).where(
        CallEvent.call_id == call_id, CallEvent.kind == DueTimeSpoken.__name__
    )
    for one in session.scalars(spoken):
        if datetime.fromisoformat(one["registered_at"]) == registered_at:
            return datetime.fromisoformat(one["due_at"])
    return None


def _begun(found: CallDetailRecord, node: str) -> RecordedCall | None:
    """The recording of a call at a node, when it has one."""
    if found.sound is None:
        return None
    ended_at = found.end.at if found.end else None
    crashed = found.end is not None and found.end.why is EndReason.SYSTEM
    return RecordedCall(found.id, node, found.sound.began_at, ended_at, crashed, found.sound.gaps)


def system(node: str) -> str:
    """Key under which lines about a whole Asterisk are filed."""
    return f"system:{node}"


def _upsert(session: Session, table: type[Base], key: str, rows: list[dict[str, Any]]) -> None:
    """Insert, or change the columns that are given and no others."""
    connection = session.connection()
    for names, alike in groupby(sorted(rows, key=tuple), tuple):
        connection.execute(_upsert_of(connection.dialect.name, table.__tablename__, key, names), list(alike))


@cache
def _upsert_of(dialect: str, table: str, key: str, names: tuple[str, ...]) -> Any:
    """Made once, and into the table, not its class: either way costs several times the CPU of the insert."""
    columns = Base.metadata.tables[table]
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(columns)
    given = {*names, *(hashed for hashed, of in hashes(columns).items() if of in names)} - {key}
    changed: dict[str, Any] = {name: statement.excluded[name] for name in sorted(given)}
    for name in given & _UNLESS_TOLD:
        untold = (columns.c.turn == 0) | (columns.c[name] == "")
        changed[name] = case((untold, changed[name]), else_=columns.c[name])
    return statement.on_conflict_do_update(index_elements=[key], set_=changed)
