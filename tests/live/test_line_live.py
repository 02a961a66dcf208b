"""One line over two nodes: true places, the order of arrival, and every agent for the callers of both."""

import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import mode
from tempfile import mkdtemp
from threading import Event, Thread

import pytest

from control import queue_line
from control.ami import AMI, ManagerAccount, Message
from control.pbx import Pbx
from control.presence import TURN
from hotline import clock
from hotline.cluster.waiting_store import WaitingLine
from hotline.db import connect, sessions
from hotline.staff.store import Agent
from ops.jobs.waiting_line import EVERY, WAIT, LineWatch, OthersLines, OwnLine
from ops.machine.users import create_users
from tests.edges import PORT, BareNode, node
from tests.live.conftest import refuse_or_go_on
from tests.telephones import Telephones, telephones

pytestmark = pytest.mark.live
PHONES = "127.0.0.30"
NODES = {"ntpc1": "127.0.0.31", "ntpc2": "127.0.0.32"}
AGENTS = tuple(
    Agent(phone=f"agent-{n}", name=f"{n}", secret="secret-of-one", languages=["zh-TW"], paused="")
    for n in range(1, 5)
)
QUEUE = "agents-zh-TW"
JOINS = ("Answer()", "Set(CALLERID(num)=${NUMBER})", f"Set(IN_LINE={QUEUE})", "Gosub(in-line,draw,1)")
PATIENT = (*JOINS, "Gosub(in-line,lend,1)", f"Queue({QUEUE},t,,,5)", "Goto(5)")
"""A caller who waits without hearing the place."""
LISTENING = (
    *JOINS,
    f"Queue({QUEUE},t,,,2)",
    "Gosub(in-line,listen,1)",
    "Set(GLOBAL(PLACES-${NUMBER})=${GLOBAL(PLACES-${NUMBER})}/$[0${QUEUEPOSITION}+${AHEAD}])",
    "Wait(0.5)",
    "Gosub(in-line,back,1)",
    "Goto(5)",
)
"""A caller who waits as the dialplan has them wait, with short slices."""
CALLERS = {"patient": PATIENT, "listening": LISTENING}


@dataclass
class City:
    """Two nodes, each with its job, and the telephones of all agents."""

    nodes: Sequence[BareNode]
    phones: Telephones
    halted: Event = field(default_factory=Event)
    """Set while no job looks after the line."""

    def calls(self, at: BareNode, number: int, kind: str = "patient") -> None:
        """A caller comes to a node."""
        with AMI.of(at.home.settings, ManagerAccount.CALLBACKS) as ami:
            variables = (f"__NUMBER={number}",)
            ami.originate("Local/s@held/n", kind, 5, variables, Async="true")

    def places(self, number: int) -> list[int]:
        """What a caller was told, at whichever node."""
        told = "".join(one.home.rx("dialplan show globals") for one in self.nodes)
        lines = [line.partition("=") for line in told.splitlines()]
        words = [value for name, _, value in lines if name.strip() == f"PLACES-{number}"]
        return [int(place) for place in "".join(words).split("/") if place]

    def rest(self, reason: str) -> None:
        """All agents, at all nodes."""
        for one in self.nodes:
            with AMI.of(one.home.settings) as ami:
                for agent in AGENTS:
                    paused = "true" if reason else "false"
                    ami.ask("QueuePause", Interface=f"PJSIP/{agent.phone}", Paused=paused, Reason=reason)


@contextmanager
def looking_after(folder: Path, city: City) -> Iterator[None]:
    """The job of each node, every quarter of a second as in the product."""
    stop, engines, threads = Event(), [], []
    for one in city.nodes:
        engine = connect(f"sqlite:///{folder / 'rows.sqlite'}", wait=WAIT, pool=2)
        WaitingLine.metadata.tables["waiting_line"].create(engine, checkfirst=True)
        factory, name, settings = sessions(engine), one.name, one.home.settings
        watch = LineWatch(
            Pbx(lambda settings=settings: settings),  # type: ignore[misc]
            OthersLines(factory, name, clock.monotonic),
            OwnLine(factory, name, clock.monotonic),
        )
        threads.append(Thread(target=keep, args=(watch, stop, city.halted)))
        engines.append(engine)
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for engine in engines:
            engine.dispose()


def keep(watch: LineWatch, stop: Event, halted: Event) -> None:
    """As the scheduler does."""
    while not stop.wait(EVERY.total_seconds()):
        if not halted.is_set():
            watch.run()
    watch.close()


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    """Both nodes know all telephones."""
    refuse_or_go_on()
    create_users()
    folder = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with ExitStack() as stack:
            edge_phones = f"{PHONES}:{PORT}"
            nodes = [
                stack.enter_context(node(folder, name, AGENTS, NODES, edge_phones=edge_phones))
                for name in NODES
            ]
            program, names = nodes[0].home.program, [one.phone for one in AGENTS]
            phones = stack.enter_context(
                telephones(folder / "phones", program, PHONES, [*NODES.values()], names)
            )
            for one in nodes:
                for kind, steps in CALLERS.items():
                    for number, words in enumerate(steps, 1):
                        one.home.rx(f"dialplan add extension s,{number},{words} into {kind}")
                one.home.rx("dialplan add extension s,1,Answer() into held")
                one.home.rx("dialplan add extension s,2,Wait(600) into held")
            until(lambda: all(one.members().count("Not in use") == len(AGENTS) for one in nodes))
            city = City(nodes, phones)
            stack.enter_context(looking_after(folder, city))
            yield city
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def until(done: Callable[[], bool], within: float = 30.0) -> None:
    by = time.monotonic() + within
    while not done():
        assert time.monotonic() < by
        time.sleep(0.1)


def test_places_are_those_of_the_whole_line(city: City) -> None:
    """While all agents rest, each of six callers at two nodes is told how many came before."""
    city.rest("lunch")
    for number in range(1, 7):
        city.calls(city.nodes[number % 2], number, "listening")
        time.sleep(0.5)
    until(lambda: all(len(city.places(number)) >= 3 for number in range(1, 7)))
    # A caller who goes from the queue to hear the place is for a moment in neither.
    told = {number: mode(city.places(number)) for number in range(1, 7)}
    city.rest("")
    talks = served(city, 6)
    assert told == {number: number for number in range(1, 7)}
    assert len({one["Number"] for one in talks}) == 6


def test_callers_of_both_nodes_are_answered_in_their_order(city: City) -> None:
    """Thirty come faster than four agents can talk; nobody is overtaken by more than within one queue."""
    chance, callers = random.Random(7), 30
    for number in range(101, 101 + callers):
        city.calls(chance.choice(city.nodes), number)
        time.sleep(chance.expovariate(1 / 0.8))
    rings = served(city, callers)
    first = list(dict.fromkeys(int(one["Number"]) - 101 for one in rings if one["Calls"] == "1"))
    late = [rung - came for rung, came in enumerate(first)]
    assert sorted(first) == list(range(callers))
    assert max(late) <= 5 and sum(one["Calls"] != "1" for one in rings) <= 3
    by = {(one["Phone"], one["By"]) for one in rings}
    assert len(by) == len(AGENTS) * len(city.nodes), by


def test_members_that_nobody_keeps_back_any_more_are_rung(city: City) -> None:
    """Our jobs have died while another node's caller came first: Asterisk lends the members itself."""
    one = city.nodes[0]
    city.halted.set()
    time.sleep(2 * EVERY.total_seconds() + WAIT.total_seconds())
    city.rest(TURN)
    with AMI.of(one.home.settings, ManagerAccount.LINE) as ami:
        names = {agent.phone: {QUEUE: TURN} for agent in AGENTS}
        queue_line.tell_held_back(ami, names, clock.now() - timedelta(seconds=6))
    city.calls(one, 201)
    assert {ring["Number"] for ring in served(city, 1)} == {"201"}
    city.halted.clear()


def served(city: City, callers: int) -> list[Message]:
    """All rings until so many talks are over."""
    told: list[Message] = []
    by = time.monotonic() + 90
    while sum(one["UserEvent"] == "Over" for one in told) < callers:
        assert time.monotonic() < by, told
        told += city.phones.told(1.0)
    return [one for one in told if one["UserEvent"] == "Rung"]
