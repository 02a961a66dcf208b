"""Promises under faults, on both databases:
nothing lost, nothing doubled, each claimed once, due from its own moment.

Resilience rows 6 and 25 to 28. Processes that die are our own programs, by kill -9.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from calls.turn_facts import entry_of
from hotline import metrics
from hotline.callbacks.rules import CallbackState
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback, CallbackEvent
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.journal import Journal
from hotline.numbers import e164
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.call import Call, InMenu
from ivr.steps import CallbackPromised
from ops.jobs.journal_replay import BATCH, Replay
from tests.postgres import Postgres
from tests.promises import TEN, Office
from tools.soak.dying import POINTS, WritePath
from tools.soak.promises import crashed

pytestmark = pytest.mark.dialects

MORNING = taipei("2026-11-24T09:00")
HOUR = timedelta(hours=4)
ROUNDED = timedelta(minutes=5)


@pytest.fixture
def office_hours() -> Worktime:
    """From half past eight to half past five."""
    return Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))


@pytest.fixture
def callbacks(office_hours: Worktime) -> Callbacks:
    """Promises kept within four office hours."""
    return Callbacks(office_hours)


# --- rows 6 and 25: between the word and the row -----------------------------------------------------


@pytest.fixture
def urls(request: pytest.FixtureRequest) -> Iterator[dict[WritePath, str]]:
    """A database a way; none: SQLite in its home."""
    if request.param == "sqlite":
        yield {}
        return
    server: Postgres = request.getfixturevalue("postgres")
    with ExitStack() as stack:
        yield {way: stack.enter_context(server.database()) for way in WritePath}


@pytest.mark.parametrize(
    ("urls", "rounds"),
    [("sqlite", 2), pytest.param("postgresql", 1, marks=pytest.mark.thorough)],
    indirect=["urls"],
)
def test_resilience_6_kill_9_between_a_promise_and_its_row_loses_and_doubles_nothing(
    urls: dict[WritePath, str], rounds: int, tmp_path: Path
) -> None:
    """The server, the replay and the follower die at each of 61 points;
    what was heard is one row, due from then.
    """
    found = crashed(tmp_path, rounds, lambda line: None, urls)
    assert len(POINTS) == len(found.runs) >= 20
    assert set(found.runs.values()) == {rounds}
    assert found.not_reached == [], "each process died where it was to die"
    assert (found.unheard, found.lost, found.doubled, found.wrong) == ([], [], [], [])


# --- row 25: the database is back after four hours ---------------------------------------------------


def test_resilience_25_a_thousand_promises_of_an_outage_of_four_hours(
    database: Engine, factory: Sessions, callbacks: Callbacks, office_hours: Worktime, tmp_path: Path
) -> None:
    """Told from two processes, replayed in the order of their moments, due from these.

    What it costs is commits: two batches and, at most, a look at the positions before each.
    """
    commits = []
    event.listen(database, "commit", commits.append)
    told: list[tuple[datetime, str]] = []
    journals = [Journal(tmp_path / "journal", f"ntpc1-agi{n}") for n in (1, 2)]
    for number in range(1000):
        at, who = MORNING + number * timedelta(seconds=14.4), f"09{number:08}"
        call = Call(f"ntpc1-{number}.1", "0123456789ab", InMenu("main"), caller=who, turn=3)
        fact = CallbackPromised(who, "zh-TW", "caller", callbacks.due(at).isoformat())
        entry = entry_of(call, "ntpc1", "asterisk", (fact,), at)
        journals[number % 2].append(f"turn:{call.id}:{call.turn}", at, entry)
        told.append((at, e164(who)))
    replayed = Replay(factory, tmp_path / "journal", callbacks).run()
    spent = len(commits)
    for journal in journals:
        journal.close()
    with transaction(factory) as session:
        rows = list(session.scalars(select(Callback).order_by(Callback.id)))
    assert replayed == 1000 and [(row.registered_at, row.number) for row in rows] == told
    assert all(row.due_at == callbacks.due(row.registered_at) for row in rows)
    assert all(
        timedelta(0) <= office_hours.add(row.registered_at, HOUR) - row.due_at < ROUNDED for row in rows
    )
    assert spent <= 2 * 1000 / BATCH


# --- rows 26 and 27: workers -------------------------------------------------------------------------

WORKER = """
import sys
from datetime import datetime, time, timedelta
from hotline.callbacks.service import Callbacks
from hotline.callbacks.work import CallbackWork
from hotline.db import connect, sessions, transaction
from hotline.worktime import Calendar, OfficeHours, Worktime
from tests.keys import RING
url, name, at = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
factory = sessions(connect(url, wait=timedelta(seconds=20), keys=RING))
work = CallbackWork.of_worker(Callbacks(Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))))
print("ready", flush=True)
sys.stdin.readline()
while True:
    with transaction(factory) as session:
        row = work.claim_next(session, name, at)
        claimed = row.id if row else None
    if claimed is None:
        break
    print(claimed, flush=True)
"""


@dataclass
class Worker:
    """A process that claims whatever it can get."""

    process: subprocess.Popen[str]

    @classmethod
    def of(cls, url: str, name: str, at: datetime) -> "Worker":
        """Started, and waiting for a word."""
        command = [sys.executable, "-c", WORKER, url, name, at.isoformat()]
        worker = cls(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert worker.said() == "ready"
        return worker

    def said(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def rest(self) -> list[int]:
        """Everything it claimed until nothing was left."""
        said, _ = self.process.communicate(timeout=120)
        return [int(line) for line in said.split()]


def test_resilience_26_two_workers_and_200_promises_each_claimed_once(
    factory: Sessions, callbacks: Callbacks, database_url: str
) -> None:
    """Two processes at the same time; every promise has one holder and one claim on record."""
    office = Office.of(factory, callbacks)
    promised = [office.promised(TEN, number=f"09{n:08}", extension="") for n in range(200)]
    workers = [Worker.of(database_url, f"worker-{n}", TEN) for n in (1, 2)]
    for worker in workers:
        worker.go()
    claimed = [worker.rest() for worker in workers]
    assert sorted(claimed[0] + claimed[1]) == sorted(promised)
    assert min(map(len, claimed)) > 0, "both were at work"
    with transaction(factory) as session:
        claims = session.scalars(select(CallbackEvent).where(CallbackEvent.kind == "claimed")).all()
    assert sorted(event.callback_id for event in claims) == sorted(promised)
    assert {row.holder for row in office.rows()} == {"worker-1", "worker-2"}


def test_resilience_27_a_worker_killed_with_a_promise_loses_it_to_another(
    factory: Sessions, callbacks: Callbacks, database_url: str
) -> None:
    """kill -9 while it claims: what it held is claimed by the other once the leases end, none is lost."""
    office = Office.of(factory, callbacks)
    promised = [office.promised(TEN, number=f"09{n:08}", extension="") for n in range(60)]
    dies = Worker.of(database_url, "worker-1", TEN)
    dies.go()
    held = [int(dies.said()) for _ in range(5)]
    os.kill(dies.process.pid, signal.SIGKILL)
    held = sorted({*held, *dies.rest()})
    lease = callbacks.limits.lease
    early = Worker.of(database_url, "worker-2", TEN + lease - timedelta(seconds=1))
    early.go()
    others = early.rest()
    in_doubt = {row.id for row in office.rows() if row.holder == "worker-1"}
    assert set(held) <= in_doubt and sorted({*others, *in_doubt}) == sorted(promised)
    assert not in_doubt & set(others)
    late = Worker.of(database_url, "worker-3", TEN + lease)
    late.go()
    assert set(late.rest()) >= in_doubt
    assert {row.state for row in office.rows()} == {CallbackState.WORKING}
    assert not [row for row in office.rows() if row.holder == "worker-1"]


# --- row 28: the due time passes while nothing runs --------------------------------------------------


@pytest.mark.parametrize("outage", [timedelta(hours=2), timedelta(days=4)], ids=str)
def test_resilience_28_due_times_that_pass_in_an_outage_raise_an_alarm_when_it_is_over(
    factory: Sessions, callbacks: Callbacks, outage: timedelta, tmp_path: Path
) -> None:
    """Database and jobs were away; a promise waits in the journal past its due time:
    at once a row, overdue, told, counted.
    """
    office = Office.of(factory, callbacks)
    journal = Journal(tmp_path / "journal", "ntpc1-agi1")
    call = Call("ntpc1-1.1", "0123456789ab", InMenu("main"), caller="0912345678", turn=3)
    fact = CallbackPromised(call.caller, "zh-TW", "transfer", "", "5112")
    journal.append("turn:1", TEN, entry_of(call, "ntpc1", "asterisk", (fact,), TEN))
    back = TEN + HOUR + outage
    assert Replay(factory, tmp_path / "journal", callbacks).run() == 1
    before = metrics.callback_alarms.labels("overdue")._value.get()
    office.chase(back)
    journal.close()
    (row,) = office.rows()
    assert (row.due_at, row.overdue_at, row.escalated_at) == (TEN + HOUR, back, back)
    assert [who for _, who in office.letters("N-03")] == [
        "mei@epb.example",
        "clean@epb.example",
        "liaison@epb.example",
    ]
    assert metrics.callback_alarms.labels("overdue")._value.get() == before + 1
    assert metrics.callbacks_overdue._value.get() == 1
    office.chase(back)
    assert len(office.letters("N-03")) == 3
