"""Checks of who a petitioner is, as rows:
the call's own number, so many calls, and what a refusal keeps (P8.2).
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.callbacks.outbound_lock import CitizenIsCalled
from hotline.callbacks.rules import Outcome
from hotline.callbacks.store import Callback, CallbackLine
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.dialling import DialRules
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.ledger.store import AuditRow
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.caller_verification import NoMoreAttempts, NoNumberToVerify, Petitioner
from hotline.outbound_calls.gate import GateNotNow, Ground, GroundUnproved, Touches, VerificationState
from hotline.outbound_calls.rules import OutboundEvent, Phase
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff

TEN = taipei("2026-11-24T10:00")
WHO = Petitioner("test-1.1", "+886912345678", "zh-TW", TEN - timedelta(minutes=20))
ACCUSED = "王大明在家經營賭場"


@pytest.fixture
def staffed(factory: Sessions) -> Sessions:
    """An agent and an officer."""
    people = (
        Staff("agent-1", "話務員", frozenset({Role.AGENT}), phone="agent-1"),
        Staff("officer-1", "承辦人", frozenset({Role.OFFICER}), "epb"),
    )
    with transaction(factory) as session:
        for one in people:
            set_staff(session, one, Period(TEN - timedelta(days=1)), at=TEN, by="test")
    return factory


def opened(factory: Sessions, who: Petitioner = WHO, touches: Touches | None = Touches.REPUTATION) -> int:
    with transaction(factory) as session:
        return caller_verification.open_gate(session, who, touches, ACCUSED, by="agent-1", at=TEN).id


def calls(factory: Sessions, number: int, minute: int, most: int = 1) -> str:
    """A call back begins; its name in the event log."""
    with transaction(factory) as session:
        row, call = caller_verification.begin_call(
            session, number, most, DialRules(), by="agent-1", at=TEN + timedelta(minutes=minute)
        )
        assert row.number == WHO.number
        return call.token


def heard(factory: Sessions, token: str, phase: Phase, outcome: Outcome, whole: bool = False) -> None:
    with transaction(factory) as session:
        assert service.heard(
            session, OutboundEvent(token, phase, 1, outcome, TEN + timedelta(minutes=1), whole)
        )


def decide(factory: Sessions, number: int, ground: Ground, minute: int = 0) -> VerificationState:
    at = TEN + timedelta(minutes=minute)
    with transaction(factory) as session:
        return VerificationState(
            caller_verification.decide(session, number, ground, DialRules(), by="agent-1", at=at).state
        )


def test_P8_2_a_refusal_keeps_nothing_of_the_accused(staffed: Sessions) -> None:
    """No case, the record of the refusal, and the accused person's data nowhere, the audit log included."""
    number = opened(staffed)
    token = calls(staffed, number, 1)
    heard(staffed, token, Phase.RUNG, Outcome.NO_ANSWER)
    heard(staffed, token, Phase.OVER, Outcome.NOT_PLACED, whole=True)
    assert decide(staffed, number, Ground.UNREACHED) is VerificationState.FAILED
    with transaction(staffed) as session:
        row = caller_verification.verification(session, number)
        assert (row.matter, row.ground, row.decided_by) == ("", "unreached", "agent-1")
        told = [
            (one.after or {}).get("state") for one in audit_rows(session, subject=f"verification:{number}")
        ]
        assert told == ["PENDING", None, "FAILED"]
        every = session.scalars(select(AuditRow)).all()
        assert not any(ACCUSED in f"{one.before}{one.after}{one.reason}" for one in every)
    with pytest.raises(GateNotNow):
        decide(staffed, number, Ground.AFFIRMED)
    with pytest.raises(GateNotNow):
        calls(staffed, number, 9)


def test_P8_2_confirmed_by_the_citizens_word(staffed: Sessions) -> None:
    """What they told stays for the case."""
    number = opened(staffed)
    heard(staffed, calls(staffed, number, 1), Phase.ANSWERED, Outcome.REACHED)
    assert decide(staffed, number, Ground.AFFIRMED) is VerificationState.CONFIRMED
    with transaction(staffed) as session:
        assert caller_verification.verification(session, number).matter == ACCUSED


def test_P8_2_no_more_calls_than_allowed_and_our_own_faults_do_not_count(staffed: Sessions) -> None:
    """One at a time; a trunk that failed has called nobody."""
    number = opened(staffed)
    failed = calls(staffed, number, 1)
    with pytest.raises(CitizenIsCalled):
        calls(staffed, number, 2)
    heard(staffed, failed, Phase.RUNG, Outcome.NOT_PLACED)
    heard(staffed, failed, Phase.OVER, Outcome.NOT_PLACED, whole=True)
    busy = calls(staffed, number, 3)
    heard(staffed, busy, Phase.RUNG, Outcome.BUSY)
    heard(staffed, busy, Phase.OVER, Outcome.NOT_PLACED, whole=True)
    with pytest.raises(NoMoreAttempts):
        calls(staffed, number, 4)
    assert calls(staffed, number, 5, most=2)


def test_P8_2_a_hidden_number_is_called_by_nobody(staffed: Sessions) -> None:
    """There is no other to give; that alone is the ground."""
    number = opened(staffed, Petitioner("test-1.2", "anonymous", "zh-TW", TEN))
    with pytest.raises(NoNumberToVerify):
        calls(staffed, number, 1)
    assert decide(staffed, number, Ground.NO_NUMBER) is VerificationState.FAILED


def test_a_case_that_touches_nobody_needs_no_call(staffed: Sessions) -> None:
    """It is on record that somebody looked; and only who may."""
    with pytest.raises(GateNotNow):
        calls(staffed, opened(staffed, touches=None), 1)
    with pytest.raises(NotPermitted), transaction(staffed) as session:
        caller_verification.open_gate(session, WHO, None, "", by="officer-1", at=TEN)


def test_P8_2_nobody_is_called_by_two(staffed: Sessions) -> None:
    """While the citizen talks with us, for another of their petitions, or to keep a promise."""
    first, second = opened(staffed), opened(staffed)
    token = calls(staffed, first, 1, most=3)
    for number in (first, second):
        with pytest.raises(CitizenIsCalled, match="agent-1"):
            calls(staffed, number, 2, most=3)
    heard(staffed, token, Phase.ANSWERED, Outcome.REACHED)
    with pytest.raises(CitizenIsCalled):
        calls(staffed, second, 30)
    heard(staffed, token, Phase.OVER, Outcome.NOT_PLACED)
    with transaction(staffed) as session:
        session.add(
            Callback(
                number=WHO.number,
                language="zh-TW",
                origin="agent",
                registered_at=TEN,
                due_at=TEN,
                remind_at=TEN,
                state="OPEN",
            )
        )
        session.flush()
        session.add(
            CallbackLine(
                number=WHO.number,
                callback_id=1,
                token="t",
                by="officer-1",
                until=TEN + timedelta(minutes=40),
            )
        )
    with pytest.raises(CitizenIsCalled, match="officer-1"):
        calls(staffed, second, 39)
    assert calls(staffed, second, 41)


def test_P8_2_nobody_is_unreached_whose_phone_rings_now(staffed: Sessions) -> None:
    """The first call was in vain; the second may still be answered."""
    number = opened(staffed)
    first = calls(staffed, number, 1, most=2)
    heard(staffed, first, Phase.RUNG, Outcome.BUSY)
    heard(staffed, first, Phase.OVER, Outcome.NOT_PLACED, whole=True)
    second = calls(staffed, number, 2, most=2)
    with pytest.raises(GroundUnproved):
        decide(staffed, number, Ground.UNREACHED, minute=3)
    heard(staffed, second, Phase.OVER, Outcome.NOT_PLACED)
    assert decide(staffed, number, Ground.UNREACHED, minute=3) is VerificationState.FAILED
