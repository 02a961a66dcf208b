"""Records of reviews: opened, reported on and decided; whichever way a case goes under audit (P10.4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.moving import Moving
from hotline.cases.rules import Move
from hotline.cases.store import Case
from hotline.cases.words import CaseWords
from hotline.cases.work import CaseWork
from hotline.clock import midnight
from hotline.db import locked, numbered
from hotline.errors import existing
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.reviews.rules import (
    LONGEST,
    NoReview,
    ReviewDecided,
    ReviewDuePassed,
    ReviewGround,
    ReviewOutcome,
)
from hotline.reviews.store import CaseReview
from hotline.staff.service import permitted
from hotline.texts import fit

OUTCOMES = {Move.ACCEPT_REVIEW: ReviewOutcome.ACCEPTED, Move.REOPEN: ReviewOutcome.REOPENED}
DAY = timedelta(days=1)
MOST = 500
"""Reviews of a list."""


class ReviewRecords:
    """Keeps the record of each review; ``days``: working days for a report, where nobody says another day."""

    def __init__(self, moving: Moving, days: int) -> None:
        self._moving, self._days = moving, days

    def follow(
        self, session: Session, row: Case, move: Move, words: CaseWords, by: str, at: datetime
    ) -> None:
        """Open the record of a case that goes under audit, and close it with what was decided."""
        if move is Move.AUDIT:
            due = self._moving.worktime(session).working_days_after(at, self._days)
            numbered(
                session,
                CaseReview(
                    case_id=row.id,
                    agency=row.agency,
                    ground=ReviewGround.CHOSEN,
                    reason=words.reason,
                    asked_at=at,
                    asked_by=by,
                    due_at=due,
                ),
            )
        elif move in OUTCOMES and (review := open_review(session, row)):
            review.outcome, review.decided_at, review.decided_by = OUTCOMES[move], at, by
            review.conclusion = words.result or words.reason


def ask(
    session: Session,
    work: CaseWork,
    number: str,
    reason: str,
    by: str,
    at: datetime,
    *,
    ground: ReviewGround = ReviewGround.CHOSEN,
    due_on: date | None = None,
) -> CaseReview:
    """Ask an agency for a review of a closed case, by the end of a day. Audited.

    Raises NoSuchCase, NotPermitted, ReviewDuePassed and what the move raises.
    """
    if due_on and midnight(due_on + DAY) <= at:
        raise ReviewDuePassed
    row = work.move(session, number, Move.AUDIT, CaseWords(reason=reason), by, at)
    review = existing(open_review(session, row), NoReview(0))
    review.ground = ground
    review.due_at = midnight(due_on + DAY) if due_on else review.due_at
    after = {"case": row.number, "ground": ground, "due_at": review.due_at}
    audit(session, at, by, Action.CASE_AUDIT, f"review:{review.id}", after=after)
    return review


def report(session: Session, number: int, text: str, by: str, at: datetime) -> CaseReview:
    """Keep the agency's report; until the outcome it may be sent again. Audited.

    Raises NoReview, NotPermitted, ReviewDecided, UnfitText.
    """
    row = existing(locked(session, CaseReview, number), NoReview(number))
    permitted(session, by, Action.CASE_WORK, at, row.agency)
    if row.outcome:
        raise ReviewDecided(number)
    row.report, row.reported_at, row.reported_by = fit("report", text, LONGEST), row.reported_at or at, by
    audit(session, at, by, Action.CASE_WORK, f"review:{row.id}", after={"reported_at": row.reported_at})
    return row


def review_of(session: Session, number: int, by: str, at: datetime) -> CaseReview:
    """A review, for its agency's people and for who acts for the city. Raises NoReview, NotPermitted."""
    row = existing(session.get(CaseReview, number), NoReview(number))
    permitted(session, by, Action.CASE_INBOX, at, row.agency)
    return row


def open_review(session: Session, row: Case) -> CaseReview | None:
    """The review of a case that nobody has decided."""
    chosen = select(CaseReview).where(CaseReview.case_id == row.id, CaseReview.decided_at.is_(None))
    return session.scalars(chosen.order_by(CaseReview.id.desc()).limit(1)).first()


def reviews(session: Session, agency: str = "") -> Sequence[tuple[CaseReview, Case]]:
    """Reviews with their cases, those without an outcome first by their due time, then the latest decided;
    of an agency, or of all.
    """
    chosen = select(CaseReview, Case).join(Case, Case.id == CaseReview.case_id)
    if agency:
        chosen = chosen.where(CaseReview.agency == agency)
    order = CaseReview.decided_at.is_not(None), CaseReview.decided_at.desc(), CaseReview.due_at, CaseReview.id
    return [(one, case) for one, case in session.execute(chosen.order_by(*order).limit(MOST))]


def case_of(session: Session, review: CaseReview) -> Case:
    """The case that is reviewed."""
    return session.get_one(Case, review.case_id)


def number_of(session: Session, case_id: int | None) -> str:
    """The number of a case; empty where there is none."""
    return session.scalar(select(Case.number).where(Case.id == case_id)) or "" if case_id else ""
