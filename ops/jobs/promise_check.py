"""Comparison of calls, event log, journal and messages with the promises: each has its row (P5.1.1).

What any of these witnesses tells of and no row does is made good, with its own due time, and marked; what
cannot be is an alarm that needs a person.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from calls.cdr import CallResult
from calls.cel import UNREADABLE
from calls.store import CallEvent, CallRow, CelEvent
from calls.timeline import PROMISE_SPOKEN, promised
from hotline import journal, metrics
from hotline.callbacks import restoring, trace
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import CallbackMessage, CallbackRequest
from hotline.clock import TAIPEI
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.keys.ring import KeyRing
from hotline.numbers import ANONYMOUS, e164
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from ivr.steps import CallbackPromised
from wording import ENGLISH, sentence

log = structlog.get_logger()
GRACE: Final = timedelta(minutes=2)
"""What is younger may still be on its way into the database."""
WINDOW: Final = timedelta(days=2)
PROMISED: Final = CallbackPromised.__name__
TRACE: Final = f'"key":"{trace.KEY}'.encode()
"""What stands in the line of a promise's trace, in clear."""
FAULT: Final = "有{lacking}件可能已承諾的回電無法由紀錄補登，請管理員比對通話紀錄並補登"


@dataclass(frozen=True, slots=True)
class Testimony:
    """A promise that was given, as one witness tells of it."""

    call_id: str
    number: str
    language: str
    origin: str
    at: datetime
    extension: str = ""
    due_at: datetime | None = None
    given_by: str = ""
    witness: str = ""


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """Result of a comparison: how many promises were witnessed, and a sentence for each that had no row."""

    witnessed: int
    made_good: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Comparison of one node: its own journal, and all that the database has of any node's calls."""

    factory: Sessions
    directory: Path
    callbacks: Callbacks
    node: str
    keys: KeyRing | None = None

    def run(self, at: datetime, window: timedelta = WINDOW) -> ComparisonResult:
        """Compare what was promised in the last while; make good, tell, and raise the alarm. Idempotent."""
        since, until = at - window, at - GRACE
        made_good = list(self._traces(since, until, at))
        told = [*self._in_journal(since, until), *self._in_events(since, until)]
        found = [one for one in sorted(told, key=lambda one: one.at) if self._has_no_row(one, told)]
        lacking = list[str]()
        for one in found:
            self._make_good(one, at, made_good, lacking)
        for one in self._in_calls(since, until):
            self._make_good(one, at, made_good, lacking)
        lacking += self._unreadable(since, until)
        for line in made_good:
            log.warning("promise.made_good", what=line)
        for line in lacking:
            log.error("promise.lacking", what=line)
        self._alarm(len(lacking), at)
        return ComparisonResult(len({one.call_id for one in told}), tuple(made_good), tuple(lacking))

    def _make_good(self, one: Testimony, at: datetime, made_good: list[str], lacking: list[str]) -> None:
        said = f"{one.call_id}, {one.at.astimezone(TAIPEI):%m-%d %H:%M}, told by {one.witness}"
        try:
            with transaction(self.factory) as session:
                is_new = self.callbacks.restoring(at).promise(
                    session,
                    one.call_id,
                    e164(one.number),
                    one.language,
                    one.origin,
                    one.at,
                    one.extension,
                    given_by=one.given_by,
                    said=one.due_at,
                )
        except HotlineError as error:  # no calendar for that year
            lacking.append(f"{said}: {sentence(error, ENGLISH)}")
            return
        if is_new:
            made_good.append(said)

    def _traces(self, since: datetime, until: datetime, at: datetime) -> Iterator[str]:
        """Promises of desks too, which no call tells of: the latest trace of each, if it has no row."""
        latest = {
            trace.name(one.body): one
            for one in journal.recorded(self.directory, since, TRACE, self.keys)
            if since <= one.at < until and trace.PROMISE in one.body
        }
        for name, one in sorted(latest.items()):
            with transaction(self.factory) as session:
                if not restoring.is_there(session, one.body):
                    restoring.apply(session, one.body, self.callbacks.restoring(at), at)
                    yield f"{name}, told by the journal"

    def _in_journal(self, since: datetime, until: datetime) -> Iterator[Testimony]:
        for entry in journal.recorded(self.directory, since, PROMISED.encode(), self.keys):
            if since <= entry.at < until:
                for kind, body in entry.body.get("events", ()):
                    if kind == PROMISED:
                        yield _of_turn(entry.body["call"], body, entry.at, "the journal")

    def _in_events(self, since: datetime, until: datetime) -> Iterator[Testimony]:
        """Promises by both other witnesses: the turns' events, and the event log."""
        kinds = CallEvent.kind.in_((PROMISED, PROMISE_SPOKEN))
        chosen = select(CallEvent).where(kinds, CallEvent.at >= since, CallEvent.at < until)
        with looking(self.factory) as session:
            for event in session.scalars(chosen.order_by(CallEvent.at)):
                if event.kind == PROMISED:
                    yield _of_turn(event.call_id, event.detail, event.at, "its events")
                    continue
                row = session.get(CallRow, event.call_id)
                one = promised(str(event.detail["said"]), row.caller if row else ANONYMOUS, event.at)
                what = (event.call_id, one.number, one.language, one.origin, one.at, one.phone)
                yield Testimony(*what, given_by=one.given_by, witness="the event log")

    def _in_calls(self, since: datetime, until: datetime) -> Iterator[Testimony]:
        """Calls that ended with a promise, and spoken messages, without a request."""
        asked = select(CallbackRequest.call_id).where(CallbackRequest.call_id == CallRow.id)
        spoke = select(CallbackMessage.call_id).where(CallbackMessage.call_id == CallRow.id)
        lost = select(CallRow).where(
            CallRow.started_at >= since,
            CallRow.ended_at < until,
            or_(CallRow.outcome == CallResult.PROMISED, spoke.exists()),
            ~asked.exists(),
        )
        with looking(self.factory) as session:
            rows = list(session.scalars(lost.order_by(CallRow.started_at)))
        for row in rows:
            began = row.started_at or until
            yield Testimony(row.id, row.caller, row.wanted, "caller", began, witness="the call's own row")

    def _unreadable(self, since: datetime, until: datetime) -> Iterator[str]:
        """Lines of the event log that cannot be read, and may be promises."""
        chosen = select(CelEvent).where(
            CelEvent.kind == UNREADABLE, CelEvent.at >= since, CelEvent.at < until
        )
        with looking(self.factory) as session:
            for line in session.scalars(chosen):
                if '"PROMISE"' in str(line.body.get("text", "")):
                    yield f"a line of the event log that cannot be read, {line.file[:12]}:{line.offset}"

    def _has_no_row(self, one: Testimony, told: Iterable[Testimony]) -> bool:
        """Tell whether its call has fewer rows than it was promised: each matter is one of its own."""
        matters = {other.extension for other in told if other.call_id == one.call_id}
        with looking(self.factory) as session:
            return _requests(session, one.call_id) < len(matters)

    def _alarm(self, lacking: int, at: datetime) -> None:
        metrics.promises_lacking.set(lacking)
        key = f"promises:{self.node}"
        ill = {key: HealthFinding(FaultKind.INTERNET, FAULT.format(lacking=lacking))} if lacking else {}
        with transaction(self.factory) as session:
            faults.find(session, ill, frozenset((key,)), at)


def _of_turn(call_id: str, body: dict[str, Any], at: datetime, witness: str) -> Testimony:
    due_at = datetime.fromisoformat(body["due_at"]) if body.get("due_at") else None
    given_by = e164(body["given_by"]) if body.get("given_by") else ""
    what = (call_id, body["number"], body["language"], body["origin"], at, body.get("extension", ""))
    return Testimony(*what, due_at, given_by, witness)


def _requests(session: Session, call_id: str) -> int:
    asked = CallbackRequest.call_id
    of_call = or_(asked == call_id, asked.startswith(f"{call_id}/", autoescape=True))
    return session.scalar(select(func.count()).select_from(CallbackRequest).where(of_call)) or 0
