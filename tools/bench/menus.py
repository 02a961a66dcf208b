"""What a call that meets nobody saves by not being recorded, beside the same call where all is."""

from pathlib import Path

from tools.bench.calls import CALL, cost
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, middle, shown
from tools.bench.stage import OURS, BenchStage, stage

TALKS, ALL = "talks are recorded", "all is recorded"


def measure(plan: BenchPlan, scratch: Path, cache: Path) -> BenchPart:
    """CPU and disk a call, in turns: of two hotlines that differ by ``recording_from`` alone."""
    with stage(scratch / "talks", cache) as one, stage(scratch / "all", cache, "answer") as other:
        stages = {TALKS: one, ALL: other}
        for found in stages.values():
            found.prepare(OURS).call(plan.call_rate, plan.call_rate)
        spent: dict[str, list[float]] = {line: [] for line in stages}
        kept = {line: _kept(found) for line, found in stages.items()}
        for _ in range(plan.rounds):
            for line, found in stages.items():
                spent[line].append(cost(plan, found, OURS, CALL).total)
        calls = plan.rounds * int(plan.call_rate * plan.call_seconds)
        kib = {line: (_kept(found) - kept[line]) / calls / 1024 for line, found in stages.items()}
    costs = {line: middle(found) or 0.0 for line, found in spent.items()}
    rows = tuple((line, shown(costs[line]), shown(kib[line])) for line in stages)
    note = "Greeting, language, notice, main menu, as (b) has it; Asterisk, AGI processes and jobs."
    head = ("line", "CPU ms a call", "KiB a call")
    table = BenchTable("(m) A call that meets nobody", head, rows, note)
    figure = BenchFigure("saved by a call that meets nobody", costs[ALL] - costs[TALKS], "ms of CPU")
    return BenchPart((table,), (figure,))


def _kept(found: BenchStage) -> int:
    """Bytes of sound on the disk."""
    return sum(file.stat().st_size for file in found.home.settings.recordings.glob("*.wav"))
