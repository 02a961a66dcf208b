"""Cost in cores of a recorded talk, against the same talk without a recording."""

from tools.bench.plan import BenchPlan
from tools.bench.processes import rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable, middle, ratio, shown
from tools.bench.sipp import SippCallers, callee
from tools.bench.stage import FLOOR, BenchStage
from tools.bench.switchboard import BENCH, BRIDGE, BRIDGE_RECORDED, PHONES

RATE = 20.0
SOUND_SECONDS = 2
LINES = {"bridged": BRIDGE, "bridged and recorded": BRIDGE_RECORDED}


def measure(plan: BenchPlan, stage: BenchStage) -> BenchPart:
    """Callers speak, a phone echoes; Asterisk's percent of a core a call."""
    stage.prepare(FLOOR)
    sound = stage.scratch / "speech.ulaw"
    sound.write_bytes(bytes(0x80 + n % 64 for n in range(8000 * SOUND_SECONDS)))
    rounds: dict[str, list[float]] = {line: [] for line in LINES}
    with callee(PHONES, stage.switch.callee_port, stage.scratch):
        for _ in range(plan.bridged_rounds):
            for line, number in LINES.items():
                rounds[line].append(_percent(plan, stage, number, str(sound)))
    percent = {line: middle(found) for line, found in rounds.items()}
    return BenchPart((_table(percent, plan),), _figures(percent, _bytes(stage)))


def _percent(plan: BenchPlan, stage: BenchStage, number: str, sound: str) -> float:
    callers = SippCallers(stage.switch.address, BENCH, number, stage.scratch)
    ramp = plan.bridged / RATE
    stay = ramp + 1.0 + plan.bridged_seconds + 1.0
    with callers.staying("speaker", RATE, plan.bridged, stay, "-key", "sound", sound):
        rest(ramp + 1.0)
        before = stage.switch.cpu_ms()
        rest(plan.bridged_seconds)
        spent, up = stage.switch.cpu_ms() - before, stage.switch.calls()
    stage.switch.settle()
    return spent / (plan.bridged_seconds * 1000) * 100 / max(1, up)


def _bytes(stage: BenchStage) -> int:
    """Sound on the disk from bridged calls, so that a recording of nothing is seen."""
    return sum(file.stat().st_size for file in stage.home.settings.recordings.glob("*-[ab].wav"))


def _table(percent: dict[str, float | None], plan: BenchPlan) -> BenchTable:
    base = percent["bridged"]
    rows = tuple(
        (line, f"{value:.3f}" if value else "-", shown(ratio(value, base))) for line, value in percent.items()
    )
    note = "Sound both ways, ulaw; two wav files a call; percent of one core of Asterisk alone."
    return BenchTable(
        f"(e) {plan.bridged} talks at once", ("talks", "% of a core a call", "x bridged"), rows, note
    )


def _figures(percent: dict[str, float | None], size: int) -> tuple[BenchFigure, ...]:
    value = percent["bridged and recorded"]
    note = "" if size else "nothing was recorded"
    return (
        BenchFigure(
            "recorded calls a core", ratio(100.0, value) if size else None, "", at_least=140, note=note
        ),
    )
