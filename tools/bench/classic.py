"""One Python process a call, measured by what its processes cost."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from hotline.settings.kinds import CHECKOUT
from tools.bench.agi_client import Caller
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, ratio, shown


def measure(plan: BenchPlan, scratch: Path, ours: float | None) -> BenchPart:
    """CPU of a process a call, against the AGI processes' CPU of a whole call of two decisions."""
    costs = [_one(scratch) for _ in range(plan.classic_calls)]
    cost = median(costs[1:])  # the first one fills the file cache
    times = ratio(cost, ours)
    rows = (("a process a call", shown(cost)), ("the hotline's AGI processes", shown(ours)))
    note = "Played by the bench, without Asterisk's fork; one row written and committed in either."
    return BenchPart(
        (BenchTable("Classic AGI: CPU milliseconds a call", ("server", "CPU ms a call"), rows, note),),
        (BenchFigure("less CPU than one Python process a call", times, "x", at_least=20),),
    )


def _one(scratch: Path) -> float:
    command = (sys.executable, "-m", "tools.bench.classic_agi", str(scratch / "classic.db"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CHECKOUT) as process:
        assert process.stdin and process.stdout  # noqa: S101 - they are pipes
        process.stdin.write(b"".join(Caller("1").head(0)[2:]))
        process.stdin.flush()
        process.stdout.readline()
        process.stdin.write(b"200 result=1\n")
        process.stdin.close()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return (used.ru_utime + used.ru_stime) * 1000
