"""Delay of the first prompt compared with plain dialplan."""

from concurrent.futures import ThreadPoolExecutor

from tools.bench.plan import BenchPlan
from tools.bench.processes import told_by
from tools.bench.report import BenchFigure, BenchPart, BenchTable, middle, shown
from tools.bench.stage import FLOOR, OURS, BenchStage

Found = dict[str, float]


def measure(plan: BenchPlan, stage: BenchStage) -> BenchPart:
    """Probes among other calls, so many a second of each kind, lines in turns."""
    rounds: dict[str, list[Found]] = {FLOOR: [], OURS: []}
    for _ in range(plan.probe_rounds):
        for line, rounds_of_it in rounds.items():
            rounds_of_it.append(_round(plan, stage, line))
    found = {
        line: {key: middle([one[key] for one in all_]) for key in all_[0]} for line, all_ in rounds.items()
    }
    return BenchPart((_table(found, plan),), _figures(found))


def _round(plan: BenchPlan, stage: BenchStage, line: str) -> Found:
    callers = stage.prepare(line)
    others = int(plan.probe_rate * plan.call_seconds)
    with ThreadPoolExecutor(1) as background:
        beside = background.submit(callers.call, plan.probe_rate, others)
        found = told_by(
            "tools.bench.probe",
            "--to",
            stage.switch.address,
            "--local",
            callers.local,
            "--number",
            callers.number,
            "--rate",
            str(plan.probe_rate),
            "--seconds",
            str(plan.call_seconds),
        )
        beside.result()
    return found


def _table(found: dict[str, dict[str, float | None]], plan: BenchPlan) -> BenchTable:
    head = ("line", "p50 ms", "p99 ms", "calls", "heard")
    rows = tuple(
        (line, *(shown(f[key]) for key in ("p50_ms", "p99_ms", "calls", "heard")))
        for line, f in found.items()
    )
    note = "From INVITE to the first packet of the prompt; medians of rounds. The caller's phone sends sound at once."
    return BenchTable(f"(c) First prompt at {2 * plan.probe_rate} calls/s", head, rows, note)


def _figures(found: dict[str, dict[str, float | None]]) -> tuple[BenchFigure, ...]:
    def added(key: str) -> float | None:
        ours, floor = found[OURS][key], found[FLOOR][key]
        return None if ours is None or floor is None else ours - floor

    return (
        BenchFigure("first prompt, added to plain dialplan, p50", added("p50_ms"), "ms", 1.5),
        BenchFigure("first prompt, added to plain dialplan, p99", added("p99_ms"), "ms", 5.0),
    )
