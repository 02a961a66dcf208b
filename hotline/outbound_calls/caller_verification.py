"""Checks of who a petitioner is: opened for a call, called back at its number, agent's decision (P8.2)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callbacks.outbound_lock import CitizenIsCalled
from hotline.callbacks.rules import Outcome
from hotline.callbacks.store import CallbackLine
from hotline.db import locked, numbered
from hotline.dialling import DialRules
from hotline.errors import HotlineError, existing
from hotline.keys.finding import has
from hotline.ledger.audit import audit
from hotline.outbound_calls import gate
from hotline.outbound_calls.gate import GateNotNow, Ground, Touches, VerificationState
from hotline.outbound_calls.rules import OutboundState, Purpose
from hotline.outbound_calls.service import LONGEST, LONGEST_MATTER, add_call
from hotline.outbound_calls.store import CallerVerification, PlacedCall, PlacedRing
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit

PLACING: Final = timedelta(minutes=3)
"""A call that nobody said is answered or over is forgotten after this: its Asterisk is dead."""


class NoSuchVerification(HotlineError, code="no-such-verification"):
    """No check has this number."""

    number: int


class NothingChosen(HotlineError, code="nothing-chosen"):
    """An answer without a word on whether a particular person is touched."""

    field: ClassVar[str] = "touches"


class CallNotChosen(HotlineError, code="call-not-chosen"):
    """A check of whoever called, without the call."""

    field: ClassVar[str] = "call"


class NoMoreAttempts(HotlineError, code="no-more-attempts"):
    """A citizen who was called as often as is allowed."""

    most: int


class NoNumberToVerify(HotlineError, code="no-number-to-verify"):
    """The call's record holds no number that may be dialled."""

    number: int


@dataclass(frozen=True, slots=True)
class Petitioner:
    """The caller, as the record of the call has it; nobody else gives a number."""

    call_id: str
    number: str
    language: str
    called_at: datetime


def verification(session: Session, number: int) -> CallerVerification:
    """A check, locked until the end of the transaction. Raises NoSuchVerification."""
    return existing(locked(session, CallerVerification, number), NoSuchVerification(number))


def open_gate(
    session: Session, who: Petitioner, touches: Touches | None, matter: str, *, by: str, at: datetime
) -> CallerVerification:
    """Say what check is needed, if any. Audited, without the matter. Raises NotPermitted, UnfitText."""
    permitted(session, by, Action.CALL_VERIFY, at)
    matter = fit("matter", matter, LONGEST_MATTER, needed=False)
    row = CallerVerification(**asdict(who), touches=touches or "", matter=matter)
    row.state, row.opened_by, row.opened_at = gate.opened(touches), by, at
    numbered(session, row)
    after = {"state": row.state, "touches": row.touches, "call": row.call_id}
    audit(session, at, by, Action.CALL_VERIFY, f"verification:{row.id}", after=after)
    return row


def affirm(
    session: Session, who: Petitioner, touches: Touches, matter: str, *, by: str, at: datetime
) -> CallerVerification:
    """Open a check and confirm it at once: the petitioner is before the interpreter, in an account of
    their own (P6.2). Audited, without the matter. Raises NotPermitted, UnfitText.
    """
    permitted(session, by, Action.VIDEO_SERVE, at)
    matter = fit("matter", matter, LONGEST_MATTER, needed=False)
    row = CallerVerification(**asdict(who), touches=touches, matter=matter, opened_by=by, opened_at=at)
    row.state, row.ground, row.decided_by, row.decided_at = (
        VerificationState.CONFIRMED,
        Ground.AFFIRMED,
        by,
        at,
    )
    numbered(session, row)
    after = {"state": row.state, "touches": row.touches, "call": row.call_id}
    audit(session, at, by, Action.CALL_VERIFY, f"verification:{row.id}", after=after, reason=Ground.AFFIRMED)
    return row


def begin_call(
    session: Session, number: int, most: int, dialling: DialRules, *, by: str, at: datetime
) -> tuple[CallerVerification, PlacedCall]:
    """Begin a call back, at most ``most`` times, one at a time.

    Raises NotPermitted, NoSuchVerification, GateNotNow, NoNumberToVerify, NoMoreAttempts, CitizenIsCalled.
    """
    permitted(session, by, Action.CALL_VERIFY, at)
    row = verification(session, number)
    if row.state != VerificationState.PENDING:
        raise GateNotNow(VerificationState(row.state))
    if not dialling.subscriber(row.number):
        raise NoNumberToVerify(number)
    _refuse_called(session, row.number, at)
    calls = calls_of(session, number)
    if attempts(session, calls) >= most:
        raise NoMoreAttempts(most)
    of = {"call_id": row.call_id, "verification_id": row.id, "targets": list[dict[str, str]]()}
    call = add_call(session, Purpose.VERIFY, by, at, **of)
    after = {"did": "called back", "placed": call.id}
    audit(session, at, by, Action.CALL_VERIFY, f"verification:{row.id}", after=after)
    return row, call


def _refuse_called(session: Session, number: str, at: datetime) -> None:
    """Refuse a call to a citizen who is called now, for any check or promise. Raises CitizenIsCalled."""
    checks = select(CallerVerification.id).where(has(CallerVerification.number_hash, number))
    under_way = select(PlacedCall).where(
        PlacedCall.verification_id.in_(checks),
        PlacedCall.state.in_((OutboundState.CALLING, OutboundState.ANSWERED)),
        PlacedCall.ended_at.is_(None),
        PlacedCall.placed_at > at - LONGEST,
    )
    taken = [(one.by, _until(one)) for one in session.scalars(under_way)]
    promised = session.scalars(select(CallbackLine).where(has(CallbackLine.number, number)))
    for by, until in (*taken, *((one.by, one.until) for one in promised)):
        if until > at:
            raise CitizenIsCalled(by, until)


def _until(call: PlacedCall) -> datetime:
    """Instant when a call that nobody said is over is taken for over."""
    return call.answered_at + LONGEST if call.answered_at else call.placed_at + PLACING


def decide(
    session: Session, number: int, ground: Ground, dialling: DialRules, *, by: str, at: datetime
) -> CallerVerification:
    """The agent's word; what fails leaves a refusal, and nothing about an accused person. Audited.

    Raises NotPermitted, NoSuchVerification, GateNotNow, GroundUnproved.
    """
    permitted(session, by, Action.CALL_VERIFY, at)
    row = verification(session, number)
    calls = calls_of(session, number)
    state = gate.decided(
        VerificationState(row.state),
        ground,
        was_answered=any(one.answered_at for one in calls),
        attempts=attempts(session, calls),
        has_number=bool(dialling.subscriber(row.number)),
        rings=any(one.state == OutboundState.CALLING and at < _until(one) for one in calls),
    )
    before, after = {"state": row.state}, {"state": state}
    row.state, row.ground, row.decided_by, row.decided_at = state, ground, by, at
    if state is VerificationState.FAILED:
        row.matter = ""
    subject = f"verification:{row.id}"
    audit(session, at, by, Action.CALL_VERIFY, subject, before=before, after=after, reason=ground)
    return row


def calls_of(session: Session, number: int) -> list[PlacedCall]:
    """The calls placed for a check, in order."""
    chosen = select(PlacedCall).where(PlacedCall.verification_id == number)
    return list(session.scalars(chosen.order_by(PlacedCall.id)))


def attempts(session: Session, calls: list[PlacedCall]) -> int:
    """Count the calls that really rang the citizen's phone: our own faults do not count (§9.2)."""
    tokens = [one.token for one in calls]
    chosen = select(PlacedRing.token).where(
        PlacedRing.token.in_(tokens), PlacedRing.outcome != Outcome.NOT_PLACED
    )
    return len(set(session.scalars(chosen)))


def opened_since(session: Session, since: datetime) -> list[CallerVerification]:
    """Checks, those to be decided first, then the latest."""
    chosen = select(CallerVerification).where(
        (CallerVerification.opened_at >= since) | (CallerVerification.state == VerificationState.PENDING)
    )
    rows = session.scalars(chosen.order_by(CallerVerification.id.desc()))
    return sorted(rows, key=lambda one: one.state != VerificationState.PENDING)
