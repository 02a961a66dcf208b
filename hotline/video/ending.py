"""The end of a session or of a wait: its state, the interpreter's, and what was sent, destroyed at once."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.keys import data_keys
from hotline.ledger.audit import audit
from hotline.video.rules import (
    OPEN,
    InterpreterEvent,
    InterpreterState,
    SessionEvent,
    SessionState,
    VideoEnd,
    interpreter_after,
    session_after,
)
from hotline.video.store import VideoInterpreter, VideoMessage, VideoSession, interpreter

ENDED = "video.end"
LEFT = "video.leave"
"""The actions under which they stand in the audit log."""
_LEFT_BEHIND = VideoSession.key_id != "", VideoSession.state.not_in(OPEN)
_IN_USE: Final = select(
    or_(
        exists().where(VideoInterpreter.state != InterpreterState.OFFLINE),
        exists().where(or_(VideoSession.state.in_(OPEN), VideoSession.key_id != "")),
    )
)


def finish(session: Session, row: VideoSession, why: VideoEnd, by: str, at: datetime) -> bool:
    """End an open session as of ``at``; False when it was over. Audited; nothing that was sent is left."""
    state = SessionState(row.state)
    after = session_after(state, SessionEvent.ENDS) or session_after(state, SessionEvent.LEAVES)
    if after is None:
        return False
    row.state, row.end_reason, row.ended_at = after, why, at
    destroy_messages(session, row, at)
    if after is SessionState.ENDED and (serving := interpreter(session, row.interpreter)):
        move(serving, InterpreterEvent.ENDS, at)
    action = ENDED if after is SessionState.ENDED else LEFT
    audit(session, at, by, action, row.subject, after={"why": why})
    session.flush()
    metrics.video_sessions.labels(why).inc()
    return True


def destroy_messages(session: Session, row: VideoSession, at: datetime) -> None:
    """Delete what was sent and destroy the key by which it was sealed, so that no copy can be read."""
    session.execute(delete(VideoMessage).where(VideoMessage.session == row.id))
    if row.key_id:
        data_keys.destroy(session, [row.key_id], at)
        row.key_id = ""


def move(row: VideoInterpreter, event: InterpreterEvent, at: datetime) -> bool:
    """Bring an interpreter into the state that follows; False when there is none, or it is the same."""
    before = InterpreterState(row.state)
    after = interpreter_after(before, event)
    if after is None or after is before:
        return False
    row.state, row.since = after, at
    return True


def is_any_left(session: Session) -> bool:
    """Tell whether a session that is over still has its key."""
    return session.scalar(select(VideoSession.id).where(*_LEFT_BEHIND).limit(1)) is not None


def is_in_use(session: Session) -> bool:
    """Tell in one question whether anybody is on duty, or any session is open or still has its key."""
    return session.scalar(_IN_USE) or False


def destroy_left(session: Session, at: datetime) -> int:
    """Destroy what an end has left behind, as a copy of the database that was put back has; how many."""
    rows = list(session.scalars(select(VideoSession).where(*_LEFT_BEHIND)))
    for row in rows:
        destroy_messages(session, row, at)
    return len(rows)
