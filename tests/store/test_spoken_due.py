"""The due time that a caller was told is the one that is stored,
whatever is declared in between (P5.1.1, §9.2).
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from calls.turn_facts import apply, entry_of
from hotline.callbacks import find
from hotline.callbacks.chase import Chase
from hotline.callbacks.events import DUE_MOVED, DUE_SAID
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback, CallbackEvent, CallbackRequest
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.calendar import declare
from hotline.journal import Journal
from hotline.outbox.store import OutboxMessage
from hotline.worktime.workdays import DayKind, Override
from ivr.call import Waiting
from ivr.engine import advance
from ivr.promising import promise
from ivr.steps import CallbackPromised, DueTimeSpoken, Fact, Left, QueueLeft
from ops.cli import format_callbacks
from ops.jobs.cel_follower import Follower
from tests.parts import book
from tests.promises import CITIZEN, people
from tests.store.ledgers import CALL, Clockwork, ledger_over, replay
from tests.store.test_cel import Log, follow

TEN = taipei("2026-11-24T10:03:20")
TODAY, TOMORROW = taipei("2026-11-24T14:00"), taipei("2026-11-25T12:30")
STORM = date(2026, 11, 24)
KEYED = timedelta(minutes=2)
AFTER_TALK = timedelta(minutes=8)
TALKED = replace(CALL, id="ntpc1-7.1", place=Waiting(), turn=5)


def storm(factory: Sessions, callbacks: Callbacks, at: datetime) -> None:
    """The city closes today; what this process remembers of the calendar is of before."""
    with transaction(factory) as session:
        people(session)
        declare(session, STORM, Override(DayKind.OFF, "typhoon"), at=at, by="admin")
        Chase(factory, callbacks).recount(session, [STORM], "admin", at)


def promised(at: datetime) -> CallbackPromised:
    """What a decision of an AGI process tells that has not seen the declaration."""
    (fact,) = (
        fact for fact in promise(book(), CALL, at, "caller", ()).facts if isinstance(fact, CallbackPromised)
    )
    assert fact.due_at == TODAY.isoformat()
    return fact


def row_of(factory: Sessions) -> Callback:
    with transaction(factory) as session:
        return session.scalars(select(Callback)).one()


def moves(factory: Sessions) -> list[tuple[str, str, str]]:
    """What gave the promise another due time."""
    with transaction(factory) as session:
        events = session.scalars(select(CallbackEvent).order_by(CallbackEvent.id))
        return [
            (one.kind, *(one.detail[name][5:16] for name in ("from", "to")))
            for one in events
            if one.kind in (DUE_SAID, DUE_MOVED)
        ]


def messages(factory: Sessions) -> list[str]:
    with transaction(factory) as session:
        return [
            one.text for one in session.scalars(select(OutboxMessage).where(OutboxMessage.template == "N-01"))
        ]


def test_P5_1_1_a_day_declared_between_decision_and_database_changes_nothing_that_was_said(
    database: Engine, factory: Sessions, journal: Journal, callbacks: Callbacks, elapsed: Clockwork
) -> None:
    """Row, request, message to the owner and reminder are of what the caller heard;
    why it differs is on record.
    """
    storm(factory, callbacks, TEN)
    fact = replace(promised(TEN), extension="5112")
    ledger_over(database, journal, callbacks, elapsed).write(CALL, (fact,), TEN)
    row = row_of(factory)
    assert (row.due_at, row.remind_at) == (TODAY, TODAY - timedelta(hours=1))
    with transaction(factory) as session:
        assert session.scalars(select(CallbackRequest.due_at)).one() == TODAY
    assert [text for text in messages(factory) if "11月24日 14:00" in text]
    assert moves(factory) == [(DUE_SAID, "11-25T12:30", "11-24T14:00")]
    with transaction(factory) as session:
        whole = find.whole(session, row)
        told = list(format_callbacks.why(whole, callbacks.worktime(session), callbacks.limits.due, TEN))
    assert "due Wed 2026-11-25 12:30" in told and "on record: due Tue 2026-11-24 14:00" in told
    assert any("due-said: 11-25 12:30 -> 11-24 14:00" in line for line in told)


def test_P5_1_1_a_promise_that_waited_in_the_journal_is_due_when_it_was_said_to_be(
    factory: Sessions, database: Engine, journal: Journal, callbacks: Callbacks, tmp_path: Path
) -> None:
    """The database was away; it is there again hours after the day was declared."""
    journal.append("turn:x", TEN, entry_of(CALL, "ntpc1", "asterisk", (promised(TEN),), TEN))
    storm(factory, callbacks, TEN + timedelta(hours=1))
    assert replay(database, tmp_path, callbacks)() == 1
    assert row_of(factory).due_at == TODAY


def test_spec_2_a_day_declared_after_the_promise_still_moves_it(
    database: Engine, factory: Sessions, journal: Journal, callbacks: Callbacks, elapsed: Clockwork
) -> None:
    """The rule of §2 stays; nothing is told of where what was said is what is counted."""
    ledger_over(database, journal, callbacks, elapsed).write(CALL, (promised(TEN),), TEN)
    assert moves(factory) == []
    storm(factory, callbacks, TEN + timedelta(seconds=1))
    assert row_of(factory).due_at == TOMORROW


# --- by key, in a talk: the dialplan promises, the decision after the talk says until when -----------------


class Keyed:
    """A talk in which an agent registers a callback two minutes after ten,
    and what each witness tells of it.
    """

    def __init__(self, factory: Sessions, log: Log, callbacks: Callbacks) -> None:
        self.factory, self.log, self.callbacks = factory, log, callbacks
        self.follower: Follower = follow(factory, log, callbacks)

    def event_log(self) -> None:
        """Asterisk writes its event some milliseconds after the dialplan took the second."""
        seconds = (TEN + KEYED - taipei("2026-11-24T10:00")).total_seconds()
        self.log.event(7, seconds - 60, "CHAN_START")
        said = f"0912345678|zh-TW|agent|agent-1|{(TEN + KEYED).timestamp():.0f}"
        self.log.event(7, seconds + 0.7, "PROMISE", eventextra=f'{{"extra":"{said}"}}')
        self.follower.load(TEN + AFTER_TALK)

    def decision(self) -> None:
        """V-10, by a process that has not seen the declaration; twice, as a replay may bring it."""
        turn = advance(book(), TALKED, QueueLeft(TEN + AFTER_TALK, Left.TALKED, promised=TEN + KEYED))
        facts: tuple[Fact, ...] = tuple(fact for fact in turn.facts if isinstance(fact, DueTimeSpoken))
        assert facts == (DueTimeSpoken((TEN + KEYED).isoformat(), TODAY_KEYED.isoformat()),)
        for _ in range(2):
            with transaction(self.factory) as session:
                apply(
                    session, entry_of(turn.call, "ntpc1", "asterisk", facts, TEN + AFTER_TALK), self.callbacks
                )

    def storm(self) -> None:
        storm(self.factory, self.callbacks, TEN + KEYED * 2)


TODAY_KEYED = taipei("2026-11-24T14:05")


@pytest.fixture
def keyed(factory: Sessions, tmp_path: Path, callbacks: Callbacks) -> Keyed:
    return Keyed(factory, Log(tmp_path / "cel"), callbacks)


@pytest.mark.parametrize(
    ("order", "moved"),
    [
        (("event_log", "decision"), []),
        (("decision", "event_log"), []),
        (("event_log", "storm", "decision"), [DUE_MOVED, DUE_SAID]),
        (("storm", "event_log", "decision"), [DUE_SAID]),
        (("storm", "decision", "event_log"), [DUE_SAID]),
        (("decision", "storm", "event_log"), [DUE_SAID]),
    ],
)
def test_P5_1_1_by_key_what_was_said_after_the_talk_is_stored_whoever_tells_first(
    keyed: Keyed, factory: Sessions, order: tuple[str, ...], moved: list[str]
) -> None:
    """Counted from the dialplan's own second: 10:05:20 and four hours, 14:05;
    the event stands at 10:05:20.7.
    """
    for step in order:
        getattr(keyed, step)()
    row = row_of(factory)
    assert (row.registered_at, row.due_at) == (TEN + KEYED, TODAY_KEYED)
    assert [kind for kind, _, _ in moves(factory)] == moved


def test_spec_2_what_moved_after_it_was_said_stays_moved_when_a_replay_says_it_again(
    keyed: Keyed, factory: Sessions
) -> None:
    """The decision's entry is applied once more, after the day was declared."""
    keyed.event_log()
    keyed.decision()
    storm(factory, keyed.callbacks, TEN + AFTER_TALK * 2)
    assert row_of(factory).due_at == TOMORROW
    keyed.decision()
    assert row_of(factory).due_at == TOMORROW


def test_P5_1_1_of_two_who_were_told_the_first_is_kept(keyed: Keyed, factory: Sessions) -> None:
    """The same citizen asked a minute before the key: one promise, due at the earlier;
    each request has its own.
    """
    with transaction(factory) as session:
        people(session)
        keyed.callbacks.promise(session, "before", CITIZEN, "zh-TW", "caller", TEN, said=TODAY)
    keyed.event_log()
    keyed.decision()
    with transaction(factory) as session:
        told = list(session.scalars(select(CallbackRequest.due_at).order_by(CallbackRequest.at)))
    assert told == [TODAY, TODAY_KEYED]
    assert (row_of(factory).due_at, moves(factory)) == (TODAY, [])
