"""Time of decisions beside jobs that seal, seal anew, move and delete what is kept."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, Final

from sqlalchemy import insert

from administration.retention import Retention
from hotline import clock
from hotline.db import Base, transaction
from hotline.keys.files import new_key
from hotline.ledger.audit import audit_values
from hotline.ledger.chain import ChainHead, digest, link
from hotline.ledger.sealing import FORMER
from hotline.ledger.store import AuditRow, FormerLink, HeadRow
from hotline.settings import load_settings
from ops import logs, wiring
from ops.jobs import sealing
from ops.jobs.retention import retention_of
from ops.jobs.schedule import jobs
from ops.jobs.scheduler import Scheduler
from ops.wiring import House
from recordings import vault
from recordings.store import Recording, RecordingState
from tools.bench import postgres
from tools.bench.homes import BenchHome, bench_home
from tools.bench.plan import BenchPlan
from tools.bench.processes import Child, rest, told_by
from tools.bench.report import BenchFigure, BenchPart, BenchTable, shown
from tools.bench.retention import month
from tools.bench.sealing import RATE, talk
from tools.faults import CannotMeasure

ALONE: Final = "nothing"
LOADS: Final = 3
"""Loads of one kind, of which the middle one counts: a stall of the machine is no job's."""
SOUNDS: Final = 4
SOUND_MINUTES: Final = 20
"""Files that are sealed, and how long each is; as Opus, so that a run lasts."""
AGO: Final = timedelta(days=500)
"""The calls that retention deletes ended so long ago."""
AUDITED: Final = 3
"""Rows of the former audit log for each call."""
LIMIT: Final = 5.0


def sounds(house: House, _many: int) -> None:
    """Files of calls that are over, checked, and not sealed yet."""
    folder, at = house.settings.recordings, clock.now() - timedelta(days=1)
    folder.mkdir(parents=True, exist_ok=True)
    minute = talk(60).tobytes()
    with transaction(house.factory) as session:
        for number in range(SOUNDS):
            path = folder / f"{house.settings.node}-{number}.1-caller.wav"
            path.write_bytes(vault.wav_head(RATE, SOUND_MINUTES * len(minute)) + SOUND_MINUTES * minute)
            about = {"call_id": path.stem.removesuffix("-caller"), "direction": "caller", "path": path.name}
            times = {"started_at": at, "ended_at": at, "checked_at": at}
            whole = {"node": house.settings.node, "state": RecordingState.WHOLE, "sha256": vault.sha256(path)}
            session.add(Recording(**about, **times, **whole))


def old_calls(house: House, many: int) -> None:
    """Calls whose period is over, with all that is kept of each."""
    tables = Base.metadata.tables
    for rows in month(Random(1999), many, clock.now() - AGO):
        with transaction(house.factory) as session:
            for table, some in rows.items():
                if some:
                    session.execute(insert(tables[table.__tablename__]), some)


def announced(house: House, _many: int) -> None:
    """Calls that go were announced by the run of the day before."""
    retention: Retention = retention_of(house)
    retention.run(clock.now() - timedelta(days=1))


def another_key(house: House, _many: int) -> None:
    """Rows were sealed by the key of before."""
    house.key_place.write({**house.key_place.read(), **dict([new_key(clock.now())])})


def former_log(house: House, many: int) -> None:
    """An audit log that a release of before wrote, citizens in clear."""
    house.settings.anchors.mkdir(exist_ok=True)
    with transaction(house.factory) as session:
        head = ChainHead()
        for number in range(many * AUDITED):
            facts = {"number": "+886912345678", "name": "王小明", "matter": "路燈不亮"}
            values = audit_values(
                clock.now(), "agent-1", "a.b", f"callback:{number}", None, facts, "民眾來電"
            )
            row = AuditRow(**values)
            session.add(row)
            session.flush()
            words = {name: getattr(row, name) for name in ("id", *values)}
            head = ChainHead(head.position + 1, link(head.hash, digest(words)))
            session.add(FormerLink(position=head.position, row=row.id, hash=head.hash))
        session.merge(HeadRow(name=FORMER, position=head.position, hash=head.hash))


WORK: Final[Mapping[str, Callable[[House, int], None]]] = {
    "sealing": sounds,
    "resealing": another_key,
    "retention": announced,
    "audit-move": former_log,
}
"""The jobs, and what makes work for each."""


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Decisions of one AGI process, offered at random, on each database; one work at a time beside them."""
    found = {"SQLite": _of_database(plan, scratch / "a")}
    lacking = postgres.lacking()
    if not lacking:
        with postgres.cluster(scratch) as cluster:
            found["PostgreSQL"] = _of_database(plan, scratch / "b", database_url=cluster.url)
    rows = [
        (name, database, *(shown(one[key]) for key in ("a_second", "p50_ms", "p99_ms", "failed")))
        for database, all_found in found.items()
        for name, one in all_found.items()
    ]
    head = ("beside", "database", "decisions/s", "p50 ms", "p99 ms", "failed")
    note = (
        f"{plan.offered:g} a second offered, the middle of {LOADS} loads; jobs at their own pace, sealing at "
        f"idle priority. {lacking}"
    )
    figures = (
        BenchFigure(
            f"a decision beside {name}, p99", max(one[name]["p99_ms"] for one in found.values()), "ms", LIMIT
        )
        for name in (ALONE, *WORK)
    )
    return BenchPart((BenchTable("(n) Decisions beside", head, tuple(rows), note),), tuple(figures))


def _of_database(plan: BenchPlan, scratch: Path, **values: Any) -> dict[str, dict[str, float]]:
    values |= {"recording_sealed_after": timedelta(0), "recording_codec": "opus", "node": "ntpc1"}
    with bench_home(scratch, **values) as home:
        house = wiring.workshop(home.settings, "bench")
        old_calls(house, plan.beside)
        home.start_agi(1)
        load(home, plan.warm)
        found = {ALONE: load(home, plan.beside_seconds)}
        for name, prepare in WORK.items():
            prepare(house, plan.beside)
            os.sync()  # what the work needs is on the disk before it is measured
            with _working(home, name):
                found[name] = load(home, plan.beside_seconds)
        house.engine.dispose()
    return found


def load(home: BenchHome, seconds: float) -> dict[str, float]:
    """Offer decisions: the middle one of some loads by what the slowest hundredth took."""
    found = sorted((_offered(home, seconds / LOADS) for _ in range(LOADS)), key=lambda one: one["p99_ms"])
    return found[LOADS // 2] | {"failed": max(one["failed"] for one in found)}


def _offered(home: BenchHome, seconds: float) -> dict[str, float]:
    found = told_by(
        *("tools.bench.agi_client", "--port", str(home.settings.agi_ports[0])),
        *("--rate", "100", "--seconds", str(seconds)),
    )
    return found | {"a_second": found["decisions"] / max(found["seconds"], 0.001)}


@contextmanager
def _working(home: BenchHome, name: str) -> Iterator[Child]:
    """A process that does one work. Raises CannotMeasure when it has nothing to do any more, or fell."""
    module = sealing.__name__ if name == "sealing" else __name__
    child = home.module(name, module, *(() if name == "sealing" else (name,)))
    try:
        rest(2.0)  # until it works
        yield child
        if child.process.poll() is not None:
            raise CannotMeasure(f"{name} was over before the decisions: {child.last_words()}")
    finally:
        child.stop()


def main() -> None:
    """Do one job of this node at its own pace, until told to end."""
    settings = load_settings()
    logs.configure_logging(settings, sys.argv[1])
    house = wiring.workshop(settings, "beside")
    house.keys.load()
    Scheduler([job for job in jobs(house) if job.name == sys.argv[1]]).start()
    Event().wait()


if __name__ == "__main__":
    main()
