"""Supervisors' boards that stay open: what they cost the pages' process,
and how soon each shows a new row.
"""

import json
import selectors
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Final

from calls.store import CallRow
from demo.seed import seed
from hotline import clock
from hotline.db import Sessions, transaction
from hotline.permissions import Role
from ops import wiring
from tools.bench.homes import BenchHome, bench_home
from tools.bench.pages import connection, employ, pages, signed_in
from tools.bench.plan import BenchPlan
from tools.bench.processes import Child, cpu_ms, rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, ratio, shown

WATCHER: Final = "bench-supervisor"
BOARDS: Final = (1, 50)
BUSY_DAY: Final = 2000
"""Calls of today that are over, from which the board is counted."""
EVERY: Final = 0.25
"""Seconds between two calls that join the queue; each changes every board."""
STAYS: Final = 8
"""So many wait at once."""


@dataclass
class BoardReader:
    """One board that is open: when each call was first shown in a ``part`` of it, in whole pictures."""

    line: socket.socket
    part: str = "waiting"
    kept: bytes = b""
    pictures: int = 0
    seen: dict[str, float] = field(default_factory=dict)

    def hears(self, piece: bytes) -> None:
        """Take up what came; a picture may come in pieces."""
        *whole, self.kept = (self.kept + piece).split(b"\n\n")
        for one in whole:
            if (at := one.find(b"data: ")) >= 0:
                self.pictures += 1
                for call in json.loads(one[at + 6 :])[self.part]:
                    self.seen.setdefault(call["id"], clock.monotonic())


@dataclass(frozen=True)
class BoardRun:
    """Figures of so many boards: cores, pictures a second to each, and the seconds from each row to each
    board.
    """

    boards: int
    cores: float
    pictures: float
    took: Sequence[float]


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """One board, then many, over the same busy day."""
    with bench_home(scratch / "boards") as home, pages(home) as child:
        house = wiring.workshop(home.settings, "bench")
        with transaction(house.factory) as session:
            seed(session, clock.now())
            session.add_all(_day())
        employ(house.factory, (WATCHER,), Role.SUPERVISOR)
        cookie = signed_in(house.factory, WATCHER)
        found = [_watched(plan, home, child, house.factory, cookie, boards) for boards in BOARDS]
        house.engine.dispose()
    return BenchPart((_table(found),), _figures(found))


def _day() -> Iterator[CallRow]:
    at = clock.now()
    for n in range(BUSY_DAY):
        began = at - timedelta(seconds=5 + n)
        yield CallRow(
            id=f"day-{n}.1",
            caller="+886912345678",
            started_at=began,
            queued_at=began,
            agent="agent-1",
            agent_at=began,
            queue_seconds=0.0,
            ended_at=at,
        )


def _watched(
    plan: BenchPlan, home: BenchHome, child: Child, factory: Sessions, cookie: str, boards: int
) -> BoardRun:
    ending, readers = Event(), list[BoardReader]()
    with _open(home, cookie, boards, readers), _calls(factory) as written:
        reading = Thread(target=read, args=(readers, ending))
        reading.start()
        rest(plan.warm + 1)
        before, pictures, began = cpu_ms(child.pid), _pictures(readers), clock.monotonic()
        rest(plan.board_seconds)
        spent, seconds = cpu_ms(child.pid) - before, clock.monotonic() - began
        told = (_pictures(readers) - pictures) / boards / seconds
        known = dict(written)
        rest(3.0)
        ending.set()
        reading.join()
    took = [seen - known[call] for one in readers for call, seen in one.seen.items() if call in known]
    return BoardRun(boards, spent / seconds / 1000, told, took)


def _pictures(readers: Sequence[BoardReader]) -> int:
    return sum(one.pictures for one in readers)


@contextmanager
def _open(home: BenchHome, cookie: str, boards: int, readers: list[BoardReader]) -> Iterator[None]:
    lines = [connection(home) for _board in range(boards)]
    for line in lines:
        line.request("GET", "/board/events", headers={"Cookie": cookie, "Accept": "text/event-stream"})
        readers.append(BoardReader(line.sock))
    try:
        yield
    finally:
        for line in lines:
            line.close()


def read(readers: Sequence[BoardReader], ending: Event) -> None:
    """Read what comes to all of them, until the end."""
    with selectors.DefaultSelector() as chosen:
        for one in readers:
            chosen.register(one.line, selectors.EVENT_READ, one)
        while not ending.is_set():
            for key, _ in chosen.select(0.2):
                key.data.hears(key.data.line.recv(65536))


@contextmanager
def _calls(factory: Sessions) -> Iterator[dict[str, float]]:
    """Calls join the queue one after another, the oldest leaves; when each was committed."""
    written: dict[str, float] = {}
    ending, stem = Event(), int(clock.monotonic() * 1000)

    def goes_on() -> None:
        for n in count():
            if ending.wait(EVERY):
                return
            with transaction(factory) as session:
                at = clock.now()
                session.add(
                    CallRow(id=f"now-{stem}-{n}.1", caller="+886912345678", started_at=at, queued_at=at)
                )
                if oldest := session.get(CallRow, f"now-{stem}-{n - STAYS}.1"):
                    oldest.ended_at = at
            written[f"now-{stem}-{n}.1"] = clock.monotonic()

    writer = Thread(target=goes_on)
    writer.start()
    try:
        yield written
    finally:
        ending.set()
        writer.join()


def _table(found: Sequence[BoardRun]) -> BenchTable:
    base = found[0].cores
    rows = tuple(
        (
            str(one.boards),
            shown(one.cores),
            shown(ratio(one.cores, base)),
            shown(one.pictures),
            *(shown(percentile(one.took, percent)) if one.took else "-" for percent in (50, 95, 100)),
        )
        for one in found
    )
    head = ("boards", "cores", "x one board", "pictures/s each", "p50 s", "p95 s", "longest s")
    note = f"{BUSY_DAY} calls of today, {1 / EVERY:g} more a second; from the commit of a call's row to each board."
    return BenchTable("(g) Supervisors' boards that stay open", head, rows, note)


def _figures(found: Sequence[BoardRun]) -> tuple[BenchFigure, ...]:
    most = found[-1]
    late = percentile(most.took, 95) if most.took else None
    return (
        BenchFigure(f"cores for {most.boards} boards that stay open", most.cores, "", 1.0),
        BenchFigure(f"from a row to each of {most.boards} boards, p95", late, "s", 2.0),
    )
