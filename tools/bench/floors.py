"""Floor of a call's CPU cost: each part measured alone, and their sum against plain dialplan."""

from collections.abc import Sequence
from functools import partial
from itertools import count
from resource import RUSAGE_THREAD, getrusage

from agi_scripts.head import AgiHead
from agi_scripts.session import decide
from agi_scripts.variables import ASKED, TURN_PATH
from calls.cdr_writer import Records
from hotline import clock
from ops import wiring
from ops.jobs.cel_follower import Follower
from ops.jobs.journal_replay import Replay
from ops.parts.decisions import decisions
from tools.bench import calls
from tools.bench.homes import BenchHome, bench_home
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, middle, ratio, shown
from tools.bench.stage import FLOOR_ASKED, OURS, BenchStage
from tools.bench.steps import BenchStep, SteppedCalls, needed

WARM, DECISIONS = 40, 400
"""Calls before those that are measured, and decisions that are."""
NOTE = (
    "The call of three turns, one of them decided. Asterisk: plain dialplan that keeps the event log with\n"
    "a line of ours, counts calls of a node and a number, and asks a server that decides nothing once.\n"
    "AGI: that server, and a decision with its line in the journal, one after another in one thread.\n"
    "Jobs: journal and event log of as many calls read, and nothing else done: no look at anything that\n"
    "might be due, no waiting. What a part costs in a call stands beside it."
)


def measure(plan: BenchPlan, stage: BenchStage) -> BenchPart:
    """All in turns, round after round; jobs rest while their work is done here."""
    stepped = SteppedCalls(plan, stage, (BenchStep("plain dialplan"), needed(stage.plain_port)), calls.LONGER)
    found: list[Sequence[float]] = []
    with bench_home(stage.scratch / "decided", cache=stage.home.settings.cache) as home:
        for _ in range(plan.rounds + 1):
            plain, least = stepped.costs()
            ours = calls.cost(plan, stage, OURS, calls.LONGER)
            asked = calls.cost(plan, stage, FLOOR_ASKED, calls.LONGER).agi / calls.LONGER
            agi = asked + _decision(home)
            found.append((plain, least - plain, agi, ours.asterisk - plain, ours.agi, ours.jobs))
    columns = [middle(column) or 0.0 for column in zip(*found[1:], strict=True)]
    return _shown(columns[0], (*columns[1:3], _replayed(plan, stage)), columns[3:])


def _cpu_seconds() -> float:
    used = getrusage(RUSAGE_THREAD)
    return used.ru_utime + used.ru_stime


def _shown(plain: float, floors: Sequence[float], ours: Sequence[float]) -> BenchPart:
    names = ("Asterisk, beyond plain dialplan", "AGI processes", "jobs")
    parts = [("plain dialplan", plain, plain), *zip(names, floors, ours, strict=True)]
    sums = (plain + sum(floors), plain + sum(ours))
    rows = [(name, shown(floor), shown(cost)) for name, floor, cost in (*parts, ("sum", *sums))]
    times = ("x plain dialplan", *(shown(ratio(one, plain)) for one in sums))
    table = BenchTable(
        "CPU milliseconds a call, each part's floor", ("part", "floor", "in a call"), (*rows, times), NOTE
    )
    figure = BenchFigure("CPU a call, the floors of all parts", ratio(sums[0], plain), "x plain dialplan")
    return BenchPart((table,), (figure,))


def _decision(home: BenchHome) -> float:
    """CPU milliseconds of a first decision, with its line."""
    parts, numbers = decisions(home.settings, "floor"), count()
    parts.keys.load()
    parts.refresh()
    answer = partial(decide, switchboard=parts.switchboard, shelf=parts.shelf, now=clock.now)
    told = ("", ASKED, "0912345678", "1999", parts.books.book().menus.version, "1-4")
    spent = 0.0
    for many in (WARM, DECISIONS):
        began = _cpu_seconds()
        for _ in range(many):
            answer(
                AgiHead({"agi_network_script": TURN_PATH, "agi_uniqueid": f"floor-{next(numbers)}.0"}, told)
            )
        spent = _cpu_seconds() - began
    return spent * 1000 / DECISIONS


def _replayed(plan: BenchPlan, stage: BenchStage) -> float:
    """CPU milliseconds to make rows of a call's turns and events."""
    home, settings = stage.home, stage.home.settings
    if home.jobs:
        home.jobs.stop()
    house = wiring.workshop(settings, "floor")
    house.keys.load()
    replay = Replay(house.factory, settings.journal, house.callbacks, cases=house.cancelling, keys=house.keys)
    follower = Follower(house.factory, settings.cel, settings.node, Records(settings.node, house.callbacks))
    number = int(plan.call_rate * plan.call_seconds)
    spent = 0.0
    for made in (WARM, number):
        stage.prepare(OURS).call(plan.call_rate, made, turns=calls.LONGER)
        stage.switch.settle()
        began = _cpu_seconds()
        replay.run()
        follower.load(clock.now())
        spent = _cpu_seconds() - began
    house.engine.dispose()
    home.start_jobs()
    return spent * 1000 / number
