"""Calls that 1999 places for an agent, by real phones:
who rings when, what is heard, what is on record (P5.3, P8.2).
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from calls.caller_history import petitioner
from calls.store import OUTGOING, CallRow, Leg
from control.originate import NotPickedUp
from demo.hearing import recognise
from demo.officers import Officers
from demo.phone import Answers, Busy, NoAnswer, PhoneEventKind, Softphone
from demo.sound import read_wav
from hotline import clock
from hotline.db import transaction
from hotline.dialling import DialRules
from hotline.numbers import e164
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.caller_verification import NoMoreAttempts
from hotline.outbound_calls.gate import Ground, Touches, VerificationState
from hotline.outbound_calls.rules import OutboundState
from hotline.outbound_calls.store import PlacedCall
from hotline.outbox.store import OutboxMessage
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Offices that are open all day, phones that ring for a short time."""
    refuse_or_go_on()
    with running(
        callback_ring=5,
        transfer_ring=3,
        transfer_neighbour_ring=3,
        **ALL_DAY,
    ) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


def kept(system: System, number: int) -> PlacedCall:
    with transaction(system.house.factory) as session:
        return service.placed(session, number)


def until(system: System, number: int, *states: OutboundState) -> PlacedCall:
    """The record once it is there, from the event log."""
    system.until(lambda: kept(system, number).state in states, 30, f"the placed call is {states}")
    return kept(system, number)


def heard(system: System, phone: Softphone) -> list[str]:
    return [one.name for one in recognise(read_wav(phone.recordings[0]), system.prompts)]


def test_P5_3_a_the_agents_phone_then_the_agencys_and_who_answered_is_on_record(system: System) -> None:
    """The desk is busy, its neighbour answers: told that it is urgent, then joined;
    the time is that of the answer.
    """
    desks = {"5112": Busy(), "5111": Answers(0.3)}
    with (
        system.agents(agent_1=Answers(0.3)) as agents,
        Officers(system.settings.officers_contact, desks, system.scratch / "desks") as exchange,
    ):
        system.reaches(exchange)
        number = system.house.placing.notify("5112", "瓦斯外洩", by="agent-1", at=clock.now())
        exchange.phones["5111"].wait_for(PhoneEventKind.ESTABLISHED, 20)
        row = until(system, number, OutboundState.ANSWERED)
        assert row.ended_at is None and row.reached == 2 and row.who_answered
        assert (row.who_answered.kind, row.who_answered.number) == ("neighbour", "5111")
        system.until(
            lambda: "zh-TW/placed.agency" in heard(system, exchange.phones["5111"]), 15, "the officer is told"
        )
        with transaction(system.house.factory) as session:
            told = service.taken(session, number, "李小華", by="agent-1", at=clock.now())
            assert told.notified_at == told.answered_at and told.notified_at
        agents["agent-1"].hang_up()
        system.until(lambda: kept(system, number).ended_at, 15, "its end is on record")
        assert "zh-TW/placed.notify" in heard(system, agents["agent-1"])
        with transaction(system.house.factory) as session:
            assert [(one.place, one.outcome) for one in service.rings(session, row)] == [
                (1, "busy"),
                (2, "reached"),
            ]
        assert kept(system, number).state == OutboundState.NOTIFIED
        assert on_record(system, row)[0].dialled == "5112"
        own, busy, answered = rung(system, row)
        assert (own.kind, own.phone, own.outcome) == ("own", "agent-1", "answered")
        assert (busy.kind, busy.outcome, busy.ring_seconds) == ("desk", "busy", 0.0)
        assert (answered.kind, answered.extension, answered.outcome) == ("neighbour", "5111", "answered")
        assert answered.ring_seconds and answered.rings and answered.talk_seconds == own.talk_seconds


def on_record(system: System, row: PlacedCall) -> tuple[CallRow, list[Leg]]:
    """The placed call among the calls on record, once it is over, and its legs (P4.2)."""
    with transaction(system.house.factory) as session:
        call = session.get_one(CallRow, row.own_call)
        return call, list(session.scalars(select(Leg).where(Leg.call_id == call.id).order_by(Leg.started_at)))


def rung(system: System, row: PlacedCall) -> list[Leg]:
    """The legs of a call that is over."""
    system.until(lambda: on_record(system, row)[0].ended_at, 15, "the placed call is over")
    call, legs = on_record(system, row)
    assert (call.line, call.outcome) == (
        OUTGOING,
        "talked" if any(one.talk_seconds for one in legs) else "unreached",
    )
    return legs


def test_P5_3_when_nobody_answers_the_agent_hears_it_and_the_agency_is_written_to(system: System) -> None:
    """Put down while told who calls, silent, and no phone at all; N-30 once.
    An agent who does not pick up has called nobody.

    Nor one whose phone is away: its ring is on record all the same.
    """
    desks = {"5112": Answers(0.3, 0.5), "5111": NoAnswer()}
    with (
        system.agents(agent_1=Answers(0.3), agent_2=NoAnswer()) as agents,
        Officers(system.settings.officers_contact, desks, system.scratch / "others") as exchange,
    ):
        system.reaches(exchange)
        for silent in ("agent-2", "agent-3"):
            with pytest.raises(NotPickedUp):
                system.house.placing.notify("5112", "路樹倒塌", by=silent, at=clock.now())
        number = system.house.placing.notify("5112", "路樹倒塌", by="agent-1", at=clock.now())
        row = until(system, number, OutboundState.UNREACHED)
        agents["agent-1"].wait_for(PhoneEventKind.CLOSED, 20)
        assert "zh-TW/placed.nobody" in heard(system, agents["agent-1"])
    with transaction(system.house.factory) as session:
        places = {one.place: one.outcome for one in service.rings(session, row)}
        broken, away = (
            session.scalars(select(PlacedCall).where(PlacedCall.by == f"agent-{n}")).one() for n in (2, 3)
        )
        sent = session.scalars(select(OutboxMessage.text).where(OutboxMessage.template == "N-30")).all()
    assert places == {1: "refused", 2: "no-answer", 3: "wrong-number"}
    assert [(one.extension, one.outcome) for one in rung(system, row)[1:]] == [
        ("5112", "refused"),
        ("5111", "noanswer"),
        ("5113", "unallocated"),
    ]
    assert [(one.kind, one.phone, one.outcome) for one in rung(system, broken)] == [
        ("own", "agent-2", "noanswer")
    ]
    assert [(one.kind, one.phone, one.outcome, one.ring_seconds) for one in rung(system, away)] == [
        ("own", "agent-3", "noroute", 0.0)
    ]
    assert {broken.state, away.state} == {OutboundState.BROKEN_OFF}
    assert sent and set(sent) == {"【1999緊急通報】電話未接通：路樹倒塌，請立即處理。"}


def test_P8_2_the_citizen_is_called_back_at_the_number_of_their_call_alone(system: System) -> None:
    """Told who calls and when they called (V-18), then joined with the agent;
    as often as is allowed, not once more.
    """
    caller = "0913400001"
    with transaction(system.house.factory) as session:
        session.add(CallRow(id="test-1795000000.1", caller=e164(caller), started_at=clock.now()))
        who = petitioner(session, "test-1795000000.1")
        check = caller_verification.open_gate(
            session, who, Touches.REPUTATION, "鄰居", by="agent-1", at=clock.now()
        ).id
    with (
        system.agents(agent_1=Answers(0.3)) as agents,
        Officers(
            system.settings.trunk_contact, {caller: Answers(0.5)}, system.scratch / "citizens"
        ) as outside,
    ):
        number = system.house.placing.verify(check, by="agent-1", at=clock.now())
        until(system, number, OutboundState.ANSWERED)
        citizen = outside.phones[caller]
        system.until(lambda: "zh-TW/V-18.after" in heard(system, citizen), 20, "V-18 is said")
        agents["agent-1"].hang_up()
        citizen.wait_for(PhoneEventKind.CLOSED, 15)
        assert heard(system, citizen)[0] == "zh-TW/V-18.before"
        assert "zh-TW/placed.verify" in heard(system, agents["agent-1"])
        with pytest.raises(NoMoreAttempts):
            system.house.placing.verify(check, by="agent-1", at=clock.now())
        assert outside.exchange.asked == [caller]
        own, called = rung(system, kept(system, number))
        assert (called.kind, called.outcome, called.talk_seconds) == ("citizen", "answered", own.talk_seconds)
        assert on_record(system, kept(system, number))[0].end_reason == "agent_hung_up"
    with transaction(system.house.factory) as session:
        assert (
            caller_verification.decide(
                session, check, Ground.AFFIRMED, DialRules(), by="agent-1", at=clock.now()
            ).state
            == VerificationState.CONFIRMED
        )
