"""Defects, reviews, complaints and commendations of each agency in a time (P10.2, P14).

An agency is one's own or nobody's: the order is that of codes, and no person is counted.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.cases.rules import Move
from hotline.cases.store import Case, CaseEvent
from hotline.reviews.rules import FeedbackKind
from hotline.reviews.store import CaseReview, Feedback


@dataclass(slots=True)
class ReviewCount:
    """Counts of an agency; ``defects``: its cases that were reopened, ``late``: reports after their time."""

    defects: int = 0
    reviews: int = 0
    late: int = 0
    complaints: int = 0
    commendations: int = 0


def counts(session: Session, since: datetime, until: datetime, at: datetime) -> dict[str, ReviewCount]:
    """Counts by agency, in the order of codes; of a time that lasts, what is known by now."""
    found = defaultdict[str, ReviewCount](ReviewCount)
    reopened = select(Case.agency, func.count()).join(CaseEvent, CaseEvent.case_id == Case.id)
    reopened = reopened.where(
        CaseEvent.kind == Move.REOPEN, CaseEvent.at >= since, CaseEvent.at < until, Case.lead_id.is_(None)
    )
    for agency, many in session.execute(reopened.group_by(Case.agency)):
        found[agency].defects += many
    for row in session.scalars(
        select(CaseReview).where(CaseReview.asked_at >= since, CaseReview.asked_at < until)
    ):
        found[row.agency].reviews += 1
        found[row.agency].late += row.is_late(at)
    said = select(Feedback.agency, Feedback.kind, func.count()).where(
        Feedback.at >= since, Feedback.at < until
    )
    for agency, kind, many in session.execute(said.group_by(Feedback.agency, Feedback.kind)):
        if kind == FeedbackKind.COMPLAINT:
            found[agency].complaints += many
        else:
            found[agency].commendations += many
    return {agency: found[agency] for agency in sorted(found)}
