"""Calls of a line that carries nothing for us: kept in the database between two turns (design law 2).

One transaction a turn: what was reported, what became a fact, the call as it goes on and the answer are rows
together or not at all. A turn is reported on once; whoever asks again, also at the same moment, hears the
same answer, and nothing is written.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from calls import outbound_limits
from calls.carrier_handoff import summed
from calls.carrier_progress import RingProgress, kept, leg_columns
from calls.in_time import InTime
from calls.outbound_limits import Caps
from calls.store import CallEvent, CallRow, HeldCall, HeldTurn, Leg, add_event
from calls.turn_facts import Disowning, apply, entry_of
from calls.webhook_cdr import columns_of, end_reason, outcome
from hotline.callbacks.service import Callbacks
from hotline.db import Sessions, add_once, looking, transaction
from hotline.keys.finding import has
from hotline.numbers import e164
from ivr.books import Books
from ivr.call import Call
from ivr.limits import EndRule
from ivr.prompts import Prompt
from ivr.steps import Arrived, CallEnding, Event, Fact, RecordingBegun, Ring, RingEnded
from ivr.turn import Turn, finish
from ivr.turns import Switchboard
from recordings.messages import Messages
from recordings.policy import call_of_message
from recordings.remote import CarrierReport, note
from recordings.service import Alarm, RecordedCall, expect
from transfer.outcome import DialOutcome

LOST: timedelta = timedelta(hours=4, minutes=30)
"""No call is longer; one without a report for so long has ended unreported."""


class OutOfStep(Exception):
    """Report that belongs to no turn that this call has come to, or to no call."""


class LimitWatch(Enum):
    """System that watched a call's limit until now."""

    HERE = "we did"
    THERE = "our Asterisk, in a talk that is over; perhaps it lifted it"
    MET = "our Asterisk, which has said V-16"


Ends = tuple[datetime | None, str]
"""When a call must end by rule, and which; None for never."""
BETWEEN = "-"
"""Between a word that travels to our Asterisk and back, and its value."""
PHONE = "PhoneNews"
"""Kind of the event that tells how far ringing a phone has come."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Beside the engine's state of a call: the dialled number, what our Asterisk gave us to keep, and the end
    due by rule, seen at an instant.
    """

    at: datetime
    dialled: str = ""
    kept: str = ""
    ends_at: datetime | None = None
    ends_why: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Until the call must end; None for never."""
        return (self.ends_at - self.at).total_seconds() if self.ends_at else None

    @property
    def ends(self) -> str:
        """``1795567609-cap``, as it travels to our Asterisk and back; empty for never."""
        return f"{self.ends_at.timestamp():.0f}{BETWEEN}{self.ends_why}" if self.ends_at else ""


Write = Callable[[Turn, Visit], str]
"""A turn as the line's document."""


@dataclass(frozen=True, slots=True)
class WebhookReport:
    """Report of a webhook on a turn: its event, what our Asterisk told beside it,
    who looked at the call's limit meanwhile.

    ``kept`` is for the queue of our Asterisk, ``ends`` of a limit, ``sound`` of a spoken message.
    """

    event: Callable[[Call], Event]
    kept: str = ""
    ends: Ends | None = None
    watched: LimitWatch = LimitWatch.HERE
    sound: CarrierReport | None = None


class HeldCalls:
    """Takes turns of calls that are kept here.

    ``longest``: the blanket limit of a call, zero for none; ``caller_calls``: calls at once of one caller's
    number; ``caps``: of outside numbers that the line rings.
    """

    def __init__(
        self,
        factory: Sessions,
        books: Books,
        callbacks: Callbacks,
        *,
        node: str,
        line: str,
        longest: timedelta = timedelta(0),
        caller_calls: int = 3,
        in_time: InTime = InTime(),  # noqa: B008 (frozen)
        caps: Caps = Caps(),  # noqa: B008 (frozen)
        cases: Disowning | None = None,
    ) -> None:
        self._caller_calls, self._caps, self._cases = caller_calls, caps, cases
        self._factory, self._books, self._callbacks = factory, books, callbacks
        self._node, self._line, self._longest, self._in_time = node, line, longest, in_time

    def begin(self, call_id: str, arrived: Arrived, write: Write) -> str:
        """The first answer of a call."""
        if (said := self._said(call_id, 0)) is not None:
            return said
        with transaction(self._factory) as session:
            board = self._board(session)
            ends = arrived.at + self._longest if self._longest else None
            row = {
                "id": call_id,
                "call": board.new_call(call_id).to_json(),
                "turn": 0,
                "dialled": arrived.dialled,
                "began_at": arrived.at,
                "touched_at": arrived.at,
                "ends_at": ends,
                "ends_why": EndRule.LONGEST if ends else "",
            }
            add_once(session, HeldCall, [row])
            here = replace(arrived, crowded=self._is_crowded(session, arrived.caller))
            return self._turn(session, call_id, 0, WebhookReport(lambda call: here), arrived.at, write)

    def go_on(self, call_id: str, number: int, report: WebhookReport, at: datetime, write: Write) -> str:
        """The next answer, to what came of turn ``number``. Raises OutOfStep."""
        if (said := self._said(call_id, number)) is not None:
            return said
        with transaction(self._factory) as session:
            return self._turn(session, call_id, number, report, at, write)

    def sound(self, call_id: str, told: CarrierReport, at: datetime) -> Alarm | None:
        """Store the carrier's report of a recording; the alarm of a lost one. None of an unknown call."""
        with transaction(self._factory) as session:
            if self._locked(session, call_id) is None:
                return None
            return note(session, call_id, self._node, told, at, whole=_is_kept_whole(session, call_id))

    def end(self, call_id: str, at: datetime) -> bool:
        """The line says that the call is over; False when it was known, or the call is not."""
        with transaction(self._factory) as session:
            held = self._locked(session, call_id)
            if held is None or held.ended_at:
                return False
            _close(session, held, at)
            return True

    def leg(self, call_id: str, news: RingProgress) -> bool:
        """Store how far ringing one phone has come; False when that was known, or the call is not."""
        with transaction(self._factory) as session:
            if self._locked(session, call_id) is None:
                return False
            if not add_event(session, news.key, call_id, news.at, PHONE, news.detail()):
                return False
            query = select(CallEvent).where(CallEvent.call_id == call_id, CallEvent.kind == PHONE)
            told = [kept(event.detail, event.at) for event in session.scalars(query)]
            columns = leg_columns([one for one in told if one.leg == news.leg], self._in_time)
            session.merge(Leg(call_id=call_id, **columns))
            return True

    def forget(self, at: datetime) -> int:
        """Close the calls without a report for longer than a call can be; how many."""
        with transaction(self._factory) as session:
            query = select(HeldCall).where(HeldCall.ended_at.is_(None), HeldCall.touched_at < at - LOST)
            lost = list(session.scalars(query.with_for_update(skip_locked=True)))
            for held in lost:
                _close(session, held, held.touched_at, lost=True)
            return len(lost)

    def _is_crowded(self, session: Session, caller: str) -> bool:
        """True if this number has, without this call, as many as one may have at once."""
        open_now = select(func.count()).where(
            has(CallRow.caller_hash, e164(caller)), CallRow.line == self._line, CallRow.ended_at.is_(None)
        )
        return bool(caller) and (session.scalar(open_now) or 0) >= self._caller_calls

    def _said(self, call_id: str, number: int) -> str | None:
        """Answer given to a turn before; asking again, however often, blocks no writer."""
        with looking(self._factory) as session:
            said = session.get(HeldTurn, (call_id, number))
            return said.answer if said else None

    def _turn(
        self, session: Session, call_id: str, number: int, report: WebhookReport, at: datetime, write: Write
    ) -> str:
        held = self._locked(session, call_id)
        said = session.get(HeldTurn, (call_id, number))
        if said is not None:
            return said.answer
        if held is None or number != held.turn:
            raise OutOfStep(f"call {call_id} is not at turn {number}")
        if report.ends:
            held.ends_at, held.ends_why = report.ends
        held.kept = report.kept or held.kept
        turn = self._advance(session, held, report, at)
        if report.sound:
            note(session, call_id, self._node, report.sound, at)
        answer = write(turn, Visit(at, held.dialled, held.kept, held.ends_at, held.ends_why))
        held.call, held.turn, held.touched_at = turn.call.to_json(), turn.call.turn, at
        held.ending = _ending(turn) or held.ending
        session.add(HeldTurn(call_id=call_id, number=number, at=at, answer=answer))
        return answer

    def _advance(self, session: Session, held: HeldCall, report: WebhookReport, at: datetime) -> Turn:
        """Advance by the engine; a call whose time is over ends with V-16 instead (P7.1, P7.3), said once."""
        call, board = Call.from_json(held.call), self._board(session)
        met = report.watched is LimitWatch.MET
        due = report.watched is LimitWatch.HERE and held.ends_at is not None and held.ends_at <= at
        if met or (due and not held.ending):
            words = () if met else (Prompt("V-16"),)
            turn = finish(replace(call, turn=call.turn + 1), held.ends_why, words)
            self._rows(session).write(turn.call, turn.facts, at)
        else:
            turn = self._within_limits(session, board, board.take_turn(call, report.event(call)), at)
        if columns := columns_of(turn, at):
            row = session.get_one(CallRow, call.id, populate_existing=True)
            for name, value in columns.items():
                if getattr(row, name) is None:
                    setattr(row, name, value)
            if "recorded_at" in columns:
                expect(session, RecordedCall(call.id, self._node, at))
        return turn

    def _within_limits(self, session: Session, board: Switchboard, turn: Turn, at: datetime) -> Turn:
        """Fail outside numbers that a limit keeps from being rung, so that the ladder's next phone rings."""
        while turn.steps and isinstance(ring := turn.steps[-1], Ring):
            limit = outbound_limits.met(session, ring.rung, self._line, self._caps, at)
            if limit is None:
                break
            call = turn.call
            outbound_limits.refused(session, limit, call.id, at)
            key = f"outbound:{call.id}:{call.turn}"
            add_event(session, key, call.id, at, outbound_limits.REFUSED, {"limit": limit})
            further = board.take_turn(call, RingEnded(at, DialOutcome.FAILED))
            turn = further.preceded_by(*turn.steps[:-1], facts=turn.facts)
        return turn

    def _locked(self, session: Session, call_id: str) -> HeldCall | None:
        """The row, for this transaction alone: two who ask at once are answered one after the other."""
        query = select(HeldCall).where(HeldCall.id == call_id).with_for_update()
        return session.scalars(query.execution_options(populate_existing=True)).one_or_none()

    def _board(self, session: Session) -> Switchboard:
        return Switchboard(self._books, self._rows(session), _NOT_HERE)

    def _rows(self, session: Session) -> "_Rows":
        return _Rows(session, self._callbacks, self._cases, self._node, self._line)


class _Rows:
    """The ledger of one transaction: facts become rows at once, for the call itself is a row."""

    def __init__(
        self, session: Session, callbacks: Callbacks, cases: Disowning | None, node: str, line: str
    ) -> None:
        self._session, self._callbacks, self._cases = session, callbacks, cases
        self._node, self._line = node, line

    def write(self, call: Call, facts: tuple[Fact, ...], at: datetime) -> None:
        entry = entry_of(call, self._node, self._line, facts, at)
        apply(self._session, entry, self._callbacks, self._cases)


class _Elsewhere(Messages):
    """The line records messages by itself: no listener of ours is told of them."""

    def announce(self, name: str) -> None:
        call_of_message(name)


_NOT_HERE = _Elsewhere(Path("/nonexistent"))


def _is_kept_whole(session: Session, call_id: str) -> bool:
    """True if all that the carrier records of a call is kept, and not the talks alone."""
    begun = select(CallEvent.id).where(
        CallEvent.call_id == call_id, CallEvent.kind == RecordingBegun.__name__
    )
    return session.scalar(begun.limit(1)) is not None


def _ending(turn: Turn) -> str:
    return next((fact.reason for fact in turn.facts if isinstance(fact, CallEnding)), "")


def _close(session: Session, held: HeldCall, at: datetime, *, lost: bool = False) -> None:
    """The call's row is complete: when and how it ended, and what it came to."""
    kinds = frozenset(session.scalars(select(CallEvent.kind).where(CallEvent.call_id == held.id)))
    answered = select(Leg.channel).where(Leg.call_id == held.id, Leg.answered_at.is_not(None)).limit(1)
    why = end_reason(held.ending, lost=lost)
    came_to = outcome(held.ending, kinds, answered=session.scalar(answered) is not None)
    told = {"why": why, "said": held.ending, "cause": None}
    add_event(session, f"end:{held.id}", held.id, at, "CallEnded", told)
    ended = update(CallRow).where(CallRow.id == held.id, CallRow.ended_at.is_(None))
    session.execute(ended.values(ended_at=at, end_reason=why, outcome=came_to))
    held.ended_at, held.touched_at = at, at
    session.flush()
    row = session.get_one(CallRow, held.id, populate_existing=True)
    if row.recorded_at:
        expect(session, RecordedCall(held.id, row.node, row.recorded_at, at))
    summed(session, row)
