"""Who was asked in a time and what they answered: the rows that figures and pages count (P12.1)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.survey.rules import Satisfaction, SurveyChannel, SurveyOutcome, outcome, satisfaction
from hotline.survey.store import SurveyRow


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """Somebody who was asked; ``scores`` in the order of the questions, None where none was given."""

    id: int
    channel: SurveyChannel
    call_id: str
    case_number: str
    talked_with: str
    agency: str
    asked_at: datetime
    scores: tuple[int | None, ...]

    @property
    def outcome(self) -> SurveyOutcome:
        """How far it was answered."""
        return outcome(self.scores, len(self.scores))


def answers(session: Session, since: datetime, until: datetime) -> list[SurveyAnswer]:
    """Everybody who was asked in a time, in that order; who has not answered, too."""
    of = SurveyRow
    chosen = (
        select(
            of.id,
            of.channel,
            of.call_id,
            of.case_number,
            of.talked_with,
            of.agency,
            of.asked_at,
            of.questions,
            of.first,
            of.second,
            of.third,
        )
        .where(of.asked_at >= since, of.asked_at < until)
        .order_by(of.asked_at, of.id)
    )
    return [
        SurveyAnswer(
            id=row.id,
            channel=SurveyChannel(row.channel),
            call_id=row.call_id or "",
            case_number=row.case_number or "",
            talked_with=row.talked_with,
            agency=row.agency,
            asked_at=row.asked_at,
            scores=(row.first, row.second, row.third)[: row.questions],
        )
        for row in session.execute(chosen)
    ]


def said(session: Session, since: datetime, until: datetime) -> list[SurveyRow]:
    """Whoever left free words in a time, the latest first."""
    chosen = select(SurveyRow).where(
        SurveyRow.asked_at >= since,
        SurveyRow.asked_at < until,
        or_(SurveyRow.words != "", SurveyRow.message != "", SurveyRow.is_untrue),
    )
    return list(session.scalars(chosen.order_by(SurveyRow.asked_at.desc(), SurveyRow.id.desc())))


@dataclass(frozen=True, slots=True)
class SurveyCount:
    """Answers as figures: how far they were given, and of each question how often each score."""

    asked: int
    outcomes: Counter[SurveyOutcome]
    scores: Sequence[Counter[int]]

    @property
    def answered(self) -> int:
        """Whoever answered the first question, which all are asked."""
        return self.satisfied(1).answers

    def satisfied(self, question: int) -> Satisfaction:
        """Satisfaction by a question, counted from 1."""
        return satisfaction(list(self.scores[question - 1].elements()))


def counted(found: Iterable[SurveyAnswer]) -> SurveyCount:
    """Count answers. Pure."""
    several = list(found)
    scores = [Counter[int](), Counter[int](), Counter[int]()]
    for one in several:
        for question, score in zip(scores, one.scores, strict=False):
            question.update([score] if score else [])
    return SurveyCount(len(several), Counter(one.outcome for one in several), scores)
