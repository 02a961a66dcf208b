"""A simulated hotline: callers come to nodes, hear menus, wait for agents, and nodes die.

Discrete events (SimPy); times are seconds from the beginning. What is random is drawn before: the same
callers meet another site, and measured callers meet the model of theirs (``tools.capacity.agreement``).
"""

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from itertools import count
from math import floor, inf
from typing import Any, Final

from simpy import Environment, Event, Interrupt, Process

FIRST, LATER = 0, 1
"""Places in the queue: who was cut off by our fault comes before all others."""
_AT_ONE_INSTANT: Final = 1e-6
"""Seconds: instants that are closer are one, for sums of the same times differ by how they are rounded."""
AGAIN_WITHIN: Final = 600.0
"""Seconds within which who was cut off has that place."""


@dataclass(frozen=True, slots=True)
class SimulatedCaller:
    """Somebody who calls once, and again if the call is cut off."""

    at: float
    menu: float
    """Seconds of menus, before the queue or before the end."""
    talk: float | None
    """Seconds with an agent; None for who asks for none."""
    patience: float = inf
    """Seconds in the queue before a callback is asked for instead."""
    again: float | None = 20.0
    """Seconds from being cut off to the next call; None for who does not call again."""


@dataclass(frozen=True, slots=True)
class SimulatedShift:
    """Agents on duty from one second to another; who talks at its end talks on."""

    agents: int
    since: float = 0.0
    until: float = inf


@dataclass(frozen=True, slots=True)
class NodeLoss:
    """A node that is not there for a while: its calls are cut off, new ones go to others."""

    node: int
    since: float
    until: float = inf


@dataclass(frozen=True, slots=True)
class Site:
    """What the callers meet."""

    shifts: tuple[SimulatedShift, ...]
    ringing: float = 0.0
    """Seconds from the first ring at an agent's phone to the answer."""
    wrap_up: float = 0.0
    """Seconds of notes after a call, from the last whole second: so Asterisk counts them."""
    looks: float = 0.0
    """Seconds between two looks of who waits for an agent who became free."""
    first_music: float = inf
    """Seconds of music before who waits is told of the place in the queue."""
    music: float = inf
    """The same between two announcements."""
    announced: float = 0.0
    """Seconds of such an announcement: nobody rings for who listens to it."""
    nodes: int = 1
    node_calls: float = inf
    """Calls at once on a node; more are answered 503 at the edge."""
    lines: float = inf
    """Calls at once that the carriers bring; more are busy."""
    losses: tuple[NodeLoss, ...] = ()


class SimulatedEnd(StrEnum):
    """What came of a caller."""

    INFORMED = "heard what the menus say"
    ANSWERED = "talked to an agent"
    CALLBACK = "waited too long: a callback is promised"
    REFUSED = "every line or every node was full"
    LOST = "cut off, and did not call again"


@dataclass(slots=True)
class Served:
    """What came of one caller; ``waited``: seconds in the queue of the last call."""

    caller: SimulatedCaller
    outcome: SimulatedEnd = SimulatedEnd.LOST
    waited: float = 0.0
    cuts: int = 0


@dataclass(slots=True)
class _Place:
    """A place in the queue, and the agent's answer to it."""

    taken: Event
    released: Event
    since: float
    until: float
    """The end of the music or of patience. At that instant Asterisk looks for an agent, and rings none."""
    is_waiting: bool = True
    is_rung: bool = False
    """An agent's phone rings for it: neither music nor patience ends then."""


@dataclass
class SimulatedLine:
    """One run. Call ``run`` once."""

    site: Site
    clock: Environment = field(default_factory=Environment)
    talked: float = 0.0
    """Seconds of agents, ringing and wrap-up among them."""
    most: int = 0
    """The most calls at once."""

    def __post_init__(self) -> None:
        self._numbers = count()
        self._queue: list[tuple[int, int, int, _Place]] = []
        self._idle: deque[Event] = deque()
        self._calls: list[set[Process]] = [set() for _ in range(self.site.nodes)]
        self._away: set[int] = set()

    def run(self, callers: Iterable[SimulatedCaller]) -> list[Served]:
        """What came of each, in their order."""
        served = [Served(one) for one in sorted(callers, key=lambda one: one.at)]
        for shift in self.site.shifts:
            for _agent in range(shift.agents):
                self.clock.process(self._agent(shift))
        for loss in self.site.losses:
            self.clock.process(self._loses(loss))
        for one in served:
            self.clock.process(self._caller(one))
        self.clock.run()
        return served

    def _caller(self, one: Served) -> Generator[Event, Any, None]:
        yield self.clock.timeout(one.caller.at)
        since = -inf
        while True:
            node = self._least_busy()
            if node is None:
                one.outcome = SimulatedEnd.REFUSED
                return
            place = FIRST if self.clock.now - since <= AGAIN_WITHIN else LATER
            call = self.clock.process(self._call(one, place))
            self._calls[node].add(call)
            self.most = max(self.most, sum(map(len, self._calls)))
            yield call
            self._calls[node].discard(call)
            if call.value:
                return
            one.cuts, since = one.cuts + 1, self.clock.now
            if one.caller.again is None:
                one.outcome = SimulatedEnd.LOST
                return
            yield self.clock.timeout(one.caller.again)

    def _least_busy(self) -> int | None:
        if sum(map(len, self._calls)) >= self.site.lines:
            return None
        there = [node for node in range(self.site.nodes) if node not in self._away]
        node = min(there, key=lambda one: len(self._calls[one]), default=None)
        return None if node is None or len(self._calls[node]) >= self.site.node_calls else node

    def _call(self, one: Served, order: int) -> Generator[Event, Any, bool]:
        """Whether the call came to its end."""
        try:
            yield self.clock.timeout(one.caller.menu)
            if one.caller.talk is None:
                one.outcome = SimulatedEnd.INFORMED
                return True
            since, ticket = self.clock.now, (order, next(self._numbers))
            gives_up, music = since + one.caller.patience, self.site.first_music
            while not (
                yield from self._waits(ticket, one.caller.talk, min(music, gives_up - self.clock.now))
            ):
                music = self.site.music
                yield self.clock.timeout(min(self.site.announced, gives_up - self.clock.now))
                if self.clock.now >= gives_up:
                    one.waited, one.outcome = self.clock.now - since, SimulatedEnd.CALLBACK
                    return True
            one.waited = self.clock.now - since - one.caller.talk
            one.outcome = SimulatedEnd.ANSWERED
        except Interrupt:
            return False
        return True

    def _waits(self, ticket: tuple[int, int], talk: float, longest: float) -> Generator[Event, Any, bool]:
        """Wait for so long among the others, and talk; whether an agent answered."""
        since, until = self.clock.now, self.clock.now + longest
        place = _Place(self.clock.event(), self.clock.event(), since, until)
        heappush(self._queue, (*ticket, next(self._numbers), place))
        self._wake()
        try:
            yield place.taken | (self.clock.timeout(longest) if longest < inf else Event(self.clock))
            if place.is_rung:
                yield place.taken
            if place.taken.triggered:
                yield self.clock.timeout(talk)
            return place.taken.triggered
        finally:
            place.is_waiting = False
            place.released.succeed()

    def _wake(self) -> None:
        """Tell the agent who has rested longest that somebody waits."""
        if self._idle:
            self._idle.popleft().succeed()

    def _next(self) -> _Place | None:
        while self._queue:
            place = heappop(self._queue)[-1]
            if place.is_waiting and self.clock.now < place.until - _AT_ONE_INSTANT:
                return place
        return None

    def _agent(self, shift: SimulatedShift) -> Generator[Event, Any, None]:
        yield self.clock.timeout(shift.since)
        while self.clock.now < shift.until:
            if not self._queue:
                yield from self._rests(shift.until)
            elif self.site.looks:
                first = self._queue[0][-1].since
                yield self.clock.timeout((first - self.clock.now) % self.site.looks)
            place = self._next()
            if place is None:
                continue
            began, place.is_rung = self.clock.now, True
            yield self.clock.timeout(self.site.ringing) | place.released
            if place.is_waiting:
                place.is_waiting = False
                place.taken.succeed()
                yield place.released
                yield self.clock.timeout(max(0.0, floor(self.clock.now) + self.site.wrap_up - self.clock.now))
            self.talked += self.clock.now - began
        if self._queue:  # who was told of it goes home: another one takes it
            self._wake()

    def _rests(self, until: float) -> Generator[Event, Any, None]:
        """Until somebody waits, or the shift is over."""
        told = self.clock.event()
        self._idle.append(told)
        over = self.clock.timeout(until - self.clock.now) if until < inf else Event(self.clock)
        yield told | over
        if not told.triggered:
            self._idle.remove(told)

    def _loses(self, loss: NodeLoss) -> Generator[Event, Any, None]:
        yield self.clock.timeout(loss.since)
        self._away.add(loss.node)
        for call in tuple(self._calls[loss.node]):
            if call.is_alive:
                call.interrupt()
        if loss.until < inf:
            yield self.clock.timeout(loss.until - self.clock.now)
            self._away.discard(loss.node)


def outcomes(served: Sequence[Served]) -> dict[SimulatedEnd, int]:
    """How many callers met each outcome."""
    return {one: sum(each.outcome is one for each in served) for one in SimulatedEnd}


def answered_within(served: Sequence[Served], seconds: float) -> float:
    """Share of those who asked for an agent; who gave up, was refused or lost counts as not answered."""
    asked = [one for one in served if one.caller.talk is not None]
    soon = sum(one.outcome is SimulatedEnd.ANSWERED and one.waited <= seconds for one in asked)
    return soon / len(asked) if asked else 1.0


def waits(served: Sequence[Served]) -> list[float]:
    """Seconds that those who talked to an agent had waited."""
    return [one.waited for one in served if one.outcome is SimulatedEnd.ANSWERED]
