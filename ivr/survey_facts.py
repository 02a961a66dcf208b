"""Facts of the questions behind a talk (V-19). Scores do not stand in the record of calls."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SurveyAsked:
    """The caller was drawn, and is asked: how many questions, and who hung up before them."""

    number: str
    talked_with: str
    language: str
    questions: int


@dataclass(frozen=True, slots=True)
class SurveyAnswered:
    """The answer to a question, counted from 1."""

    question: int
    score: int


@dataclass(frozen=True, slots=True)
class SurveyWordsKept:
    """Free words, spoken behind the questions."""

    name: str
    seconds: float
    ended: str
