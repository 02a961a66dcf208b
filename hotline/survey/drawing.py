"""Draw of callers for the survey by a hash of the call; special calls, emergencies, repeats are left out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.cases.store import Case
from hotline.db import Sessions, is_away, looking
from hotline.keys.finding import has
from hotline.numbers import ANONYMOUS, e164
from hotline.special_callers.store import SpecialCall
from hotline.survey.rules import REST, SurveyPlan, SurveyRules, is_drawn
from hotline.survey.store import SurveyRow

log = structlog.get_logger()
ORDINARY: Final = "NORMAL"
"""State of a call that somebody asked about, and that is not special."""


class SurveyDraw:
    """The draw within a call; ``rules`` are asked each time."""

    def __init__(self, factory: Sessions, rules: Callable[[], SurveyRules]) -> None:
        self._factory, self._rules = factory, rules

    def plan(self, call_id: str, number: str, at: datetime) -> SurveyPlan | None:
        """Return the questions for the caller of a call; None when not drawn, or not to be asked.

        Who hides the number is not asked, for nobody could tell whether they were asked before; and nobody
        is while the database is away.
        """
        rules, asked = self._rules(), e164(number)
        if asked == ANONYMOUS or not is_drawn(rules.seed, call_id, rules.share):
            return None
        try:
            with looking(self._factory) as session:
                return None if _is_left_alone(session, call_id, asked, at) else rules.plan
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("survey.not_asked", why=str(error).partition("\n")[0])
            return None

    def rehearsal(self) -> "SurveyRehearsal | None":
        """The draw of a trial call: everybody, unless nobody is asked."""
        rules = self._rules()
        return SurveyRehearsal(rules.plan) if rules.share else None


@dataclass(frozen=True, slots=True)
class SurveyRehearsal:
    """A draw of everybody; nothing is looked up."""

    wanted: SurveyPlan

    def plan(self, call_id: str, number: str, at: datetime) -> SurveyPlan | None:
        """What everybody is asked."""
        return self.wanted

    def rehearsal(self) -> "SurveyRehearsal":
        """The same."""
        return self


def _is_left_alone(session: Session, call_id: str, asked: str, at: datetime) -> bool:
    """Tell whether a call is special or an emergency, or its number was asked within thirty days."""
    special = select(SpecialCall.call_id).where(
        SpecialCall.call_id == call_id, or_(SpecialCall.emergency, SpecialCall.state != ORDINARY)
    )
    return session.scalar(special) is not None or was_asked(session, at, asked)


def was_asked(session: Session, at: datetime, *contacts: str) -> bool:
    """Tell whether somebody was asked within thirty days, by their telephones (E.164) and e-mail addresses.

    Who was asked about a case by e-mail is known by the telephone of that case, too.
    """
    lately, known = SurveyRow.asked_at > at - REST, [one for one in contacts if one]
    of_case = select(Case.number).where(or_(*(has(Case.phone_hash, one) for one in known)))
    before = (SurveyRow.asked_of.in_(known), SurveyRow.case_number.in_(of_case))
    asked = (select(SurveyRow.id).where(lately, one).limit(1) for one in before)
    return any(session.scalar(one) is not None for one in asked)
