"""The scenes of §9.1 once more, over a real Asterisk: real phones ring, agents press keys, callers listen."""

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event, Thread

import pytest
from click.testing import CliRunner

from hotline import clock
from ops.cli import main
from ops.officers import Officers, officer
from ops.phone import Answers, Busy, Phone, What
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, running
from tests.live.test_menus_live import in_order
from tests.scenes import SCENES
from tests.script import Script
from tests.stage import Plan

BY_DAY = [
    "P5_1_1_the_desk_answers",
    "P5_1_1_busy_then_the_neighbour",
    "P5_1_1_no_answer_then_two_neighbours_then_back",
    "P5_1_1_the_agent_is_busy_again_so_the_caller_waits_in_front",
    "P5_1_1_a_callback_registered_in_the_talk_is_read_back",
    "P5_1_2_a_forward_is_honoured_before_ringing",
    "P4_9_an_off_site_agency_is_its_number_and_keys",
    "P3_b_2_a_caller_knows_the_extension",
]
BY_NIGHT = ["P5_1_3_closed_and_urgent_rings_the_roster"]
TALK = 25.0
OUTSIDE = 7
"""A number so long is none of the city's own exchange."""


@pytest.fixture(scope="module")
def office() -> Iterator[System]:
    """A hotline whose phones ring for four seconds, in an office that is always open."""
    refuse_or_go_on()
    with running(
        transfer_ring=4, transfer_neighbour_ring=4, office_opens="00:00", office_closes="23:59:59"
    ) as system:
        if not system.house.is_open(clock.now()):
            declare(system, "open")
        yield system


def declare(system: System, what: str) -> None:
    """Today is worked, or nobody works, whatever day it is; every process knows it a second later."""
    today = clock.now().astimezone(clock.TAIPEI).date().isoformat()
    told = CliRunner().invoke(
        main, ["calendar", what, today, "--reason", "a scene", "--by", "admin-1"],
        env={"HOTLINE_HOME": str(system.settings.home)},
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    Event().wait(2.5)


def put_through(agent: Phone, plan: Plan) -> None:
    """The agent answers, presses the keys, and answers once more; if the script says so, after being busy."""
    agent.wait_for(What.ESTABLISHED, 60)
    Event().wait(1.5)
    is_busy = plan.phones.get("agent-1") == "busy"
    agent.behaves = Busy() if is_busy else Answers(0.5, 2.0)
    agent.press(plan.puts[0])
    if is_busy:
        agent.wait_for(What.CLOSED, 20)  # the talk
        agent.wait_for(What.CLOSED, 60)  # the call refused
        agent.behaves = Answers(0.5, 2.0)


def register(officer: Phone) -> None:
    """The officer answers, is told who calls, cannot tell at once, and presses the key for a callback."""
    officer.wait_for(What.ESTABLISHED, 60)
    Event().wait(5)
    officer.press("*32")


def played(system: System, name: str) -> None:
    """The call as planned: what is rung, what is heard, how it ends."""
    plan = Plan.of(Script.read(SCENES[name]))
    places = {False: system.settings.officers_contact, True: system.settings.trunk_contact}
    with ExitStack() as stack:
        houses = [
            stack.enter_context(
                Officers(
                    contact,
                    {
                        phone: officer(how)
                        for phone, how in plan.phones.items()
                        if phone.isdecimal() and (len(phone) >= OUTSIDE) is outside
                    },
                    system.scratch / f"{name}-{outside}",
                )
            )
            for outside, contact in places.items()
        ]
        agents = stack.enter_context(system.agents(agent_1=Answers(0.5, TALK if plan.puts else 2.0)))
        if plan.puts:
            Thread(target=put_through, args=(agents["agent-1"], plan), daemon=True).start()
        if plan.registers:
            speaking = houses[False].phones[plan.registers]
            Thread(target=register, args=(speaking,), daemon=True).start()
        story = system.call(",".join(plan.keys))
    rung = [phone for house in houses for phone in house.exchange.asked]
    assert rung == plan.rung, story.as_text()
    assert in_order(tuple(plan.heard), list(story.heard)), story.as_text()
    row = system.row(story.caller)
    endings = [event.detail["reason"] for event in system.events(row.id) if event.kind == "CallEnding"]
    assert endings == [plan.end], story.as_text()
    if plan.registers:
        promise = system.until(lambda: system.promises(row.id), 15, "the promise is loaded")[0]
        assert (promise.origin, promise.number) == ("officer", row.caller)
        assert "zh-TW/V-10.hours" in story.heard, story.as_text()


@pytest.mark.live
@pytest.mark.parametrize("name", BY_DAY)
def test_a_scene_by_day(office: System, name: str) -> None:
    """As over the bare engine, the fake Asterisk and the keyboard."""
    played(office, name)


@pytest.mark.live
@pytest.mark.parametrize("name", BY_NIGHT)
def test_a_scene_by_night(office: System, name: str) -> None:
    """Offices are closed for the day."""
    declare(office, "close")
    played(office, name)
