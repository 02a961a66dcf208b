"""Cancelling: by the holder of the mobile on a case, by the code of its e-mail, or by an agent; taken back
for a day (P8.1).
"""

from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.cases import telling
from hotline.cases.events import events_of, told
from hotline.cases.find import by_number
from hotline.cases.guards import TakeBackOver
from hotline.cases.moving import Moving, NoSuchCase, follow, unchanged
from hotline.cases.rules import JOINABLE, CaseKind, CaseState, Move, row_of
from hotline.cases.store import Case, CaseEvent
from hotline.cases.words import CancelGround, CaseWords
from hotline.db import locked
from hotline.errors import HotlineError, existing
from hotline.numbers import ANONYMOUS, e164
from hotline.permissions import Action
from hotline.phones import phone
from hotline.staff.service import permitted
from hotline.terms import named
from hotline.texts import fit

log = structlog.get_logger()
HOLDER: Final = "caller"
"""Holder of the mobile on the case, who cancels by it."""
CODE_HOLDER: Final = "code"
"""Holder of the code sent by e-mail, who cancels by it."""
NOTED: Final = "cancel-noted"
"""Kind of the event that somebody wanted to cancel what is done already: noted only."""
WITHDRAWN: Final = "report-cancelled"
"""Kind of the event that one of several reports of a case was cancelled: the case goes on."""
RETURNED: Final = "report-taken-back"
_WISHES: Final = frozenset((NOTED, WITHDRAWN, Move.CANCEL))
"""Kinds of events that a wish to cancel leaves."""
_ANSWERED: Final = (CaseState.DONE, CaseState.REPLIED, CaseState.RESULT_RECORDED, CaseState.CLOSED)
"""States of a case in which those who reported it were told what was done."""
WRONG_CODE: Final = "wrong-code"
WRONG_CODES: Final = 5
"""Wrong codes a day and case; then only a person cancels."""
DAY: Final = timedelta(days=1)


@named("cancel-result")
class CancelResult(StrEnum):
    """Outcome of a wish to cancel."""

    CANCELLED = "cancelled"
    GOES_ON = "goes-on"
    """This report is cancelled; others reported the same, and the case goes on."""
    NOTED = "noted"
    """The work is done: it is on record that somebody wanted to cancel it."""
    ALREADY = "already"


class NotTheHolder(HotlineError, code="not-the-holder"):
    """A caller whose number is hidden or not the one on the case: a person verifies."""


class NothingCancelled(HotlineError, code="nothing-cancelled"):
    """A case that was not cancelled, so nothing is taken back."""

    number: str


class Cancelling:
    """Cancels reports and takes that back."""

    def __init__(self, moving: Moving) -> None:
        self._moving = moving

    def by_holder(self, session: Session, number: str, caller: str, at: datetime) -> CancelResult:
        """Cancel for whoever calls from the mobile on the case. ``caller``: as the trunk or a signed request
        gives it, never what somebody typed.

        Raises NoSuchCase, NotTheHolder.
        """
        row = _locked(session, number)
        if not is_holder(row, caller):
            raise NotTheHolder
        return self._cancel(session, row, CancelGround.NOT_REPORTED, "", HOLDER, at)

    def disown(self, session: Session, number: str, at: datetime, *, by_code: bool) -> CancelResult | None:
        """Cancel for whoever is known by the telephone or the code and confirmed it (V-17, or on the web).

        Harmless to repeat: what was done at this instant is done once. None: an old copy of the database
        was put back, and does not know the case.
        """
        try:
            row = _locked(session, number)
        except NoSuchCase:
            log.error("case.disowned_unknown", case=number)
            return None
        if any(one.at == at and one.kind in _WISHES for one in events_of(session, row.id)):
            return CancelResult.ALREADY
        if by_code:
            row.code_digest = ""
        return self._cancel(
            session, row, CancelGround.NOT_REPORTED, "", CODE_HOLDER if by_code else HOLDER, at
        )

    def wrong_code(self, session: Session, number: str, at: datetime) -> None:
        """Record that a caller keyed in a wrong code; harmless to repeat."""
        row = by_number(session, number)
        if row and not any(one.at == at for one in events_of(session, row.id, WRONG_CODE)):
            told(session, row, CODE_HOLDER, WRONG_CODE, row.state, at)

    def by_agent(
        self,
        session: Session,
        number: str,
        ground: CancelGround,
        reason: str,
        by: str,
        at: datetime,
        version: int | None = None,
    ) -> CancelResult:
        """Cancel by an agent who verified who asks.

        Raises NoSuchCase, NotPermitted, CaseChanged, UnfitText.
        """
        permitted(session, by, Action.CASE_CANCEL, at)
        row = _locked(session, number)
        unchanged(row, version)
        return self._cancel(session, row, ground, fit("reason", reason, 200), by, at)

    def take_back(self, session: Session, number: str, reason: str, by: str, at: datetime) -> Case:
        """Take a cancelling back within 24 h, by an agent: it stands where it stood, or where the case of
        others' reports stands now; if that is done, the citizen is told.

        Raises NoSuchCase, NotPermitted, NothingCancelled, TakeBackOver, UnfitText.
        """
        permitted(session, by, Action.CASE_CANCEL, at)
        row = _locked(session, number)
        cancelled_at = row.withdrawn_at or row.cancelled_at
        if cancelled_at is None:
            raise NothingCancelled(number)
        until = cancelled_at + self._moving.limits.take_back
        if until < at:
            raise TakeBackOver(until)
        lead = _lead(session, row)
        words = CaseWords(reason=fit("reason", reason, 200))
        if lead.state == CaseState.CANCELLED:
            step = row_of(lead.case_kind, lead.case_state, Move.TAKE_BACK)
            self._moving.perform(session, lead, step, words, by, at)
        if row is not lead or row.withdrawn_at is not None:
            before = row.case_state
            row.cancelled_at, row.withdrawn_at, row.cancelled_from, row.ground = None, None, "", ""
            if row is not lead:
                follow(session, row, lead, RETURNED, before, by, at)
            else:
                row.version += 1
                told(session, row, by, RETURNED, before, at, words.reason)
        session.flush()
        if lead.state in _ANSWERED and (row is not lead or lead.kind == CaseKind.QUICK):
            telling.tell_citizen(session, row, telling.DONE, telling.event_of(row, Move.COMPLETE), at)
        return row

    def _cancel(
        self, session: Session, row: Case, ground: CancelGround, reason: str, by: str, at: datetime
    ) -> CancelResult:
        if row.cancelled_at is not None or row.withdrawn_at is not None:
            return CancelResult.ALREADY
        if row.state not in JOINABLE:
            told(session, row, by, NOTED, row.state, at, reason, {"ground": ground})
            row.version += 1
            return CancelResult.NOTED
        lead = _lead(session, row)
        left = [one for one in telling.reporters(session, lead) if one.id != row.id]
        if left or row is not lead:
            _withdraw(session, row, ground, reason, by, at)
        if left:
            return CancelResult.GOES_ON
        step = row_of(lead.case_kind, lead.case_state, Move.CANCEL)
        self._moving.perform(session, lead, step, CaseWords(reason=reason, ground=ground), by, at)
        return CancelResult.CANCELLED


def _withdraw(session: Session, row: Case, ground: CancelGround, reason: str, by: str, at: datetime) -> None:
    """Cancel one report of several: its citizen is told, the agency works on."""
    before = row.state
    if row.lead_id is None:
        row.withdrawn_at = at
    else:
        row.cancelled_at, row.cancelled_from, row.state = at, row.state, CaseState.CANCELLED
    row.ground, row.version = ground, row.version + 1
    told(session, row, by, WITHDRAWN, before, at, reason, {"ground": ground})
    session.flush()
    telling.tell_citizen(session, row, telling.CANCELLED, telling.event_of(row, Move.CANCEL), at)


def codes_are_used_up(session: Session, row: Case, at: datetime) -> bool:
    """Tell whether wrong codes were tried at a case as often as may be in a day."""
    tried = select(func.count()).where(
        CaseEvent.case_id == row.id, CaseEvent.kind == WRONG_CODE, CaseEvent.at > at - DAY
    )
    return (session.scalar(tried) or 0) >= WRONG_CODES


def is_code(row: Case, code: str) -> bool:
    """Tell whether this is the code of a case's e-mail, and was not used yet."""
    return bool(row.code_digest) and compare_digest(row.code_digest, telling.digest(row, code))


def is_holder(row: Case, caller: str) -> bool:
    """Tell whether a caller's own number is the mobile on a case; a hidden one is nobody's."""
    number = e164(caller)
    return number != ANONYMOUS and number == row.phone and phone(row.phone).takes_sms


def _lead(session: Session, row: Case) -> Case:
    """The case to which a report is attached, locked; itself if it is none."""
    return existing(locked(session, Case, row.lead_id), NoSuchCase(str(row.lead_id))) if row.lead_id else row


def _locked(session: Session, number: str) -> Case:
    """The case of a number, locked; its lead case first, so that no two reports wait for each other."""
    found = existing(by_number(session, number), NoSuchCase(number))
    if found.lead_id:
        locked(session, Case, found.lead_id)
    return existing(locked(session, Case, found.id), NoSuchCase(number))
