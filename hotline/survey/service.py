"""What was asked and answered at the end of talks. Harmless to repeat: a replay of turns changes nothing."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import add_once
from hotline.survey.rules import SCORES, SurveyChannel
from hotline.survey.store import SurveyRow

COLUMNS: Final = ("first", "second", "third")
"""Of the answers, in the order of the questions."""


def ask(
    session: Session, call_id: str, asked: str, talked_with: str, language: str, questions: int, at: datetime
) -> None:
    """Record that the caller of a call is asked. ``asked``: the telephone (E.164)."""
    row = _row(session, call_id, at)
    row.asked_of, row.talked_with, row.language = asked, talked_with, language
    row.questions, row.asked_at = questions, at


def answer(session: Session, call_id: str, question: int, score: int, at: datetime) -> None:
    """Record the answer to a question, counted from 1; the first one given stays."""
    row, column = _row(session, call_id, at), COLUMNS[question - 1]
    if getattr(row, column) is None and score in SCORES:
        setattr(row, column, score)
        row.answered_at = at


def keep_words(session: Session, call_id: str, name: str, at: datetime) -> None:
    """Record the message with a caller's free words."""
    _row(session, call_id, at).message = name


def is_of_survey(session: Session, call_id: str) -> bool:
    """Tell whether a call's spoken message is an answer: it is the last thing that is asked for."""
    return session.scalar(select(SurveyRow.id).where(SurveyRow.call_id == call_id)) is not None


def _row(session: Session, call_id: str, at: datetime) -> SurveyRow:
    """The row of a call; turns may come in any order, so each makes it."""
    add_once(session, SurveyRow, [{"channel": SurveyChannel.TALK, "call_id": call_id, "asked_at": at}])
    return session.scalars(select(SurveyRow).where(SurveyRow.call_id == call_id).with_for_update()).one()
