"""Asking petitioners of closed cases by telephone: a promise of the call centre, in office hours (P10.3).

For who left a telephone and no e-mail address. Who calls writes the answers down; nobody reached is a
non-response. The promise counts in no figure of promises: no citizen asked for it.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callbacks.service import Callbacks
from hotline.callbacks.wishes import SURVEY, Wish
from hotline.cases.numbers import shown
from hotline.cases.store import Case
from hotline.db import Sessions, add_once, looking, transaction
from hotline.errors import HotlineError, existing
from hotline.survey.drawing import was_asked
from hotline.survey.mailing import BATCH, CaseAnswer, answer, closed
from hotline.survey.rules import SurveyChannel, SurveyRules, is_drawn
from hotline.survey.store import SurveyRow

MATTER = "滿意度調查：案號{case}已結案，請教民眾是否滿意，並記下回答"


class NoSurveyCall(HotlineError, code="survey-no-call"):
    """A promise that is no call of the survey, or whose answers are written down."""

    number: int


class SurveyCalls:
    """Has petitioners called, from time to time; ``rules`` are asked each time."""

    def __init__(
        self,
        factory: Sessions,
        rules: Callable[[], SurveyRules],
        callbacks: Callbacks,
        is_open: Callable[[datetime], bool],
    ) -> None:
        self._factory, self._rules, self._callbacks, self._is_open = factory, rules, callbacks, is_open

    def run(self, at: datetime) -> int:
        """Promise calls about the cases that were closed since, while the offices are open; how many."""
        rules = self._rules()
        if not rules.callback or not self._is_open(at):
            return 0
        with looking(self._factory) as session:
            found = closed(session, at, Case.email == "", Case.phone != "")
        drawn = [one for one in found if is_drawn(rules.seed, one, rules.callback)]
        asked = 0
        for start in range(0, len(drawn), BATCH):
            with transaction(self._factory) as session:
                chosen = select(Case).where(Case.number.in_(drawn[start : start + BATCH])).order_by(Case.id)
                asked += sum(self._ask(session, row, rules, at) for row in session.scalars(chosen))
        return asked

    def _ask(self, session: Session, row: Case, rules: SurveyRules, at: datetime) -> bool:
        refused = self._callbacks.dialling.refusal(row.phone)
        if refused or not row.wants_reply or was_asked(session, at, row.phone):
            return False
        new = {
            "channel": SurveyChannel.CALLBACK,
            "case_number": row.number,
            "agency": row.agency,
            "asked_of": row.phone,
            "language": row.language or "zh-TW",
            "questions": rules.plan.questions,
            "asked_at": at,
        }
        if not add_once(session, SurveyRow, [new]):
            return False
        matter = MATTER.format(case=shown(row.number or ""))
        wish = Wish(row.phone, row.language or "zh-TW", SURVEY, matter=matter, name=row.name)
        promise = self._callbacks.entrust(session, wish, at)
        of_case = SurveyRow.case_number == row.number
        session.scalars(select(SurveyRow).where(of_case)).one().callback_id = promise.id
        return True


def of_promise(session: Session, number: int) -> SurveyRow | None:
    """The survey for which a promise was given, while its answers are not written down."""
    open_now = SurveyRow.callback_id == number, SurveyRow.answered_at.is_(None)
    return session.scalars(select(SurveyRow).where(*open_now).with_for_update()).first()


def write_down(session: Session, number: int, said: CaseAnswer, by: str, at: datetime) -> SurveyRow:
    """Keep what a petitioner answered on the telephone; ``number``: of the promise.

    Raises NoSurveyCall, NotScored, UnfitText.
    """
    row = existing(of_promise(session, number), NoSurveyCall(number))
    answer(session, row, said, at, by)
    return row
