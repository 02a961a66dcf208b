"""What a turn leaves behind while the database is locked or away: the journal stands in for it."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine

from calls.store import CallRow
from hotline.callbacks.service import Callbacks
from hotline.clock import monotonic
from hotline.db import Base, connect
from hotline.journal import Journal, JournalUnwritable, pending
from ivr.menus import FOLDER
from ivr.steps import (
    Arrived,
)
from ivr.turns import Switchboard
from recordings.messages import Messages
from tests.keys import RING
from tests.parts import NOON, books
from tests.store.ledgers import (
    ARRIVED,
    CALL,
    MARGIN,
    PROMISE,
    WAIT,
    Clockwork,
    count,
    journalled,
    ledger_over,
)
from tests.turns.rows import Rows

pytestmark = pytest.mark.dialects


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Engine]:
    """Our embedded database, written to by somebody who does not let go."""
    engine = connect(f"sqlite:///{tmp_path / 'locked.db'}", wait=WAIT, keys=RING)
    Base.metadata.create_all(engine)
    engine.dispose()
    writer = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    yield engine
    writer.close()
    engine.dispose()


def test_the_database_is_not_asked_for_a_turn_without_a_promise(
    locked: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """Whatever it is doing: what is on the disk is enough to go on."""
    ledger = ledger_over(locked, journal, callbacks, elapsed)
    began = monotonic()
    for turn in range(1, 21):
        ledger.write(replace(CALL, turn=turn), ARRIVED, NOON)
    assert monotonic() - began < WAIT.total_seconds()
    assert len(journalled(tmp_path)) == 20


def test_a_locked_database_is_waited_for_once_and_not_longer(
    locked: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """0.7 s for the first promise, nothing for those after it, until the ledger asks again."""
    ledger = ledger_over(locked, journal, callbacks, elapsed)
    began = monotonic()
    ledger.write(CALL, (PROMISE,), NOON)
    assert WAIT.total_seconds() <= monotonic() - began <= WAIT.total_seconds() + MARGIN
    began = monotonic()
    for turn in range(2, 12):
        ledger.write(replace(CALL, turn=turn), (PROMISE,), NOON)
    assert monotonic() - began < 5 * WAIT.total_seconds()
    assert journalled(tmp_path) == [f"turn:ntpc1-1.1:{turn}:CallbackPromised" for turn in range(1, 12)]


def test_promises_at_the_same_moment_wait_side_by_side(
    locked: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """More of them than connections: nobody queues behind anybody's wait."""
    ledger = ledger_over(locked, journal, callbacks, elapsed)
    began = monotonic()
    calls = [replace(CALL, id=f"ntpc1-{number}.1") for number in range(30)]
    threads = [Thread(target=ledger.write, args=(call, (PROMISE,), NOON)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert monotonic() - began <= WAIT.total_seconds() + 3 * MARGIN
    assert len(journalled(tmp_path)) == 30


def test_after_its_rest_the_database_is_asked_again(
    database: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """Five seconds of journal for promises too, then rows again."""
    ledger = ledger_over(database, journal, callbacks, elapsed)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE call_event RENAME TO away")
    ledger.write(CALL, (PROMISE,), NOON)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO call_event")
    elapsed.at += 4.9
    ledger.write(replace(CALL, turn=2), (PROMISE,), NOON)
    assert len(journalled(tmp_path)) == 2
    elapsed.at += 0.1
    ledger.write(replace(CALL, turn=3), (PROMISE,), NOON)
    assert (len(journalled(tmp_path)), Rows(database).call("ntpc1-1.1").turn) == (2, 3)


def absent(folder: Path) -> Engine:
    return connect(f"sqlite:///{folder / 'nowhere' / 'hotline.db'}", wait=WAIT, keys=RING)


def without_tables(folder: Path) -> Engine:
    return connect(f"sqlite:///{folder / 'empty.db'}", wait=WAIT, keys=RING)


def corrupt(folder: Path) -> Engine:
    (folder / "corrupt.db").write_bytes(b"this is no database" * 1000)
    return connect(f"sqlite:///{folder / 'corrupt.db'}", wait=WAIT, keys=RING)


def read_only(folder: Path) -> Engine:
    engine = connect(f"sqlite:///{folder / 'file.db'}", wait=WAIT, keys=RING)
    Base.metadata.create_all(engine)
    engine.dispose()
    return connect(f"sqlite:///file:{folder / 'file.db'}?mode=ro&uri=true", wait=WAIT, keys=RING)


def refused_by_postgres(folder: Path) -> Engine:
    return connect("postgresql://hotline@127.0.0.1:1/hotline", wait=WAIT, keys=RING)


AWAY = [absent, without_tables, corrupt, read_only, refused_by_postgres]


@pytest.mark.parametrize("away", AWAY, ids=lambda away: away.__name__)
def test_whatever_keeps_the_database_away_the_journal_takes_the_facts(
    away: Callable[[Path], Engine], journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """Absent, empty, read-only, corrupt, or nobody listens: the caller notices nothing."""
    engine = away(tmp_path)
    ledger_over(engine, journal, callbacks, elapsed).write(CALL, (*ARRIVED, PROMISE), NOON)
    engine.dispose()
    (entry,) = pending(tmp_path / "journal", {})
    assert (entry.key, entry.at) == ("turn:ntpc1-1.1:1:CallbackPromised", NOON)
    assert [kind for kind, _ in entry.body["events"]] == ["CallArrived", "MenuHeard", "CallbackPromised"]


def test_a_promise_is_on_the_disk_before_the_turn_is_given_back(
    journal: Journal,
    callbacks: Callbacks,
    elapsed: Clockwork,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Flushed, not only written: it is spoken next."""
    flushed: list[bytes] = []

    def flush(file: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{file}").read_bytes())

    monkeypatch.setattr(os, "fdatasync", flush)
    engine = absent(tmp_path)
    ledger_over(engine, journal, callbacks, elapsed).write(CALL, (PROMISE,), NOON)
    (file,) = tmp_path.glob("journal/*.journal")
    assert flushed == [file.read_bytes()] and b"CallbackPromised" in flushed[0]


def test_neither_database_nor_journal_and_the_turn_fails(
    callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """Nothing durable, nothing promised: the dialplan takes the caller to a person instead."""
    tmp_path.joinpath("journal").write_text("a file where the folder should be")
    ledger = ledger_over(absent(tmp_path), Journal(tmp_path / "journal", "test"), callbacks, elapsed)
    switchboard = Switchboard(books(FOLDER, tmp_path / "kept"), ledger, Messages(tmp_path / "messages"))
    with pytest.raises(JournalUnwritable):
        switchboard.take_turn(switchboard.new_call("ntpc1-1.1"), Arrived(NOON, "0912345678", "1999"))


def test_a_fault_of_ours_is_not_taken_for_an_absent_database(
    database: Engine, journal: Journal, elapsed: Clockwork, tmp_path: Path
) -> None:
    """No calendar, a programming error: raised, not journalled as if it would go away."""

    class Broken(Callbacks):
        def __init__(self) -> None:
            pass

        def promise(self, *_: object, **__: object) -> bool:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        ledger_over(database, journal, Broken(), elapsed).write(CALL, (PROMISE,), NOON)
    assert journalled(tmp_path) == []
    assert count(database, CallRow) == 0
