"""Time of reports over a city's year: a pack, the history, open figures; and of decisions beside them."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from sqlalchemy import delete, insert, select

from hotline import clock
from hotline.clock import midnight, month_of
from hotline.db import Sessions, connect, looking, sessions, transaction
from hotline.permissions import Role
from hotline.settings import load_settings
from ops import logs, wiring
from ops.machine.priority import lower_priority
from ops.wiring import House
from reporting.hour_sums.rows import called, placed_out
from reporting.hour_sums.rules import HOUR, by_hour
from reporting.hour_sums.service import OVER, SETTLED, HourSums, sums
from reporting.hour_sums.store import HourSum
from reporting.open_figures import OpenMonth, figures
from tools.bench import city_year, postgres
from tools.bench.beside import ALONE, load
from tools.bench.homes import BenchHome, bench_home
from tools.bench.pages import connection, employ, pages, signed_in
from tools.bench.plan import BenchPlan
from tools.bench.processes import Child, cpu_ms, rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, shown
from tools.faults import CannotMeasure

WATCHER: Final = "supervisor-1"
PACK_S, MONTH_S, YEAR_S, OPEN_S, DECISION_MS = 60.0, 1.5, 5.0, 0.3, 5.0
ASKED: Final = {
    **{"history of a month": 10, "history of a year": 5},
    **{"open figures": 20, "open figures, the page": 20},
}
"""How often each is asked for."""
PACK, LOOKS = "a pack", "the history of a year"
PATIENCE: Final = 120.0
"""Seconds for a page without any sums: a month's rows of a whole city are read then."""
HELD: Final = 3
"""Hours of the year whose sums are held against their rows."""

Took = dict[str, tuple[float, float, float]]
"""The middle, the longest and the CPU of what was measured, in seconds."""


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """The same over both databases, each filled with a year of calls and cases."""
    found = {"SQLite": _of_database(plan, scratch / "reports-a")}
    lacking = postgres.lacking()
    if not lacking:
        with postgres.cluster(scratch) as cluster:
            found["PostgreSQL"] = _of_database(plan, scratch / "reports-b", database_url=cluster.url)
    rows = [
        (name, database, *map(shown, one))
        for database, (took, _beside) in found.items()
        for name, one in took.items()
    ]
    beside = [
        (name, database, *(shown(one[key]) for key in ("p50_ms", "p99_ms", "failed")))
        for database, (_took, all_beside) in found.items()
        for name, one in all_beside.items()
    ]
    note = (
        f"{plan.reported:,} calls and {plan.reported // city_year.CASES:,} cases a month, twelve of them; "
        f"pages by the server, a sum for each hour but of rows. Load {os.getloadavg()[0]:.1f}. {lacking}"
    )
    return BenchPart(
        (
            BenchTable("(r) Reports", ("what", "database", "p50 s", "longest s", "CPU s"), tuple(rows), note),
            BenchTable(
                "(r) Decisions beside", ("beside", "database", "p50 ms", "p99 ms", "failed"), tuple(beside)
            ),
        ),
        tuple(_figures(found)),
    )


def _figures(found: Mapping[str, tuple[Took, Mapping[str, Mapping[str, float]]]]) -> Iterator[BenchFigure]:
    for name, limit in (
        (PACK, PACK_S),
        ("history of a month", MONTH_S),
        ("history of a year", YEAR_S),
        ("open figures", OPEN_S),
        ("open figures, the page", OPEN_S),
    ):
        worst = max(took[name][1] for took, _beside in found.values())
        yield BenchFigure(f"{name}, longest", worst, "s", at_most=limit)
    for name in (ALONE, PACK, LOOKS):
        worst = max(beside[name]["p99_ms"] for _took, beside in found.values())
        yield BenchFigure(f"a decision beside {name}, p99", worst, "ms", at_most=DECISION_MS)


def _of_database(plan: BenchPlan, scratch: Path, **values: Any) -> tuple[Took, dict[str, dict[str, float]]]:
    until = midnight(date(clock.now().year, 1, 1))
    with bench_home(scratch, api_rate=100_000, **values) as home:
        house = wiring.workshop(home.settings, "bench")
        month = month_of(until - HOUR)
        took = dict(_filled(house, _patient(house), plan.reported, until))
        took[PACK] = _once(lambda: house.packs.make(month, "bench", clock.now(), lambda _step: None))
        employ(house.factory, (WATCHER,), Role.SUPERVISOR)
        with pages(home) as console:
            line, cookie = connection(home, PATIENCE), signed_in(house.factory, WATCHER)
            for name, address in _addresses(month).items():
                _page(line, cookie, address)  # templates are compiled at the first time
                asks = [_asked(line, cookie, console, address) for _ in range(ASKED[name])]
                took[name] = _middle(asks)
            took |= _late(house, line, cookie, console, month)
            beside = _beside(plan, home, line, cookie, month)
        house.engine.dispose()
    return took, beside


def _patient(house: House) -> Sessions:
    """Sessions whose statements may take long: those that fill a year do."""
    url = house.settings.database
    return sessions(connect(url, wait=timedelta(minutes=30), keys=house.keys))


def _filled(
    house: House, factory: Sessions, calls: int, until: datetime
) -> Iterator[tuple[str, tuple[float, float, float]]]:
    """Fill a month, sum it up as the job does, and copy it eleven times."""
    city_year.filled(factory, calls, until)
    job = HourSums(house.factory, clock.monotonic, lambda _took: None)
    yield "sums of a month's hours", _once(lambda: _summed_up(job, until + OVER))
    city_year.copied(factory, calls)
    engine = factory.kw["bind"]
    vacuum = "VACUUM " if engine.dialect.name == "postgresql" else ""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connected:
        connected.exec_driver_sql(f"{vacuum}ANALYZE")
    engine.dispose()
    _hold(house.factory, until)
    month = month_of(until - HOUR)
    with looking(house.factory) as session:
        took = _once(lambda: figures(session, month, clock.now()))
        rows = figures(session, month, clock.now())
    with transaction(house.factory) as session:
        session.add(OpenMonth(month=month, counted_at=clock.now(), figures=rows))
    yield "open figures counted once", took


def _summed_up(job: HourSums, at: datetime) -> None:
    """Run the job until nothing is left."""
    runs = 1 + city_year.MONTH // (HOUR * 24 * 7)
    for number in range(runs + 1):
        job.work(at + number * SETTLED)


def _hold(factory: Sessions, until: datetime) -> None:
    """Hold sums of some hours of the year against their rows. Raises CannotMeasure."""
    with looking(factory) as session:
        for number in range(HELD):
            at = until - HOUR - number * (city_year.MONTH * 5 + 3 * HOUR)
            rows = by_hour(called(session, at, at + HOUR), placed_out(session, at, at + HOUR))
            kept = sums(session, at, at + HOUR)
            if {one: of.plain() for one, of in rows.items()} != {one: of.plain() for one, of in kept.items()}:
                raise CannotMeasure(f"the sum of {at} is not what its rows say")
        if session.scalar(select(HourSum.hour).where(HourSum.figures.is_(None)).limit(1)):
            raise CannotMeasure("an hour was not summed up")


def _addresses(month: date) -> dict[str, str]:
    return {
        "history of a month": f"/history?span=month&step=day&day={month}",
        "history of a year": f"/history?span=year&step=month&day={month}",
        "open figures": f"/open/v1/requests/{month:%Y-%m}.json",
        "open figures, the page": "/open",
    }


def _late(house: House, line: HTTPConnection, cookie: str, console: Child, month: date) -> Took:
    """The same month when an hour of each day is lost to late events, and without any sum."""
    address, took = _addresses(month)["history of a month"], Took()
    since, until = midnight(month), midnight(month + timedelta(days=31))
    days = [since + timedelta(days=number) + 9 * HOUR for number in range(31)]
    for name, lost in (
        ("month, an hour of each day from rows", HourSum.hour.in_(days)),
        ("month, all of it from rows", HourSum.hour.between(since, until)),
    ):
        with looking(house.factory) as session:
            kept = session.execute(select(HourSum.__table__).where(lost)).mappings().all()
        with transaction(house.factory) as session:
            session.execute(delete(HourSum).where(lost))
        took[name] = _middle([_asked(line, cookie, console, address) for _ in range(2)])
        with transaction(house.factory) as session:
            session.execute(insert(HourSum), [dict(one) for one in kept])
    return took


def _beside(
    plan: BenchPlan, home: BenchHome, line: HTTPConnection, cookie: str, month: date
) -> dict[str, dict[str, float]]:
    """Decisions of one AGI process, alone, while packs are counted, and while the year is looked at."""
    home.start_agi(1)
    load(home, plan.warm)
    found = {ALONE: load(home, plan.beside_seconds)}
    child = home.module("packs", __name__, f"{month}")
    try:
        rest(2.0)  # until it counts
        found[PACK] = load(home, plan.beside_seconds)
        if child.process.poll() is not None:
            raise CannotMeasure(f"the pack was over before the decisions: {child.last_words()}")
    finally:
        child.stop()
    with _looking_on(line, cookie, _addresses(month)["history of a year"]):
        found[LOOKS] = load(home, plan.beside_seconds)
    return found


@contextmanager
def _looking_on(line: HTTPConnection, cookie: str, address: str) -> Iterator[None]:
    """Somebody who asks for a page again and again."""
    ending = Event()

    def asks() -> None:
        while not ending.is_set():
            _page(line, cookie, address)

    thread = Thread(target=asks, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _page(line: HTTPConnection, cookie: str, address: str) -> None:
    """Raises CannotMeasure."""
    line.request("GET", address, headers={"Cookie": cookie, "Accept": "text/html"})
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise CannotMeasure(f"{address} is answered {answer.status}: {body[:200]!r}")


def _asked(line: HTTPConnection, cookie: str, console: Child, address: str) -> tuple[float, float]:
    """Seconds from the request to its last byte, and of the server's CPU."""
    began, cpu = clock.monotonic(), cpu_ms(console.pid)
    _page(line, cookie, address)
    return clock.monotonic() - began, (cpu_ms(console.pid) - cpu) / 1000


def _once(work: Callable[[], object]) -> tuple[float, float, float]:
    began, cpu = clock.monotonic(), time.process_time()
    work()
    took = clock.monotonic() - began
    return took, took, time.process_time() - cpu


def _middle(asks: list[tuple[float, float]]) -> tuple[float, float, float]:
    took, cpu = ([one[place] for one in asks] for place in (0, 1))
    return percentile(took, 50), max(took), percentile(cpu, 50)


def main(month: date) -> None:
    """Count the pack of a month again and again, until told to end."""
    settings = load_settings()
    logs.configure_logging(settings, "packs")
    house = wiring.workshop(settings, "packs")
    house.keys.load()
    lower_priority()
    while True:
        house.packs.make(month, "bench", clock.now(), lambda _step: None)


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]))
