"""What the survey found, for programs (P10.3, P12.1)."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from hotline.permissions import Action
from hotline.survey.figures import SurveyCount
from hotline.survey.rules import MOST_QUESTIONS, SCORES, SurveyChannel, SurveyOutcome
from reporting.survey_results import AnswersAsked, behind_results, quarter_bounds, quarter_of, results
from web.api import gate
from web.api.figures import ReportRows
from web.api.gate import Answer, Room
from web.api.models import Day, RequestModel, Text

room = Room("surveys", "The satisfaction survey")


class QuarterQuery(RequestModel):
    """A quarter."""

    quarter: Day | None = Field(None, description="any day of it; this quarter, if not given")


class QuestionCount(BaseModel):
    """Answers to a question: how often each score, the share of 4 and 5, its 95 % interval (Wilson)."""

    scores: Mapping[int, int]
    answers: int
    satisfied: float | None
    low: float | None
    high: float | None


class SurveyFigures(BaseModel):
    """Whoever was asked, how far they answered, and each question in its order."""

    asked: int
    outcomes: Mapping[SurveyOutcome, int]
    questions: list[QuestionCount]


class AgentFigures(BaseModel):
    """The answers behind an agent's own talks."""

    agent: str = Field(description="phone")
    figures: SurveyFigures


class SurveyReport(BaseModel):
    """A quarter; ``held``: agents with too few answers to be told apart."""

    channels: Mapping[SurveyChannel, SurveyFigures]
    agents: list[AgentFigures]
    held: int


class AnswersQuery(QuarterQuery):
    """A number of the survey's results; what is not given is any."""

    agent: Text = Field("", description="phone of an agent who is listed")
    way: SurveyChannel | None = None
    outcome: SurveyOutcome | None = None
    question: int = Field(0, ge=0, le=MOST_QUESTIONS, description="from 1; without a score, any answer to it")
    score: int = Field(0, ge=0, le=max(SCORES))


@room.read("/surveys", Action.SURVEY_READ, SurveyReport)
def found(query: QuarterQuery) -> Answer:
    """Get what a quarter found: by the way of asking, and by agent from ten answers on."""
    told = results(gate.session(), *quarter_bounds(quarter_of(query.quarter or gate.today())))
    channels = {one: _figures(count) for one, count in told.channels.items()}
    agents = [AgentFigures(agent=one.phone, figures=_figures(one.count)) for one in told.agents]
    return Answer(SurveyReport(channels=channels, agents=agents, held=told.held))


@room.read("/surveys/answers", Action.SURVEY_READ, ReportRows)
def listed(query: AnswersQuery) -> Answer:
    """List the scores behind a number of the results: neither call nor case nor time."""
    asked = AnswersAsked(query.agent, query.way, query.outcome, query.question, query.score)
    bounds = quarter_bounds(quarter_of(query.quarter or gate.today()))
    found = behind_results(gate.session(), *bounds, asked)
    return Answer(ReportRows(kind=found.kind, ids=list(found.ids), told=list(found.told)))


def _figures(count: SurveyCount) -> SurveyFigures:
    questions = [_question(count, number) for number in range(1, MOST_QUESTIONS + 1)]
    return SurveyFigures(asked=count.asked, outcomes=count.outcomes, questions=questions)


def _question(count: SurveyCount, number: int) -> QuestionCount:
    found = count.satisfied(number)
    low, high = found.interval or (None, None)
    return QuestionCount(
        scores=count.scores[number - 1], answers=found.answers, satisfied=found.share, low=low, high=high
    )
