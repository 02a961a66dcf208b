"""After-call work begins with the end of a talk at a page, and ends when the agent is ready,
or at its limit (P3).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from calls import after_call_work
from calls.after_call_work import WrapUpLimits
from calls.dispositions import NoServiceType
from calls.store import CallRow, Leg
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.permissions import Role
from hotline.special_callers.store import SpecialEvent
from hotline.staff import browsers
from hotline.staff.rules import Staff
from hotline.staff.store import AFTER_CALL, RECOVERY, Agent

NOON, LIMIT = taipei("2026-11-24T12:00"), timedelta(minutes=1)
LIMITS = WrapUpLimits(LIMIT, 3 * LIMIT)
LATER = NOON + timedelta(seconds=5)
ME = Staff("agent-1", "One", frozenset((Role.AGENT,)), phone="agent-1")


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    """An agent at a page who has just talked, and one at a desk's phone."""
    with transaction(factory) as session:
        for phone in ("agent-1", "agent-2"):
            session.add(Agent(phone=phone, name=phone, secret="-", languages=["zh-TW"]))
            session.add(CallRow(id=f"call-{phone}"))
            session.flush()
            talks(session, phone, NOON)
        browsers.sign_on(session, ME, NOON)
        session.flush()
        yield session


def talks(session: Session, phone: str, until: datetime, *, cause: int = 16, name: str = "") -> None:
    session.add(
        Leg(
            channel=f"leg-{phone}{name}",
            call_id=f"call-{phone}",
            phone=phone,
            kind="agent",
            cause=cause,
            started_at=NOON - LIMIT,
            answered_at=NOON - LIMIT,
            ended_at=until,
            outcome="answered",
        )
    )
    session.flush()


def rests(session: Session, phone: str = "agent-1") -> str:
    return session.get_one(Agent, phone).resting


def test_work_begins_at_a_page_and_ends_at_its_limit(session: Session) -> None:
    """Once for each talk; never at a desk's phone."""
    assert after_call_work.bring(session, LIMITS, LATER)
    assert (rests(session), rests(session, "agent-2")) == (AFTER_CALL, "")
    assert not after_call_work.bring(session, LIMITS, LATER)
    assert after_call_work.bring(session, LIMITS, NOON + LIMIT)
    assert rests(session) == ""
    assert not after_call_work.bring(session, LIMITS, NOON + LIMIT)


def test_who_is_ready_has_said_what_the_call_was_for(session: Session) -> None:
    """And is then ready for good; a break that was wanted meanwhile stays."""
    after_call_work.bring(session, LIMITS, LATER)
    with pytest.raises(NoServiceType):
        after_call_work.ready(session, ME, LATER)
    session.get_one(CallRow, "call-agent-1").service = "P3.1"
    session.get_one(Agent, "agent-1").paused = "lunch"
    after_call_work.ready(session, ME, LATER)
    assert rests(session) == "lunch"
    assert not after_call_work.bring(session, LIMITS, LATER)


def test_a_phone_that_was_lost_has_no_work(session: Session) -> None:
    """Its caller waits for whoever answers next, also for this agent."""
    session.get_one(Leg, "leg-agent-1").cause = after_call_work.LOST
    assert not after_call_work.bring(session, LIMITS, LATER)
    talks(session, "agent-1", LATER, name="-2")
    assert after_call_work.bring(session, LIMITS, LATER)


def test_without_a_limit_there_is_none(session: Session) -> None:
    """0: calls come at once."""
    assert not after_call_work.bring(session, WrapUpLimits(timedelta()), LATER)


@pytest.mark.parametrize(("kind", "became"), [("authorised", "SPECIAL"), ("emergency", "NORMAL")])
def test_a_hard_call_is_recovered_from(session: Session, kind: str, became: str) -> None:
    """Longer than other work, and said so; also who must write nothing down after other calls recovers."""
    session.add(
        SpecialEvent(
            key="-", call_id="call-agent-1", at=NOON, who="-", kind=kind, from_state="NORMAL", to_state=became
        )
    )
    assert after_call_work.bring(session, WrapUpLimits(timedelta(), 3 * LIMIT), LATER)
    assert rests(session) == RECOVERY
    assert not after_call_work.bring(session, LIMITS, NOON + 2 * LIMIT)
    assert after_call_work.bring(session, LIMITS, NOON + 3 * LIMIT)
    assert rests(session) == ""


def test_a_call_that_was_only_asked_about_is_followed_by_the_usual_work(session: Session) -> None:
    """Nobody judged it special."""
    session.add(
        SpecialEvent(
            key="-",
            call_id="call-agent-1",
            at=NOON,
            who="-",
            kind="asked",
            from_state="NORMAL",
            to_state="REVIEW",
        )
    )
    assert after_call_work.bring(session, LIMITS, LATER)
    assert rests(session) == AFTER_CALL
