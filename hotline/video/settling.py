"""What the clock makes due in the line: ends, extensions, closing time, lost networks, time given back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.ledger.audit import SYSTEM, audit
from hotline.video.ending import finish, move
from hotline.video.rules import (
    OPEN,
    STANDSTILL,
    InterpreterEvent,
    InterpreterState,
    SessionState,
    TimeBlock,
    VideoEnd,
    VideoRules,
    after_block,
    away,
    counted_until,
    gone_at,
)
from hotline.video.store import (
    VideoInterpreter,
    VideoSession,
    heard_at,
    interpreter,
    of_state,
    on_duty,
    pulse,
)

EXTENDED = "video.extend"
LONGEST_WAIT = timedelta(days=1)
"""Nobody waits over the night: closing time empties the line."""
LAST = timedelta(minutes=1)
"""So long before a session ends in a telephone call V-20 is spoken (§19), as in a special call."""


def is_due(
    session: Session,
    rules: VideoRules,
    duty: Sequence[VideoInterpreter],
    rows: Sequence[VideoSession],
    at: datetime,
) -> bool:
    """Tell whether ``settle`` would do anything for who is on ``duty`` and the open sessions ``rows``."""
    if not duty and not rows:
        return False
    heard = heard_at(session) or at
    until = counted_until(heard, at)
    seen = [one for row in rows for one in row.side_seen_at.values()]
    seen += [one.seen_at for one in duty if one.state == InterpreterState.ONLINE]
    ends = [row.block_ends_at for row in rows if row.block_ends_at]
    if away(heard, at) >= STANDSTILL or any(until >= one for one in (*ends, *map(gone_at, seen))):
        return True
    is_shut_out = any(row.state == SessionState.WAITING for row in rows) or bool(duty)
    return is_shut_out and not rules.worktime.is_open(at)


def settle(session: Session, rules: VideoRules, at: datetime) -> int:
    """Do all that is due by ``at``; how much that was. Harmless when repeated; the line is held."""
    heard = heard_at(session) or at
    until = counted_until(heard, at)
    done = sum(_run(session, row, rules, until) for row in of_state(session, SessionState.ACTIVE))
    done += _close(session, rules, at)
    done += sum(
        finish(session, row, VideoEnd.CITIZEN_LOST, SYSTEM, gone_at(row.citizen_seen_at))
        for row in of_state(session, SessionState.WAITING)
        if gone_at(row.citizen_seen_at) <= until
    )
    done += sum(
        move(one, InterpreterEvent.LEAVES, until)
        for one in on_duty(session)
        if one.state == InterpreterState.ONLINE and gone_at(one.seen_at) <= until
    )
    return done + (_end_all(session, heard, at) if away(heard, at) >= STANDSTILL else 0)


def give_back(session: Session, rules: VideoRules, at: datetime) -> timedelta:
    """Keep the pulse: somebody is heard. Gives back the time in which nobody was; how much. The line is held.

    Blocks end later by it and silences begin later, so that our own absence costs nobody a minute.
    """
    row = pulse(session, at)
    gap = away(row.heard_at, at)
    if gap:
        settle(session, rules, at)
        for one in of_state(session, *OPEN):
            _shift(one, gap)
        for serving in on_duty(session):
            serving.seen_at += gap
    if at > row.heard_at:
        row.heard_at = at
    session.flush()
    return gap


def _shift(row: VideoSession, gap: timedelta) -> None:
    row.citizen_seen_at += gap
    if row.interpreter_seen_at:
        row.interpreter_seen_at += gap
    if row.block_ends_at:
        row.block_ends_at += gap


def _run(session: Session, row: VideoSession, rules: VideoRules, until: datetime) -> int:
    """Ends of blocks and of patience with a lost side, in the order in which they came."""
    done = 0
    while (block := row.block) and SessionState(row.state) is SessionState.ACTIVE:
        side, seen_at = min(row.side_seen_at.items(), key=lambda one: one[1])
        gone = gone_at(seen_at)
        if min(gone, block.ends_at) > until:
            break
        if gone < block.ends_at:
            return done + finish(session, row, side.lost, SYSTEM, gone)
        done += _end_block(session, row, rules)
    return done


def is_ending(session: Session, row: VideoSession, rules: VideoRules, at: datetime) -> bool:
    """Tell whether a running session is in its last minute, and nothing would follow; for looking."""
    block = row.block
    if block is None or row.state != SessionState.ACTIVE or block.left(at) > LAST:
        return False
    return _following(session, block, rules, session.get(VideoInterpreter, row.interpreter)) is None


def _following(
    session: Session, block: TimeBlock, rules: VideoRules, serving: VideoInterpreter | None
) -> TimeBlock | None:
    """The block that follows one, as things stand."""
    is_on_duty = serving is not None and serving.state == InterpreterState.BUSY
    return after_block(
        block,
        rules,
        is_wanted=_is_wanted(session, block.ends_at),
        may_extend=is_on_duty and rules.worktime.is_open(block.ends_at),
    )


def _end_block(session: Session, row: VideoSession, rules: VideoRules) -> int:
    block = row.block
    assert block is not None
    following = _following(session, block, rules, interpreter(session, row.interpreter))
    if following is None:
        return int(finish(session, row, VideoEnd.TIME, SYSTEM, block.ends_at))
    row.block_ends_at, row.extensions = following.ends_at, following.extensions
    audit(session, block.ends_at, SYSTEM, EXTENDED, row.subject, after={"extensions": row.extensions})
    session.flush()
    return 1


def _is_wanted(session: Session, then: datetime) -> bool:
    """Tell whether anybody waited at an instant, also when we look later."""
    waited = (
        select(VideoSession.id)
        .where(
            VideoSession.requested_at > then - LONGEST_WAIT,
            VideoSession.requested_at < then,
            VideoSession.accepted_at.is_(None) | (VideoSession.accepted_at > then),
            VideoSession.ended_at.is_(None) | (VideoSession.ended_at > then),
        )
        .limit(1)
    )
    return session.scalar(waited) is not None


def _close(session: Session, rules: VideoRules, at: datetime) -> int:
    """At closing time and in the break nobody waits and nobody is on duty; running blocks go on."""
    if rules.worktime.is_open(at):
        return 0
    closed = [
        finish(session, row, VideoEnd.CLOSED, SYSTEM, at) for row in of_state(session, SessionState.WAITING)
    ]
    gone = [move(row, InterpreterEvent.LEAVES, at) for row in on_duty(session)]
    return sum(closed) + sum(gone)


def _end_all(session: Session, heard: datetime, at: datetime) -> int:
    rows = of_state(session, *OPEN)
    duty = [move(row, InterpreterEvent.LEAVES, at) for row in on_duty(session)]
    return sum(finish(session, row, VideoEnd.SYSTEM, SYSTEM, heard) for row in rows) + sum(duty)
