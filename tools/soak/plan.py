"""Durations of the parts of the soak."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tools.bench.report import BenchPart


@dataclass(frozen=True)
class SoakPlan:
    """``cap`` of the special call, length of the ``calls`` part,
    ``crash_runs`` at each crash point of a promise.
    """

    cap: timedelta = timedelta(minutes=15)
    calls: timedelta = timedelta(minutes=20)
    crash_runs: int = 50


FULL = SoakPlan()
QUICK = SoakPlan(timedelta(seconds=45), timedelta(minutes=3), 2)
"""Whether the soak itself works; proves nothing that takes its time."""

Tell = Callable[[str], None]
Measure = Callable[[SoakPlan, Path, Tell], BenchPart]
"""A part: the plan, the cache that holds Asterisk, where to tell how it goes.
Raises HotlineError when it gives up.
"""
