"""What is recorded of a call with agent and officer, of a caller who is held, who refuses, or who meets
nobody (P4.12).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import numpy as np
import pytest

from calls.store import CallRow
from demo.officers import Officers, officers
from demo.phone import Answers, NoAnswer, PhoneEventKind, Softphone
from demo.sound import SAMPLES_A_SECOND, read_wav
from hotline import clock
from recordings import gaps
from recordings.gaps import GapReason, place
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A hotline that is open all day, also on this one."""
    refuse_or_go_on()
    with running(**ALL_DAY) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


def test_P4_12_who_meets_nobody_leaves_no_sound(system: System) -> None:
    """Menus, ringing and a wait with music: neither a row nor a sample."""
    number = "0955100001"
    with system.agents(agent_1=NoAnswer()), system.caller(number) as phone:
        phone.dial(f"sip:1999@{system.sip}")
        phone.wait_for(PhoneEventKind.ESTABLISHED, 15)
        system.in_menu(number)
        phone.press("0")
        system.until(lambda: waits(system, number), 30, "the caller waits")
        Event().wait(7)
        phone.hang_up()
    row = system.row(number)
    assert (row.outcome, row.recorded_at) == ("abandoned", None) and row.queue_seconds
    assert system.recordings(row.id) == []
    assert {path.stat().st_size for path in system.settings.recordings.glob(f"{row.id}-*")} <= {44}


@contextmanager
def in_talk(system: System, number: str, *, deaf: bool = False) -> Iterator[tuple[Softphone, Softphone]]:
    """A caller in talk with an agent, who may hold if the phone is deaf."""
    with system.agents(agent_1=Answers(0.2), deaf=deaf) as agents, system.caller(number) as caller:
        caller.dial(f"sip:1999@{system.sip}")
        caller.wait_for(PhoneEventKind.ESTABLISHED, 15)
        system.in_menu(number)
        caller.press("0")
        agents["agent-1"].wait_for(PhoneEventKind.ESTABLISHED, 40)
        Event().wait(2)
        yield caller, agents["agent-1"]


def loudness(system: System, row: CallRow, direction: str) -> list[float]:
    """Mean sample of each half second of a file."""
    (kept,) = [one for one in system.recordings(row.id) if one.direction == direction]
    sound = read_wav(system.settings.recordings / kept.path).astype(np.int32)
    half = SAMPLES_A_SECOND // 2
    return [float(abs(sound[at : at + half]).mean()) for at in range(0, len(sound) - half, half)]


def settled(system: System, number: str) -> CallRow:
    """The call's row, once its sound is judged."""
    row = system.row(number)
    system.until(
        lambda: {one.state for one in system.recordings(row.id)} == {"WHOLE"}, 30, "its sound is whole"
    )
    return row


def test_P4_12_agent_consultation_officer_are_one_recording_with_its_gaps(system: System) -> None:
    """The agent asks an officer first, and leaves: the caller's music is silent in the files, and told."""
    number = "0955100002"
    played = officers("5112=answer:1:60")
    with (
        Officers(system.settings.officers_contact, played, system.scratch / "officers-recorded") as city,
        in_talk(system, number) as (_, agent),
    ):
        agent.press("*2")
        Event().wait(1)
        agent.press("5112#")
        city.phones["5112"].wait_for(PhoneEventKind.ESTABLISHED, 30)
        Event().wait(5)
        agent.press("*2")
        Event().wait(4)
        city.phones["5112"].hang_up()
    row = settled(system, number)
    with system.house.factory() as session:
        told = gaps.of_call(session, row.id)
    (consult,) = [one for one in told if one.why is GapReason.CONSULT]
    assert consult.until and (consult.until - consult.since).total_seconds() > 4
    assert row.recorded_at and row.ended_at
    stretches = system.stretches(row)
    for kept in system.recordings(row.id):
        assert abs((kept.seconds or 0.0) - system.kept_seconds(row)) < 1.0
    begins, ends = (round(2 * place(stretches, at)) for at in (consult.since, consult.until))
    for direction in ("agent", "caller"):
        heard = loudness(system, row, direction)
        assert max(heard[begins + 2 : ends - 2]) == 0.0, (heard, begins, ends)
    assert max(loudness(system, row, "agent")[:begins]) > 0.0


def test_P4_12_a_caller_who_is_held_leaves_no_music(system: System) -> None:
    """The agent's phone holds the call: silence stands in the files for so long, and the talk around it."""
    number = "0955100004"
    with in_talk(system, number, deaf=True) as (_, agent):
        agent.hold()
        Event().wait(5)
        agent.resume()
        Event().wait(3)
        agent.hang_up()
    row = settled(system, number)
    with system.house.factory() as session:
        (hold,) = [one for one in gaps.of_call(session, row.id) if one.why is GapReason.HOLD]
    assert hold.until and abs((hold.until - hold.since).total_seconds() - 5) < 1
    stretches = system.stretches(row)
    begins, ends = (round(2 * place(stretches, at)) for at in (hold.since, hold.until))
    heard = loudness(system, row, "agent")
    assert max(heard[begins + 1 : ends - 1]) == 0.0 < max(heard[ends + 1 :]), (heard, begins, ends)


def test_P4_12_a_hold_whose_agent_leaves_is_no_music_either(system: System) -> None:
    """The hold ends as the agent's phone leaves; the files are silent to their end."""
    number = "0955100005"
    with in_talk(system, number, deaf=True) as (_, agent):
        agent.hold()
        Event().wait(5)
        agent.hang_up()
    row = settled(system, number)
    with system.house.factory() as session:
        (hold,) = [one for one in gaps.of_call(session, row.id) if one.why is GapReason.HOLD]
    assert hold.until and abs((hold.until - hold.since).total_seconds() - 5) < 1
    begins = round(2 * place(system.stretches(row), hold.since))
    heard = loudness(system, row, "agent")
    assert max(heard[begins + 1 :]) == 0.0 < max(heard[:begins]), (heard, begins)


def test_P4_12_a_caller_who_refuses_is_not_recorded_any_more(system: System) -> None:
    """The agent stops it for good; the talk goes on, also with an officer."""
    number = "0955100003"
    with (
        Officers(
            system.settings.officers_contact,
            officers("5112=answer:1:60"),
            system.scratch / "officers-refused",
        ) as city,
        in_talk(system, number) as (_, agent),
    ):
        call_id = system.until(lambda: open_call(system, number), 10, "its row is there")
        stopped_at = clock.now()
        system.house.recording_stops.stop(call_id, "民眾不同意", by="agent-1", at=stopped_at)
        Event().wait(3)
        agent.press("##5112#")
        city.phones["5112"].wait_for(PhoneEventKind.ESTABLISHED, 40)
        Event().wait(3)
        city.phones["5112"].hang_up()
    row = settled(system, number)
    assert row.recorded_at
    until = (stopped_at - row.recorded_at).total_seconds()
    assert all(abs((one.seconds or 0.0) - until) < 1.0 for one in system.recordings(row.id))
    kinds = [event.kind for event in system.events(row.id)]
    assert "RecordingStopped" in kinds and row.talk_seconds and row.talk_seconds > until + 4


def open_call(system: System, number: str) -> str:
    """The call of a number that is up and recorded; empty until it is known."""
    for row in system.open_rows(number):
        return row.id if row.recorded_at else ""
    return ""


def waits(system: System, number: str) -> bool:
    """The caller has come to the queue."""
    kinds = [event.kind for row in system.open_rows(number) for event in system.events(row.id)]
    return "QueueEntered" in kinds
