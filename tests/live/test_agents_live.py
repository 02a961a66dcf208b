"""Busy, silent and dead agents; languages; a promise when nobody is there; the place in the queue is kept."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hotline.db import transaction
from ivr.store import CallEvent, CallRow
from ops.cli_agents import agents as commands
from ops.hearing import Catalogue, recognise
from ops.phone import Answers, Busy, Silent, What
from ops.sound import read_wav
from ops.trials import this_hotline
from tests.live.system import System

pytestmark = pytest.mark.live


def test_a_busy_and_a_silent_agent_are_passed_over_for_one_who_answers(system: System) -> None:
    """Every phone that was rung is a leg with its outcome; the caller talks with the third."""
    with system.agents(agent_1=Busy(), agent_2=Silent(), agent_3=Answers(0.2, 2.0)):
        story = system.call("1,1")
        assert story.record and story.record.agent == "agent-3", story.as_text()
        legs = {leg.phone: leg.outcome for leg in system.legs(story.record.call_id)}
        assert legs["agent-3"] == "answered"
        assert set(legs.items()) <= {("agent-1", "busy"), ("agent-2", "noanswer"), ("agent-3", "answered")}


def bid(system: System, *words: str) -> None:
    """``hotline agents`` with these words, on the running system."""
    done = CliRunner().invoke(commands, words, obj=system.house)
    assert done.exit_code == 0, done.output


def test_an_agent_on_a_break_is_not_rung(system: System) -> None:
    """A break begun by command holds at once; the other agent is rung."""
    with system.agents(agent_1=Answers(0.2, 1.5), agent_2=Answers(0.2, 1.5)):
        bid(system, "pause", "agent-1", "lunch", "--by", "supervisor-1")
        try:
            stories = (system.call("1,1"), system.call("1,1"))
            agents = {story.record.agent for story in stories if story.record}
        finally:
            bid(system, "resume", "agent-1", "--by", "agent-1")
    assert agents == {"agent-2"}


def test_the_queue_asks_for_an_agent_who_speaks_the_language(system: System) -> None:
    """Japanese reaches agent-3, who speaks it, though all are free."""
    answers = Answers(0.2, 1.5)
    with system.agents(agent_1=answers, agent_2=answers, agent_3=answers) as agents:
        story = system.call("5,1")
        assert story.record and story.record.agent == "agent-3", story.as_text()
        whispered = heard_by(system, agents["agent-3"].heard)
    assert "zh-TW/agent.ja" in whispered, "the agent hears the caller's language before the bridge"


def test_nobody_there_is_a_promise_with_its_hour(system: System) -> None:
    """All phones unreachable: said so, a callback promised, stored before it was spoken."""
    story = system.call("1,1,#", longest=60.0)
    assert story.record and story.record.outcome == "promised", story.as_text()
    assert "zh-TW/nobody-now" in story.heard and "zh-TW/V-10.before" in story.heard
    (promise,) = system.promises(story.record.call_id)
    assert (promise.origin, promise.state) == ("nobody", "OPEN")
    assert promise.number.endswith(story.caller.removeprefix("0"))


def test_a_dead_phone_is_known_and_costs_no_silence(system: System) -> None:
    """A phone that died without a word is found out by asking it; then nobody is there: a promise."""
    with system.agent("agent-1", Silent()) as phone:
        phone.register()
        system.until(lambda: "agent-1" in system.reachable(), 10, "agent-1 is reachable")
        phone.kill()
        system.until(lambda: "agent-1" not in system.reachable(), 15, "its death is known")
    story = system.call("1,1,#", longest=60.0)
    assert story.record and story.record.outcome == "promised", story.as_text()


def test_V_04_position_and_wait_are_spoken_and_key_1_promises(system: System) -> None:
    """One agent, who is talking: the next caller hears the position, presses 1, and is promised."""
    with system.agents(agent_1=Answers(0.2)), system.caller("0933000001") as first:
        first.dial(f"sip:1999@{system.sip}")
        first.wait_for(What.ESTABLISHED, 5)
        time.sleep(9.5)
        first.press("0")
        time.sleep(6)
        story = system.call("1,1,1,#", longest=70.0)
        first.hang_up()
    heard = list(story.heard)
    assert {"zh-TW/V-04.busy", "zh-TW/to-an-agent"} <= set(heard), story.as_text()
    assert story.record and story.record.outcome == "promised", story.as_text()
    (promise,) = system.promises(story.record.call_id)
    assert promise.origin == "caller"


def test_no_place_is_lost_by_hearing_the_position(system: System) -> None:
    """Three callers leave the queue several times to hear their true place; its order never changes."""
    numbers = ["0933000011", "0933000012", "0933000013"]

    def wait_in_line(place: int) -> None:
        time.sleep(place * 2.0)
        with system.caller(numbers[place]) as phone:
            phone.dial(f"sip:1999@{system.sip}")
            phone.wait_for(What.ESTABLISHED, 5)
            time.sleep(9.5)
            phone.press("0")
            phone.wait_for(What.CLOSED, 150)

    with system.agents(agent_1=Answers(0.2)) as agents, system.caller("0933000010") as holder:
        holder.dial(f"sip:1999@{system.sip}")
        holder.wait_for(What.ESTABLISHED, 5)
        time.sleep(9.5)
        holder.press("0")
        system.until(lambda: agents["agent-1"].talking, 20, "the agent talks")
        agents["agent-1"].behaves = Answers(0.2, 1.5)
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(wait_in_line, place) for place in range(3)]
            lines = list(sampled(system, until=lambda: len(places(system, numbers[0])) >= 3))
            system.until(
                lambda: in_line(system)[:1] == [FIRST] and len(in_line(system)) > 1, 60, "the first waits"
            )
            holder.hang_up()
            for one in waiting:
                one.result()
    assert all(line == sorted(line) for line in lines), lines
    assert any(len(line) == 3 for line in lines), "they waited together"
    told = [places(system, number) for number in numbers]
    assert told[0] == [1] * len(told[0]) and told[1][0] == 2 and told[2][0] == 3, told
    assert all(system.row(number).agent_at for number in numbers)


FIRST = 2
"""Tickets within this test: the holder of the agent drew the one before."""


def sampled(system: System, until: Callable[[], bool]) -> Iterator[list[int]]:
    """The line as it stands, again and again."""
    while not until():
        yield in_line(system)
        time.sleep(0.3)


def in_line(system: System) -> list[int]:
    """The tickets of those in the queue's music, in the queue's order; 1 is the first drawn in this test."""
    shown = system.home.rx("queue show agents-zh-TW")
    drawn = [PRIORITY - int(found) for found in re.findall(r"prio: (\d+)", shown)]
    base = int(system.home.rx("dialplan show globals").split("LAST_TICKET=")[1].split()[0]) - 4
    return [ticket - base for ticket in drawn]


PRIORITY = 2_000_000_000


def places(system: System, number: str) -> list[int]:
    """The positions a caller was told so far."""
    with transaction(system.house.factory) as session:
        mine = select(CallRow.id).where(CallRow.caller == f"+886{number[1:]}")
        query = select(CallEvent).where(CallEvent.call_id.in_(mine), CallEvent.kind == "WaitAnnounced")
        return [event.detail["position"] for event in session.scalars(query.order_by(CallEvent.at))]


def heard_by(system: System, wav: Path) -> list[str]:
    """Prompts in a phone's received sound."""
    prompts = this_hotline(system.house, system.scratch).prompts
    whispers = {name: path for name, path in prompts.items() if "/agent." in name}
    return [heard.name for heard in recognise(read_wav(wav), Catalogue.load(whispers))]
