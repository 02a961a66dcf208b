"""A call that 1999 places, from the agent's or interpreter's phone to its end (P5.3, P8.2, §14). Pure."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hotline.callbacks.rules import Outcome
from hotline.errors import HotlineError
from hotline.terms import named

OWN_CALL: Final = "placed-"
"""Before a placed call's token: the name that its own call has in Asterisk, and on record."""


@named("purpose")
class Purpose(StrEnum):
    """The purpose of a placed call."""

    NOTIFY = "notify"
    """An agency acts first, the case is filed afterwards (P5.3-a)."""
    VERIFY = "verify"
    """A petitioner is asked whether they called (P8.2)."""
    RELAY = "relay"
    """An interpreter speaks for a citizen who signs (§14)."""


@named("placed-state")
class OutboundState(StrEnum):
    """The states of a placed call."""

    CALLING = "CALLING"
    ANSWERED = "ANSWERED"
    NOTIFIED = "NOTIFIED"
    """Who took the report is on record, with the number and the time."""
    UNREACHED = "UNREACHED"
    """Everybody of the list was rung, and nobody answered."""
    BROKEN_OFF = "BROKEN_OFF"
    """The agent gave up, or our own line failed: nobody can be blamed for not answering."""


class Phase(StrEnum):
    """A phase of a placed call, from the event log."""

    RUNG = "rung"
    """A phone of the list was rung, in vain or until the talk ended."""
    ANSWERED = "answered"
    OVER = "over"


class PlacedNotNow(HotlineError, code="placed-not-now"):
    """The call's state does not allow it."""

    number: int
    state: OutboundState


class NobodyNamed(HotlineError, code="nobody-named"):
    """A report that nobody in particular took (P5.3-a)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A phone to ring. ``number``: the extension or the agency's outside number; empty for a citizen's
    and for the agents' queue.
    """

    kind: str
    number: str = ""
    name: str = ""
    agency: str = ""
    section: str = ""

    def as_row(self) -> dict[str, str]:
        """The target as it is kept."""
        return asdict(self)


CITIZEN: Final = Target("citizen")
AGENTS: Final = Target("agents")
"""The queue of 1999's own agents."""


@dataclass(frozen=True, slots=True)
class OutboundEvent:
    """A line of the event log about a placed call; ``place``: the phone's, the first of the list being 1."""

    token: str
    phase: Phase
    place: int
    outcome: Outcome
    at: datetime
    is_whole: bool = False
    """At its end: everybody of the list was rung."""


def after(state: OutboundState, heard: OutboundEvent, *, is_met: bool) -> OutboundState:
    """The state after this event, in any order. ``is_met``: answered, not hung up on hearing who calls."""
    if state is OutboundState.NOTIFIED:
        return state
    if is_met:
        return OutboundState.ANSWERED
    if state is OutboundState.UNREACHED or (heard.phase is Phase.OVER and heard.is_whole):
        return OutboundState.UNREACHED
    return (
        OutboundState.BROKEN_OFF
        if OutboundState.BROKEN_OFF is state or heard.phase is Phase.OVER
        else OutboundState.CALLING
    )
