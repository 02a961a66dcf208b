"""Time of what agents and agencies wait for among 200,000 cases (`--quick`: fewer): inbox, search, check."""

from collections.abc import Callable, Iterable, Iterator
from datetime import time, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

import hotline.tables  # noqa: F401 - every table
from hotline import clock
from hotline.cases import find, inbox
from hotline.cases.chase import CaseChase
from hotline.cases.deadlines import CaseLimits
from hotline.cases.digest import Digest
from hotline.cases.examining import examine
from hotline.cases.find import PAGE, Search
from hotline.cases.inbox import Pile
from hotline.cases.moving import Moving
from hotline.cases.public import PublicSearch, listed
from hotline.cases.rules import CaseKind, CaseState
from hotline.cases.store import Case, CasePlaceWord
from hotline.cases.work import CaseWork
from hotline.categories.proposals import Categories
from hotline.clock import taipei
from hotline.db import Base, Sessions, connect, looking, sessions, transaction
from hotline.keys.files import new_key
from hotline.keys.ring import KeyRing
from hotline.permissions import Role
from hotline.places.words import words_kept
from hotline.staff.rules import Staff
from hotline.worktime import Calendar, OfficeHours, Worktime
from tools.bench import postgres
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, shown
from web.open311.asking import MOST

AGENCIES, CATEGORIES = 30, 60
OPEN: Final = 10
"""One case of so many is open."""
AT_ONCE: Final = 2_000
"""Rows of one insert."""
WAIT: Final = timedelta(seconds=60)
KEYS: Final = KeyRing(dict([new_key(clock.now())]))
NOW: Final = taipei("2026-11-24T10:00")
EVENING: Final = taipei("2026-11-24T18:00")
LOOKS_MS, CHECK_MS = 150.0, 50.0
JOBS: Final = {"minute job of cases": 2.0, "digests of 18:00": 30.0}
"""What the clock does, and the seconds it may take."""
ASKED: Final = 60
"""Questions of each kind and round."""
WARM: Final = 5
"""Questions before those that count: a database that was just filled has read nothing yet."""
STREETS: Final = (
    "中山路一段",
    "中正路",
    "文化路二段",
    "民權街",
    "北新路三段",
    "三和路四段",
    "安康路一段",
    "重新路五段",
)
DISTRICTS: Final = (
    "板橋區",
    "三重區",
    "中和區",
    "永和區",
    "新莊區",
    "新店區",
    "土城區",
    "蘆洲區",
    "汐止區",
    "淡水區",
)


def _house(chance: Random) -> str:
    return f"{chance.choice(DISTRICTS)}{chance.choice(STREETS)}{chance.randrange(1, 900)}號"


def cases(chance: Random, count: int) -> Iterator[dict[str, Any]]:
    """Years of cases; the last ones are open, at agencies of unlike size."""
    blank = {
        column.key: column.default.arg
        for column in Case.__table__.columns
        if column.default is not None and column.default.is_scalar
    }
    for number in range(count):
        is_open = number >= count - count // OPEN
        filed_at = NOW - timedelta(minutes=(count - number) * 3)
        state = (
            chance.choice((CaseState.FILED, CaseState.SIGNED, CaseState.IN_PROGRESS))
            if is_open
            else CaseState.CLOSED
        )
        place = _house(chance)
        yield blank | {
            "id": number + 1,
            "number": f"{100000000000 + number}",
            "kind": CaseKind.QUICK,
            "state": state,
            "category": f"{chance.randrange(CATEGORIES):04}",
            "agency": f"agency-{min(chance.randrange(AGENCIES), chance.randrange(AGENCIES))}",
            "matter": "路面有坑洞，機車經過容易摔倒",
            "district": place[:3],
            "place": place,
            "place_key": place,
            "latitude": 24.9 + chance.random() * 0.3,
            "longitude": 121.3 + chance.random() * 0.4,
            "name": "王小明",
            "phone": f"+8869{chance.randrange(10**8):08}",
            "reply_way": "sms",
            "drafted_at": filed_at,
            "drafted_by": "agent-1",
            "filed_at": filed_at,
            "filed_by": "agent-1",
            "due_at": filed_at + timedelta(hours=chance.randrange(4, 300)),
            "overdue_at": NOW,
            "closed_at": None if is_open else filed_at + timedelta(days=2),
        }


def filled(factory: Sessions, count: int) -> None:
    """Tables with all these rows, as the database knows them after a night."""
    engine = factory.kw["bind"]
    Base.metadata.create_all(engine)
    tables, batch = Base.metadata.tables, list[dict[str, Any]]()
    for row in cases(Random(1999), count):
        batch.append(row)
        if len(batch) == AT_ONCE:
            with transaction(factory) as session:
                session.execute(insert(tables[Case.__tablename__]), batch)
                session.execute(insert(tables[CasePlaceWord.__tablename__]), list(_words(batch)))
            batch.clear()
    vacuum = "VACUUM " if engine.dialect.name == "postgresql" else ""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"{vacuum}ANALYZE")


def _words(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The words of their places, which a case that is filed brings with it."""
    for row in rows:
        for word in words_kept(row["place"], row["district"]):
            yield {"word": word, "case_id": row["id"]}


def _draft(chance: Random) -> Case:
    """A report of something that may be known already."""
    place = _house(chance)
    row = Case(
        kind=CaseKind.QUICK, state=CaseState.DRAFT, category=f"{chance.randrange(CATEGORIES):04}", name="李四"
    )
    row.id, row.matter, row.place, row.place_key, row.is_safety = 0, "路面有坑洞", place, place, False
    row.latitude, row.longitude = 24.9 + chance.random() * 0.3, 121.3 + chance.random() * 0.4
    row.phone, row.touches, row.call_id, row.verification_id = (
        f"+8869{chance.randrange(10**8):08}",
        "",
        "",
        None,
    )
    return row


def _inbox(session: Session, role: Role, agency: str = "") -> object:
    """All piles counted, and a page of the largest one."""
    member = Staff("bench", "bench", frozenset({role}), agency)
    return inbox.counts(session, member, NOW), inbox.page(session, Pile.OPEN, member, NOW, number=3)


def _public(session: Session, chance: Random) -> object:
    """A page of those that are open or closed, as programs of others read them."""
    wanted = PublicSearch(NOW - timedelta(days=90), NOW, is_open=chance.random() < 0.5)
    return listed(session, wanted, skip=MOST * chance.randrange(10), most=MOST)


Ask = Callable[[Session, Random], object]
ASKS: Final[dict[str, tuple[Ask, float]]] = {
    "inbox of an agency": (
        lambda s, c: _inbox(s, Role.QUICK_LIAISON, f"agency-{c.randrange(AGENCIES)}"),
        LOOKS_MS,
    ),
    "inbox of RDEC": (lambda s, _c: _inbox(s, Role.AUTHORISED), LOOKS_MS),
    "search: number": (
        lambda s, c: find.search(s, Search(number=f"{100000000000 + c.randrange(AT_ONCE)}")),
        LOOKS_MS,
    ),
    "search: telephone": (
        lambda s, c: find.search(s, Search(phone=f"+8869{c.randrange(10**8):08}")),
        LOOKS_MS,
    ),
    "search: district and state": (
        lambda s, c: find.search(s, Search(district=c.choice(DISTRICTS), states=(CaseState.SIGNED,))),
        LOOKS_MS,
    ),
    "search: late ones": (lambda s, _c: find.search(s, Search(overdue_at=NOW)), LOOKS_MS),
    "search: street": (lambda s, c: find.search(s, Search(place=c.choice(STREETS))), LOOKS_MS),
    "search: house": (lambda s, c: find.search(s, Search(place=_house(c))), LOOKS_MS),
    "search: words that are nowhere": (lambda s, _c: find.search(s, Search(place="沒有這條路")), LOOKS_MS),
    "public cases: 1,000 of 90 days": (_public, LOOKS_MS),
    "search: words that never meet": (lambda s, _c: find.search(s, Search(place="文化路四段")), LOOKS_MS),
    "check before filing": (lambda s, c: examine(s, _draft(c), None, 3, NOW, as_petition=False), CHECK_MS),
}


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Ask the same of both databases, over a fresh session each time, as a page does."""
    tables, figures = list[BenchTable](), list[BenchFigure]()
    with_sqlite = _asked(sessions(connect(f"sqlite:///{scratch}/cases.db", wait=WAIT, keys=KEYS)), plan)
    found = {"SQLite": with_sqlite}
    lacking = postgres.lacking()
    if not lacking:
        with postgres.cluster(scratch) as cluster:
            found["PostgreSQL"] = _asked(sessions(connect(cluster.url, wait=WAIT, keys=KEYS)), plan)
    rows = [
        (name, database, *(shown(percentile(took, part)) for part in (50, 95, 100)))
        for database, all_took in found.items()
        for name, took in all_took.items()
    ]
    open_ones = plan.cases // OPEN
    note = f"{plan.cases:,} cases, {open_ones:,} open, {AGENCIES} agencies; a page has {PAGE}. {lacking}"
    tables.append(
        BenchTable("(k) Cases", ("asked", "database", "p50 ms", "p95 ms", "longest ms"), tuple(rows), note)
    )
    for limit, words in (
        (LOOKS_MS, "inbox and search among many cases"),
        (CHECK_MS, "check before filing"),
    ):
        worst = max(
            percentile(took, 95)
            for all_took in found.values()
            for name, took in all_took.items()
            if name in ASKS and ASKS[name][1] == limit
        )
        figures.append(BenchFigure(f"{words}, p95", worst, "ms", at_most=limit))
    for name, limit in JOBS.items():
        longest = max(max(all_took[name]) for all_took in found.values())
        figures.append(BenchFigure(f"{name}, longest", longest / 1000, "s", at_most=limit))
    return BenchPart(tuple(tables), tuple(figures))


def _asked(factory: Sessions, plan: BenchPlan) -> dict[str, list[float]]:
    filled(factory, plan.cases)
    rounds, chance, found = plan.rounds, Random(2026), dict[str, list[float]]()
    for name, (ask, _limit) in ASKS.items():
        for _first in range(WARM):
            _once(factory, ask, chance)
        found[name] = [_once(factory, ask, chance) for _ in range(ASKED * rounds)]
    found |= _worked(factory, rounds)
    factory.kw["bind"].dispose()
    return found


def _worked(factory: Sessions, rounds: int) -> dict[str, list[float]]:
    """What the clock does: the job that runs every minute, and the digests of the evening."""
    worktime, categories = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30))), Categories()
    moving = Moving(lambda _session: worktime, CaseLimits, categories)
    chase = CaseChase(factory, CaseWork(moving))
    minute = [_timed(partial(chase.run, NOW + n * timedelta(minutes=1))) for n in range(rounds)]
    digest = Digest(factory, categories, CaseLimits, Calendar)
    return dict(zip(JOBS, (minute, [_timed(partial(digest.run, EVENING))]), strict=True))


def _timed(run: Callable[[], object]) -> float:
    began = clock.monotonic()
    run()
    return 1000 * (clock.monotonic() - began)


def _once(factory: Sessions, ask: Ask, chance: Random) -> float:
    began = clock.monotonic()
    with looking(factory) as session:
        ask(session, chance)
    return 1000 * (clock.monotonic() - began)
