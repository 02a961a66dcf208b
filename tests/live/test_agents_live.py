"""Busy, silent and dead agents; languages; a promise when nobody is there."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from control.ami import AMI
from control.passwords import new
from control.presence import agents_state
from demo.hearing import PromptSounds, recognise
from demo.phone import Answers, Busy, NoAnswer
from demo.sound import read_wav
from demo.trials import this_hotline
from hotline.db import transaction
from hotline.staff.store import Agent
from ops.cli.agents import agents as commands
from tests.live.system import System

pytestmark = pytest.mark.live


@pytest.mark.promise("A busy and a silent agent are passed over")
def test_a_busy_and_a_silent_agent_are_passed_over_for_one_who_answers(system: System) -> None:
    """Every phone that was rung is a leg with its outcome; the caller talks with the third."""
    with system.agents(agent_1=Busy(), agent_2=NoAnswer(), agent_3=Answers(0.2, 2.0)):
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
            with ThreadPoolExecutor(2) as pool:
                stories = list(pool.map(system.call, ("1,1", "1,1")))
            agents = [story.record.agent for story in stories if story.record]
        finally:
            bid(system, "resume", "agent-1", "--by", "agent-1")
    assert agents == ["agent-2", "agent-2"]


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
    story = system.call("1,1,1,#", longest=60.0)
    assert story.record and story.record.outcome == "promised", story.as_text()
    assert "zh-TW/nobody-now" in story.heard and "zh-TW/V-10.before" in story.heard
    (promise,) = system.promises(story.record.call_id)
    assert (promise.origin, promise.state) == ("nobody", "OPEN")
    assert promise.number.endswith(story.caller.removeprefix("0"))


def test_a_new_agents_phone_is_known_before_it_registers(system: System) -> None:
    """The row is enough: within seconds it is one that is not there, then rung;
    without the row it is none.
    """
    with transaction(system.house.factory) as session:
        session.add(Agent(phone="agent-9", name="新進", secret=new(), languages=["ja"]))
    try:
        system.until(lambda: stands(system) == "unreachable", 5, "its phone is configured, and not there")
        with system.agents(agent_9=Answers(0.2, 1.5)):
            story = system.call("5,1")
            assert story.record and story.record.agent == "agent-9", story.as_text()
    finally:
        with transaction(system.house.factory) as session:
            session.delete(session.get_one(Agent, "agent-9"))
    system.until(lambda: not stands(system), 5, "it is in no queue any more")
    system.until(
        lambda: "Unable to find object" in system.home.rx("pjsip show endpoint agent-9"),
        5,
        "it is no phone of ours",
    )


def stands(system: System) -> str:
    """How the queues see the new phone; empty when it is in none."""
    with AMI.of(system.settings) as ami:
        found = agents_state(ami).get("agent-9")
    return found.state if found else ""


def test_a_dead_phone_is_known_and_costs_no_silence(system: System) -> None:
    """A phone that died without a word is found out by asking it; then nobody is there: a promise."""
    with system.agent("agent-1", NoAnswer()) as phone:
        phone.register()
        system.until(lambda: "agent-1" in system.reachable(), 10, "agent-1 is reachable")
        phone.kill()
        system.until(lambda: "agent-1" not in system.reachable(), 15, "its death is known")
    story = system.call("1,1,1,#", longest=60.0)
    assert story.record and story.record.outcome == "promised", story.as_text()


def heard_by(system: System, wav: Path) -> list[str]:
    """Prompts in a phone's received sound."""
    prompts = this_hotline(system.house, system.scratch).prompts
    whispers = {name: path for name, path in prompts.items() if "/agent." in name}
    return [heard.name for heard in recognise(read_wav(wav), PromptSounds.load(whispers))]
