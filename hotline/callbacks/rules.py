"""The states of a promise and how they follow each other (spec §9.2). Pure.

A state holds only what exists in it. Whoever works on a promise holds it, one at a time; a program holds it
on a lease, so that a promise is not lost with its worker.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hotline.errors import HotlineError
from hotline.terms import named
from hotline.worktime import CalendarTime, Limit, RoundedDown, WorkingTime

SPOKEN_STEP: Final = timedelta(minutes=5)
"""Step to which a new due time is rounded down: it is said in round times, and stored as said (§9.2)."""


SOON: Final = timedelta(hours=1)
"""A promise whose due time passes within this is due soon."""
BY_KEY: Final = frozenset(("agent", "officer"))
"""Origins of a promise that somebody made by the key in a talk: who knows the matter, and did not say it."""
REPEAT: Final = "repeat"
"""Origin of a promise that an officer contacts who asked again about an open case (P7.2)."""


@named("callback-state")
class CallbackState(StrEnum):
    """The words of §9.2 for rows, screens and reports."""

    OPEN = "OPEN"
    WORKING = "WORKING"
    ATTEMPTED = "ATTEMPTED"
    CLOSED_UNREACHED = "CLOSED_UNREACHED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


PENDING_STATES = (CallbackState.OPEN, CallbackState.WORKING, CallbackState.ATTEMPTED)
"""The promise is still to be kept."""


class Outcome(StrEnum):
    """Disposition of an attempt to call the citizen."""

    REACHED = "reached"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong-number"
    NOT_PLACED = "not-placed"
    """Our own fault: the trunk failed, or too many calls today. No attempt of §9.2."""


NOT_REACHED = frozenset(Outcome) - {Outcome.REACHED, Outcome.NOT_PLACED}
"""What counts as a failed attempt."""


class CallbackNotNow(HotlineError, code="not-now"):
    """The state does not allow it."""

    state: CallbackState


class HeldByAnother(HotlineError, code="held-by-another"):
    """A promise that another person holds: one owner at a time."""

    holder: str
    until: datetime | None


class MatterMissing(HotlineError, code="matter-missing"):
    """A promise made by key whose matter nobody has written down yet: that comes before all else (P5.1.1)."""

    number: int


class HasMatter(HotlineError, code="has-matter"):
    """A promise whose matter is known needs no other."""

    number: int


class ReasonMissing(HotlineError, code="reason-missing"):
    """An act without a word why: a callback closed, cancelled, extended or handed over."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The holder of a promise; ``until`` None: a person, until released."""

    by: str
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether nobody else may take it: at the end of a lease others may."""
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True)
class Open:
    """A promise that nobody works on."""

    name = CallbackState.OPEN


@dataclass(frozen=True, slots=True)
class Working:
    """A promise that somebody works on."""

    hold: Hold
    name = CallbackState.WORKING


@dataclass(frozen=True, slots=True)
class Attempted:
    """Called ``failed`` times without reaching the citizen; the next attempt is due by ``next_by``."""

    failed: int
    next_by: datetime
    hold: Hold | None = None
    name = CallbackState.ATTEMPTED


@dataclass(frozen=True, slots=True)
class ClosedUnreached:
    """A promise whose last attempt failed; the note is kept for when the citizen calls again."""

    at: datetime
    failed: int
    name = CallbackState.CLOSED_UNREACHED


@dataclass(frozen=True, slots=True)
class ClosedReached:
    """A promise whose citizen was told ``result``."""

    at: datetime
    result: str
    name = CallbackState.DONE


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A promise whose citizen called and was answered, or withdrew."""

    at: datetime
    reason: str
    name = CallbackState.CANCELLED


Pending = Open | Working | Attempted
Callback = Pending | ClosedUnreached | ClosedReached | Cancelled


def start(state: Callback, hold: Hold, at: datetime) -> Pending:
    """Start working on it; repeated by the same, renew the lease. Raises HeldByAnother, CallbackNotNow."""
    match state:
        case Open():
            return Working(hold)
        case Working() | Attempted():
            _free_for(state.hold, hold.by, at)
            return replace(state, hold=hold)
        case _:
            raise CallbackNotNow(state.name)


def let_go(state: Callback) -> Pending:
    """Free a promise of its holder: released, or the lease has ended."""
    match state:
        case Open() | Working():
            return Open()
        case Attempted():
            return replace(state, hold=None)
        case _:
            raise CallbackNotNow(state.name)


def attempt(
    state: Callback, by: str, outcome: Outcome, at: datetime, *, next_by: datetime, most: int
) -> Callback:
    """Count a placed call: unreached ``most`` times closes it; reached, it waits for the answer's words."""
    if not isinstance(state, Pending):
        raise CallbackNotNow(state.name)
    hold = None if isinstance(state, Open) else state.hold
    _free_for(hold, by, at)
    if outcome is Outcome.NOT_PLACED:
        return state
    hold = hold if hold and hold.by == by else Hold(by)
    if outcome is Outcome.REACHED:
        return replace(state, hold=hold) if isinstance(state, Attempted) else Working(hold)
    failed = 1 + (state.failed if isinstance(state, Attempted) else 0)
    return ClosedUnreached(at, failed) if failed >= most else Attempted(failed, next_by, hold)


def answer(state: Callback, by: str, result: str, at: datetime) -> ClosedReached:
    """Close a promise whose citizen was told the answer; its words are mandatory."""
    if not isinstance(state, Pending):
        raise CallbackNotNow(state.name)
    if not result.strip():
        raise ReasonMissing()
    _free_for(None if isinstance(state, Open) else state.hold, by, at)
    return ClosedReached(at, result)


def cancel(state: Callback, reason: str, at: datetime) -> Cancelled:
    """Cancel a promise whose citizen was answered meanwhile or withdrew; whoever takes that call may."""
    if not isinstance(state, Pending):
        raise CallbackNotNow(state.name)
    if not reason.strip():
        raise ReasonMissing()
    return Cancelled(at, reason)


def hand_over(state: Callback, by: str, reason: str, at: datetime, *, may_take: bool) -> Pending:
    """Hand a promise to another person, who has yet to start. ``may_take``: by a superior, or free anyhow."""
    if not isinstance(state, Pending):
        raise CallbackNotNow(state.name)
    if not reason.strip():
        raise ReasonMissing()
    if not may_take:
        _free_for(None if isinstance(state, Open) else state.hold, by, at)
    return let_go(state)


def hold_of(state: Callback) -> Hold | None:
    """The holder of a promise, if any."""
    return state.hold if isinstance(state, Working | Attempted) else None


def _free_for(hold: Hold | None, by: str, at: datetime) -> None:
    if hold and hold.by != by and hold.holds(at):
        raise HeldByAnother(hold.by, hold.until)


class CallbackClock(StrEnum):
    """The clock that the limit of a promise runs on (spec §2): office hours, or all hours."""

    WH = "WH"
    CAL = "CAL"


@dataclass(frozen=True, slots=True)
class CallbackLimits:
    """Settings ``callback_*``; ``within``, ``remind`` run on ``clock``, the hour between tries is §9.2's."""

    within: timedelta = timedelta(hours=4)
    remind: timedelta = timedelta(hours=3)
    attempts: int = 3
    lease: timedelta = timedelta(minutes=10)
    between: timedelta = timedelta(hours=1)
    clock: CallbackClock = CallbackClock.WH
    given_daily: int = 3
    """Numbers that one caller may leave a day instead of their own."""
    given_open: int = 2
    """Promises that may be open to one such number."""
    repeat: timedelta = timedelta(hours=4)
    """Within which an officer contacts who asked again about a case, on ``repeat_clock`` (P7.2)."""
    repeat_clock: CallbackClock = CallbackClock.WH

    @property
    def due(self) -> Limit:
        """The limit within which a promise must be kept."""
        return self.due_of("")

    def due_of(self, origin: str) -> Limit:
        """The same for a promise of this origin."""
        within, clock = (self.repeat, self.repeat_clock) if origin == REPEAT else (self.within, self.clock)
        return RoundedDown(_on_clock(within, clock), SPOKEN_STEP)

    @property
    def reminder(self) -> Limit:
        """The limit after which its owner is reminded."""
        return self.reminder_of("")

    def reminder_of(self, origin: str) -> Limit:
        """The same for a promise of this origin; of a repeated contact, after the same share of its time."""
        if origin == REPEAT:
            return _on_clock(self.repeat * (self.remind / self.within), self.repeat_clock)
        return _on_clock(self.remind, self.clock)


def _on_clock(amount: timedelta, clock: CallbackClock) -> WorkingTime | CalendarTime:
    return CalendarTime(amount) if clock is CallbackClock.CAL else WorkingTime(amount)


def was_on_time(due_at: datetime, first_attempt_at: datetime | None, at: datetime) -> bool | None:
    """Tell whether the first attempt was in time; None while open. An extension changes nothing."""
    if first_attempt_at is not None:
        return first_attempt_at <= due_at
    return False if due_at < at else None
