"""What each side is shown: the service, a session with its place and its time, the interpreters' board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hotline.video.rules import (
    Estimate,
    InterpreterState,
    SessionState,
    Side,
    VideoEnd,
    VideoRules,
    estimate,
    gone_at,
    is_lost,
)
from hotline.video.store import VideoInterpreter, VideoSession, of_state, on_duty


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """The service at an instant. ``opens_at``: the next opening; ``closes_at``: of this stretch, or the next.

    ``wait``: what who asks now would wait.
    """

    is_open: bool
    opens_at: datetime
    closes_at: datetime
    hours: str
    online: int
    busy: int
    waiting: int
    wait: Estimate


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as one side sees it; every time is by our clock, in seconds from now.

    ``place``: 1 is next, 0 is not in line. ``other_lost``: the other side is lost and has so long to come
    back. ``last``: the number of the latest message.
    """

    number: int
    side: Side
    state: SessionState
    place: int = 0
    wait: Estimate | None = None
    seconds_left: int | None = None
    is_near_end: bool = False
    extensions: int = 0
    other_lost: int | None = None
    end: VideoEnd | None = None
    last: int = 0

    @property
    def ahead(self) -> int:
        """How many are before."""
        return max(self.place - 1, 0)

    @property
    def may_send(self) -> bool:
        """Tell whether chat and photographs go through."""
        return self.state is SessionState.ACTIVE


@dataclass(frozen=True, slots=True)
class VideoBoard:
    """The interpreters' page: who waits, who is on duty, who is served."""

    status: ServiceStatus
    line: Sequence[VideoSession]
    interpreters: Sequence[VideoInterpreter]
    running: Sequence[VideoSession]


def service_status(session: Session, rules: VideoRules, at: datetime) -> ServiceStatus:
    """The service at an instant."""
    opens_at, closes_at = rules.worktime.next_stretch(at)
    duty, waiting = on_duty(session), len(of_state(session, SessionState.WAITING))
    online = sum(one.state == InterpreterState.ONLINE for one in duty)
    return ServiceStatus(
        is_open=opens_at == at,
        opens_at=opens_at,
        closes_at=closes_at,
        hours=str(rules.worktime.hours),
        online=online,
        busy=len(duty) - online,
        waiting=waiting,
        wait=estimate(_free_at(session, at), waiting, rules.block, at, closes_at),
    )


def session_view(
    session: Session, row: VideoSession, side: Side, rules: VideoRules, at: datetime
) -> SessionView:
    """A session as a side sees it."""
    state = SessionState(row.state)
    if state is SessionState.WAITING:
        ahead = sum(one.id < row.id for one in of_state(session, SessionState.WAITING))
        closes_at = rules.worktime.next_stretch(at)[1]
        wait = estimate(_free_at(session, at), ahead, rules.block, at, closes_at)
        return SessionView(row.id, side, state, ahead + 1, wait)
    if state is SessionState.ACTIVE and (block := row.block):
        return SessionView(
            row.id,
            side,
            state,
            seconds_left=int(block.left(at).total_seconds()),
            is_near_end=block.is_near_end(at),
            extensions=block.extensions,
            other_lost=_other_lost(row, side, at),
            last=row.messages,
        )
    return SessionView(row.id, side, state, end=VideoEnd(row.end_reason), extensions=row.extensions)


def board(session: Session, rules: VideoRules, at: datetime) -> VideoBoard:
    """The interpreters' page at an instant."""
    return VideoBoard(
        service_status(session, rules, at),
        of_state(session, SessionState.WAITING),
        on_duty(session),
        of_state(session, SessionState.ACTIVE),
    )


def _other_lost(row: VideoSession, side: Side, at: datetime) -> int | None:
    seen_at = row.side_seen_at.get(side.other)
    if seen_at is None or not is_lost(seen_at, at):
        return None
    return int(max(gone_at(seen_at) - at, timedelta(0)).total_seconds())


def _free_at(session: Session, at: datetime) -> list[datetime]:
    """When each interpreter on duty is free: now, or when the running block is over."""
    ends = {one.interpreter: one.block_ends_at for one in of_state(session, SessionState.ACTIVE)}
    return [ends.get(one.login) or at for one in on_duty(session)]
