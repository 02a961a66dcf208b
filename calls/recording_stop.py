"""A recording stopped for good, since the caller refuses it: who, when, why (P4.12)."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from calls import recording_pause
from calls.store import add_event
from recordings import gaps
from recordings.gaps import GapReason, SoundGap

STOPPED: Final = "RecordingStopped"


def stop(session: Session, call_id: str, reason: str, *, by: str, at: datetime) -> bool:
    """Write it down, once; False if it was stopped already. A pause that holds is over with it."""
    told = {"by": by, "reason": reason}
    if not add_event(session, f"stop:{call_id}", call_id, at, STOPPED, told):
        return False
    gaps.tell(session, [(call_id, SoundGap(at, None, GapReason.STOPPED))])
    if held := recording_pause.of_call(session, call_id):
        recording_pause.end(session, held, by=recording_pause.BY_STOP, at=at)
    return True
