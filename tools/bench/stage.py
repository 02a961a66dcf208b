"""The stage of all parts with real calls: a home, its processes, Asterisk, and callers of three kinds."""

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hotline import clock
from tools.bench.homes import BenchHome, bench_home
from tools.bench.plain_agi import plain_server
from tools.bench.processes import Child, cpu_ms, rest
from tools.bench.sipp import SippCallers
from tools.bench.switchboard import BENCH, PLAIN, PLAIN_ASKED, PLAIN_RECORDED, TRUNK, BenchSwitchboard, switch

OURS, FLOOR = "the hotline", "plain dialplan"
FLOOR_RECORDED, FLOOR_ASKED = "plain dialplan, recorded", "plain pyst2, recorded"
ASKED_AHEAD = 2
"""Menus that Asterisk asks by itself: so many turns meet no decision."""
SEEN_WITHIN = 2.0
"""Seconds until decisions know what was changed."""
RTP_PORTS = 9000
"""A sixth of them is the limit of calls at once; the most that ever were are some hundreds."""


@dataclass
class BenchStage:
    """Everything that a real call needs."""

    home: BenchHome
    switch: BenchSwitchboard
    scratch: Path
    plain: Child
    """The plain AGI server, which FLOOR_ASKED asks."""
    plain_port: int

    def callers(self, line: str) -> SippCallers:
        """Callers of the hotline from the carrier, or of the same menu in plain dialplan."""
        local, number = {
            OURS: (TRUNK, "1999"),
            FLOOR: (BENCH, PLAIN),
            FLOOR_RECORDED: (BENCH, PLAIN_RECORDED),
            FLOOR_ASKED: (BENCH, PLAIN_ASKED),
        }[line]
        return SippCallers(self.switch.address, local, number, self.scratch)

    def prepare(self, line: str) -> SippCallers:
        """The callers of a line, the event log as that line has it, and nobody on the line."""
        self.switch.settle()
        self.switch.witness(line == OURS)
        return self.callers(line)

    def servers_cpu_ms(self, line: str) -> float:
        """CPU so far of the AGI servers which that line asks, if it asks any."""
        return self.home.agi_cpu_ms() if line == OURS else cpu_ms(self.plain.pid)

    def records(self, turns: int = 2) -> tuple[int, int]:
        """Calls of so many turns that were written wholly, and those whose record is closed as well.

        The first two turns are Asterisk's, and the second menu is told by its event log.
        """
        with closing(sqlite3.connect(f"file:{self.home.settings.home}/hotline.db?mode=ro", uri=True)) as db:
            query = "SELECT count(*), count(ended_at) FROM call WHERE turn = ? AND last_menu = 'main'"
            whole, closed = db.execute(query, (turns if turns > ASKED_AHEAD else 0,)).fetchone()
        return int(whole), int(closed)

    def forget_cut_calls(self) -> None:
        """Take who was hung up behind a step that broke for gone by themselves: while somebody was cut off,
        a decision asks the first menu of everybody, and tells who calls again.
        """
        with closing(sqlite3.connect(self.home.settings.home / "hotline.db", timeout=10)) as db, db:
            db.execute("UPDATE call SET end_reason = 'caller_hung_up' WHERE end_reason = 'system'")
        rest(SEEN_WITHIN)

    def await_records(
        self, before: tuple[int, int], calls: int, patience: float, turns: int = 2
    ) -> tuple[int, int]:
        """Calls that are whole and closed since ``before``, as soon as all are, else after the patience."""
        until = clock.monotonic() + patience
        while True:
            whole, closed = (now - then for now, then in zip(self.records(turns), before, strict=True))
            if (whole >= calls and (closed >= calls or not self.home.jobs)) or clock.monotonic() > until:
                return whole, closed
            rest(0.25)


@contextmanager
def stage(scratch: Path, cache: Path, recording_from: str = "person") -> Iterator[BenchStage]:
    """Set it up, and take it down."""
    scratch.mkdir(parents=True, exist_ok=True)
    _allow_many_files()
    first = 12000 + os.getpid() % 2 * RTP_PORTS
    ports = {"rtp_from": first, "rtp_to": first + RTP_PORTS}
    with bench_home(scratch / "calls", cache=cache, recording_from=recording_from, **ports) as home:
        home.start_agi(2)
        with plain_server(scratch) as (port, plain), switch(home, port) as running:
            home.start_jobs()
            yield BenchStage(home, running, scratch, plain, port)


def _allow_many_files() -> None:
    """A call takes about eight descriptors of Asterisk."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
