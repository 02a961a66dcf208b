"""Waiting for an agent: the position is spoken, key 1 promises, and the place in the queue is kept."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from calls.store import CallEvent, CallRow
from control.queue_line import HIGHEST
from demo.phone import Answers, PhoneEventKind, Softphone
from hotline.db import transaction
from ivr.catalogue import Catalogue
from ivr.numerals import Language
from ivr.prompts import Shelf
from ops.pbx.configuration import FIRST_SLICE
from tests.faults.citizens import citizens
from tests.live.system import System

pytestmark = pytest.mark.live
TO_AN_AGENT = Shelf(Catalogue.load()).seconds("to-an-agent", Language.MANDARIN)


@pytest.mark.promise("Who waits hears place and wait, and may ask to be called back")
def test_V_04_position_and_wait_are_spoken_and_key_1_promises(system: System) -> None:
    """One agent, who is talking: the next caller hears the position, presses 1, and is promised."""
    with system.agents(agent_1=Answers(0.2)) as agents, system.caller("0933000001") as first:
        talks_with(system, first, agents["agent-1"])
        story = system.call("1,1,1,1,#", longest=80.0)
        first.hang_up()
    heard = list(story.heard)
    assert {"zh-TW/V-04.busy", "zh-TW/to-an-agent"} <= set(heard), story.as_text()
    assert story.record and story.record.outcome == "promised", story.as_text()
    (promise,) = system.promises(story.record.call_id)
    assert promise.origin == "caller"


def test_V_04_place_and_wait_are_told_at_once_and_again_and_it_is_never_silent(system: System) -> None:
    """Words and two seconds of music lie before the first time; a slice of music before each other."""
    number = "0933000002"
    with (
        system.agents(agent_1=Answers(0.2)) as agents,
        system.caller("0933000001") as first,
        citizens(system, [number]) as (waits,),
    ):
        talks_with(system, first, agents["agent-1"])
        waits.dial(system)
        system.in_menu(number)
        since = waits.press("0")
        system.until(lambda: len(places(system, number)) >= 2, 60, "the place is told twice")
        assert waits.silence(since, waits.now + 5.0) <= 1.0
        waits.hang_up()
        first.hang_up()
    events = system.events(system.row(number).id)
    noticed = next(event.at for event in events if event.kind == "NoticeHeard")
    told, again = (event.at for event in events if event.kind == "WaitAnnounced")
    assert (told - noticed).total_seconds() <= TO_AN_AGENT + FIRST_SLICE + 2.0
    assert (again - told).total_seconds() <= system.settings.queue_slice.total_seconds() + 12.0


@pytest.mark.thorough
def test_no_place_is_lost_by_hearing_the_position(system: System) -> None:
    """Three callers leave the queue several times to hear their true place; its order never changes."""
    numbers = ["0933000011", "0933000012", "0933000013"]

    def wait_in_line(place: int) -> None:
        time.sleep(place * 2.0)
        with system.caller(numbers[place]) as phone:
            phone.dial(f"sip:1999@{system.sip}")
            phone.wait_for(PhoneEventKind.ESTABLISHED, 5)
            system.in_menu(numbers[place])
            phone.press("0")
            phone.wait_for(PhoneEventKind.CLOSED, 150)

    with system.agents(agent_1=Answers(0.2)) as agents, system.caller("0933000010") as holder:
        talks_with(system, holder, agents["agent-1"])
        agents["agent-1"].behaves = Answers(0.2, 1.5)
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(wait_in_line, place) for place in range(3)]
            lines = list(sampled(system, until=lambda: len(places(system, numbers[0])) >= 3))
            first = min(ticket for line in lines for ticket in line)
            system.until(
                lambda: in_line(system)[:1] == [first] and len(in_line(system)) > 1, 60, "the first waits"
            )
            holder.hang_up()
            for one in waiting:
                one.result()
    assert all(line == sorted(line) for line in lines), lines
    assert any(len(line) == 3 for line in lines), "they waited together"
    told = [places(system, number) for number in numbers]
    assert told[0] == [1] * len(told[0]) and told[1][0] == 2 and told[2][0] == 3, told
    assert all(system.row(number).agent_at for number in numbers)


def talks_with(system: System, caller: Softphone, agent: Softphone) -> None:
    """The only agent is taken."""
    caller.dial(f"sip:1999@{system.sip}")
    caller.wait_for(PhoneEventKind.ESTABLISHED, 5)
    system.in_menu(caller.user)
    caller.press("0")
    system.until(lambda: agent.talking, 30, "the agent talks")


def sampled(system: System, until: Callable[[], bool]) -> Iterator[list[int]]:
    """The line as it stands, again and again."""
    while not until():
        yield in_line(system)
        time.sleep(0.3)


def in_line(system: System) -> list[int]:
    """The tickets of those in the queue's music, in the queue's order."""
    shown = system.home.rx("queue show agents-zh-TW")
    return [HIGHEST - int(found) for found in re.findall(r"prio: (\d+)", shown)]


def places(system: System, number: str) -> list[int]:
    """The positions a caller was told so far."""
    with transaction(system.house.factory) as session:
        mine = select(CallRow.id).where(CallRow.caller_hash == f"+886{number[1:]}")
        query = select(CallEvent).where(CallEvent.call_id.in_(mine), CallEvent.kind == "WaitAnnounced")
        return [event.detail["position"] for event in session.scalars(query.order_by(CallEvent.at))]
