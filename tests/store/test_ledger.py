"""What a turn leaves behind: a promise in the database, all else in the journal; each stands in for the other."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select

from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.clock import monotonic
from hotline.db import Base, Sessions, connect, sessions, transaction
from hotline.journal import Journal, JournalUnwritable, pending
from ivr.call import Call, InMenu
from ivr.ledger import Entry, Ledger, apply, entry_of
from ivr.menus import FOLDER
from ivr.numerals import Language
from ivr.steps import (
    Arrived,
    CallArrived,
    CallbackPromised,
    CallEnding,
    Fact,
    KeyPressed,
    LanguageChosen,
    MenuHeard,
)
from ivr.store import CallEvent, CallRow
from ivr.turns import Switchboard
from ops.replay import Replay
from recordings.messages import Messages
from tests.parts import NOON, books
from tests.turns.rows import Rows

CALL = Call("ntpc1-1.1", "0123456789ab", InMenu("language"), caller="0912345678", turn=1)
ARRIVED: tuple[Fact, ...] = (CallArrived("0912345678", "1999"), MenuHeard("language"))
PROMISE = CallbackPromised("0912345678", "zh-TW", "caller", "2026-11-24T16:00:00+08:00")
WAIT = timedelta(milliseconds=700)
MARGIN = 1.0  # for a busy machine


class Clockwork:
    """A clock that a test moves, for the ledger's rest."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal", "test")
    yield journal
    journal.close()


@pytest.fixture
def elapsed() -> Clockwork:
    return Clockwork()


def ledger_over(engine: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork) -> Ledger:
    return Ledger(sessions(engine), journal, callbacks, node="ntpc1", elapsed=elapsed)


def journalled(tmp_path: Path) -> list[str]:
    """Keys of what waits in the journal."""
    return [entry.key for entry in pending(tmp_path / "journal", {})]


def replay(engine: Engine, tmp_path: Path, callbacks: Callbacks) -> Callable[[], int]:
    """What the jobs do once a second."""
    return Replay(sessions(engine), tmp_path / "journal", callbacks).run


def count(engine: Engine, table: type[CallRow] | type[CallEvent] | type[Callback]) -> int:
    with transaction(sessions(engine)) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# --- the database is there ---------------------------------------------------------------------------


def test_P0_b_the_facts_of_a_turn_are_rows(
    database: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """The promise with its due time at once; the call and its events in order after the replay."""
    ledger = ledger_over(database, journal, callbacks, elapsed)
    ledger.write(CALL, ARRIVED, NOON)
    later = replace(CALL, turn=2, language=Language.ENGLISH, wanted=Language.ENGLISH)
    ledger.write(later, (LanguageChosen("en", "en"), MenuHeard("main"), PROMISE), NOON + timedelta(seconds=5))
    assert (count(database, Callback), count(database, CallEvent)) == (1, 3)
    assert journalled(tmp_path) == ["turn:ntpc1-1.1:1"]
    rows = Rows(database, replay(database, tmp_path, callbacks))
    call = rows.call("ntpc1-1.1")
    assert (call.caller, call.dialled, call.menus, call.turn) == ("+886912345678", "1999", CALL.menus, 2)
    assert (call.language, call.last_menu, call.started_at, call.node) == ("en", "main", NOON, "ntpc1")
    assert sorted(rows.events("ntpc1-1.1")) == [
        "CallArrived", "CallbackPromised", "LanguageChosen", "MenuHeard", "MenuHeard",
    ]  # fmt: skip
    (promise,) = rows.promises()
    assert promise.registered_at == NOON + timedelta(seconds=5)
    assert promise.due_at == callbacks.due(promise.registered_at)


@pytest.mark.parametrize("number", ["", "anonymous"])
def test_a_hidden_number_is_anonymous(
    database: Engine,
    journal: Journal,
    callbacks: Callbacks,
    elapsed: Clockwork,
    tmp_path: Path,
    number: str,
) -> None:
    """One word for it, whatever the carrier sent."""
    ledger_over(database, journal, callbacks, elapsed).write(CALL, (CallArrived(number, "1999"),), NOON)
    assert Rows(database, replay(database, tmp_path, callbacks)).call("ntpc1-1.1").caller == "anonymous"


def test_a_turn_without_facts_still_moves_the_call_on(
    database: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """Going on waiting is a turn too."""
    ledger_over(database, journal, callbacks, elapsed).write(replace(CALL, turn=7), (), NOON)
    assert Rows(database, replay(database, tmp_path, callbacks)).call("ntpc1-1.1").turn == 7


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


def test_without_room_for_the_journal_the_database_takes_the_turn(
    database: Engine, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """The journal's disk is full, the database's is not: nothing is lost and no caller notices."""
    tmp_path.joinpath("journal").write_text("a file where the folder should be")
    ledger_over(database, Journal(tmp_path / "journal", "test"), callbacks, elapsed).write(
        CALL, ARRIVED, NOON
    )
    assert (count(database, CallRow), count(database, CallEvent)) == (1, 2)


# --- the same entry again, and in any order ----------------------------------------------------------


def entries() -> list[Entry]:
    """A short call, turn by turn."""
    english = replace(CALL, language=Language.ENGLISH, wanted=Language.ENGLISH)
    turns: list[tuple[Call, tuple[Fact, ...]]] = [
        (CALL, ARRIVED),
        (replace(english, turn=2), (KeyPressed("language", "4", True), MenuHeard("main"))),
        (replace(english, turn=3), (PROMISE, CallEnding("promised"))),
    ]
    return [
        entry_of(call, "ntpc1", "asterisk", facts, NOON + timedelta(seconds=5 * number))
        for number, (call, facts) in enumerate(turns)
    ]


ORDERS = [
    (0, 1, 2),
    (0, 2, 1),
    (1, 0, 2),
    (1, 2, 0),
    (2, 0, 1),
    (2, 1, 0),
    (0, 1, 2, 0, 1, 2),
    (2, 2, 1, 0, 0),
]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_entries_in_any_order_and_any_number_give_the_same_rows(
    factory: Sessions, database: Engine, callbacks: Callbacks, order: tuple[int, ...]
) -> None:
    """Some turns waited in the journal, others did not: an older one never overwrites, and loses nothing."""
    given = entries()
    for number in order:
        with transaction(factory) as session:
            apply(session, given[number], callbacks)
    call = Rows(database).call("ntpc1-1.1")
    assert (call.turn, call.language, call.caller, call.dialled) == (3, "en", "+886912345678", "1999")
    assert call.started_at == NOON
    assert (count(database, CallRow), count(database, CallEvent), count(database, Callback)) == (1, 6, 1)


def test_a_second_promise_of_a_call_is_the_first(
    factory: Sessions, database: Engine, callbacks: Callbacks
) -> None:
    """Asked of a second process because the first was late: one promise, due as it was spoken first."""
    for minutes in (0, 3):
        entry = entry_of(CALL, "ntpc1", "asterisk", (PROMISE,), NOON + timedelta(minutes=minutes))
        with transaction(factory) as session:
            apply(session, entry, callbacks)
    (promise,) = Rows(database).promises()
    assert promise.registered_at == NOON


# --- at the same moment --------------------------------------------------------------------------------


def at_once(ledger: Ledger, turns: list[tuple[Call, tuple[Fact, ...]]]) -> list[BaseException]:
    """Write all of them in threads of their own; what was raised."""
    raised: list[BaseException] = []

    def one(call: Call, facts: tuple[Fact, ...]) -> None:
        try:
            ledger.write(call, facts, NOON)
        except Exception as error:
            raised.append(error)

    threads = [Thread(target=one, args=turn) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_promises_of_one_moment_are_all_written(
    database: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, tmp_path: Path
) -> None:
    """More of them than connections, and none needs the journal."""
    ledger = ledger_over(database, journal, callbacks, elapsed)
    turns: list[tuple[Call, tuple[Fact, ...]]] = [
        (replace(CALL, id=f"ntpc1-{n}.1"), (*ARRIVED, replace(PROMISE, number=f"09{n:08}")))
        for n in range(40)
    ]
    assert at_once(ledger, turns) == []
    assert (count(database, CallRow), count(database, CallEvent), count(database, Callback)) == (40, 120, 40)
    assert journalled(tmp_path) == []


def test_what_is_wrong_with_one_turn_harms_no_other(
    database: Engine, journal: Journal, elapsed: Clockwork, tmp_path: Path
) -> None:
    """They may have shared its transaction; only the one that failed is told so."""

    class Broken(Callbacks):
        def __init__(self) -> None:
            pass

        def promise(self, session: object, call_id: str, *_: object, **__: object) -> bool:
            if call_id.endswith("5.1"):
                raise RuntimeError("broken")
            return True

    turns: list[tuple[Call, tuple[Fact, ...]]] = [
        (replace(CALL, id=f"ntpc1-{n}.1"), (PROMISE,)) for n in range(30)
    ]
    raised = at_once(ledger_over(database, journal, Broken(), elapsed), turns)
    assert [str(error) for error in raised] == ["broken"] * 3
    assert count(database, CallRow) == 27
    assert journalled(tmp_path) == []


# --- the database is away ----------------------------------------------------------------------------


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Engine]:
    """Our embedded database, written to by somebody who does not let go."""
    engine = connect(f"sqlite:///{tmp_path / 'locked.db'}", wait=WAIT)
    Base.metadata.create_all(engine)
    engine.dispose()
    writer = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    yield engine
    writer.close()
    engine.dispose()


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
    assert journalled(tmp_path) == [f"turn:ntpc1-1.1:{turn}" for turn in range(1, 12)]


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
    return connect(f"sqlite:///{folder / 'nowhere' / 'hotline.db'}", wait=WAIT)


def without_tables(folder: Path) -> Engine:
    return connect(f"sqlite:///{folder / 'empty.db'}", wait=WAIT)


def corrupt(folder: Path) -> Engine:
    (folder / "corrupt.db").write_bytes(b"this is no database" * 1000)
    return connect(f"sqlite:///{folder / 'corrupt.db'}", wait=WAIT)


def read_only(folder: Path) -> Engine:
    engine = connect(f"sqlite:///{folder / 'file.db'}", wait=WAIT)
    Base.metadata.create_all(engine)
    engine.dispose()
    return connect(f"sqlite:///file:{folder / 'file.db'}?mode=ro&uri=true", wait=WAIT)


def refused_by_postgres(folder: Path) -> Engine:
    return connect("postgresql://hotline@127.0.0.1:1/hotline", wait=WAIT)


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
    assert (entry.key, entry.at) == ("turn:ntpc1-1.1:1", NOON)
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
