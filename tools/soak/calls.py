"""Calls without a pause, ten at a time (resilience: "soak"):
no process may hold more and more files or memory.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Final

from sqlalchemy import func, select

from calls.cdr import SERVED, CallResult
from calls.store import CallEvent, CallRow
from demo.officers import Officers, officers
from demo.phone import Answers
from hotline import clock
from hotline.callbacks.store import Callback
from hotline.db import transaction
from tools.bench.report import BenchFigure, BenchPart, BenchTable
from tools.soak.callers import INFORMED, UNSERVED, Callers, Tally
from tools.soak.flat import Slope, second_half, slope
from tools.soak.home import SoakHome, soak_home, until
from tools.soak.plan import SoakPlan, Tell

PARALLEL: Final = 10
AGENTS: Final = ("agent-1", "agent-2", "agent-3")
EXCHANGE: Final = "5112=answer:2:6,5301=busy,5302=busy,5303=answer:1:4"
EVERY: Final = 5.0
"""Seconds between two looks at the processes."""
OURS: Final = ("asterisk", "agi-1", "agi-2", "listener", "jobs", "web")
LEAST_SHARE: Final = 0.01
"""Of a process's memory: growth below this is noise whatever the samples say."""


@dataclass
class ProcessSamples:
    """One process: its open files and its resident memory (KiB) by second;
    ``lives`` counts its process ids.
    """

    files: list[tuple[float, float]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    lives: set[int] = field(default_factory=set)

    def look(self, pid: int, second: float) -> None:
        """Take one sample."""
        self.lives.add(pid)
        self.files.append((second, len(list(Path(f"/proc/{pid}/fd").iterdir()))))
        self.memory.append((second, _resident(pid)))

    def slopes(self) -> tuple[Slope, Slope]:
        """Slopes of files and memory in the second half."""
        memory = second_half(self.memory)
        least = LEAST_SHARE * max(kib for _, kib in memory)
        return slope(second_half(self.files), 1.0), slope(memory, least)


def measure(plan: SoakPlan, cache: Path, tell: Tell) -> BenchPart:
    """Call for so long, look at every process meanwhile, then count what is on record.
    Raises HotlineError.
    """
    with soak_home(cache, office_opens="00:00", office_closes="23:59:59", queue_slice=6) as home:
        watched = {name: ProcessSamples() for name in OURS}
        with ExitStack() as stack:
            place = home.scratch / "officers"
            stack.enter_context(Officers(home.settings.officers_contact, officers(EXCHANGE), place))
            stack.enter_context(home.agents(*AGENTS, behaves=Answers(0.5, 8.0)))
            callers = stack.enter_context(Callers(home, PARALLEL))
            _watch(home, watched, callers.tally, plan.calls, tell)
            callers.stop()
            until(lambda: _channels(home) == 0, 60, "no channel is left")
        tell("the last calls have ended; their records are awaited")
        return _part(home, watched, callers.tally, plan)


def _watch(
    home: SoakHome, watched: Mapping[str, ProcessSamples], tally: Tally, length: timedelta, tell: Tell
) -> None:
    began, pause, told = clock.monotonic(), Event(), 0.0
    while (second := clock.monotonic() - began) < length.total_seconds():
        for name, one in watched.items():
            one.look(home.supervisor.pid(name), second)
        if second >= told:
            sizes = ", ".join(
                f"{name} {one.files[-1][1]:.0f} files {one.memory[-1][1] / 1024:.1f} MiB"
                for name, one in watched.items()
            )
            tell(f"{second:5.0f} s of {length.total_seconds():g}: {tally.made} calls; {sizes}")
            told += 60
        pause.wait(EVERY)


def _part(home: SoakHome, watched: Mapping[str, ProcessSamples], tally: Tally, plan: SoakPlan) -> BenchPart:
    slopes = {name: one.slopes() for name, one in watched.items()}
    restarts = sum(len(one.lives) - 1 for one in watched.values())
    until(lambda: _closed(home) >= tally.made, 60, f"all {tally.made} calls are closed on record")
    rows, turns, promises, promised = _counts(home)
    outcomes = _outcomes(home)
    minutes = plan.calls.total_seconds() / 60
    figures = [
        BenchFigure("calls", tally.made, f"in {minutes:g} min, {PARALLEL} at a time"),
        BenchFigure("calls that did not go as they should", len(tally.faults), "", at_most=0,
               note="; ".join(tally.faults[:3])),
        BenchFigure("call rows", rows, "", tally.made, tally.made),
        BenchFigure("calls on record as informed", outcomes.get(CallResult.INFORMED, 0), "",
               tally.calls.get(INFORMED, 0), tally.calls.get(INFORMED, 0)),
        BenchFigure("calls on record as served", sum(outcomes.get(one, 0) for one in SERVED), "",
               at_most=tally.made - sum(tally.calls.get(one, 0) for one in UNSERVED)),
        BenchFigure("events on record", turns, ""),
        BenchFigure("promises kept in rows", promises, "", promised, promised),
        BenchFigure("processes that ended", restarts, "", at_most=0),
        *(BenchFigure(f"{name}: files, growth in the second half", files.growth, "", files.noise)
          for name, (files, _) in slopes.items()),
        *(BenchFigure(f"{name}: memory, growth in the second half", memory.growth, "KiB", memory.noise)
          for name, (_, memory) in slopes.items()),
    ]  # fmt: skip
    return BenchPart((_callers_table(tally), _table(slopes)), tuple(figures))


def _callers_table(tally: Tally) -> BenchTable:
    rows = tuple((name, str(times)) for name, times in tally.calls.items())
    return BenchTable("What the callers did", ("a caller who", "calls"), rows)


def _table(slopes: Mapping[str, Sequence[Slope]]) -> BenchTable:
    head = ("process", "files", "growth", "noise", "memory KiB", "growth", "noise")
    rows = tuple(
        (name, *(f"{value:.1f}" for one in both for value in (one.middle, one.growth, one.noise)))
        for name, both in slopes.items()
    )
    note = (
        "Median, growth of a straight line over the second half, and noise: two standard deviations around\n"
        f"that line, at least one file or {LEAST_SHARE:.0%} of the memory."
    )
    return BenchTable("Open files and resident memory", head, rows, note)


def _counts(home: SoakHome) -> tuple[int, int, int, int]:
    """Calls, events, promises in rows, and callers who were promised one:
    whoever calls again joins the open one.
    """
    with transaction(home.house.factory) as session:

        def count(table: type[CallRow] | type[CallEvent] | type[Callback]) -> int:
            return session.scalar(select(func.count()).select_from(table)) or 0

        made = select(func.count(func.distinct(CallRow.caller_hash))).where(CallRow.outcome == "promised")
        return count(CallRow), count(CallEvent), count(Callback), session.scalar(made) or 0


def _outcomes(home: SoakHome) -> dict[str, int]:
    """Count of calls by outcome, as they stand on record."""
    with transaction(home.house.factory) as session:
        query = select(CallRow.outcome, func.count()).group_by(CallRow.outcome)
        return dict(session.execute(query).tuples().all())


def _closed(home: SoakHome) -> int:
    with transaction(home.house.factory) as session:
        query = select(func.count()).select_from(CallRow).where(CallRow.end_reason != "")
        return session.scalar(query) or 0


def _channels(home: SoakHome) -> int:
    return int(home.asterisk.rx("core show channels count").split()[0])


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    raise LookupError(f"no memory of {pid}")
