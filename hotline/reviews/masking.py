"""Mask rules of reviews and feedback: their free words go with the text of cases (P4.12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import Session

from hotline.cases.store import Case
from hotline.legal_holds import HeldRecord, is_held
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied
from hotline.reviews.store import CaseReview, Feedback


def _review_is_needed(_session: Session) -> ColumnElement[bool]:
    held = and_(Case.id == CaseReview.case_id, is_held(HeldRecord.CASE, Case.number))
    return or_(CaseReview.decided_at.is_(None), exists().where(held))


def _feedback_is_needed(_session: Session) -> ColumnElement[bool]:
    held = and_(Case.id == Feedback.case_id, is_held(HeldRecord.CASE, Case.number))
    return or_(exists().where(held), is_held(HeldRecord.CALL, Feedback.call_id))


def _empty_reviews(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, CaseReview.id, ids, blank("reason", "report", "conclusion"))


def _empty_feedback(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, Feedback.id, ids, blank("words"))


REVIEWS: Final = MaskRule(
    RetentionKind.CASE_TEXT,
    CaseReview.id,
    CaseReview.decided_at,
    CaseReview.masked_at,
    _review_is_needed,
    _empty_reviews,
    since=CaseReview.asked_at,
)
FEEDBACK: Final = MaskRule(
    RetentionKind.CASE_TEXT,
    Feedback.id,
    Feedback.at,
    Feedback.masked_at,
    _feedback_is_needed,
    _empty_feedback,
    since=Feedback.at,
)
RULES: Final = (REVIEWS, FEEDBACK)
