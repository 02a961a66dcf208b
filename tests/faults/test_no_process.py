"""Both AGI processes hang, close at once or are down:
Asterisk alone brings every caller to a person or a promise.

While both hang, fifty callers hang up at fifty moments: in the greeting, in the wait for the first decision,
for the second, in the menu, in the notice. While both are down, twenty more do.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from demo.phone import Answers, NoAnswer
from ops.wiring import workshop
from tests.chosen import each, is_plain
from tests.faults.citizens import BOTH_HUNG, DOWN, GREETING, MARGIN, PAUSE, Citizen, citizens
from tests.faults.crowd import Leaver, crowd, rows_of
from tests.faults.stand_ins import await_answers, closing, halted, port_of
from tests.live.system import System

pytestmark = pytest.mark.live
AT_ONCE = 3
WHILE_HUNG = [Leaver(f"0972000{n:03d}", 0.1 + 0.5 * n) for n in range(50)]
WHILE_DOWN = [Leaver(f"0972001{n:03d}", 0.1 + 0.65 * n) for n in range(20)]
ASKED = 34.0
"""Seconds from the answer until who presses nothing and hides the number hears that it is asked for."""
TALK = 2.5
"""Seconds from lifting the receiver; the first of them the agent hears the caller's language."""
TO_THE_QUEUE = 3.0
"""Seconds from the greeting's end until Asterisk goes on by itself, at most, when both are down."""


@dataclass(frozen=True)
class Pair:
    """Somebody who was not yet asked for when it broke, and somebody who was in a menu;
    and their silences.
    """

    coming: str
    staying: str
    silences: tuple[float, float] = (0.0, 0.0)


@contextmanager
def both_stopped(system: System) -> Iterator[None]:
    """Both hang."""
    pids = [system.supervisor.pid(f"agi-{which}") for which in (1, 2)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        await_answers(system, 1, 2)


@contextmanager
def both_closing(system: System) -> Iterator[None]:
    """Both ports close every connection at once: for Asterisk that is a success."""
    with halted(system, 1, 2), closing(port_of(system, 1)), closing(port_of(system, 2)):
        yield


@contextmanager
def broken(
    system: System, pair: Pair, breaks: Callable[[System], AbstractContextManager[None]]
) -> Iterator[tuple[Citizen, Citizen]]:
    """One call is in a menu when it breaks, another comes then;
    healed at the end, who still talks hangs up.
    """
    with citizens(system, [pair.coming, pair.staying]) as (coming, staying):
        staying.dial(system)
        time.sleep(max(0.0, GREETING + 1.0 - staying.now))
        with breaks(system):
            coming.dial(system)
            yield coming, staying


def silences(coming: Citizen, staying: Citizen, limit: float) -> tuple[float, float]:
    """From the answer on, and from a key pressed in the menu on."""
    at = staying.press("*")
    return coming.first_silence(limit + 1.5), staying.silence(at, at + limit + 1.5)


@pytest.fixture(scope="module")
def hung(system: System) -> Pair:
    """Both hang; an agent's phone rings unanswered while fifty people leave, then somebody lifts it."""
    pair = Pair("0972100001", "0972100002")
    with system.agents(agent_1=NoAnswer()) as agents:
        with broken(system, pair, both_stopped) as (coming, staying), crowd(system, WHILE_HUNG):
            heard = silences(coming, staying, BOTH_HUNG)
            system.until(lambda: system.channels() <= 4, 30, "the fifty have left")
            agents["agent-1"].behaves = Answers(0.2, TALK)
            for one in (coming, staying):
                one.await_end(40)
    return Pair(pair.coming, pair.staying, heard)


@pytest.fixture(scope="module")
def curt(system: System) -> Pair:
    """Both close at once; an agent answers."""
    pair = Pair("0972200001", "0972200002")
    with system.agents(agent_1=Answers(0.2, TALK)):
        with broken(system, pair, both_closing) as (coming, staying):
            heard = silences(coming, staying, DOWN)
            for one in (coming, staying):
                one.await_end(40)
    return Pair(pair.coming, pair.staying, heard)


@pytest.fixture(scope="module")
def down(system: System, request: pytest.FixtureRequest) -> Pair:
    """Both are down and no agent's phone is reachable;
    twenty people leave, and one without a number keys it in: in the plain run neither.
    """
    pair = Pair("0972300001", "0972300002")
    with ExitStack() as stack:
        coming, staying = stack.enter_context(broken(system, pair, lambda it: halted(it, 1, 2)))
        if is_plain(request):
            heard = silences(coming, staying, DOWN)
            for one in (coming, staying):
                one.await_end(40)
            return Pair(pair.coming, pair.staying, heard)
        stack.enter_context(crowd(system, WHILE_DOWN))
        (hidden,) = stack.enter_context(citizens(system, [""]))
        hidden.dial(system)
        heard = silences(coming, staying, DOWN)
        time.sleep(max(0.0, ASKED - hidden.now))
        hidden.phone.press("02234567890123#")  # nobody can dial that
        time.sleep(3.0)
        hidden.phone.press("0223456789#")
        time.sleep(3.0)
        hidden.phone.press("1")  # it is being read back
        for one in (coming, staying, hidden):
            one.await_end(40)
    return Pair(pair.coming, pair.staying, heard)


@pytest.mark.parametrize(
    ("name", "limit"), [("hung", BOTH_HUNG), ("curt", DOWN + PAUSE), ("down", DOWN + PAUSE)]
)
def test_the_caller_hears_something_in_time(request: pytest.FixtureRequest, name: str, limit: float) -> None:
    """Both hung: seven seconds; both gone: a second and the usual pause;
    at the first decision and at a later one.
    """
    pair: Pair = request.getfixturevalue(name)
    assert max(pair.silences) <= limit + MARGIN, pair


@each(["hung", "curt"], {"curt": "With no server of ours Asterisk brings callers to a person"})
def test_without_a_decision_an_agent_is_reached(
    request: pytest.FixtureRequest, name: str, system: System
) -> None:
    """Never taken for a success: the dialplan goes to the queue by itself, once, and the sound is kept."""
    pair: Pair = request.getfixturevalue(name)
    for number in (pair.coming, pair.staying):
        row = system.row(number)
        told = [event.detail["to"] for event in system.events(row.id) if event.kind == "FailedOver"]
        assert (row.outcome, row.agent, told) == ("talked", "agent-1", ["second", "queue"])
        assert row.recorded_at and row.agent_at and row.agent_at <= row.recorded_at


def test_the_way_to_the_queue_is_taken_at_once(down: Pair, system: System) -> None:
    """Both down: the greeting is heard at once, Asterisk goes on alone within three seconds of it, asks for
    the language, and says the notice.
    """
    row = system.row(down.coming)
    events = system.events(row.id)
    (chosen,) = [e.at for e in events if e.kind == "FailedOver" and e.detail["to"] == "queue"]
    (heard,) = [e.at for e in events if e.kind == "NoticeHeard"]
    assert row.answered_at
    assert (chosen - row.answered_at).total_seconds() <= GREETING + TO_THE_QUEUE
    assert (heard - row.answered_at).total_seconds() <= ASKED


@pytest.mark.promise("With no server and no agent Asterisk promises the callback")
def test_nobody_there_and_nobody_to_ask_is_a_promise(down: Pair, system: System) -> None:
    """One promise a call by the dialplan's own event, due four office hours after it was spoken,
    for the caller's number.
    """
    house = workshop(system.settings, "tests")  # the system's own keeps the days that it has read
    for number in (down.coming, down.staying):
        row = system.row(number)
        assert row.outcome == "promised"
        (promise,) = system.until(lambda row=row: system.promises(row.id), 10, "the promise is a row")
        (spoken,) = [event.at for event in system.events(row.id) if event.kind == "PromiseSpoken"]
        assert (promise.origin, promise.state, promise.number) == ("dialplan", "OPEN", row.caller)
        assert promise.registered_at == spoken
        assert promise.due_at == house.callbacks.due(spoken)
    house.engine.dispose()


def test_who_hides_their_number_keys_it_in(down: Pair, system: System) -> None:
    """One that can be dialled, else it is asked for again, is the one promised;
    the call itself stays anonymous.
    """
    assert down
    (row,) = rows_of(system, [""])[""]
    (promise,) = system.promises(row.id)
    assert (row.caller, promise.number) == ("anonymous", "+886223456789")


@pytest.mark.parametrize(
    ("name", "leavers"), [pytest.param("hung", WHILE_HUNG, marks=pytest.mark.thorough), ("down", WHILE_DOWN)]
)
def test_50_hang_ups_leave_one_closed_row_each(
    request: pytest.FixtureRequest, name: str, leavers: list[Leaver], system: System
) -> None:
    """Whoever leaves has one row, closed by them, with no promise and with no decision of later."""
    assert request.getfixturevalue(name)
    rows = rows_of(system, [one.number for one in leavers])
    assert {number: len(found) for number, found in rows.items()} == dict.fromkeys(rows, 1)
    for (row,) in rows.values():
        assert (row.end_reason, row.outcome) == ("caller_hung_up", "abandoned"), row.id
        assert row.turn == 0
        assert not system.promises(row.id)


def test_no_ghost_is_left(hung: Pair, curt: Pair, down: Pair, system: System) -> None:
    """Five seconds after everybody left, Asterisk has no channel."""
    assert hung and curt and down
    system.until(lambda: system.channels() == 0, 5, "no channel is left")
