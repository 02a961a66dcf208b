"""Persons served by agency in a time, own devices apart (P6.7)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.video.counter_store import MisuseRow
from hotline.video.store import VideoSession

OWN_DEVICE = ""
"""Stands for the agency of who came with a device of their own."""


@dataclass(slots=True)
class VideoCount:
    """Sessions of an agency's counters, or of own devices: ``left`` were not served."""

    served: int = 0
    seconds: float = 0.0
    extended: int = 0
    left: int = 0
    misuse: int = 0

    @property
    def minutes(self) -> int:
        """Whole minutes of all together."""
        return round(self.seconds / 60)


class VideoWay(Enum):
    """Way in which a session counts; it may be several."""

    SERVED = auto()
    EXTENDED = auto()
    LEFT = auto()
    MISUSE = auto()


def ways_of(row: VideoSession) -> set[VideoWay]:
    """What a session counts as."""
    told = {
        VideoWay.SERVED: bool(row.accepted_at),
        VideoWay.EXTENDED: bool(row.accepted_at) and row.extensions > 0,
        VideoWay.LEFT: not row.accepted_at and bool(row.ended_at),
        VideoWay.MISUSE: row.is_misuse,
    }
    return {way for way, is_so in told.items() if is_so}


def counts(session: Session, since: datetime, until: datetime) -> dict[str, VideoCount]:
    """Count sessions asked for in a time, by agency of the counter; a running one until then."""
    found = defaultdict[str, VideoCount](VideoCount)
    asked = VideoSession.requested_at >= since, VideoSession.requested_at < until
    for row in session.scalars(select(VideoSession).where(*asked)):
        of, ways = found[row.counter_agency], ways_of(row)
        of.misuse += VideoWay.MISUSE in ways
        of.served += VideoWay.SERVED in ways
        of.extended += VideoWay.EXTENDED in ways
        of.left += VideoWay.LEFT in ways
        if row.accepted_at:
            of.seconds += (min(row.ended_at or until, until) - row.accepted_at).total_seconds()
    seen = select(MisuseRow.agency).where(MisuseRow.at >= since, MisuseRow.at < until)
    for agency in session.scalars(seen):
        found[agency].misuse += 1
    return dict(found)


def sessions_of(
    session: Session, since: datetime, until: datetime, agency: str, way: VideoWay
) -> list[tuple[str, datetime]]:
    """Numbers of the sessions of an agency that count as something, with when each was asked for.

    Misuse that somebody saw beside a session is among them, by its own number behind a star.
    """
    of = VideoSession
    asked = of.requested_at >= since, of.requested_at < until, of.counter_agency == agency
    rows = session.scalars(select(of).where(*asked).order_by(of.id))
    found = [(str(row.id), row.requested_at) for row in rows if way in ways_of(row)]
    if way is VideoWay.MISUSE:
        seen = MisuseRow.at >= since, MisuseRow.at < until, MisuseRow.agency == agency
        incidents = session.scalars(select(MisuseRow).where(*seen).order_by(MisuseRow.id))
        found += [(f"*{row.id}", row.at) for row in incidents]
    return found
