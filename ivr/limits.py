"""End of a call by rule (spec §15, P7.1, P7.3): pure; the instants are given.

An ordinary call is never capped, only a special one: flagged by a supervisor, or by an agent on the strength
of an approved entry of the special list. All that a call keeps through being flagged, lifted and flagged
again is its ``LimitHistory``; the five states carry it along.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, assert_never

from hotline.errors import HotlineError


class EndRule(StrEnum):
    """The reason a call was ended by rule."""

    CAP = "cap"
    GUIDANCES = "3_guidances"
    LONGEST = "longest"


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits (settings ``special_*`` and ``call_longest``); ``longest`` 0 is off."""

    cap: timedelta = timedelta(minutes=15)
    guidances: int = 3
    answer: timedelta = timedelta(seconds=10)
    warning: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Instant at which a call must end, and why; met at equality."""

    at: datetime
    why: EndRule


@dataclass(frozen=True, slots=True)
class LimitHistory:
    """Facts of every state: first answer, guidances, first to fail unless a topic appears, any emergency."""

    answered_at: datetime | None = None
    guidances: tuple[datetime, ...] = ()
    failing_at: datetime | None = None
    emergency: bool = False


# --- states -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Normal:
    """State without a cap: no judgement is asked for, or it was refused, or a topic appeared."""

    history: LimitHistory = field(default_factory=LimitHistory)


@dataclass(frozen=True, slots=True)
class Review:
    """An agent has asked a supervisor to judge the caller; still no cap."""

    history: LimitHistory


@dataclass(frozen=True, slots=True)
class Special:
    """Flagged ``by`` a person; ``entry`` is that of the special list, None for a supervisor's judgement."""

    history: LimitHistory
    by: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """The caller hears V-16."""

    history: LimitHistory
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; ``why`` None when no rule ended it."""

    history: LimitHistory
    why: EndRule | None = None


State = Normal | Review | Special | Ending | Ended


class NotInThisState(HotlineError, code="call-not-now", varies_by="why"):
    """Refusal of a step that cannot be taken in the call's state."""

    why: Literal["over", "emergency", "unanswered", "special"]


class NotEndedByRule(HotlineError, code="call-not-yet"):
    """An agent would end a call that no rule ends yet."""


# --- events: each with its instant, and by whom -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ByPerson:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An agent answered; only the first one starts the clock."""

    at: datetime


class JudgementAsked(_ByPerson):
    """An agent asks for a supervisor's judgement."""


class Authorised(_ByPerson):
    """A supervisor judges the caller drunk, abusive or without a topic."""


class JudgementRefused(_ByPerson):
    """A supervisor judges that the call goes on."""


@dataclass(frozen=True, slots=True)
class NoTopic(_ByPerson):
    """An agent finds no topic; ``entry`` of the special list, None when the caller is not on it."""

    entry: int | None


class Guided(_ByPerson):
    """A guidance was said (V-15)."""


class Failed(_ByPerson):
    """The last guidance brought no topic: the agent need not wait for the rest of ``answer``."""


class TopicAppeared(_ByPerson):
    """There is something to help with after all."""


class Emergency(_ByPerson):
    """Words of self-harm, danger or emergency: every limit of this call is lifted for good."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Time went by."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CallOver:
    """The call is over, whoever ended it."""

    at: datetime


Event = (
    Answered
    | JudgementAsked
    | Authorised
    | JudgementRefused
    | NoTopic
    | Guided
    | Failed
    | TopicAppeared
    | Emergency
    | Passed
    | CallOver
)


# --- transitions --------------------------------------------------------------------------------------


def after(rules: Rules, state: State, event: Event) -> State:
    """The state after an event; first all that became due before it. Raises NotInThisState."""
    state = _due(rules, state, event.at)
    match state:
        case Ended():
            raise NotInThisState("over")
        case Ending(history, deadline):
            return Ended(history, deadline.why) if isinstance(event, CallOver) else state
        case Normal() | Review() | Special():
            return _due(rules, _open(rules, state, event), event.at)
    assert_never(state)


def replay(rules: Rules, events: Iterable[Event], state: State | None = None) -> State:
    """The state after all these, in their order; what could not be done then changes nothing."""
    state = state or Normal()
    for event in events:
        with suppress(NotInThisState):
            state = after(rules, state, event)
    return state


def _due(rules: Rules, state: State, at: datetime) -> State:
    if isinstance(state, Special):
        deadline = special_deadline(rules, state)
        if deadline.at <= at:
            return Ending(state.history, deadline)
    return state


def _open(rules: Rules, state: Normal | Review | Special, event: Event) -> State:
    history = state.history
    match event:
        case Answered(at):
            return replace(state, history=replace(history, answered_at=history.answered_at or at))
        case JudgementAsked():
            return Review(history) if isinstance(state, Normal) else state
        case Authorised(by=by):
            return _flagged(state, by, None)
        case JudgementRefused():
            return _refused(state)
        case NoTopic(by=by, entry=int(entry)):
            return _flagged(state, by, entry)
        case NoTopic():
            return Review(history) if isinstance(state, Normal) else state
        case Guided(at):
            return replace(state, history=_guided(rules, history, at))
        case Failed(at):
            return _given_up(rules, state, at)
        case TopicAppeared():
            return Normal(replace(history, failing_at=None))
        case Emergency():
            return Normal(replace(history, failing_at=None, emergency=True))
        case Passed():
            return state
        case CallOver():
            return Ended(history)
    assert_never(event)


def _flagged(state: Normal | Review | Special, by: str, entry: int | None) -> State:
    """A call flagged again keeps its clock and its guidance counter."""
    if state.history.emergency:
        raise NotInThisState("emergency")
    if state.history.answered_at is None:
        raise NotInThisState("unanswered")
    return state if isinstance(state, Special) else Special(state.history, by, entry)


def _refused(state: Normal | Review | Special) -> State:
    if isinstance(state, Special):
        raise NotInThisState("special")
    return Normal(state.history)


def _guided(rules: Rules, history: LimitHistory, at: datetime) -> LimitHistory:
    """Guidances before the flag count too; a topic that answers one means that it did not fail."""
    guidances = (*history.guidances, at)
    failing = at if len(guidances) >= rules.guidances else None
    return replace(history, guidances=guidances, failing_at=history.failing_at or failing)


def may_end(state: State) -> bool:
    """True if an agent may end the call: it is special, and the last guidance was said."""
    return isinstance(state, Special) and state.history.failing_at is not None


def may_hang_up(state: State) -> bool:
    """True if an agent may just hang up: no supervisor is asked, and the call is not special (P7.1)."""
    return not isinstance(state, Review | Special)


def _given_up(rules: Rules, state: Normal | Review | Special, at: datetime) -> State:
    if not may_end(state):
        raise NotEndedByRule
    return replace(state, history=replace(state.history, failing_at=at - rules.answer))


# --- clocks -------------------------------------------------------------------------------------------


def cap_at(rules: Rules, history: LimitHistory) -> datetime | None:
    """The first agent's answer and the cap; kept through transfer, return and queue."""
    return history.answered_at and history.answered_at + rules.cap


def failed_at(rules: Rules, history: LimitHistory) -> datetime | None:
    """Instant at which the last guidance will have failed, if no topic appears."""
    return history.failing_at and history.failing_at + rules.answer


def special_deadline(rules: Rules, state: Special) -> Deadline:
    """The cap, or the failure of the last guidance, whichever comes first."""
    cap, failed = cap_at(rules, state.history), failed_at(rules, state.history)
    if cap is None:
        raise AssertionError("a call without an agent's answer cannot be special")
    return Deadline(failed, EndRule.GUIDANCES) if failed and failed < cap else Deadline(cap, EndRule.CAP)


def deadline(rules: Rules, state: State, call_answered_at: datetime) -> Deadline | None:
    """Instant at which a special call must end, or any under a blanket limit (``longest``); else None."""
    found = []
    if isinstance(state, Ending):
        return state.deadline
    if isinstance(state, Special):
        found.append(special_deadline(rules, state))
    if rules.longest and not state.history.emergency and not isinstance(state, Ended):
        found.append(Deadline(call_answered_at + rules.longest, EndRule.LONGEST))
    return min(found, key=lambda one: one.at, default=None)


def warnings(rules: Rules, state: State, call_answered_at: datetime) -> tuple[datetime, ...]:
    """Instants of V-20: before the cap of a special call; two minutes and one before a blanket limit."""
    found = set()
    if isinstance(state, Special) and (cap := cap_at(rules, state.history)):
        found.add(cap - rules.warning)
    if rules.longest and not state.history.emergency and not isinstance(state, Ending | Ended):
        found |= {call_answered_at + rules.longest - timedelta(minutes=minutes) for minutes in (2, 1)}
    return tuple(sorted(found))
