"""Rules of the survey (P10.3, P12.1): who is drawn, what an answer is, whose results may be shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from math import sqrt
from typing import Final

from hotline.terms import named

SCORES: Final = range(1, 6)
"""From very dissatisfied to very satisfied."""
SATISFIED: Final = 4
"""This score and above count as satisfied (P12.1)."""
MOST_QUESTIONS: Final = 3
REST: Final = timedelta(days=30)
"""Within it nobody is asked twice."""
LEAST: Final = 10
"""So many answers and the results of an agent may be shown."""
_Z: Final = 1.959964
"""Of the 95 % interval."""


@named("survey-channel")
class SurveyChannel(StrEnum):
    """The way on which somebody was asked."""

    TALK = "talk"
    """By keys, at the end of a talk."""
    MAIL = "mail"
    """By an e-mail with a code, about a closed case."""
    CALLBACK = "callback"
    """By a person who called, about a closed case."""


@named("survey-outcome")
class SurveyOutcome(StrEnum):
    """How far somebody answered."""

    WHOLE = "whole"
    PART = "part"
    """Hung up, or fell silent, behind the first answer."""
    NONE = "none"


class TalkedWith(StrEnum):
    """Who hung up before the questions."""

    AGENT = "agent"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """What a caller who was drawn is asked: so many questions, then for free ``words``."""

    questions: int = 1
    words: bool = True


@dataclass(frozen=True, slots=True)
class SurveyRules:
    """Shares in percent of who is asked: of talks, of closed cases by e-mail, of those by callback.

    ``seed``: another one draws others.
    """

    share: int = 0
    plan: SurveyPlan = SurveyPlan()
    seed: str = "1999"
    mail: int = 0
    callback: int = 0


def is_drawn(seed: str, name: str, share: int) -> bool:
    """Draw a share (percent) by a hash: nobody chooses, and it is the same however often it is asked."""
    digest = sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8]) * 100 < share << 64


def outcome(scores: Sequence[int | None], questions: int) -> SurveyOutcome:
    """Tell how far the questions were answered."""
    answered = sum(score is not None for score in scores[:questions])
    if not answered:
        return SurveyOutcome.NONE
    return SurveyOutcome.WHOLE if answered == questions else SurveyOutcome.PART


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Answers to a question, and how many of them are satisfied or very satisfied (P12.1)."""

    answers: int
    satisfied: int

    @property
    def share(self) -> float | None:
        """Satisfied of all answers; None without any."""
        return self.satisfied / self.answers if self.answers else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the share (Wilson); None without an answer."""
        if not self.answers:
            return None
        n, p = self.answers, self.satisfied / self.answers
        middle = p + _Z**2 / (2 * n)
        reach = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        low, high = ((middle + one) / (1 + _Z**2 / n) for one in (-reach, reach))
        return max(0.0, min(low, p)), min(1.0, max(high, p))  # at nought and one but for rounding


def satisfaction(scores: Sequence[int]) -> Satisfaction:
    """Count scores."""
    return Satisfaction(len(scores), sum(score >= SATISFIED for score in scores))


def shown(counts: Mapping[str, int]) -> frozenset[str]:
    """Select whose results may be shown beside the sum of all, from their numbers of answers.

    Who has fewer than ten is held back, and others with them, those with the fewest first, until nobody's
    few answers can be reckoned from the sum.
    """
    ordered = sorted((name for name in counts if counts[name]), key=lambda name: (counts[name], name))
    held = sum(counts[name] < LEAST for name in ordered)
    while 0 < held < len(ordered) and (held == 1 or sum(counts[name] for name in ordered[:held]) < LEAST):
        held += 1
    return frozenset(ordered[held:])
