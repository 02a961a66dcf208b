"""The record of a call that no event log has seen (P0-a, P0-b): times and end by what its line told. Pure."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from calls.cdr import REFUSALS, CallResult, EndReason
from ivr.limits import EndRule
from ivr.steps import CallArrived, CallbackPromised, InformationHeard, Queued, RecordingBegun, TransferBegun
from ivr.turn import Turn

_PROMISES: Final = frozenset((CallbackPromised.__name__, "PromiseSpoken", "MessageInvited"))
"""Kinds of events of a promise: by a decision, and by the dialplan alone."""
_WAITS: Final = frozenset((Queued.__name__, TransferBegun.__name__))
TALKED, TRANSFERRED, PROMISED = "talked", "transferred", "promised"
"""Reasons of an ending that say how the call went."""


def columns_of(turn: Turn, at: datetime) -> dict[str, Any]:
    """Times of the call that a turn tells; the first of each counts."""
    return dict(columns_told((type(fact).__name__, at) for fact in turn.facts))


def columns_told(facts: Iterable[tuple[str, datetime]]) -> Iterator[tuple[str, datetime]]:
    """The columns of the call's row that facts tell, by their kind and instant."""
    told = {CallArrived: "answered_at", Queued: "queued_at", RecordingBegun: "recorded_at"}
    columns = {kind.__name__: column for kind, column in told.items()}
    return ((columns[kind], at) for kind, at in facts if kind in columns)


def end_reason(ending: str, *, lost: bool = False) -> EndReason:
    """Party that ended it: the other side before the last words, we by rule or by them, else the caller."""
    if ending in frozenset(EndRule):
        return EndReason(ending)
    match ending:
        case "" if lost:
            return EndReason.SYSTEM
        case "":
            return EndReason.CALLER
        case "talked":
            return EndReason.AGENT
        case "transferred":
            return EndReason.OFFICER
    return EndReason.HOTLINE


def outcome(ending: str, kinds: Collection[str], *, answered: bool) -> CallResult:
    """Outcome of the call; ``kinds`` of its events, ``answered``: somebody was rung and answered."""
    if ending in REFUSALS:
        return CallResult.REFUSED
    if answered or ending in (TALKED, TRANSFERRED):
        return CallResult.TALKED
    if ending == PROMISED or not _PROMISES.isdisjoint(kinds):
        return CallResult.PROMISED
    waited = not _WAITS.isdisjoint(kinds)
    return CallResult.INFORMED if InformationHeard.__name__ in kinds and not waited else CallResult.ABANDONED


def settled(ending: str, said: str, reason: str, came_to: str, *, talked: bool) -> tuple[str, str]:
    """End and outcome with our Asterisk's part known: its rule ended the call, or an agent talked in it."""
    if said in frozenset(EndRule) and ending in ("", TALKED, TRANSFERRED):
        reason = EndReason(said)
    return reason, CallResult.TALKED if talked else came_to
