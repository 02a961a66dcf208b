"""The late half of a write: what waited in the journal becomes rows, each once, whoever dies meanwhile."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select
from structlog.testing import capture_logs

from calls.store import CallEvent, CallRow, LogPosition
from calls.turn_facts import Ledger, entry_of
from hotline import metrics
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.db import Sessions, connect, sessions, transaction
from hotline.journal import Journal
from ivr.call import Call, InMenu
from ivr.steps import CallArrived, CallbackPromised, Fact, MenuHeard
from ops.jobs import journal_replay
from ops.jobs.journal_replay import Replay, refused
from tests.keys import RING
from tests.parts import NOON
from tests.turns.rows import Rows

pytestmark = pytest.mark.dialects


def promise_to(number: int) -> CallbackPromised:
    """Each to a citizen of their own: a second one to the same would join the first."""
    return CallbackPromised(f"09{number:08}", "zh-TW", "nobody", "2026-11-24T16:00:00+08:00")


PROMISE = promise_to(1)


def call_number(number: int, turn: int = 1) -> Call:
    return Call(f"ntpc1-{number}.1", "0123456789ab", InMenu("language"), caller="0912345678", turn=turn)


@pytest.fixture
def replaying(factory: Sessions, callbacks: Callbacks, tmp_path: Path) -> Replay:
    return Replay(factory, tmp_path / "journal", callbacks)


def wait_in(journal: Journal, call: Call, *facts: Fact, at: datetime = NOON) -> None:
    """A turn taken while the database was away."""
    journal.append(f"turn:{call.id}:{call.turn}", at, entry_of(call, "ntpc1", "asterisk", facts, at))


def rows(engine: Engine) -> tuple[int, int, int]:
    """How many calls, events and promises."""
    with transaction(sessions(engine)) as session:
        calls, events, promises = (
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (CallRow, CallEvent, Callback)
        )
    return calls, events, promises


def test_what_waited_becomes_rows_once(database: Engine, journal: Journal, replaying: Replay) -> None:
    """Replayed again, and again after more has come: nothing doubles."""
    wait_in(journal, call_number(1), CallArrived("0912345678", "1999"), MenuHeard("language"))
    wait_in(journal, call_number(1, turn=2), PROMISE)
    assert replaying.run() == 2
    assert (replaying.run(), rows(database)) == (0, (1, 3, 1))
    wait_in(journal, call_number(2), MenuHeard("language"))
    assert (replaying.run(), rows(database)) == (1, (2, 4, 1))
    assert replaying.lag().entries == 0


def test_files_on_which_nobody_writes_are_seldom_read(
    journal: Journal, replaying: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once after the last line, and then of five runs by one; what comes is read at once."""
    pending, reads = journal_replay.journal.pending, list[bool]()
    counted = lambda *given, **named: reads.append(True) or pending(*given, **named)  # noqa: E731
    monkeypatch.setattr(journal_replay.journal, "pending", counted)
    wait_in(journal, call_number(1), MenuHeard("language"))
    assert [replaying.run() for _ in range(11)] == [1] + 10 * [0]
    assert len(reads) == 4
    wait_in(journal, call_number(2), MenuHeard("language"))
    assert replaying.run() == 1


def test_everything_twice_is_everything_once(
    database: Engine,
    factory: Sessions,
    journal: Journal,
    callbacks: Callbacks,
    replaying: Replay,
    tmp_path: Path,
) -> None:
    """The same entries in another file, as a restored backup would bring them."""
    for number in range(10):
        wait_in(journal, call_number(number), MenuHeard("language"), promise_to(number))
    shutil.copytree(tmp_path / "journal", tmp_path / "again")
    (copy,) = (tmp_path / "again").glob("*.journal")
    copy.rename(copy.with_name("copy." + copy.name))
    assert (replaying.run(), Replay(factory, tmp_path / "again", callbacks).run()) == (10, 10)
    assert rows(database) == (10, 20, 10)


def test_due_times_count_from_the_promise_not_from_the_replay(
    database: Engine, journal: Journal, replaying: Replay
) -> None:
    """Four hours of outage change nothing about what was spoken."""
    wait_in(journal, call_number(1), PROMISE, at=NOON)
    replaying.run()
    (promise,) = Rows(database).promises()
    assert (promise.registered_at, promise.due_at) == (NOON, NOON + timedelta(hours=4))


def test_an_older_turn_never_overwrites_a_later_one(
    database: Engine,
    factory: Sessions,
    journal: Journal,
    callbacks: Callbacks,
    replaying: Replay,
    tmp_path: Path,
) -> None:
    """The arrival waited, the second turn did not;
    the row has the latest of the one, the number of the other.
    """
    call = call_number(1)
    wait_in(journal, call, CallArrived("0912345678", "1999"), MenuHeard("language"))
    ledger = Ledger(factory, journal, callbacks, node="ntpc1", elapsed=lambda: 1.0)
    ledger.write(replace(call, turn=2), (MenuHeard("main"), PROMISE), NOON + timedelta(seconds=9))
    replaying.run()
    row = Rows(database).call(call.id)
    assert (row.turn, row.last_menu, row.started_at) == (2, "main", NOON)
    assert (row.caller, row.dialled) == ("+886912345678", "1999")


def test_a_thousand_rows_of_an_outage_are_replayed_in_order(
    database: Engine, journal: Journal, replaying: Replay
) -> None:
    """More than one transaction's worth; the events of each call stay in their order."""
    for number in range(50):
        for turn in range(1, 21):
            wait_in(
                journal,
                call_number(number, turn),
                MenuHeard(f"menu{turn}"),
                at=NOON + timedelta(seconds=turn),
            )
    assert replaying.run() == 1000 > journal_replay.BATCH
    assert rows(database) == (50, 1000, 0)
    with transaction(sessions(database)) as session:
        query = select(CallEvent.detail).where(CallEvent.call_id == "ntpc1-7.1").order_by(CallEvent.at)
        assert [detail["menu"] for detail in session.scalars(query)] == [
            f"menu{turn}" for turn in range(1, 21)
        ]


def test_a_file_applied_to_its_end_goes_when_its_writer_is_gone(
    journal: Journal, replaying: Replay, tmp_path: Path
) -> None:
    """Not before: the writer may still add to it."""
    wait_in(journal, call_number(1), PROMISE)
    replaying.run()
    assert len(list(tmp_path.glob("journal/*.journal"))) == 1
    journal.close()
    replaying.run()
    assert list(tmp_path.glob("journal/*.journal")) == []


def test_damage_costs_its_own_entry_and_is_told_once_counted_and_set_aside(
    database: Engine, journal: Journal, replaying: Replay, tmp_path: Path
) -> None:
    """Eight zero bytes in the promise of the second of three calls, while their writer lives."""
    for number in range(3):
        wait_in(journal, call_number(number), promise_to(number))
    (file,) = tmp_path.glob("journal/*.journal")
    with file.open("r+b") as harming:
        harming.seek(file.read_bytes().index(b"ntpc1-1.1"))
        harming.write(bytes(8))
    with capture_logs() as logs:
        assert (replaying.run(), replaying.run()) == (2, 0)
    assert rows(database)[2] == 2
    assert [one["event"] for one in logs] == ["journal.damaged"]
    assert metrics.journal_damaged._value.get() == replaying.lag().damaged == 1
    journal.close()
    with capture_logs() as logs:
        replaying.run()
    assert [one["event"] for one in logs] == ["journal.set_aside"]
    assert metrics.journal_damaged._value.get() == 1
    assert [one.name for one in tmp_path.glob("journal/damaged/*")] == [file.name]


def test_applied_files_are_kept_for_their_time_and_within_their_room(
    journal: Journal, replaying: Replay, tmp_path: Path
) -> None:
    """The oldest go first; what goes before its time is told."""
    for number in range(4):
        wait_in(journal, call_number(number), promise_to(number))
        journal.close()
        replaying.run()
    kept = sorted(tmp_path.glob("journal/kept/*.journal"))
    for age, file in enumerate(reversed(kept)):
        os.utime(file, (NOON.timestamp() - age, NOON.timestamp() - age))
    with capture_logs() as logs:
        replaying.tidy(NOON - timedelta(seconds=2), 1 << 20)
    assert (sorted(tmp_path.glob("journal/kept/*.journal")), logs) == (kept[1:], [])
    room = kept[-1].stat().st_size
    with capture_logs() as logs:
        replaying.tidy(NOON - timedelta(seconds=2), room)
    assert sorted(tmp_path.glob("journal/kept/*.journal")) == kept[-1:]
    assert [(one["event"], one["files"]) for one in logs] == [("journal.kept_too_short", 2)]
    assert metrics.journal_kept_bytes._value.get() == room


# --- entries that no database takes ------------------------------------------------------------------


@pytest.mark.parametrize(
    "poison",
    [{}, {"call": "x", "at": "yesterday"}, {"at": NOON.isoformat(), "columns": {}, "events": []}],
    ids=str,
)
def test_an_entry_nobody_understands_is_set_aside_and_the_rest_goes_on(
    database: Engine, journal: Journal, replaying: Replay, tmp_path: Path, poison: dict[str, object]
) -> None:
    """Kept for a person, told once; the promise behind it is not kept waiting."""
    wait_in(journal, call_number(1), PROMISE)
    journal.append("poison", NOON, poison)  # type: ignore[arg-type]
    wait_in(journal, call_number(2), promise_to(2))
    assert (replaying.run(), replaying.run()) == (3, 0)
    assert rows(database) == (2, 2, 2)
    (kept,) = refused(tmp_path / "journal").iterdir()
    lying = json.loads(kept.read_text())
    assert (lying["key"], datetime.fromisoformat(lying["at"]), lying["body"]) == ("poison", NOON, poison)


def test_an_entry_too_long_for_its_column_is_set_aside(
    database: Engine, journal: Journal, replaying: Replay, tmp_path: Path
) -> None:
    """PostgreSQL refuses it every time; SQLite takes any length."""
    wait_in(journal, replace(call_number(1), id="x" * 99), MenuHeard("m" * 99))
    wait_in(journal, call_number(2), promise_to(2))
    assert replaying.run() == 2
    lying = len(list(refused(tmp_path / "journal").glob("*")))
    assert lying == (1 if database.dialect.name == "postgresql" else 0)
    assert rows(database)[2] == 1


def test_a_database_that_goes_away_again_is_no_fault_of_the_entry(
    database: Engine, journal: Journal, replaying: Replay, tmp_path: Path
) -> None:
    """Nothing is set aside and nothing lost: all of it waits for the next run."""
    wait_in(journal, call_number(1), PROMISE)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE callback RENAME TO away")
    with pytest.raises(Exception, match="callback"):
        replaying.run()
    assert not refused(tmp_path / "journal").exists()
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO callback")
    assert (replaying.run(), rows(database)) == (1, (1, 1, 1))


# --- dying in between --------------------------------------------------------------------------------


class Died(BaseException):
    """As if the process had been killed at that moment."""


POINTS = ["before the rows", "between rows and position", "at the commit"]


@pytest.mark.parametrize("point", POINTS)
def test_a_replay_that_dies_anywhere_leaves_all_or_nothing(
    database: Engine, journal: Journal, replaying: Replay, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Rows and position are one transaction; the next run does what is left, once."""
    for number in range(3):
        wait_in(journal, call_number(number), MenuHeard("language"), promise_to(number))

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as moment:
        if point == "before the rows":
            moment.setattr("calls.turn_facts.apply", die)
        elif point == "between rows and position":
            moment.setattr("ops.jobs.journal_replay._move", die)
        else:
            event.listen(database, "commit", die)
        # positions() commits too: what dies there has not begun.
        with pytest.raises(Died):
            replaying.run()
        if point == "at the commit":
            event.remove(database, "commit", die)
    assert rows(database) == (0, 0, 0)
    assert (replaying.run(), rows(database)) == (3, (3, 6, 3))


# A process that takes a turn and is killed at a point: what it had acknowledged must become rows.
PROCESS = """
import os, sys
from datetime import timedelta
from pathlib import Path
from hotline.db import connect, sessions, transaction
from hotline.journal import Journal
from calls import turn_facts
from calls.turn_facts import Ledger
from tests.keys import RING
from tests.parts import NOON, callbacks
from tests.store.test_replay import PROMISE, call_number

url, folder, point = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), 9)

engine = connect(url, wait=timedelta(seconds=1), keys=RING)
journal = Journal(Path(folder), "child")
if point != "in the database":
    # The database fails after the rows were sent: nobody knows whether they are there.
    real = turn_facts.apply
    def fail(session, entries, promises, cases):
        real(session, entries, promises, cases)
        if point == "in doubt":
            session.commit()
        from sqlalchemy.exc import OperationalError
        raise OperationalError("COMMIT", {}, Exception("connection lost"))
    turn_facts.apply = fail
if point == "before the journal":
    journal.append = die
if point == "behind the journal":
    real_append = journal.append
    journal.append = lambda *words: (real_append(*words), die())
Ledger(sessions(engine), journal, callbacks(), node="ntpc1", elapsed=lambda: 1.0).write(
    call_number(1), (PROMISE,), NOON
)
print("acknowledged", flush=True)
die()
"""

DEATHS = {
    "in the database": (True, 1),
    "before the journal": (False, 0),
    "behind the journal": (False, 1),
    "in the journal": (True, 1),
    "in doubt": (True, 1),
}


@pytest.mark.parametrize("point", DEATHS)
def test_a_process_killed_between_journal_and_database_leaves_one_row_or_none(
    database: Engine, factory: Sessions, callbacks: Callbacks, tmp_path: Path, point: str
) -> None:
    """What was acknowledged is exactly one row after the replay; nothing is ever two."""
    url = database.url.render_as_string(hide_password=False).replace("+psycopg", "")
    command = [sys.executable, "-c", PROCESS, url, str(tmp_path / "journal"), point]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    acknowledged, promises = DEATHS[point]
    assert (done.returncode, done.stdout.strip()) == (-9, "acknowledged" if acknowledged else ""), done.stderr
    replaying = Replay(factory, tmp_path / "journal", callbacks)
    replaying.run()
    replaying.run()
    assert rows(database)[2] == promises


def test_two_replayers_at_once_write_nothing_twice(
    database_url: str, database: Engine, journal: Journal, callbacks: Callbacks, tmp_path: Path
) -> None:
    """Two job processes by mistake: one may have to try again, the rows are the same."""
    for number in range(20):
        wait_in(journal, call_number(number), promise_to(number))
    other = connect(database_url, wait=timedelta(seconds=5), keys=RING)
    one, two = (Replay(sessions(engine), tmp_path / "journal", callbacks) for engine in (database, other))
    stale = one.positions()
    two.run()
    one.positions = lambda: stale  # type: ignore[method-assign]
    one.run()
    other.dispose()
    assert rows(database) == (20, 20, 20)
    with transaction(sessions(database)) as session:
        assert session.scalar(select(func.count()).select_from(LogPosition)) == 1
