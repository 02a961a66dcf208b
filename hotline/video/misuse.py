"""The log of misuse (P6.5): incidents that somebody wrote down, and sessions that an interpreter marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from hotline.db import numbered
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied
from hotline.staff.service import permitted
from hotline.texts import fit
from hotline.video.counter_rules import CounterDateAhead
from hotline.video.counter_store import MisuseRow
from hotline.video.counters import KIND, counter_of
from hotline.video.store import VideoSession

LONGEST: Final = 500
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident; ``session``: the one that an interpreter marked, 0 for one that was written down."""

    at: datetime
    counter: str
    """Number of the counter; empty = an own device."""
    agency: str
    by: str
    what: str = ""
    session: int = 0


def record(
    session: Session, what: str, happened_at: datetime, *, at: datetime, by: str, counter: str = ""
) -> MisuseRow:
    """Write an incident down, at a counter or on an own device.

    Raises NotPermitted, UnknownCounter, UnfitText, CounterDateAhead.
    """
    if happened_at > at:
        raise CounterDateAhead("at")
    agency = counter_of(session, counter, at).agency if counter else ""
    permitted(session, by, Action.VIDEO_MISUSE, at, agency)
    row = MisuseRow(
        counter=counter,
        agency=agency,
        at=happened_at,
        what=fit("what", what, LONGEST),
        recorded_at=at,
        recorded_by=by,
    )
    kept = numbered(session, row)
    audit(session, at, by, Action.VIDEO_MISUSE, f"{KIND}:{counter}" if counter else "video", reason="")
    return kept


def incidents(session: Session, agency: str = "") -> list[Incident]:
    """List incidents and marked sessions, the latest first; of an agency's counters, or of all."""
    found = [*_written(session, agency), *_marked(session, agency)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]


def _written(session: Session, agency: str) -> list[Incident]:
    which = [MisuseRow.agency == agency] if agency else []
    chosen = select(MisuseRow).where(*which).order_by(MisuseRow.at.desc()).limit(MOST)
    return [told(row) for row in session.scalars(chosen)]


def told(row: MisuseRow) -> Incident:
    """The incident of a row."""
    return Incident(row.at, row.counter, row.agency, row.recorded_by, row.what)


def _marked(session: Session, agency: str) -> list[Incident]:
    which = [VideoSession.counter_agency == agency] if agency else []
    chosen = select(VideoSession).where(VideoSession.is_misuse, *which)
    rows = session.scalars(chosen.order_by(VideoSession.id.desc()).limit(MOST))
    return [
        Incident(
            row.requested_at, str(row.counter or ""), row.counter_agency, row.interpreter, session=row.id
        )
        for row in rows
    ]


def _is_needed(_session: Session) -> ColumnElement[bool]:
    return false()


def _empty(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, MisuseRow.id, ids, blank("what"))


INCIDENTS: Final = MaskRule(
    RetentionKind.VIDEO,
    MisuseRow.id,
    MisuseRow.recorded_at,
    MisuseRow.masked_at,
    _is_needed,
    _empty,
    since=MisuseRow.recorded_at,
)
