"""What each step of a dialplan costs: the benched call in plain dialplan, each time with one thing more."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from tools.bench.plan import BenchPlan
from tools.bench.report import BenchPart, BenchTable, middle, shown
from tools.bench.sipp import SippCallers
from tools.bench.stage import BenchStage
from tools.bench.switchboard import BENCH, asked, menu_sounds, plain_menu

NUMBERS = count(8100, 100)
"""The first number of each set of calls."""
LIMITED = (
    "MSet(GROUP(node)=calls,GROUP(caller)=${CALLERID(num)})",
    "ExecIf($[${GROUP_COUNT(@caller)} > 1000 | ${GROUP_COUNT(@node)} > 1000]?Hangup())",
)
"""How many calls a node and a number have is known, and looked at."""


@dataclass(frozen=True)
class BenchStep:
    """A thing done so many times behind the greeting, with the event log written or not."""

    name: str
    steps: tuple[str, ...] = ()
    times: int = 1
    is_witnessed: bool = False


class SteppedCalls:
    """The benched call in plain dialplan, once for each of the ``steps``."""

    def __init__(
        self, plan: BenchPlan, stage: BenchStage, steps: Sequence[BenchStep], turns: int = 2
    ) -> None:
        self._plan, self._stage, self._turns, first = plan, stage, turns, next(NUMBERS)
        self._steps = {first + place: step for place, step in enumerate(steps)}
        spoken, home = menu_sounds(stage.home), stage.switch.home
        with (home.etc / "extensions.conf").open("a", encoding="utf-8") as file:
            file.write("\n[bench]\n")
            for number, one in self._steps.items():
                file.write(plain_menu(str(number), spoken, more=one.steps * one.times) + "\n")
        home.rx("dialplan reload")

    def costs(self) -> list[float]:
        """CPU milliseconds of Asterisk a call, of each."""
        return [self._cost(number, step) for number, step in self._steps.items()]

    def _cost(self, number: int, one: BenchStep) -> float:
        plan, stage = self._plan, self._stage
        stage.switch.settle()
        stage.switch.witness(one.is_witnessed)
        calls, before = int(plan.call_rate * plan.call_seconds), stage.switch.cpu_ms()
        callers = SippCallers(stage.switch.address, BENCH, str(number), stage.scratch)
        callers.call(plan.call_rate, calls, turns=self._turns)
        stage.switch.settle()
        return (stage.switch.cpu_ms() - before) / calls


def measure(plan: BenchPlan, stage: BenchStage) -> BenchPart:
    """All in turns, round after round."""
    known = _known(stage.plain_port)
    stepped = SteppedCalls(plan, stage, known)
    rounds = [stepped.costs() for _ in range(plan.rounds + 1)][1:]
    return BenchPart((_table(known, [middle(costs) or 0.0 for costs in zip(*rounds, strict=True)], plan),))


def needed(agi: int) -> BenchStep:
    """All that a call of ours must do beside what plain dialplan does, once: its log, limits and question."""
    steps = (*LIMITED, *asked(agi), "CELGenUserEvent(X)")
    return BenchStep("the log, an event, the limits, a server asked once", steps, is_witnessed=True)


def _known(agi: int) -> tuple[BenchStep, ...]:
    return (
        BenchStep("plain dialplan"),
        BenchStep("a priority", ("NoOp()",), 20),
        BenchStep("a variable", ("Set(X=1)",), 20),
        BenchStep("an expression and its priority", ('ExecIf($["${X}" != ""]?NoOp())',), 20),
        BenchStep("EXISTS() and its priority", ("ExecIf(${EXISTS(${X})}?NoOp())",), 20),
        BenchStep("a server asked once, with its limit", asked(agi), 2),
        BenchStep("the limits of a node and a number", LIMITED),
        BenchStep("the event log", is_witnessed=True),
        BenchStep("the event log and an event of ours", ("CELGenUserEvent(X)",), 4, is_witnessed=True),
        needed(agi),
    )


def _table(known: tuple[BenchStep, ...], costs: list[float], plan: BenchPlan) -> BenchTable:
    plain = {one.is_witnessed: cost for one, cost in zip(known, costs, strict=True) if not one.steps}
    rows = tuple(
        (
            one.name,
            str(one.times),
            shown(cost),
            shown((cost - plain[one.is_witnessed and bool(one.steps)]) / one.times),
        )
        for one, cost in zip(known, costs, strict=True)
    )
    note = "Medians of rounds in turns; the log's lines are written, and read by nobody of Asterisk."
    return BenchTable(
        f"CPU milliseconds of Asterisk a call at {plan.call_rate} calls/s",
        ("done", "times", "a call", "each more"),
        rows,
        note,
    )
