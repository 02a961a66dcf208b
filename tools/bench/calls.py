"""Real calls: the highest rate without a failure, and CPU a call, against the same menu in plain dialplan."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from hotline import clock
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, middle, ratio, shown
from tools.bench.stage import FLOOR, FLOOR_ASKED, FLOOR_RECORDED, OURS, BenchStage

Measured = tuple[str, int]
"""A line, and the turns of the call."""
CALL, LONGER = 2, 3
LINES: tuple[Measured, ...] = (
    (FLOOR, CALL),
    (FLOOR_RECORDED, CALL),
    (FLOOR_ASKED, CALL),
    (OURS, CALL),
    (FLOOR, LONGER),
    (FLOOR_ASKED, LONGER),
    (OURS, LONGER),
)
"""A call of two turns meets no decision of the hotline; one that is longer by a key meets one."""
LADDER = (FLOOR, FLOOR_RECORDED, OURS)


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds a call."""

    asterisk: float
    agi: float
    jobs: float
    idle_jobs: float = 0.0
    """CPU of the hotline's jobs during as many calls of another line: of what they do by the clock."""

    @property
    def total(self) -> float:
        return self.asterisk + self.agi + self.jobs


def measure(plan: BenchPlan, stage: BenchStage) -> tuple[BenchPart, float]:
    """Both tables, and the AGI processes' CPU a call for others to compare with."""
    costs = _costs(plan, stage)
    rates = _rates(plan, stage)
    tables = (_cost_table(costs, plan), _rate_table(rates, plan))
    return BenchPart(tables, tuple(_figures(costs, rates))), costs[OURS, LONGER].agi


def _costs(plan: BenchPlan, stage: BenchStage) -> dict[Measured, Cost]:
    for line in (FLOOR, OURS):
        stage.prepare(line).call(plan.call_rate, plan.call_rate)
    rounds: dict[Measured, list[Cost]] = {one: [] for one in LINES}
    for _ in range(plan.rounds):
        for one in LINES:
            rounds[one].append(cost(plan, stage, *one))
    return {one: _median(found) for one, found in rounds.items()}


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(middle([getattr(one, part.name) for one in costs]) or 0.0 for part in fields(Cost)))


def cost(plan: BenchPlan, stage: BenchStage, line: str, turns: int) -> Cost:
    """CPU a call of so many turns."""
    callers, calls = stage.prepare(line), int(plan.call_rate * plan.call_seconds)
    records, before = stage.records(turns), _spent(stage, line)
    callers.call(plan.call_rate, calls, turns=turns)
    stage.switch.settle()
    if line == OURS:
        stage.await_records(records, calls, plan.patience, turns)
    asterisk, agi, jobs = (
        (now - then) / calls for now, then in zip(_spent(stage, line), before, strict=True)
    )
    return Cost(asterisk, agi, jobs) if line == OURS else Cost(asterisk, agi, 0.0, idle_jobs=jobs)


def _spent(stage: BenchStage, line: str) -> tuple[float, float, float]:
    return stage.switch.cpu_ms(), stage.servers_cpu_ms(line), stage.home.jobs_cpu_ms()


def _rates(plan: BenchPlan, stage: BenchStage) -> dict[str, list[int]]:
    rates: dict[str, list[int]] = {line: [] for line in LADDER}
    for _ in range(plan.ladder_rounds):
        for line, found in rates.items():
            found.append(highest(_holder(plan, stage, line), plan))
    return rates


def _holder(plan: BenchPlan, stage: BenchStage, line: str) -> Callable[[int], bool]:
    """Try whether a rate holds, again if not: the machine may be busy with something else. Within the budget."""
    until = clock.monotonic() + plan.ladder_budget

    def holds(rate: int) -> bool:
        tries = (
            _step(plan, stage, line, rate) for _ in range(plan.ladder_tries) if clock.monotonic() < until
        )
        return any(tries)

    return holds


def highest(holds: Callable[[int], bool], plan: BenchPlan) -> int:
    """The highest rate that holds: doubled until one breaks, then halved down to the step. 0: none held."""
    good, rate = 0, plan.ladder_from
    while rate <= plan.ladder_most and holds(rate):
        good, rate = rate, rate * 2
    bad = min(rate, plan.ladder_most + plan.ladder_step)
    while bad - good > plan.ladder_step:
        middle_rate = (good + bad) // 2 // plan.ladder_step * plan.ladder_step
        middle_rate = middle_rate if middle_rate > good else good + plan.ladder_step
        good, bad = (middle_rate, bad) if holds(middle_rate) else (good, middle_rate)
    return good


def _step(plan: BenchPlan, stage: BenchStage, line: str, rate: int) -> bool:
    callers, calls = stage.prepare(line), int(rate * plan.ladder_seconds)
    records = stage.records()
    outcome = callers.call(rate, calls, patience=plan.patience)
    cleared = stage.switch.settle(plan.patience)
    if line != OURS:
        return outcome.is_clean and cleared
    whole, closed = stage.await_records(records, calls, plan.patience)
    complete = whole == calls and (closed == calls or not stage.home.jobs)
    holds = outcome.is_clean and cleared and complete
    if not holds:
        stage.forget_cut_calls()
    return holds


def _cost_table(costs: dict[Measured, Cost], plan: BenchPlan) -> BenchTable:
    head = ("line", "turns", "Asterisk", "AGI servers", "jobs", "sum", "x plain", "x recorded")

    def times(total: float, line: str, turns: int) -> str:
        return shown(ratio(total, costs[line, turns].total) if (line, turns) in costs else None)

    rows = tuple(
        (
            line,
            str(turns),
            *map(shown, (c.asterisk, c.agi, c.jobs, c.total)),
            times(c.total, FLOOR, turns),
            times(c.total, FLOOR_RECORDED, turns),
        )
        for (line, turns), c in costs.items()
    )
    return BenchTable(f"(b) CPU milliseconds a call at {plan.call_rate} calls/s", head, rows, NOTE)


NOTE = (
    "The call of two turns: answer, greeting, language menu, key 1 after 0.9 s, notice, main menu, hangs up 1 s\n"
    "later, and meets no decision of the hotline; three turns: key 4, which is decided, and its answer as\n"
    "well, a second more. Plain dialplan answers, plays and reads the same\n"
    "files with the same applications in the same Asterisk, and asks nobody; recorded: MixMonitor from key 1 on, as\n"
    "the hotline has it where all is recorded, and not here; plain pyst2: that, and a server without menus\n"
    "or database asked once a turn within 3 s. The hotline: what is decided, the event log, its rows in SQLite,\n"
    "the call's record, legs and events, its recordings checked and hashed.\n"
    "Tones for prompts (greeting and notice 0.2 s, phrases 1 s cut off by the key), keys by SIP INFO, a silent caller.\n"
    "AGI servers of the hotline: the decisions, written to the journal; jobs: all rows, also those of the turns."
)


def _rate_table(rates: dict[str, list[int]], plan: BenchPlan) -> BenchTable:
    head = ("line", *(f"round {n + 1}" for n in range(plan.ladder_rounds)), "x plain", "x recorded")
    floors = [middle(rates[line]) for line in (FLOOR, FLOOR_RECORDED)]
    rows = tuple(
        (line, *map(str, found), *(shown(ratio(middle(found), floor)) for floor in floors))
        for line, found in rates.items()
    )
    note = (
        f"Steps of {plan.ladder_step}/s, {plan.ladder_seconds:g} s each: no failed call, under 2 % of the messages\n"
        f"sent again, no call left; of the hotline's calls both menus written and the record closed.\n"
        f"At most {plan.ladder_budget:g} s a line and round: on a busy machine the rate found is too low. Ratios are of medians."
    )
    return BenchTable("(b) Highest rate of calls a second without a failure", head, rows, note)


def _for_a_call(costs: dict[Measured, Cost], turns: int) -> float:
    """CPU that the jobs take because a call came: what they do by the clock they do without calls, too."""
    return costs[OURS, turns].jobs - costs[FLOOR, turns].idle_jobs


def _figures(costs: dict[Measured, Cost], rates: dict[str, list[int]]) -> list[BenchFigure]:
    rate, rate_recorded = (
        ratio(middle(rates[OURS]), middle(rates[line])) for line in (FLOOR, FLOOR_RECORDED)
    )
    same, decided = "the hotline records no menu", "of three turns, one of them decided"
    more = "beyond what they take while plain calls come"
    cpu = "CPU a call, Asterisk and ours"

    def against(line: str, turns: int) -> float | None:
        return ratio(costs[OURS, turns].total, costs[line, turns].total)

    longer = costs[OURS, LONGER]
    return [
        BenchFigure("calls a second without a failure", rate, "x plain dialplan", at_least=0.70),
        BenchFigure(
            "calls a second without a failure", rate_recorded, "x recorded", at_least=0.70, note=same
        ),
        BenchFigure(cpu, against(FLOOR, CALL), "x plain dialplan", 1.5),
        BenchFigure(cpu, against(FLOOR, LONGER), "x plain dialplan", 1.5, note=decided),
        BenchFigure(cpu, against(FLOOR_RECORDED, CALL), "x recorded", 1.5, note=same),
        BenchFigure(cpu, against(FLOOR_ASKED, CALL), "x plain pyst2"),
        BenchFigure(cpu, against(FLOOR_ASKED, LONGER), "x plain pyst2", note=decided),
        BenchFigure("CPU a call of the AGI processes", longer.agi, "ms", 1.2, note=decided),
        BenchFigure("CPU a call of the jobs", costs[OURS, CALL].jobs, "ms", 0.9),
        BenchFigure("CPU a call of the jobs", longer.jobs, "ms", 0.9, note=decided),
        BenchFigure("of it for the call", _for_a_call(costs, CALL), "ms", note=more),
        BenchFigure("of it for the call", _for_a_call(costs, LONGER), "ms", note=decided),
    ]
