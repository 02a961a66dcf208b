"""Asking petitioners of closed cases by e-mail: N-51 with a code, which opens the questions once (P10.3).

An SMS carries no link: who left a telephone alone is called (``calling``), if anybody is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import choice
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hotline import allowances
from hotline.allowances import LimitedRequest
from hotline.cases.numbers import shown
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.db import Sessions, add_once, looking, transaction
from hotline.errors import HotlineError
from hotline.outbox import service as notices
from hotline.survey.drawing import was_asked
from hotline.survey.rules import REST, SCORES, SurveyChannel, SurveyRules, is_drawn
from hotline.survey.service import COLUMNS
from hotline.survey.store import SurveyRow
from hotline.texts import fit

TEMPLATE: Final = "N-51"
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of a code: none that is taken for another."""
LENGTH: Final = 10
LATE: Final = timedelta(days=3)
"""So long after its end a case is still asked about; one that is not drawn by then never is."""
WRONG: Final = 10
"""Wrong codes of one network address within an hour."""
BATCH: Final = 100
LONGEST: Final = 1000


class UnknownSurveyCode(HotlineError, code="survey-unknown-code"):
    """A code that opens nothing: mistyped, used, or older than thirty days."""


class NotScored(HotlineError, code="survey-not-scored"):
    """An answer without a score of the first question, or with one that is none."""


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What a petitioner says of a closed case; ``scores`` in the order of the questions, None for none."""

    scores: Sequence[int | None]
    words: str = ""
    is_untrue: bool = False


class SurveyMail:
    """Asks by e-mail, from time to time; ``rules`` are asked each time."""

    def __init__(self, factory: Sessions, rules: Callable[[], SurveyRules]) -> None:
        self._factory, self._rules = factory, rules

    def run(self, at: datetime) -> int:
        """Ask about the cases that were closed since; how many. Harmless to repeat."""
        rules = self._rules()
        if not rules.mail:
            return 0
        with looking(self._factory) as session:
            found = closed(session, at, Case.email != "")
        drawn = [one for one in found if is_drawn(rules.seed, one, rules.mail)]
        asked = 0
        for start in range(0, len(drawn), BATCH):
            with transaction(self._factory) as session:
                chosen = select(Case).where(Case.number.in_(drawn[start : start + BATCH])).order_by(Case.id)
                asked += sum(_ask(session, row, rules, at) for row in session.scalars(chosen))
        return asked


def closed(session: Session, at: datetime, *which: ColumnElement[bool]) -> Sequence[str]:
    """Numbers of the cases that were closed lately, and about which nobody was asked."""
    known = select(SurveyRow.id).where(SurveyRow.case_number == Case.number)
    chosen = select(Case.number).where(
        Case.state == CaseState.CLOSED,
        Case.closed_at > at - LATE,
        Case.number.is_not(None),
        Case.withdrawn_at.is_(None),
        ~known.exists(),
        *which,
    )
    return [number for number in session.scalars(chosen.order_by(Case.closed_at)) if number]


def _ask(session: Session, row: Case, rules: SurveyRules, at: datetime) -> bool:
    """Ask one petitioner, unless nothing is wanted or they were asked within thirty days."""
    if not row.wants_reply or was_asked(session, at, row.email, row.phone):
        return False
    code = "".join(choice(LETTERS) for _ in range(LENGTH))
    new = {
        "channel": SurveyChannel.MAIL,
        "case_number": row.number,
        "agency": row.agency,
        "asked_of": row.email,
        "language": row.language or "",
        "questions": rules.plan.questions,
        "asked_at": at,
        "code": code,
    }
    if not add_once(session, SurveyRow, [new]):
        return False
    told = {"case": shown(row.number or ""), "code": code}
    return notices.write(session, TEMPLATE, f"case:{row.id}:survey", [row.email], told, at) > 0


def opened(session: Session, code: str, address: str, at: datetime) -> SurveyRow | None:
    """The survey that a code opens; None for a wrong one, which counts against its address.

    Raises NoAllowance.
    """
    allowances.have(session, LimitedRequest.SURVEY, address, WRONG, at)
    plain = "".join(code.split()).upper()
    good = SurveyRow.code == plain, SurveyRow.asked_at > at - REST
    row = session.scalars(select(SurveyRow).where(*good).with_for_update()).first() if plain else None
    if row:
        allowances.give_back(session, LimitedRequest.SURVEY, address, at)
    return row


def answer(session: Session, row: SurveyRow, said: CaseAnswer, at: datetime, by: str = "") -> None:
    """Keep what was answered; the code is used up by it. Raises NotScored, UnfitText."""
    scores = list(said.scores)[: row.questions]
    if not scores or scores[0] is None or not all(one is None or one in SCORES for one in scores):
        raise NotScored
    for column, score in zip(COLUMNS, scores, strict=False):
        setattr(row, column, score)
    row.words = fit("words", said.words, LONGEST, needed=False)
    row.is_untrue, row.answered_at, row.answered_by, row.code = said.is_untrue, at, by, ""
