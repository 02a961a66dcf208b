"""Cost of a caller who listens, waits or talks to our processes: threads and memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tools.bench.plan import BenchPlan
from tools.bench.processes import rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable, shown
from tools.bench.stage import OURS, BenchStage

RATE = 100.0
QUEUE = "agents-zh-TW"


@dataclass(frozen=True)
class Weight:
    """Threads and KiB of both AGI processes, with nobody on the line and with so many calls up."""

    what: str
    calls: int
    threads: tuple[int, int]
    kib: tuple[int, int]

    @property
    def kib_a_call(self) -> float:
        return (self.kib[1] - self.kib[0]) / max(1, self.calls)


def measure(plan: BenchPlan, stage: BenchStage) -> BenchPart:
    """Many listen, then many wait in the queue, then some talk with agents."""
    if stage.home.jobs:
        stage.home.jobs.stop()  # it would take our agents out of the queue
    weights = [_listening(plan, stage)]
    with _agents(stage, 1, paused=True):
        weights.append(_weighed(plan, stage, "waiting in the queue", plan.parked, ("stayer", "0"), 2.5))
    with _agents(stage, plan.talking, paused=False):
        weights.append(_weighed(plan, stage, "talking with an agent", plan.talking, ("stayer", "0"), 3.0))
    return BenchPart((_table(weights),), _figures(weights))


def _listening(plan: BenchPlan, stage: BenchStage) -> Weight:
    return _weighed(plan, stage, "listening to a menu", plan.parked, ("listener", ""), 1.5)


def _weighed(
    plan: BenchPlan, stage: BenchStage, what: str, calls: int, scenario: tuple[str, str], settled: float
) -> Weight:
    """Weigh before, and again once all callers have come and the last of them does what it should."""
    callers = stage.prepare(OURS)
    name, key = scenario
    # The last pass counts; one before it fills what is kept for good.
    for _ in range(plan.parked_passes):
        stage.switch.settle()
        before = stage.home.weight()
        ramp = calls / RATE
        with callers.staying(name, RATE, calls, ramp + settled + 2, *(("-key", "first", key) if key else ())):
            rest(ramp + settled)
            up, during = stage.switch.calls(), stage.home.weight()
    return Weight(what, up, (before[0], during[0]), (before[1], during[1]))


@contextmanager
def _agents(stage: BenchStage, number: int, *, paused: bool) -> Iterator[None]:
    """Agents without phones: they answer at once and say nothing; paused ones only keep callers waiting."""
    rx, names = stage.switch.home.rx, [f"bench{n}" for n in range(number)]
    for name in names:
        rx(f"devstate change Custom:{name} NOT_INUSE")
        rx(
            f"queue add member Local/s@bench-agent/n to {QUEUE} penalty 0 as {name} state_interface Custom:{name}"
        )
        if paused:
            rx(f"queue pause member Local/s@bench-agent/n queue {QUEUE}")
    try:
        yield
    finally:
        stage.switch.settle()
        for _ in names:
            rx(f"queue remove member Local/s@bench-agent/n from {QUEUE}")


def _table(weights: list[Weight]) -> BenchTable:
    head = ("callers", "calls up", "threads before", "during", "KiB before", "during", "KiB a call")
    rows = tuple(
        (w.what, str(w.calls), *map(str, w.threads), *map(str, w.kib), shown(w.kib_a_call)) for w in weights
    )
    return BenchTable("(d) Both AGI processes while callers are on the line", head, rows, "Memory is PSS.")


def _figures(weights: list[Weight]) -> tuple[BenchFigure, ...]:
    most = max(w.kib_a_call for w in weights)
    threads = max(w.threads[1] - w.threads[0] for w in weights)
    return (
        BenchFigure("threads of ours for callers who listen, wait or talk", float(threads), "", 0.0),
        BenchFigure("memory of ours for a caller who listens, waits or talks", most, "KiB", 1.0),
    )
