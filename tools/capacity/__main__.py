"""``python -m tools.capacity``: the tables of docs/capacity.md, from two days and measured costs.
With ``--trial`` it makes 200 real calls instead, and tells by how much the simulated line is off.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from math import inf
from pathlib import Path
from statistics import fmean
from typing import Final

from hotline.errors import HotlineError
from hotline.settings import load_settings
from ops.terminal import in_words, say
from tools.bench.report import BenchTable, percentile, shown
from tools.capacity import trial
from tools.capacity.demand import HOUR, TYPHOON, WORKDAY
from tools.capacity.line import (
    NodeLoss,
    Served,
    SimulatedEnd,
    SimulatedLine,
    SimulatedShift,
    Site,
    answered_within,
    outcomes,
    waits,
)
from tools.capacity.needs import GOAL, WITHIN, Costs, needs

SEED: Final = 1999
STAFFED: Final = (40, 60, 80, 100, 120, 140)
"""Agents of a typhoon day from seven to nineteen; a quarter of them at other hours."""
LOST_AT: Final = 9 * HOUR
LOST_FOR: Final = 600.0
"""A node dies in the busiest hour, and comes back."""
SITE: Final = Site((), ringing=6.0, wrap_up=20.0, looks=1.0, first_music=2.0, music=30.0, announced=12.0)
"""What callers wait for besides talks: rings, notes, announcements with the words of the prompts."""


def main() -> None:
    """Print them, or what the trial found."""
    parser = argparse.ArgumentParser(prog="python -m tools.capacity", description=__doc__)
    parser.add_argument(
        "--trial", action="store_true", help="make real calls and hold the model against them"
    )
    if parser.parse_args().trial:
        with tempfile.TemporaryDirectory(prefix="hotline-trial-") as folder:
            Path(folder).chmod(0o711)
            try:
                found = trial.made(trial.Trial(), Path(folder), load_settings().cache)
            except HotlineError as error:
                sys.exit(in_words(error))
        say(
            f"{found.calls} calls waited {found.measured:.2f} s in the mean, "
            f"simulated {found.simulated:.2f} s: {found.difference:.0%} off"
        )
        return
    for table in tables():
        say(table.text() + "\n")


def tables() -> Iterator[BenchTable]:
    """What the days need; what a storm is like with fewer; what a node's death costs."""
    yield _needed()
    yield _staffed()
    yield _lost()


def _needed() -> BenchTable:
    head = ("a day", "calls", "busiest hour", "erlangs", "agents", "lines", "cores", "sound GiB", "rows GiB")
    rows = []
    for day in (WORKDAY, TYPHOON):
        need = needs(day, Costs())
        counts = (day.calls, need.busiest, need.load, need.agents, need.lines)
        kept = (need.cores, need.sound_gib, need.rows_gib)
        rows.append((day.name, *(f"{one:,.0f}" for one in counts), *map(shown, kept)))
    note = f"Agents for {GOAL:.0%} of calls within {WITHIN:.0f} s, busiest hour; sound and rows of the day."
    return BenchTable("Needed", head, tuple(rows), note)


def _staffed() -> BenchTable:
    head = ("agents", "informed", "answered", "callbacks", "within 20 s", "mean s", "p95 s", "most at once")
    rows = []
    for agents in STAFFED:
        line, served = _storm(agents, SITE)
        found, waited = outcomes(served), waits(served)
        counts = (found[SimulatedEnd.INFORMED], found[SimulatedEnd.ANSWERED], found[SimulatedEnd.CALLBACK])
        soon = f"{answered_within(served, WITHIN):.0%}"
        times = (fmean(waited), percentile(waited, 95))
        rows.append((str(agents), *(f"{one:,}" for one in counts), soon, *map(shown, times), str(line.most)))
    return BenchTable(
        "A typhoon day", head, tuple(rows), f"{TYPHOON.calls:,} calls, simulated once (seed {SEED})."
    )


def _lost() -> BenchTable:
    head = ("nodes", "cut off", "served later", "did not call again", "refused", "mean s of who was cut off")
    rows = []
    for nodes in (1, 2, 3):
        loss = NodeLoss(0, LOST_AT, LOST_AT + LOST_FOR)
        served = _storm(100, replace(SITE, nodes=nodes, losses=(loss,)))[1]
        cut = [one for one in served if one.cuts]
        again = [
            one
            for one in cut
            if one.outcome in {SimulatedEnd.ANSWERED, SimulatedEnd.INFORMED, SimulatedEnd.CALLBACK}
        ]
        found = outcomes(served)
        waited = [one.waited for one in cut if one.outcome is SimulatedEnd.ANSWERED]
        counts = (len(cut), len(again), found[SimulatedEnd.LOST], found[SimulatedEnd.REFUSED])
        rows.append((str(nodes), *(f"{one:,}" for one in counts), shown(fmean(waited) if waited else None)))
    note = (
        "100 agents; one node dies at nine for ten minutes. Who is cut off calls again and is served first."
    )
    return BenchTable("A node is lost", head, tuple(rows), note)


def _storm(agents: int, site: Site) -> tuple[SimulatedLine, list[Served]]:
    by_day, always = agents - agents // 4, agents // 4
    shifts = (SimulatedShift(always, 0.0, inf), SimulatedShift(by_day, 7 * HOUR, 19 * HOUR))
    line = SimulatedLine(replace(site, shifts=shifts))
    return line, line.run(TYPHOON.callers(SEED))


if __name__ == "__main__":
    main()
