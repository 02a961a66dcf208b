"""Grounds and outcomes of reviews, and which reports of the same matter are repeated. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hotline.errors import HotlineError
from hotline.terms import named

WITHIN: Final = timedelta(days=30)
"""Two petitions of the same place and matter no further apart are repeated; at equality too (P10.4)."""
LONGEST: Final = 4000
"""Characters of a reason or a report."""


@named("review-ground")
class ReviewGround(StrEnum):
    """Why a case may deserve a review."""

    REOPENED = "reopened"
    """It was closed before it was done."""
    COMPLAINED = "complained"
    """A citizen complained of how it was handled."""
    REPEATED = "repeated"
    """The same place and matter were petitioned for again."""
    UNTRUE = "untrue"
    """Its petitioner says that it was not done."""
    CHOSEN = "chosen"
    """By who asks, for a reason of their own."""


@named("review-outcome")
class ReviewOutcome(StrEnum):
    """Outcome of a review (P10.4)."""

    ACCEPTED = "accepted"
    REOPENED = "reopened"
    """The case goes on: a defect of its agency."""


@named("feedback-kind")
class FeedbackKind(StrEnum):
    """Kind of a citizen's feedback on an agency's work (P14)."""

    COMMENDATION = "commendation"
    COMPLAINT = "complaint"


class NoReview(HotlineError, code="no-review"):
    """No review has this number."""

    number: int


class ReviewDecided(HotlineError, code="review-decided"):
    """A review whose outcome stands already."""

    number: int


class ReviewDuePassed(HotlineError, code="review-due-passed"):
    """A day for the report that is over."""

    field: str = "due_on"


def repeated(filed: Sequence[datetime]) -> int:
    """How many of these petitions, in their order, followed another one within ``WITHIN``."""
    return sum(later - earlier <= WITHIN for earlier, later in zip(filed, filed[1:], strict=False))
