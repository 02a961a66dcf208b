"""Calls that were cut off with a machine or its Asterisk, by their callers' numbers, for who calls again."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from calls.cdr import CallResult, EndReason
from calls.store import CallEvent, CallRow, add_event
from calls.timeline import PROMISE_SPOKEN
from hotline.cluster.nodes import SILENT, ClusterNode
from hotline.db import Sessions, is_away, looking
from hotline.numbers import ANONYMOUS
from ivr.cut_off import CutCall
from ivr.numerals import Language
from ivr.steps import CallbackPromised, Queued

log = structlog.get_logger()
WITHIN: Final = timedelta(minutes=10)
"""Time after the end of a call in which its caller, who calls again, is told of it."""
CALLED_AGAIN: Final = "CalledAgain"
"""Kind of the event of a call that was cut off: its caller called again, and was told so."""
_ENDED: Final = "CallEnded"
_PROMISED: Final = frozenset((CallbackPromised.__name__, PROMISE_SPOKEN))
_TELLING: Final = (_ENDED, Queued.__name__, *_PROMISED)
_ENDED_BY_US: Final = select(CallRow.id, CallRow.ended_at).where(
    CallRow.line == "asterisk",
    CallRow.ended_at >= bindparam("since"),
    CallRow.end_reason == EndReason.SYSTEM,
    CallRow.outcome != CallResult.REFUSED,
)
"""Made once, as the next: asked every second, and to make one costs as much as its answer."""
_AT_SILENT_NODES: Final = (
    select(CallRow.id, ClusterNode.seen_at)
    .join(ClusterNode, ClusterNode.name == CallRow.node)
    .where(
        CallRow.line == "asterisk",
        CallRow.ended_at.is_(None),
        ClusterNode.name != bindparam("node"),
        ClusterNode.seen_at.between(bindparam("since"), bindparam("until")),
    )
)


class RecentlyCut:
    """Calls cut off lately, as they were read last: for other callers than theirs no database is asked.

    Those are calls that ended with their Asterisk, and calls that are up at another machine than ours,
    ``node``, which leaves no sign of life. While the database is away nobody is told anything; when it is
    back, machines have time for a sign.
    """

    def __init__(self, factory: Sessions, node: str) -> None:
        self._factory, self._node = factory, node
        self._reached_since: datetime | None = None
        self._read: dict[str, tuple[str, CutCall] | None] = {}
        self._of_callers: Mapping[str, list[tuple[datetime, CutCall]]] = {}

    def refresh(self, at: datetime) -> None:
        """Look at the rows again; called from time to time, not by calls."""
        try:
            with looking(self._factory) as session:
                ends = self._ends(session, at)
                if new := ends.keys() - self._read.keys():
                    self._read |= dict.fromkeys(new) | _cut(session, new)
        except Exception as error:
            if not is_away(error):
                raise
            self._reached_since, self._of_callers = None, {}
            return
        self._reached_since = self._reached_since or at
        self._read = {call_id: self._read[call_id] for call_id in ends}
        found = defaultdict[str, list[tuple[datetime, CutCall]]](list)
        for call_id, ended_at in sorted(ends.items(), key=lambda one: one[1]):
            if known := self._read[call_id]:
                found[known[0]].append((ended_at, known[1]))
        self._of_callers = found

    def are_there(self) -> bool:
        """Tell whether there are any."""
        return bool(self._of_callers)

    def untold(self, caller: str, at: datetime) -> CutCall | None:
        """The earliest of a caller's (E.164) that nobody has been told of."""
        cuts = self._of_callers.get(caller, ())
        return next((cut for ended_at, cut in cuts if at - ended_at <= WITHIN and self._is_untold(cut)), None)

    def _ends(self, session: Session, at: datetime) -> dict[str, datetime]:
        """Calls that were cut off, and since when."""
        is_told_in_time = self._reached_since is not None and at - self._reached_since >= SILENT
        since = {"since": at - WITHIN}
        silent = {**since, "until": at - SILENT, "node": self._node}
        found = {call_id: ended_at for call_id, ended_at in session.execute(_ENDED_BY_US, since) if ended_at}
        return found | (dict(session.execute(_AT_SILENT_NODES, silent).all()) if is_told_in_time else {})

    def _is_untold(self, cut: CutCall) -> bool:
        """Looked up at once: another process may have told it a moment ago."""
        try:
            with looking(self._factory) as session:
                return session.scalar(select(CallEvent.id).where(CallEvent.key == _key(cut.id))) is None
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("cut_call.unlooked", why=str(error).partition("\n")[0])
            return False


def keep_told(session: Session, cut: str, call_id: str, at: datetime) -> bool:
    """Write that the caller of ``cut`` was told so in another call; False if it was written before."""
    return add_event(session, _key(cut), cut, at, CALLED_AGAIN, {"call": call_id})


def _key(cut: str) -> str:
    return f"called-again:{cut}"


def _cut(session: Session, ids: Collection[str]) -> dict[str, tuple[str, CutCall]]:
    """Those of these calls whose caller is known and was cut off, with that caller."""
    kinds, unseen = defaultdict[str, set[str]](set), set[str]()
    events = select(CallEvent.call_id, CallEvent.kind, CallEvent.detail)
    chosen = events.where(CallEvent.call_id.in_(ids), CallEvent.kind.in_(_TELLING))
    for call_id, kind, told in session.execute(chosen):
        kinds[call_id].add(kind)
        if kind == _ENDED and told.get("unseen"):
            unseen.add(call_id)
    rows = session.execute(
        select(CallRow.id, CallRow.caller, CallRow.language, CallRow.queued_at, CallRow.outcome).where(
            CallRow.id.in_(ids), CallRow.id.not_in(unseen)
        )
    )
    return {
        row.id: (
            row.caller,
            CutCall(row.id, Language(row.language), has_waited(row.queued_at, kinds[row.id], row.outcome)),
        )
        for row in rows
        if row.caller not in ("", ANONYMOUS)
    }


def has_waited(queued_at: datetime | None, kinds: Collection[str], outcome: str) -> bool:
    """Tell whether somebody asked for an agent, and was promised no callback; ``kinds`` of the call's events.

    Either witness will do: the other may not have come to its end.
    """
    asked = queued_at is not None or Queued.__name__ in kinds
    return asked and outcome != CallResult.PROMISED and _PROMISED.isdisjoint(kinds)
