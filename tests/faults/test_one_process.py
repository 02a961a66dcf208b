"""One of the two AGI processes is down, deaf, curt or dying:
the other decides, and the caller hears it at once.

Four callers stay in the language menu through all these faults and ask for it again in each; three more call
while it lasts. Whoever asks the bad process is served by the second.
"""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from calls.store import CallEvent
from tests.faults.citizens import (
    DOWN,
    HUNG,
    MARGIN,
    PAUSE,
    Citizen,
    about_to_be_asked,
    citizens,
    dial_all,
    first_asked,
    numbers,
    to_the_main_menu,
)
from tests.faults.stand_ins import (
    Dies,
    accepting_only,
    await_answers,
    closing,
    full,
    halted,
    port_of,
    serving,
)
from tests.live.system import System

pytestmark = pytest.mark.live
AT_ONCE = 7
Break = Callable[[System, int], AbstractContextManager[None]]


@contextmanager
def down(system: System, which: int) -> Iterator[None]:
    """Ended; its port is closed."""
    with halted(system, which):
        yield


@contextmanager
def killed(system: System, which: int) -> Iterator[None]:
    """kill -9 while a prompt plays; the supervisor starts it again."""
    os.kill(system.supervisor.pid(f"agi-{which}"), signal.SIGKILL)
    yield
    system.supervisor.resume(f"agi-{which}")
    await_answers(system, which)


@contextmanager
def stopped(system: System, which: int) -> Iterator[None]:
    """It hangs: its port accepts, for the kernel does that."""
    pid = system.supervisor.pid(f"agi-{which}")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        await_answers(system, which)


def instead(stand_in: Callable[[int], AbstractContextManager[None]]) -> Break:
    """Something else on its port."""

    @contextmanager
    def broken(system: System, which: int) -> Iterator[None]:
        with halted(system, which), stand_in(port_of(system, which)):
            yield

    return broken


def dying(when: str) -> Break:
    """kill -9 at this point of every decision, as Asterisk sees it."""

    @contextmanager
    def broken(system: System, which: int) -> Iterator[None]:
        dies = Dies(when, port_of(system, 3 - which))
        with halted(system, which), serving(port_of(system, which), dies):
            yield
        assert dies.asked

    return broken


@dataclass(frozen=True)
class Fault:
    """How to break a process, and how long a caller may hear nothing by it."""

    broken: Break
    silence: float


FAULTS = {
    "down": Fault(down, DOWN),
    "backlog_full": Fault(instead(full), HUNG),
    "accepts_and_never_answers": Fault(instead(accepting_only), HUNG),
    "stopped": Fault(stopped, HUNG),
    "killed_while_a_prompt_plays": Fault(killed, DOWN),
    "dies_with_the_question": Fault(dying("unheard"), DOWN),
    "dies_before_the_answer_is_told": Fault(dying("undelivered"), DOWN),
    "dies_in_the_middle_of_its_answer": Fault(dying("torn"), DOWN),
    "closes_at_once": Fault(instead(closing), DOWN),
}
STAYING, COMING = "0971000", "0971{:03d}"


@dataclass(frozen=True)
class Heard:
    """Silence of those who stayed and of those who came, by number."""

    stayed: dict[str, float]
    came: dict[str, float]
    asked: str


KILLED = "killed_while_a_prompt_plays"
PLAIN = pytest.mark.promise("A process of ours that dies is heard by nobody")
ALWAYS = (
    "down",
    "accepts_and_never_answers",
    KILLED,
    "dies_before_the_answer_is_told",
)
each_fault = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=PLAIN if name == KILLED else () if name in ALWAYS else pytest.mark.thorough)
        for name in FAULTS
    ],
)


@pytest.fixture(scope="module")
def heard(system: System, request: pytest.FixtureRequest) -> dict[str, Heard]:
    """Every fault that is asked for, one after the other, in the same calls; then everybody hangs up."""
    here = [item.name for item in request.session.items if item.path == request.path]
    asked = {name: fault for name, fault in FAULTS.items() if any(f"[{name}]" in one for one in here)}
    with citizens(system, numbers(STAYING, 4)) as staying:
        dial_all(system, staying)
        to_the_main_menu(system, staying)
        found = {}
        for place, (name, fault) in enumerate(asked.items(), 1):
            found[name] = through(system, fault, staying, COMING.format(place))
    return found


def through(system: System, fault: Fault, staying: list[Citizen], coming: str) -> Heard:
    """One fault: those who stay ask for the menu again, others have just called; then all is well again."""
    asked, window = staying[0].number, fault.silence + 1.5
    with ExitStack() as stack:
        came = stack.enter_context(citizens(system, numbers(coming, 3)))
        for one in staying:  # whatever passed since the last fault, the menu begins now
            one.press("*")
        about_to_be_asked(system, came)
        which = first_asked(system, asked)
        stack.enter_context(fault.broken(system, which))
        with ThreadPoolExecutor(len(staying) + len(came)) as pool:
            again = pool.map(lambda one: silence_after_key(one, window), staying)
            first = pool.map(lambda one: one.first_silence(window), came)
            silences = list(again), list(first)
    return Heard(
        *(
            {one.number: s for one, s in zip(who, what, strict=True)}
            for who, what in zip((staying, came), silences, strict=True)
        ),
        asked,
    )


def silence_after_key(one: Citizen, window: float) -> float:
    at = one.press("*")
    return one.silence(at, at + window)


@each_fault
def test_the_caller_hears_the_next_words_in_time(heard: dict[str, Heard], name: str) -> None:
    """Down: a second and the usual pause; hung: four seconds; at the first decision and at a later one."""
    limit = FAULTS[name].silence + PAUSE * (FAULTS[name].silence == DOWN) + MARGIN
    silences = {**heard[name].stayed, **heard[name].came}
    assert max(silences.values()) <= limit, silences


@each_fault
def test_nobody_is_sent_away_or_written_twice(heard: dict[str, Heard], name: str, system: System) -> None:
    """Whoever called meanwhile has one row, closed by the caller, in the menu;
    only the second process was needed.
    """
    for number in heard[name].came:
        row = system.row(number)
        assert (row.end_reason, row.last_menu) == ("caller_hung_up", "language"), name
        assert [e.detail["to"] for e in failures(system.events(row.id))] in ([], ["second"])


def test_those_who_stayed_pressed_each_key_once(heard: dict[str, Heard], system: System) -> None:
    """A decision that was made and not told is made again, and is one fact; every fault was met."""
    for number in next(iter(heard.values())).stayed:
        system.until(lambda number=number: system.row(number), 15, "closed")
        events = system.events(system.row(number).id)
        turns = [event.detail for event in events if event.kind == "KeyPressed"]
        assert len(turns) == 1 + 2 * len(heard), number
        assert [e.detail["to"] for e in failures(events)] == ["second"] * len(failures(events))
    met = failures(system.events(system.row(heard["down"].asked).id))
    assert len(met) == len(heard)


def failures(events: list[CallEvent]) -> list[CallEvent]:
    return [event for event in events if event.kind == "FailedOver"]


def test_no_ghost_is_left(heard: dict[str, Heard], system: System) -> None:
    """Five seconds after everybody left, Asterisk has no channel."""
    assert heard
    system.until(lambda: system.channels() == 0, 5, "no channel is left")
