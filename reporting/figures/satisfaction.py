"""Satisfaction of callers and petitioners with its interval, and who did not answer (P10.3, P12.1, P12.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from hotline.survey.figures import SurveyAnswer, answers, counted
from hotline.survey.rules import SATISFIED, SCORES, SurveyChannel
from reporting.answer_times import MonthTable
from reporting.figures.spans import KnownMonth, share
from reporting.rows_behind import Known
from reporting.survey_results import scores_of

ALL: Final = "all"
COUNTS: Final = (
    *("invited", "valid", "no answer", "satisfied", "satisfaction", "interval"),
    *(f"score {one}" for one in reversed(SCORES)),
)


def satisfaction(session: Session, month: KnownMonth) -> MonthTable:
    """All who were asked in the month, then by how they were asked: those of closed cases are petitioners."""
    found = answers(session, month.since, month.end)
    rows = [(ALL, *_cells(found))]
    for channel in SurveyChannel:
        rows.append((channel, *_cells([one for one in found if one.channel is channel])))
    return MonthTable(f"{month} satisfaction: {len(found)} asked", ("channel", *COUNTS), 1, rows)


def _cells(found: Sequence[SurveyAnswer]) -> tuple[str, ...]:
    """By the first question, which all are asked; four and five are satisfied."""
    count = counted(found)
    first = count.satisfied(1)
    between = " – ".join(f"{one:.1%}" for one in first.interval or ())
    numbers = (count.asked, first.answers, count.asked - first.answers, first.satisfied)
    scores = (str(count.scores[0][one]) for one in reversed(SCORES))
    return *map(str, numbers), share(first.satisfied, first.answers), between, *scores


def _scored(wanted: int) -> Callable[[int | None], bool]:
    return lambda score: score == wanted


OPENED: Final[Mapping[str, Callable[[int | None], bool]]] = {
    "invited": lambda _score: True,
    "valid": lambda score: score is not None,
    "no answer": lambda score: score is None,
    "satisfied": lambda score: score is not None and score >= SATISFIED,
    **{f"score {one}": _scored(one) for one in SCORES},
}
"""What a column counts, by the answer to the first question."""


def behind(session: Session, month: KnownMonth, head: str, channel: str) -> list[Known]:
    """Answers behind a number, with the scores of each."""
    return scores_of(
        one
        for one in answers(session, month.since, month.end)
        if channel in (ALL, one.channel) and OPENED[head](one.scores[0])
    )
