"""Every promise has its row: what call rows, event log,
journal or spoken messages tell of and no row does is made good.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from calls.store import CallEvent, CallRow, CelEvent
from calls.turn_facts import Ledger
from hotline import metrics
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import (
    Callback,
    CallbackAttempt,
    CallbackEvent,
    CallbackRequest,
)
from hotline.callbacks.trace import Trace
from hotline.callbacks.wishes import Wish
from hotline.db import Sessions, sessions, transaction
from hotline.journal import Journal
from hotline.outbox import service as notices
from hotline.tickets.store import FaultRow
from ops.jobs.promise_check import Comparison
from tests.promises import TEN, people
from tests.store.ledgers import CALL, PROMISE

LATER = TEN + timedelta(hours=1)
DUE = TEN + timedelta(hours=4)
NUMBER = "+886912345678"
SPOKEN = replace(PROMISE, due_at=DUE.isoformat())


@pytest.fixture
def comparison(factory: Sessions, callbacks: Callbacks, tmp_path: Path) -> Comparison:
    with transaction(factory) as session:
        people(session)
    return Comparison(factory, tmp_path / "journal", callbacks, "ntpc1")


def lose(factory: Sessions) -> None:
    """All that is known of promises, by whatever fault."""
    engine = factory.kw["bind"]
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER callback_event_no_delete")
        else:
            connection.exec_driver_sql("DROP TRIGGER callback_event_no_change ON callback_event")
        for table in (CallbackEvent, CallbackAttempt, CallbackRequest, Callback):
            connection.execute(delete(table))


def rows(factory: Sessions) -> list[Callback]:
    with transaction(factory) as session:
        return list(session.scalars(select(Callback).order_by(Callback.id)))


def in_journal(factory: Sessions, journal: Journal, callbacks: Callbacks) -> None:
    Ledger(factory, journal, callbacks, node="ntpc1", elapsed=lambda: 9.0).write(CALL, (SPOKEN,), TEN)
    with transaction(factory) as session:
        session.execute(delete(CallEvent))


def in_turns(factory: Sessions, journal: Journal, callbacks: Callbacks) -> None:
    in_journal(factory, journal, callbacks)
    detail = {"number": "0912345678", "language": "zh-TW", "origin": "caller", "due_at": "", "extension": ""}
    with transaction(factory) as session:
        session.add(CallEvent(key="k", call_id=CALL.id, at=TEN, kind="CallbackPromised", detail=detail))
    journal.close()
    for file in journal._directory.iterdir():
        file.unlink()


def in_event_log(factory: Sessions, journal: Journal, callbacks: Callbacks) -> None:
    with transaction(factory) as session:
        session.add(CallRow(id=CALL.id, caller=NUMBER, started_at=TEN, ended_at=TEN, turn=0))
        said = {"said": "|zh-TW|dialplan|"}
        session.add(CallEvent(key="k", call_id=CALL.id, at=TEN, kind="PromiseSpoken", detail=said))


def in_call_row(factory: Sessions, journal: Journal, callbacks: Callbacks) -> None:
    with transaction(factory) as session:
        session.add(
            CallRow(id=CALL.id, caller=NUMBER, started_at=TEN, ended_at=TEN, outcome="promised", turn=0)
        )


def in_message(factory: Sessions, journal: Journal, callbacks: Callbacks) -> None:
    with transaction(factory) as session:
        session.add(CallRow(id=CALL.id, caller=NUMBER, started_at=TEN, ended_at=TEN, turn=0))
        callbacks.keep_message(session, CALL.id, f"{CALL.id}-message.wav", 7.0, TEN)


def at_a_desk(factory: Sessions, journal: Journal, callbacks: Callbacks) -> None:
    traced = sessions(factory.kw["bind"])
    Trace(journal).follow(traced)
    with transaction(traced) as session:
        wish = Wish(NUMBER, "zh-TW", "desk", Ownership("epb", "epb-clean", "5112", "mei"), "路燈不亮")
        callbacks.open(session, wish, "mei", TEN)


@pytest.mark.parametrize(
    "witness",
    [in_journal, in_turns, in_event_log, in_call_row, in_message, at_a_desk],
    ids=lambda one: one.__name__,
)
def test_a_promise_that_one_witness_tells_of_is_made_good_with_its_own_due_time(
    comparison: Comparison,
    factory: Sessions,
    journal: Journal,
    callbacks: Callbacks,
    witness: Callable[[Sessions, Journal, Callbacks], None],
) -> None:
    """Marked, for nobody knows what became of it; found once, and nothing is written of it alone."""
    witness(factory, journal, callbacks)
    lose(factory)
    with transaction(factory) as session:
        letters = len(notices.notices(session))
    found = comparison.run(LATER)
    assert (len(found.made_good), found.lacking) == (1, ())
    (row,) = rows(factory)
    assert (row.number, row.registered_at, row.due_at, row.restored_at) == (NUMBER, TEN, DUE, LATER)
    again = comparison.run(LATER)
    assert (again.made_good, len(rows(factory))) == ((), 1)
    with transaction(factory) as session:
        assert len(notices.notices(session)) == letters


def test_where_every_promise_has_its_row_nothing_is_done(
    comparison: Comparison, factory: Sessions, journal: Journal, callbacks: Callbacks
) -> None:
    """Of a turn, of a desk; a second wish of the same citizen, which joined the first."""
    ledger = Ledger(factory, journal, callbacks, node="ntpc1", elapsed=lambda: 9.0)
    for number in (1, 2):
        ledger.write(replace(CALL, id=f"ntpc1-{number}.1"), (PROMISE,), TEN + timedelta(minutes=number))
    at_a_desk(factory, journal, callbacks)
    before = [(row.id, row.due_at, row.restored_at) for row in rows(factory)]
    found = comparison.run(LATER)
    assert (found.witnessed, found.made_good, found.lacking) == (2, (), ())
    assert [(row.id, row.due_at, row.restored_at) for row in rows(factory)] == before


def test_what_is_on_its_way_is_left_alone(comparison: Comparison, factory: Sessions) -> None:
    """A call of this minute comes into the database in any order."""
    with transaction(factory) as session:
        session.add(
            CallRow(id=CALL.id, caller=NUMBER, started_at=LATER, ended_at=LATER, outcome="promised", turn=0)
        )
    assert comparison.run(LATER + timedelta(seconds=30)).made_good == ()
    assert len(comparison.run(LATER + timedelta(minutes=5)).made_good) == 1


def test_a_promise_without_a_number_is_made_good_without_one(
    comparison: Comparison, factory: Sessions
) -> None:
    """A person hears the message and gives it one."""
    with transaction(factory) as session:
        session.add(
            CallRow(id=CALL.id, caller="anonymous", started_at=TEN, ended_at=TEN, outcome="promised", turn=0)
        )
    assert len(comparison.run(LATER).made_good) == 1
    assert [row.number for row in rows(factory)] == ["anonymous"]


def test_what_cannot_be_made_good_is_an_alarm_until_a_person_has_seen_to_it(
    comparison: Comparison, factory: Sessions
) -> None:
    """A line of the event log that nobody can read and that may be a promise."""
    with transaction(factory) as session:
        torn = {"text": '{"eventtype":"PROMISE"�'}
        session.add(CelEvent(file="f", offset=1, linked_id="", at=TEN, kind="UNREADABLE", body=torn))
    found = comparison.run(LATER)
    assert len(found.lacking) == 1 and metrics.promises_lacking._value.get() == 1
    with transaction(factory) as session:
        (ticket,) = session.scalars(select(FaultRow))
        assert (ticket.open_key, ticket.recovered_at) == ("promises:ntpc1", None)
        session.execute(delete(CelEvent))
    assert comparison.run(LATER).lacking == () and metrics.promises_lacking._value.get() == 0
    with transaction(factory) as session:
        assert session.scalars(select(FaultRow)).one().recovered_at == LATER
