"""Closed cases that may deserve a review: reopened before, complained of, called untrue in the survey, or
petitioned for again (P10.4).

What is the same matter and place is a category and a normalised address; reports attached to an open case
are one matter with it, and no repetition. Only petitions repeat: what is notified or quick may happen again
at its place, and has rules of its own for that (P5.4.9, P5.4.10).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hotline.cases.rules import CaseKind, CaseState, Move
from hotline.cases.store import Case, CaseEvent
from hotline.reviews.rules import WITHIN, FeedbackKind, ReviewGround, repeated
from hotline.reviews.store import CaseReview, Feedback
from hotline.survey.store import SurveyRow

BACK: Final = timedelta(days=90)
"""So far back is looked."""
REVIEWABLE: Final = (CaseState.CLOSED, CaseState.NO_ACTION)
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A closed case with a ground for a review; ``at``: the latest that speaks for it, ``many``: how much."""

    case: Case
    ground: ReviewGround
    at: datetime
    many: int


def candidates(session: Session, at: datetime, agency: str = "") -> list[Candidate]:
    """Cases that nobody reviewed since their ground came, the latest first; of an agency, or of all."""
    found = [
        *_reopened(session, at),
        *_complained(session, at),
        *_untrue(session, at),
        *_repeated(session, at),
    ]
    seen = _reviewed(session, [one.case.id for one in found])
    left = [
        one
        for one in found
        if (not agency or one.case.agency == agency)
        and not (one.case.id in seen and seen[one.case.id] >= one.at)
    ]
    return sorted(left, key=lambda one: (one.at, one.case.id), reverse=True)[:MOST]


def _reviewed(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each case was last asked a review of."""
    if not ids:
        return {}
    chosen = select(CaseReview.case_id, func.max(CaseReview.asked_at)).where(CaseReview.case_id.in_(ids))
    return dict(session.execute(chosen.group_by(CaseReview.case_id)).all())


def _over() -> tuple[ColumnElement[bool], ...]:
    return Case.state.in_(REVIEWABLE), Case.lead_id.is_(None)


def _reopened(session: Session, at: datetime) -> Iterator[Candidate]:
    chosen = (
        select(Case, func.max(CaseEvent.at), func.count())
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(CaseEvent.kind == Move.REOPEN, CaseEvent.at > at - BACK, *_over())
        .group_by(Case.id)
    )
    for case, last, many in session.execute(chosen):
        yield Candidate(case, ReviewGround.REOPENED, last, many)


def _complained(session: Session, at: datetime) -> Iterator[Candidate]:
    chosen = (
        select(Case, func.max(Feedback.at), func.count())
        .join(Feedback, Feedback.case_id == Case.id)
        .where(Feedback.kind == FeedbackKind.COMPLAINT, Feedback.at > at - BACK, *_over())
        .group_by(Case.id)
    )
    for case, last, many in session.execute(chosen):
        yield Candidate(case, ReviewGround.COMPLAINED, last, many)


def _untrue(session: Session, at: datetime) -> Iterator[Candidate]:
    """Cases of which their petitioner said, when asked, that they were not done."""
    said = SurveyRow.is_untrue, SurveyRow.answered_at > at - BACK
    chosen = select(Case, SurveyRow.answered_at).join(SurveyRow, SurveyRow.case_number == Case.number)
    for case, answered_at in session.execute(chosen.where(*said, *_over())):
        yield Candidate(case, ReviewGround.UNTRUE, answered_at or at, 1)


def _repeated(session: Session, at: datetime) -> Iterator[Candidate]:
    """Of each place and matter that was petitioned for again, the latest case that is over."""
    counted = (
        Case.kind == CaseKind.PETITION,
        Case.filed_at > at - BACK - WITHIN,
        Case.filed_at <= at,
        Case.lead_id.is_(None),
        Case.place_key != "",
        Case.category != "",
        Case.state != CaseState.CANCELLED,
    )
    same = select(Case.place_key, Case.category).where(*counted).group_by(Case.place_key, Case.category)
    again = same.having(func.count() > 1).subquery()
    chosen = select(Case.id, Case.place_key, Case.category, Case.state, Case.filed_at).where(*counted)
    chosen = chosen.join(
        again, (again.c.place_key == Case.place_key) & (again.c.category == Case.category)
    ).order_by(Case.filed_at, Case.id)
    matters = defaultdict[tuple[str, str], list[tuple[int, str, datetime]]](list)
    for number, place, category, state, filed_at in session.execute(chosen):
        if filed_at:
            matters[place, category].append((number, state, filed_at))
    for reports in matters.values():
        yield from _of_matter(session, reports, at)


def _of_matter(
    session: Session, reports: Sequence[tuple[int, str, datetime]], at: datetime
) -> Iterator[Candidate]:
    filed = [filed_at for _number, _state, filed_at in reports]
    again = repeated(filed)
    over = [number for number, state, _filed in reports if state in REVIEWABLE]
    if again and over and filed[-1] > at - BACK:
        yield Candidate(session.get_one(Case, over[-1]), ReviewGround.REPEATED, filed[-1], again + 1)
