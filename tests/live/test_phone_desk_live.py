"""The desk by the keys of a telephone alone: what is pressed, what is heard, and the state all others see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calls.store import CallRow
from control.ami import AMI
from control.presence import agents_state
from demo.hearing import recognise
from demo.officers import Officers
from demo.phone import Answers, NoAnswer, PhoneEventKind, Softphone
from demo.sound import read_wav
from hotline import clock
from hotline.db import transaction
from hotline.staff.agent_state import BREAKS, OFF_DUTY
from hotline.staff.store import Agent
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running

pytestmark = pytest.mark.live
CALLER = "0913500001"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """One agent, offices that are open all day."""
    refuse_or_go_on()
    with running(agents=1, transfer_ring=5, **ALL_DAY) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


def dials(system: System, phone: Softphone, code: str, keys: str = "") -> None:
    """A feature code from beginning to end; ``keys`` once the call is up."""
    seen = len(phone.events)
    phone.dial(f"sip:{code}@{system.sip}")
    if keys:
        phone.wait_for(PhoneEventKind.ESTABLISHED, 10)
        system.until(lambda: phone.talking, 5, "the call is up")
        phone.press(keys)
    system.until(
        lambda: any(one.what is PhoneEventKind.CLOSED for one in phone.events[seen:]), 25, f"{code} is over"
    )


def heard(system: System, *sounds: Path) -> list[str]:
    """What was said in these calls of a phone."""
    return [one.name for sound in sounds for one in recognise(read_wav(sound), system.prompts)]


def hears(system: System, phone: Softphone, name: str) -> None:
    """Until it is said in the call that the phone is in."""
    system.until(lambda: f"zh-TW/{name}" in heard(system, phone.heard), 30, f"{phone.user} hears {name}")


def state(system: System) -> tuple[str, str]:
    """The break as the rows have it, which the page shows, and as the queues have it."""
    with transaction(system.house.factory) as session:
        row = session.get_one(Agent, "agent-1").paused
    with AMI.of(system.settings) as ami:
        return row, agents_state(ami)["agent-1"].on_break


def until(system: System, why: str) -> None:
    system.until(lambda: state(system) == (why, why), 10, f"rows and queues say {why!r}")


def test_an_agent_works_by_keys_alone(system: System) -> None:
    """Off and on duty, a call, guidance, a callback, put through, a break:
    each confirmed aloud, and seen by all.
    """
    with (
        system.agents(agent_1=NoAnswer()) as agents,
        Officers(system.settings.officers_contact, {"5112": Answers(0.3)}, system.scratch / "desks") as desks,
    ):
        phone = agents["agent-1"]
        dials(system, phone, "**2")
        until(system, OFF_DUTY)
        dials(system, phone, "**1")
        until(system, "")
        with system.caller(CALLER) as citizen:
            citizen.dial(f"sip:1999@{system.sip}")
            citizen.wait_for(PhoneEventKind.ESTABLISHED, 10)
            hears(system, citizen, "V-02.1")
            citizen.press("0")
            phone.wait_for(PhoneEventKind.RINGING, 40)
            phone.answer()
            call = system.until(lambda: agent_of(system), 20, "the agent has answered")
            phone.press("*31")
            hears(system, phone, "desk.guided")
            phone.press("*32")
            hears(system, phone, "desk.promised")
            phone.press("##5112#")
            desks.phones["5112"].wait_for(PhoneEventKind.ESTABLISHED, 25)
            citizen.hang_up()
            citizen.wait_for(PhoneEventKind.CLOSED, 20)
            told = heard(system, citizen.heard)
        dials(system, phone, "**5", "1")
        system.until(lambda: service_of(system, call) == "P3.1", 10, "the call is closed")
        dials(system, phone, "**3", "1")
        until(system, BREAKS[0])
        dials(system, phone, "**0")
        said = heard(system, *filter(Path.exists, phone.recordings))
    assert ["zh-TW/V-15", "zh-TW/V-10.hours"] == [
        one for one in told if one in ("zh-TW/V-15", "zh-TW/V-10.hours")
    ]
    assert len(system.promises(call)) == 1
    expected = ["off", "on", "guided", "promised", "closed", "break.1", "resting"]
    assert [f"zh-TW/desk.{one}" for one in expected] == [
        one for one in said if one.startswith("zh-TW/desk.") and "ask" not in one
    ]


def service_of(system: System, call: str) -> str:
    """What the call was for, as the record has it."""
    with transaction(system.house.factory) as session:
        return session.get_one(CallRow, call).service


def agent_of(system: System) -> str:
    """The call that the agent has answered, as the record has it."""
    with transaction(system.house.factory) as session:
        rows = session.query(CallRow).filter(CallRow.agent == "agent-1", CallRow.agent_at < clock.now()).all()
        return rows[0].id if rows else ""
