"""States of interpreters and sessions, blocks of time, lost networks and estimates (P6.3, P6.4). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heapify, heapreplace
from types import MappingProxyType
from typing import Final

from hotline.terms import named
from hotline.worktime import Worktime

NOTICE: Final = timedelta(minutes=2)
"""So long before its end a block's end is announced to both: at 13 minutes of 15."""
SILENT: Final = timedelta(seconds=8)
"""A browser that was not heard for so long is shown as lost."""
RETURN: Final = timedelta(seconds=60)
"""Time to come back for a side that is lost."""
STANDSTILL: Final = timedelta(minutes=5)
"""While nobody at all is heard, we take it for our own fault and time stands still; so long at most."""


@named("interpreter-state")
class InterpreterState(StrEnum):
    """An interpreter's state, as the line sees it."""

    OFFLINE = "offline"
    ONLINE = "online"
    """上線: can serve."""
    BUSY = "busy"
    """忙碌中: others wait."""


class InterpreterEvent(StrEnum):
    """An event that changes an interpreter's state."""

    SIGNS_IN = "signs in"
    ACCEPTS = "accepts"
    ENDS = "ends"
    LEAVES = "leaves"
    """A break, closing time, signing out; a running block may finish."""


@named("video-session-state")
class SessionState(StrEnum):
    """A session's state."""

    WAITING = "waiting"
    ACTIVE = "active"
    ENDED = "ended"
    LEFT = "left"


class SessionEvent(StrEnum):
    """An event that changes a session's state."""

    ACCEPTED = "accepted"
    EXTENDED = "extended"
    ENDS = "ends"
    LEAVES = "leaves"


@named("video-end")
class VideoEnd(StrEnum):
    """Why a session ended, or why somebody left the line."""

    TIME = "time"
    """The block was over, and somebody waited or no extension was left."""
    INTERPRETER = "interpreter"
    CITIZEN = "citizen"
    CITIZEN_LOST = "citizen-lost"
    INTERPRETER_LOST = "interpreter-lost"
    CLOSED = "closed"
    """Closing time or the break came while they waited."""
    ACCOUNT = "account"
    """The account was locked or closed."""
    SYSTEM = "system"
    """We were away for longer than time stands still."""


@named("video-side")
class Side(StrEnum):
    """One of the two ends of a session."""

    CITIZEN = "citizen"
    INTERPRETER = "interpreter"

    @property
    def other(self) -> "Side":
        """The far end."""
        return Side.INTERPRETER if self is Side.CITIZEN else Side.CITIZEN

    @property
    def lost(self) -> VideoEnd:
        """The reason of an end because this one did not come back."""
        return VideoEnd.CITIZEN_LOST if self is Side.CITIZEN else VideoEnd.INTERPRETER_LOST


_INTERPRETERS: Final[Mapping[tuple[InterpreterState, InterpreterEvent], InterpreterState]] = MappingProxyType(
    {
        (InterpreterState.OFFLINE, InterpreterEvent.SIGNS_IN): InterpreterState.ONLINE,
        (InterpreterState.ONLINE, InterpreterEvent.ACCEPTS): InterpreterState.BUSY,
        (InterpreterState.BUSY, InterpreterEvent.ENDS): InterpreterState.ONLINE,
        (InterpreterState.OFFLINE, InterpreterEvent.ENDS): InterpreterState.OFFLINE,
        (InterpreterState.ONLINE, InterpreterEvent.LEAVES): InterpreterState.OFFLINE,
        (InterpreterState.BUSY, InterpreterEvent.LEAVES): InterpreterState.OFFLINE,
    }
)
_SESSIONS: Final[Mapping[tuple[SessionState, SessionEvent], SessionState]] = MappingProxyType(
    {
        (SessionState.WAITING, SessionEvent.ACCEPTED): SessionState.ACTIVE,
        (SessionState.ACTIVE, SessionEvent.EXTENDED): SessionState.ACTIVE,
        (SessionState.ACTIVE, SessionEvent.ENDS): SessionState.ENDED,
        (SessionState.WAITING, SessionEvent.LEAVES): SessionState.LEFT,
    }
)
OPEN: Final = (SessionState.WAITING, SessionState.ACTIVE)


def interpreter_after(state: InterpreterState, event: InterpreterEvent) -> InterpreterState | None:
    """The state that follows; None for an event that has no place in the state."""
    return _INTERPRETERS.get((state, event))


def session_after(state: SessionState, event: SessionEvent) -> SessionState | None:
    """The state that follows; None for an event that has no place in the state."""
    return _SESSIONS.get((state, event))


@dataclass(frozen=True, slots=True)
class VideoRules:
    """Opening hours and lengths, as the settings in force say them."""

    worktime: Worktime
    block: timedelta = timedelta(minutes=15)
    extension: timedelta = timedelta(minutes=15)
    extensions: int = 1


@dataclass(frozen=True, slots=True)
class TimeBlock:
    """A running block of time: when it ends, and how many extensions it has had."""

    ends_at: datetime
    extensions: int = 0

    def left(self, at: datetime) -> timedelta:
        """Time left by our clock; none once it is over."""
        return max(self.ends_at - at, timedelta(0))

    def is_near_end(self, at: datetime) -> bool:
        """Tell whether its end is announced now."""
        return at >= self.ends_at - NOTICE


def after_block(
    block: TimeBlock, rules: VideoRules, *, is_wanted: bool, may_extend: bool
) -> TimeBlock | None:
    """What follows at a block's end: its extension, or None, the end of the session.

    ``is_wanted``: somebody waited at that instant. ``may_extend``: open then, and the interpreter on duty; a
    break, closing time and signing out let a block finish, and begin no other.
    """
    if is_wanted or not may_extend or block.extensions >= rules.extensions:
        return None
    return TimeBlock(block.ends_at + rules.extension, block.extensions + 1)


def is_lost(seen_at: datetime, at: datetime) -> bool:
    """Tell whether a browser is shown as lost."""
    return at >= seen_at + SILENT


def gone_at(seen_at: datetime) -> datetime:
    """Instant at which a browser that stays silent is given up."""
    return seen_at + SILENT + RETURN


def away(heard_at: datetime, at: datetime) -> timedelta:
    """Time given back: how long nobody was heard, if that was long enough to be our fault."""
    gap = at - heard_at
    return gap if gap >= SILENT else timedelta(0)


def counted_until(heard_at: datetime, at: datetime) -> datetime:
    """Instant up to which blocks and silences have run: time stands still while nobody at all is heard."""
    return heard_at if away(heard_at, at) else at


@named("video-estimate")
class EstimateGround(StrEnum):
    """The ground of an estimate, or why there is none."""

    FREE = "free"
    """An interpreter is free now."""
    BLOCKS = "blocks"
    """From the ends of running blocks and the full blocks of those ahead: at most so long."""
    NOBODY = "nobody"
    """No interpreter is on duty: nobody can know."""
    CLOSING = "closing"
    """The service would close before the turn comes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The longest wait that is expected in seconds, None where nobody can know; and its ground."""

    seconds: int | None
    ground: EstimateGround


def estimate(
    free_at: Sequence[datetime], ahead: int, block: timedelta, at: datetime, closes_at: datetime
) -> Estimate:
    """Estimate a wait; ``free_at``: when each interpreter on duty is free, ``ahead``: who is before.

    Everybody ahead is counted with a full block and nobody with an extension: somebody waits.
    """
    if not free_at:
        return Estimate(None, EstimateGround.NOBODY)
    free = [max(one, at) for one in free_at]
    heapify(free)
    for _ in range(ahead):
        heapreplace(free, free[0] + block)
    if free[0] >= closes_at:
        return Estimate(None, EstimateGround.CLOSING)
    wait = int((free[0] - at).total_seconds())
    return Estimate(wait, EstimateGround.BLOCKS if wait else EstimateGround.FREE)
