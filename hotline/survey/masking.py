"""What of a survey is personal, and goes one day (P4.12); scores stay and are counted as before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from hotline.legal_holds import HeldRecord, is_held
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied
from hotline.survey.store import SurveyRow

HELD: Final = or_(
    is_held(HeldRecord.CALL, SurveyRow.call_id), is_held(HeldRecord.CASE, SurveyRow.case_number)
)
"""Condition that a survey is held, with its call or its case."""


def _is_needed(_session: Session) -> ColumnElement[bool]:
    return HELD


def _empty(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, SurveyRow.id, ids, blank("asked_of", "words", "code"))


SURVEYS: Final = MaskRule(
    RetentionKind.SURVEYS,
    SurveyRow.id,
    SurveyRow.asked_at,
    SurveyRow.masked_at,
    _is_needed,
    _empty,
    since=SurveyRow.asked_at,
)
