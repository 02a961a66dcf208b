"""After-call work begins with the end of a talk at a page, and ends when the agent is ready,
or at its limit (P3).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from calls import after_call_work
from calls.after_call_work import WrapUpLimits
from calls.cel import ChannelEvent
from calls.dispositions import NoServiceType
from calls.keyed_dispositions import keep, service_key
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
    """An agent at a page and one at a desk's phone, who have just talked."""
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


def test_work_begins_at_pages_and_phones_and_ends_at_its_limit(session: Session) -> None:
    """Once for each talk, whatever telephone it was."""
    assert after_call_work.bring(session, LIMITS, LATER)
    assert (rests(session), rests(session, "agent-2")) == (AFTER_CALL, AFTER_CALL)
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


def keyed(session: Session, digit: str, why: str = "", at: datetime = LATER) -> bool:
    """What agent-2's telephone says by keys of the call that it had last."""
    event = ChannelEvent(
        "SERVICE", at, "c", "c", "PJSIP/agent-2-0000002a", "f:0", extra={"extra": f"agent-2|{digit}|{why}"}
    )
    said = service_key(event)
    return said is not None and keep(session, said)


def test_a_telephone_says_by_keys_what_the_call_was_for(session: Session) -> None:
    """The next call may come at once; pressed again it adds a service, and a replay changes nothing."""
    after_call_work.bring(session, LIMITS, LATER)
    row = session.get_one(CallRow, "call-agent-2")
    assert keyed(session, "2") and (row.service, row.topic) == ("P3.2", "word:other")
    assert after_call_work.bring(session, LIMITS, LATER + timedelta(seconds=1))
    assert (rests(session), rests(session, "agent-2")) == (AFTER_CALL, "")
    assert not after_call_work.bring(session, LIMITS, LATER + timedelta(seconds=2))
    assert keyed(session, "1") and keyed(session, "1") and row.service == "P3.1 P3.2"
    assert not keyed(session, "0", "2") and row.service == "P3.1 P3.2"


def test_a_telephone_says_by_keys_that_there_was_no_service(session: Session) -> None:
    """With its ground; before the work began, it never begins."""
    assert not keyed(session, "0", "6") and not keyed(session, "7") and not keyed(session, "0")
    assert keyed(session, "0", "2", NOON + timedelta(seconds=1))
    row = session.get_one(CallRow, "call-agent-2")
    assert (row.service, row.ground, row.topic) == ("none", "wrong-number", "")
    after_call_work.bring(session, LIMITS, LATER)
    assert (rests(session), rests(session, "agent-2")) == (AFTER_CALL, "")


def test_a_phone_that_was_lost_has_no_work(session: Session) -> None:
    """Its caller waits for whoever answers next, also for this agent."""
    session.get_one(Leg, "leg-agent-1").cause = after_call_work.LOST
    after_call_work.bring(session, LIMITS, LATER)
    assert rests(session) == ""
    talks(session, "agent-1", LATER, name="-2")
    assert after_call_work.bring(session, LIMITS, LATER) and rests(session) == AFTER_CALL


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
