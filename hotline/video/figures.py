"""Persons served by agency in a time, own devices apart (P6.7)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

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


def counts(session: Session, since: datetime, until: datetime) -> dict[str, VideoCount]:
    """Count sessions asked for in a time, by agency of the counter; a running one until then."""
    found = defaultdict[str, VideoCount](VideoCount)
    asked = VideoSession.requested_at >= since, VideoSession.requested_at < until
    for row in session.scalars(select(VideoSession).where(*asked)):
        of = found[row.counter_agency]
        of.misuse += row.is_misuse
        if row.accepted_at:
            of.served += 1
            of.seconds += (min(row.ended_at or until, until) - row.accepted_at).total_seconds()
            of.extended += row.extensions > 0
        elif row.ended_at:
            of.left += 1
    seen = select(MisuseRow.agency).where(MisuseRow.at >= since, MisuseRow.at < until)
    for agency in session.scalars(seen):
        found[agency].misuse += 1
    return dict(found)
