"""An emergency reaches somebody (P7.1): the supervisor, else who is on duty; 110 and 119 by key."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from control.call_limits import ChannelLimits
from demo.officers import Officers
from demo.phone import Answers, PhoneEventKind
from hotline import clock
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.limit_acts import supervisor
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.talks import talks

pytestmark = pytest.mark.live
ON_DUTY = "0900000001"
TALK = 4
"""Seconds from the agent's answer until the two talk: the agent hears words before."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Offices that are open; on duty is the city's first officer."""
    refuse_or_go_on()
    with running(transfer_ring=5, callback_ring=5, **ALL_DAY) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


@pytest.fixture
def outside(system: System) -> Iterator[Officers]:
    """Phones behind the carrier: the officer on duty and 119 answer, 110 is unknown."""
    there = {ON_DUTY: Answers(0.2), "119": Answers(0.2)}
    with Officers(
        system.settings.trunk_contact, there, system.scratch / f"outside-{clock.monotonic()}"
    ) as one:
        yield one


def can_be_rung(system: System) -> bool:
    """True once Asterisk knows that the supervisor's phone is there."""
    with closing(ChannelLimits(system.house.pbx, system.house.limit_rules)) as line:
        return line.is_there("PJSIP/supervisor-1")


def test_nobody_there_the_officer_on_duty_is_rung(system: System, outside: Officers) -> None:
    """By key: the agent hears that no supervisor is there; all three hear each other."""
    with talks(system, ["0973000001"]) as (talk,):
        talk.wait_until(TALK)
        talk.agent.press("*39")
        system.until(lambda: outside.exchange.asked == [ON_DUTY], 30, "the officer on duty is rung")
        system.until(lambda: talk.special and talk.special.emergency, 20, "the emergency is on record")
        talk.wait_until(talk.second + 8)
        assert system.channels() >= 4
        talk.caller.hang_up()
        system.until(lambda: system.channels() == 0, 20, "all have hung up")
        assert "desk.emergency.duty" in talk.agent_heard()


def test_a_supervisor_who_is_there_is_rung_before(system: System, outside: Officers) -> None:
    """And who is on duty is not disturbed."""
    with supervisor(system) as boss, talks(system, ["0973000002"]) as (talk,):
        boss.register()
        system.until(lambda: can_be_rung(system), 10, "the supervisor's phone can be rung")
        told = talk.does("emergency", "agent-1")
        assert "rings; then the officers on duty" in told
        boss.wait_for(PhoneEventKind.ESTABLISHED, 20)
        talk.wait_until(talk.second + 2)
        assert outside.exchange.asked == []
        talk.caller.hang_up()
        boss.wait_for(PhoneEventKind.CLOSED, 30)


def test_119_joins_by_key_and_110_that_does_not_answer_is_told(system: System, outside: Officers) -> None:
    """Dialled to the carrier as they are; neither is taken for an extension."""
    with talks(system, ["0973000003"]) as (talk,):
        talk.wait_until(TALK)
        talk.agent.press("*110")
        system.until(lambda: outside.exchange.asked == ["110"], 20, "110 is called")
        talk.wait_until(talk.second + 10)
        talk.agent.press("*119")
        system.until(lambda: outside.exchange.asked[-1] == "119", 20, "119 is called")
        talk.wait_until(talk.second + 6)
        assert talk.caller.talking and talk.agent.talking
        talk.caller.hang_up()
        system.until(lambda: system.channels() == 0, 20, "all have hung up")
        assert [kind for kind, *_ in talk.steps()] == ["110", "119"]
        assert {"desk.emergency.119", "desk.emergency.110", "desk.emergency.failed"} <= set(
            talk.agent_heard()
        )
