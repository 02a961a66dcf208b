"""Relayed calls by real phones: who rings, what is heard, when it is recorded, when it ends (§14)."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import numpy as np
import pytest
from sqlalchemy import select

from calls.store import CallRow, Leg
from control.ami import ManagerGone
from demo.hearing import PromptSounds, recognise
from demo.officers import Officers
from demo.phone import Answers, Busy, NoAnswer, PhoneEventKind, Softphone
from demo.sound import read_wav
from hotline import clock
from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import OutboundState
from hotline.outbound_calls.store import PlacedCall
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.video import relay
from hotline.video.relay import RecordingAnswer
from hotline.video.rules import SessionState
from hotline.video.store import VideoSession
from recordings import gaps
from recordings.store import Recording
from tests.doors.console import PASSWORD
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running
from tests.signing import running_session, video_account

pytestmark = pytest.mark.live
HAND = "hand-1"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Offices that are open all day, and an interpreter whose telephone is a desk's."""
    refuse_or_go_on()
    with running(callback_ring=5, transfer_ring=3, transfer_neighbour_ring=3, **ALL_DAY) as one:
        declare(one, "open")
        at = clock.now()
        member = Staff(HAND, "手語員", frozenset((Role.INTERPRETER,)), phone="agent-1")
        with transaction(one.house.factory) as session:
            set_staff(session, member, Period(at), at=at, by="test")
        yield one
        assert_clean(one)


def session_of(system: System, name: str) -> int:
    """A session that runs, whatever the hour is."""
    at = clock.now()
    with transaction(system.house.factory) as session:
        account = video_account(session, name, PASSWORD, at, contact=f"{name}@example.tw")
        return running_session(session, account, HAND, at).id


def kept(system: System, number: int) -> PlacedCall:
    with transaction(system.house.factory) as session:
        return service.placed(session, number)


def becomes(system: System, number: int, state: OutboundState) -> PlacedCall:
    system.until(lambda: kept(system, number).state == state, 30, f"the relayed call is {state}")
    return kept(system, number)


def is_heard(phone: Softphone, system: System, prompt: str) -> bool:
    """Whether a phone's present or last call let it hear a prompt, for which alone it is listened:
    a look for all that we can say takes a busy machine as long as a talk.
    """
    sound = PromptSounds.load({prompt: system.settings.prompts / f"{prompt}.wav"})
    return phone.heard.exists() and bool(recognise(read_wav(phone.heard), sound))


def over(system: System, call: PlacedCall) -> tuple[CallRow, list[Leg]]:
    """The call on record once it is over, with its legs."""

    def found() -> tuple[CallRow, list[Leg]]:
        with transaction(system.house.factory) as session:
            row = session.get_one(CallRow, call.own_call)
            legs = select(Leg).where(Leg.call_id == row.id).order_by(Leg.started_at)
            return row, list(session.scalars(legs))

    system.until(lambda: found()[0].ended_at, 20, "the relayed call is over")
    return found()


def is_recorded(system: System, call: PlacedCall) -> bool:
    with transaction(system.house.factory) as session:
        return session.get_one(CallRow, call.own_call).recorded_at is not None


def sounds(system: System, call: PlacedCall) -> list[Recording]:
    with transaction(system.house.factory) as session:
        return list(session.scalars(select(Recording).where(Recording.call_id == call.own_call)))


def is_exchange_there(system: System) -> bool:
    return any(
        "officers/" in one and " Avail " in one for one in system.home.rx("pjsip show contacts").splitlines()
    )


def test_the_neighbour_of_a_busy_officer_answers_recorded_after_both_have_agreed(system: System) -> None:
    """Nothing is kept while the citizen has not answered. Then they agree, and the talk behind the notice is,
    until the session is over, and the call with it; the interpreter alone hears V-20 before, in the talk,
    also when it is due while who answers is told.
    """
    number, relayed = session_of(system, "amy"), system.house.relay
    desks = {"5112": Busy(), "5111": Answers(0.3)}
    with (
        system.agents(agent_1=Answers(0.3)) as agents,
        Officers(system.settings.officers_contact, desks, system.scratch / "relay-1") as city,
    ):
        system.until(lambda: is_exchange_there(system), 30, "the exchange is reachable")
        silent = becomes(
            system, relayed.ring(number, "5112", by=HAND, at=clock.now()), OutboundState.ANSWERED
        )
        officer = city.phones["5111"]
        system.until(
            lambda: is_heard(officer, system, "zh-TW/relay.calls"), 15, "the officer is told who calls"
        )
        Event().wait(3)
        relayed.hang_up(number, by=HAND, at=clock.now())
        row, _ = over(system, silent)
        assert row.recorded_at is None and sounds(system, silent) == []
        assert not list(system.settings.recordings.glob(f"{silent.own_call}*"))

        assert relayed.answer(number, RecordingAnswer.AGREED, clock.now()) is RecordingAnswer.AGREED
        agents["agent-1"].wait_for(PhoneEventKind.CLOSED, 10)
        call = becomes(system, relayed.ring(number, "5112", by=HAND, at=clock.now()), OutboundState.ANSWERED)
        with transaction(system.house.factory) as session:
            one = session.get_one(VideoSession, number)
            one.block_ends_at, one.extensions = clock.now() + timedelta(seconds=55), 1
        hand = agents["agent-1"]
        system.until(lambda: is_heard(hand, system, "zh-TW/V-20"), 40, "the interpreter is warned")
        assert is_heard(officer, system, "zh-TW/relay.records")
        assert not is_heard(officer, system, "zh-TW/V-20")
        with transaction(system.house.factory) as session:
            one = session.get_one(VideoSession, number)
            one.state, one.ended_at = SessionState.ENDED, clock.now()
        row, legs = over(system, call)  # the job has hung up
    assert [(one.kind, one.outcome, one.extension) for one in legs] == [
        ("own", "answered", ""),
        ("desk", "busy", "5112"),
        ("neighbour", "answered", "5111"),
    ]
    assert legs[2].rings and legs[2].answered_at and legs[2].talk_seconds and legs[2].proxy
    assert row.recorded_at and (row.recorded_at - legs[2].answered_at).total_seconds() > 5
    system.until(lambda: {one.state for one in sounds(system, call)} == {"WHOLE"}, 30, "its sound is whole")
    for one in sounds(system, call):
        sound = read_wav(system.settings.recordings / one.path).astype(np.int32)
        assert abs(sound).mean() > 1, one.direction
        assert one.seconds is not None and abs(one.seconds - legs[2].talk_seconds) < 1


def test_an_agent_of_the_queue_answers_and_the_citizen_refuses_in_the_talk(system: System) -> None:
    """The agent is told as an officer is; what was said until the refusal stays, and no more is written."""
    number, relayed = session_of(system, "ben"), system.house.relay
    relayed.answer(number, RecordingAnswer.AGREED, clock.now())
    with system.agents(agent_1=Answers(0.3), agent_2=Answers(0.3)) as agents:
        call = becomes(system, relayed.ring_agents(number, by=HAND, at=clock.now()), OutboundState.ANSWERED)
        agent = agents["agent-2"]
        system.until(lambda: is_heard(agent, system, "zh-TW/relay.records"), 25, "the agent hears the notice")
        kept = system.settings.recordings
        system.until(
            lambda: [one for one in kept.glob(f"{call.own_call}*") if one.stat().st_size > 8000],
            20,
            "the talk is recorded",
        )
        assert relayed.answer(number, RecordingAnswer.REFUSED, clock.now()) is RecordingAnswer.REFUSED
        (path, *_) = kept.glob(f"{call.own_call}*")
        Event().wait(1)
        size = path.stat().st_size
        Event().wait(3)
        assert path.stat().st_size == size > 8000
        agent.hang_up()
        agents["agent-1"].wait_for(PhoneEventKind.CLOSED, 15)
    row, legs = over(system, call)
    assert [(one.kind, one.phone, one.outcome) for one in legs] == [
        ("own", "agent-1", "answered"),
        ("agent", "agent-2", "answered"),
    ]
    with transaction(system.house.factory) as session:
        assert gaps.is_stopped(session, row.id)


def test_consent_while_asterisk_stands_still_counts_once_it_goes_on(system: System) -> None:
    """The citizen is told that it is kept; the call rings on, and is recorded behind the notice."""
    number, relayed = session_of(system, "fay"), system.house.relay
    with system.agents(agent_1=Answers(0.3), agent_2=Answers(3)) as agents:
        placed = relayed.ring_agents(number, by=HAND, at=clock.now())
        asterisk = system.supervisor.pid("asterisk")
        os.kill(asterisk, signal.SIGSTOP)
        try:
            with pytest.raises(ManagerGone):
                relayed.answer(number, RecordingAnswer.AGREED, clock.now())
        finally:
            os.kill(asterisk, signal.SIGCONT)
        call = becomes(system, placed, OutboundState.ANSWERED)
        agent = agents["agent-2"]
        system.until(lambda: is_recorded(system, call), 30, "the talk is recorded")
        assert is_heard(agent, system, "zh-TW/relay.records")
        agent.hang_up()
        agents["agent-1"].wait_for(PhoneEventKind.CLOSED, 15)
    over(system, call)


def test_who_refuses_while_the_interpreters_phone_still_rings_is_not_recorded(system: System) -> None:
    """They had agreed before the call was placed; who answers hears who calls, and no notice."""
    number, relayed = session_of(system, "gus"), system.house.relay
    relayed.answer(number, RecordingAnswer.AGREED, clock.now())
    with (
        system.agents(agent_1=Answers(2), agent_2=Answers(0.3)) as agents,
        ThreadPoolExecutor(1) as beside,
    ):
        rings = beside.submit(relayed.ring_agents, number, by=HAND, at=clock.now())
        agents["agent-1"].wait_for(PhoneEventKind.RINGING, 10)
        relayed.answer(number, RecordingAnswer.REFUSED, clock.now())
        call = becomes(system, rings.result(), OutboundState.ANSWERED)
        agent = agents["agent-2"]
        system.until(lambda: is_heard(agent, system, "zh-TW/relay.calls"), 15, "the agent is told who calls")
        Event().wait(6)
        assert not is_heard(agent, system, "zh-TW/relay.records")
        agent.hang_up()
        agents["agent-1"].wait_for(PhoneEventKind.CLOSED, 15)
    row, _ = over(system, call)
    assert row.recorded_at is None and not list(system.settings.recordings.glob(f"{call.own_call}*"))


def test_nobody_answers_and_a_written_answer_is_promised(system: System) -> None:
    """Both phones ring in vain, each with its leg; the promise is the section's, and says where to write."""
    number, relayed = session_of(system, "eve"), system.house.relay
    desks = {"5112": NoAnswer(), "5111": NoAnswer()}
    with (
        system.agents(agent_1=Answers(0.3)),
        Officers(system.settings.officers_contact, desks, system.scratch / "relay-3"),
    ):
        system.until(lambda: is_exchange_there(system), 30, "the exchange is reachable")
        call = becomes(system, relayed.ring(number, "5112", by=HAND, at=clock.now()), OutboundState.UNREACHED)
    _, legs = over(system, call)
    assert [(one.extension, one.outcome) for one in legs[1:3]] == [("5112", "noanswer"), ("5111", "noanswer")]
    with transaction(system.house.factory) as session:
        given = {"extension": call.extension, "matter": "停車費", "by": HAND, "at": clock.now()}
        row = relay.promise(session, system.house.callbacks, number, **given)
        assert (row.extension, row.agency, row.write_to) == ("5112", "epb", "eve@example.tw")
        assert row.due_at > clock.now()
