"""What the survey found: by the way of asking, by question, and by agent from ten answers on (P10.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import Response, request
from sqlalchemy.orm import Session

from hotline.ledger.looks import look
from hotline.permissions import Action
from hotline.staff.store import agents
from hotline.survey.figures import SurveyCount, said
from hotline.survey.rules import LEAST, REST, SCORES, Satisfaction, SurveyChannel, SurveyOutcome
from reporting.survey_results import (
    AnswersAsked,
    behind_results,
    quarter_after,
    quarter_bounds,
    quarter_of,
    results,
)
from web.console.answers import render
from web.console.forms import LookForm, number_of
from web.console.gate import Pages, me, now, read_session, today, write_session
from web.console.language import _, _l, name, names, percent
from web.console.menu import FIGURES
from web.console.paging import page_of
from web.console.rows_behind import LISTED, shown_rows
from web.serving import house

pages = Pages("surveys")
pages.in_menu(FIGURES, _l("滿意度調查"), "found", Action.SURVEY_READ, place=3)
QUESTIONS: Final[Sequence[Any]] = (_l("整體服務"), _l("說明清楚"), _l("等候時間"))
EARLIEST: Final = date(2000, 1, 1)
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ShownQuarter:
    """The quarter that the page shows."""

    first: date
    today: date

    @property
    def words(self) -> str:
        """Its name."""
        return _("%(year)d 年第 %(quarter)d 季", year=self.first.year, quarter=self.first.month // 3 + 1)

    @property
    def before(self) -> date | None:
        """The quarter before."""
        return quarter_of(self.first - timedelta(days=1)) if self.first > EARLIEST else None

    @property
    def after(self) -> date | None:
        """The quarter after; none in days to come."""
        following = quarter_after(self.first)
        return following if following <= self.today else None


@pages.read("/surveys", Action.SURVEY_READ)
def found() -> Response:
    """The results of a quarter."""
    quarter = _asked()
    with read_session() as session:
        told = results(session, *quarter_bounds(quarter.first))
        called = _called(session)
    return render(
        "surveys/results.html",
        quarter=quarter,
        channels=[(name(one), one, _asked_row(count)) for one, count in told.channels.items() if count.asked],
        outcomes=["", *SurveyOutcome],
        scores=[
            (name(one), one, question, number, *_score_row(count, number))
            for one, count in told.channels.items()
            for number, question in enumerate(QUESTIONS, 1)
            if count.satisfied(number).answers
        ],
        agents=[
            (called.get(one.phone, one.phone), one.phone, _agent_row(one.count), _score_row(one.count, 1))
            for one in told.agents
        ],
        held=told.held,
        least=LEAST,
        levels=sorted(SCORES, reverse=True),
        score_heads=[_("%(score)d 分", score=one) for one in sorted(SCORES, reverse=True)],
        is_on=_is_on(house().settings),
        days=REST.days,
    )


@pages.read("/surveys/answers", Action.SURVEY_READ)
def listed() -> Response:
    """Scores behind a number: of a way or an agent, of how far they went, or with a score of a question."""
    quarter, way, how_far = _asked(), _one_of(SurveyChannel, "way"), _one_of(SurveyOutcome, "outcome")
    question, score = (number_of(request.args.get(one, "")) for one in ("question", "score"))
    agent = request.args.get("agent", "")
    with read_session() as session:
        wanted = AnswersAsked(agent, way, how_far, question, score)
        found = behind_results(session, *quarter_bounds(quarter.first), wanted)
        called = _called(session)
    page = page_of(found.ids, LISTED)
    return render(
        "surveys/answers.html",
        quarter=quarter,
        page=page,
        shown=shown_rows(found, page),
        what=found.kind,
        of=[
            *([called.get(agent, agent)] if agent else []),
            *(name(one) for one in (way, how_far) if one),
            *_score_words(question, score),
        ],
    )


def _called(session: Session) -> dict[str, str]:
    """Agents by their phones."""
    return {one.phone: one.name for one in agents(session)}


def _score_words(question: int, score: int) -> Sequence[str]:
    if not 0 < question <= len(QUESTIONS):
        return []
    return [str(QUESTIONS[question - 1]), *([_("%(score)d 分", score=score)] if score else [])]


def _one_of(kind: type[_Word], asked: str) -> _Word | None:
    """The word that the address asks for; None for all of them."""
    word = request.args.get(asked, "")
    return kind(word) if word in frozenset(kind) else None


@pages.both("/surveys/words", Action.SURVEY_READ)
def words() -> Response:
    """Free words of a quarter; written ones whole to who gives a reason, which stays on record."""
    quarter, form, reading = _asked(), LookForm(), None
    with read_session() as session:
        rows = said(session, *quarter_bounds(quarter.first))
    if form.is_fit() and any(row.words for row in rows):
        with write_session() as session:
            subject = f"survey:{quarter.first:%Y-%m-%d}"
            reading = look(session, now(), me().login, subject, form.text("reason"), "words")
    return render(
        "surveys/words.html",
        form.status,
        form=form,
        quarter=quarter,
        page=page_of(rows),
        reading=reading,
        ways=names(SurveyChannel),
    )


def _asked() -> ShownQuarter:
    """The quarter in the address, by any of its days; what it says wrong is as if it said nothing."""
    try:
        day = date.fromisoformat(request.args.get("quarter", ""))
    except ValueError:
        day = today()
    return ShownQuarter(quarter_of(min(max(day, EARLIEST), today())), today())


def _is_on(settings: Any) -> bool:
    return bool(settings.survey_share or settings.survey_mail or settings.survey_callback)


def _asked_row(count: SurveyCount) -> Sequence[tuple[int, str]]:
    """Asked, and how far they answered, each with its share; non-response is shown like any other."""
    parts = (count.outcomes[one] for one in SurveyOutcome)
    return [(count.asked, ""), *((many, f"（{percent(many / count.asked, 1)}）") for many in parts)]


def _agent_row(count: SurveyCount) -> Sequence[str]:
    return [str(count.asked), str(count.answered)]


def _score_row(count: SurveyCount, question: int) -> tuple[Sequence[str], str, str]:
    """How often each score, the share of satisfied, and its interval."""
    scores, found = count.scores[question - 1], count.satisfied(question)
    return [str(scores[one]) for one in sorted(SCORES, reverse=True)], *_satisfied(found)


def _satisfied(found: Satisfaction) -> tuple[str, str]:
    if found.share is None or found.interval is None:
        return "", ""
    low, high = found.interval
    return (
        _("%(share)s（%(answers)d 份）", share=percent(found.share, 1), answers=found.answers),
        _("%(low)s 到 %(high)s", low=percent(low, 1), high=percent(high, 1)),
    )
