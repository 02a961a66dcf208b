"""Referrals of false reports to the police (P8.3): asked for by RDEC, approved by another person, with what
was handed over under judicial procedure. From the asking on, the case and its calls are under legal hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.callbacks.store import Callback, CallbackRequest
from hotline.callbacks.wishes import written_number
from hotline.cases.find import by_number
from hotline.cases.moving import NoSuchCase, locked_case
from hotline.cases.numbers import parsed, shown
from hotline.cases.store import Case, Referral, ReferralHandover
from hotline.clock import TAIPEI
from hotline.db import locked, numbered
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.legal_holds import HeldRecord, LegalHold, hold, holds_of, release
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.terms import named
from hotline.texts import fit

LONGEST_WISH: Final = 2000
LONGEST_UNIT: Final = 64
LONGEST_LETTER: Final = 64
LONGEST_WHAT: Final = 2000


@named("referral-state")
class ReferralState(StrEnum):
    """Asked for, then approved or refused; approved, then ended; never back."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


STANDING: Final = (ReferralState.ASKED, ReferralState.APPROVED)
"""While it stands, its records are held."""


class NoSuchReferral(HotlineError, code="no-such-referral"):
    """No referral has this number."""

    number: int


class ReferredAlready(HotlineError, code="referred-already"):
    """A case of which a referral stands: there is one at a time."""

    case: str
    referral: int


class ReferralNotNow(HotlineError, code="referral-not-now", varies_by="state"):
    """Something that cannot be done with a referral as it stands."""

    number: int
    state: ReferralState


class OwnReferral(HotlineError, code="own-referral"):
    """An approval by whoever asked for it: another person decides."""

    number: int


class HandedOutside(HotlineError, code="handed-outside", varies_by="when"):
    """Data that would have been handed over before the approval, or in time to come."""

    when: Literal["early", "late"]
    at: datetime


class LetterOutside(HotlineError, code="letter-outside"):
    """A letter of a day to come."""

    on: date


@dataclass(frozen=True, slots=True)
class ReferralRequest:
    """Who wants a false reporter held responsible, and to which police unit it goes.

    ``calls``: calls that are to be held beside those of the case.
    """

    case: str
    complainant: str
    phone: str
    wish: str
    police_unit: str
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handover:
    """What was handed over, to whom, when, and by which letter of the court or prosecutor."""

    what: str
    to: str
    letter: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralRecord:
    """A referral with its case, what it holds and what was handed over."""

    row: Referral
    case: Case
    holds: Sequence[LegalHold]
    handovers: Sequence[ReferralHandover]


def referable(session: Session, number: str) -> Case:
    """Find a case that may be referred. Raises NoSuchCase, ReferredAlready."""
    case = existing(by_number(session, number), NoSuchCase(number))
    _refuse_referred(session, case)
    return case


def _refuse_referred(session: Session, case: Case) -> None:
    if stands := standing_of(session, case):
        raise ReferredAlready(shown(case.number or ""), stands.id)


def ask(session: Session, request: ReferralRequest, *, by: str, at: datetime) -> Referral:
    """Ask for a referral; the case and its calls are held at once. Audited.

    Raises NotPermitted, NoSuchCase, ReferredAlready, UnfitText, NumberMissing.
    """
    permitted(session, by, Action.REFERRAL_WORK, at)
    case = locked_case(session, parsed(request.case) or request.case.strip())
    _refuse_referred(session, case)
    row = Referral(case_id=case.id, state=ReferralState.ASKED, asked_by=by, asked_at=at)
    row.complainant = fit("complainant", request.complainant, LONGEST_UNIT)
    row.phone = written_number(request.phone) if request.phone.strip() else ""
    row.wish = fit("wish", request.wish, LONGEST_WISH)
    row.police_unit = fit("police_unit", request.police_unit, LONGEST_UNIT)
    numbered(session, row)
    hold(session, subject(row), HeldRecord.CASE, [case.number or ""], by=by, at=at)
    calls = [*calls_of(session, case), *request.calls]
    hold(session, subject(row), HeldRecord.CALL, calls, by=by, at=at)
    _tell(session, row, "asked for", by, at, Action.REFERRAL_WORK, case=case.number, calls=calls)
    return row


def approve(
    session: Session, number: int, *, by: str, at: datetime, letter: str = "", letter_on: date | None = None
) -> Referral:
    """Approve what another person asked for; number and day of our letter, if it has them by then. Audited.

    Raises NotPermitted, NoSuchReferral, ReferralNotNow, OwnReferral, UnfitText, LetterOutside.
    """
    row = _decided(session, number, ReferralState.APPROVED, by, at)
    row.letter = fit("letter", letter, LONGEST_LETTER, needed=False)
    if letter_on and letter_on > at.astimezone(TAIPEI).date():
        raise LetterOutside(letter_on)
    row.letter_on = letter_on
    _tell(session, row, "approved", by, at, Action.REFERRAL_APPROVE, letter=row.letter)
    return row


def refuse(session: Session, number: int, reason: str, *, by: str, at: datetime) -> Referral:
    """Refuse what another person asked for; the hold ends. Audited.

    Raises NotPermitted, NoSuchReferral, ReferralNotNow, OwnReferral, UnfitText.
    """
    row = _decided(session, number, ReferralState.REFUSED, by, at)
    return _ended(session, row, "refused", reason, by, at, Action.REFERRAL_APPROVE)


def end(session: Session, number: int, reason: str, *, by: str, at: datetime) -> Referral:
    """End a referral, as the procedure is over or the complainant gave it up; the hold ends. Audited.

    Raises NotPermitted, NoSuchReferral, ReferralNotNow, UnfitText.
    """
    permitted(session, by, Action.REFERRAL_WORK, at)
    row = _standing(session, number, *STANDING)
    row.state = ReferralState.ENDED
    return _ended(session, row, "ended", reason, by, at, Action.REFERRAL_WORK)


def refuse_outside(row: Referral, handed_at: datetime, at: datetime) -> None:
    """Refuse a time before the approval, or in time to come. Raises HandedOutside."""
    approved_at = row.decided_at or row.asked_at
    if handed_at < approved_at.replace(second=0, microsecond=0):  # fields hold no seconds
        raise HandedOutside("early", approved_at)
    if handed_at > at:
        raise HandedOutside("late", at)


def hand_over(session: Session, number: int, handed: Handover, *, by: str, at: datetime) -> ReferralHandover:
    """Note what was handed over under judicial procedure, after the approval. Audited.

    Raises NotPermitted, NoSuchReferral, ReferralNotNow, HandedOutside, UnfitText.
    """
    permitted(session, by, Action.REFERRAL_WORK, at)
    row = _standing(session, number, ReferralState.APPROVED)
    refuse_outside(row, handed.at, at)
    given = ReferralHandover(referral_id=row.id, at=handed.at, noted_at=at, by=by)
    given.what = fit("what", handed.what, LONGEST_WHAT)
    given.to = fit("to", handed.to, LONGEST_UNIT)
    given.letter = fit("letter", handed.letter, LONGEST_LETTER)
    numbered(session, given)
    _tell(
        session,
        row,
        "handed over",
        by,
        at,
        Action.REFERRAL_WORK,
        handed=given.what,
        handed_to=given.to,
        letter=given.letter,
        handed_at=given.at,
    )
    return given


def hold_calls(session: Session, number: int, calls: Iterable[str], *, by: str, at: datetime) -> Referral:
    """Hold more calls for a referral, such as came after it: those named, and all of the case. Audited.

    Raises NotPermitted, NoSuchReferral, ReferralNotNow.
    """
    permitted(session, by, Action.REFERRAL_WORK, at)
    row = _standing(session, number, *STANDING)
    found = [*calls_of(session, session.get_one(Case, row.case_id)), *calls]
    hold(session, subject(row), HeldRecord.CALL, found, by=by, at=at)
    _tell(session, row, "calls held", by, at, Action.REFERRAL_WORK, calls=found)
    return row


def referrals(session: Session, number: int, size: int) -> tuple[Sequence[tuple[Referral, Case]], int]:
    """A page of referrals with their cases, the newest first, and how many there are."""
    total = session.scalar(select(func.count(Referral.id))) or 0
    number = min(number, max(1, -(-total // size)))
    chosen = select(Referral, Case).join(Case, Case.id == Referral.case_id).order_by(Referral.id.desc())
    return [
        (row, case) for row, case in session.execute(chosen.offset((number - 1) * size).limit(size))
    ], total


def referral(session: Session, number: int) -> ReferralRecord:
    """A referral and all that belongs to it. Raises NoSuchReferral."""
    row = existing(session.get(Referral, number), NoSuchReferral(number))
    handed = select(ReferralHandover).where(ReferralHandover.referral_id == row.id)
    return ReferralRecord(
        row,
        existing(session.get(Case, row.case_id), NoSuchCase(str(row.case_id))),
        holds_of(session, subject(row)),
        session.scalars(handed.order_by(ReferralHandover.at, ReferralHandover.id)).all(),
    )


def standing_of(session: Session, case: Case) -> Referral | None:
    """The referral of a case that stands, if there is one."""
    chosen = select(Referral).where(Referral.case_id == case.id, Referral.state.in_(STANDING))
    return session.scalars(chosen).first()


def subject(row: Referral) -> str:
    """A referral, as audit rows and holds name it."""
    return f"referral:{row.id}"


def may_decide(row: Referral, login: str) -> bool:
    """Tell whether a referral waits for a decision that this person may take: nobody decides their own."""
    return row.state == ReferralState.ASKED and row.asked_by != login


def calls_of(session: Session, case: Case) -> list[str]:
    """The ids of the calls of a case: the citizen's own, those that 1999 placed for it, and of promises."""
    found = [case.call_id]
    if case.verification_id:
        found += session.scalars(
            select(CallerVerification.call_id).where(CallerVerification.id == case.verification_id)
        )
    placed = select(PlacedCall).where(
        (PlacedCall.id == case.placed_call_id)
        | (PlacedCall.verification_id.is_not(None) & (PlacedCall.verification_id == case.verification_id))
    )
    found += [one.own_call for one in session.scalars(placed.order_by(PlacedCall.id))]
    asked = select(CallbackRequest.call_id).join(Callback).where(Callback.case_number == case.number)
    found += [one.partition("/")[0] for one in session.scalars(asked.order_by(CallbackRequest.at))]
    return list(dict.fromkeys(filter(None, found)))


def _decided(session: Session, number: int, state: ReferralState, by: str, at: datetime) -> Referral:
    permitted(session, by, Action.REFERRAL_APPROVE, at)
    row = _standing(session, number, ReferralState.ASKED)
    if not may_decide(row, by):
        raise OwnReferral(number)
    row.state, row.decided_by, row.decided_at = state, by, at
    return row


def _standing(session: Session, number: int, *states: ReferralState) -> Referral:
    """A referral in one of these states, locked until the end of the transaction."""
    row = existing(locked(session, Referral, number), NoSuchReferral(number))
    if row.state not in states:
        raise ReferralNotNow(number, ReferralState(row.state))
    return row


def _ended(
    session: Session, row: Referral, did: str, reason: str, by: str, at: datetime, action: Action
) -> Referral:
    row.ended_at, row.ended_by, row.end_reason = at, by, fit("reason", reason, LONGEST_WISH)
    release(session, subject(row), by=by, at=at)
    _tell(session, row, did, by, at, action, reason=row.end_reason)
    return row


def _tell(
    session: Session,
    row: Referral,
    did: str,
    by: str,
    at: datetime,
    action: Action,
    reason: str = "",
    **told: object,
) -> None:
    """Put it on record; nothing of the complainant enters."""
    audit(session, at, by, action, subject(row), after={"did": did, **told}, reason=reason)
