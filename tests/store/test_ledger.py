"""What a turn leaves behind: a promise in the database, all else in the journal, once in whatever order."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine

from calls.store import CallEvent, CallRow
from calls.turn_facts import Entry, Ledger, apply, entry_of
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.db import Sessions, connect, transaction
from hotline.journal import Journal
from ivr.call import Call
from ivr.numerals import Language
from ivr.steps import (
    CallArrived,
    CallEnding,
    Fact,
    KeyPressed,
    LanguageChosen,
    MenuHeard,
)
from tests.keys import RING
from tests.parts import NOON
from tests.store.ledgers import ARRIVED, CALL, PROMISE, Clockwork, count, journalled, ledger_over, replay
from tests.turns.rows import Rows

pytestmark = pytest.mark.dialects
PATIENCE = timedelta(seconds=30)
"""What a turn waits for the database where speed is not asked: a busy disk takes its time."""


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
        "CallArrived",
        "CallbackPromised",
        "LanguageChosen",
        "MenuHeard",
        "MenuHeard",
    ]
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
    """More of them than connections, and none needs the journal; how long a busy disk takes is not asked."""
    patient = connect(database.url.render_as_string(hide_password=False), wait=PATIENCE, keys=RING)
    ledger = ledger_over(patient, journal, callbacks, elapsed, patience=PATIENCE)
    turns: list[tuple[Call, tuple[Fact, ...]]] = [
        (replace(CALL, id=f"ntpc1-{n}.1"), (*ARRIVED, replace(PROMISE, number=f"09{n:08}")))
        for n in range(40)
    ]
    assert at_once(ledger, turns) == []
    patient.dispose()
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
    raised = at_once(ledger_over(database, journal, Broken(), elapsed, patience=PATIENCE), turns)
    assert [str(error) for error in raised] == ["broken"] * 3
    assert count(database, CallRow) == 27
    assert journalled(tmp_path) == []
