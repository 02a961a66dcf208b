"""Rows of before there were keys, and of former keys, are brought under the current one while calls go on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from calls.caller_history import calls_of
from calls.find import CallQuery, found
from calls.store import CallEvent, CallRow, CelEvent
from hotline.callbacks.find import of_number
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback, CallbackEvent
from hotline.clock import taipei
from hotline.db import Base, Sessions, connect, sessions, transaction
from hotline.keys import resealing
from hotline.keys.resealing import AGAIN, Resealing
from hotline.keys.ring import KeyRing
from hotline.outbox import service as notices
from hotline.outbox.store import OutboxMessage
from tests.conftest import WAIT
from tests.store.sealed import kept, plainly, value

pytestmark = pytest.mark.dialects

AT = taipei("2026-11-24T10:00")
MINUTE = timedelta(minutes=1)
NUMBER, OTHER = "+886912345678", "+886229603456"
NAME, MATTER = "王小明", "樓上漏水，我是三樓的王小明"
ONE, TWO = b"1" * 32, b"2" * 32
FIRST, BOTH, SECOND = KeyRing({"one": ONE}), KeyRing({"one": ONE, "two": TWO}), KeyRing({"two": TWO})
CALLS = 7


@dataclass
class Installation:
    """One database, and the ring of those who work with it now."""

    url: str
    factory: Sessions

    def by(self, ring: KeyRing) -> Sessions:
        """Sessions of a process that has these keys."""
        return sessions(connect(self.url, wait=WAIT, keys=ring))

    def text(self) -> str:
        return kept(self.factory.kw["bind"], without=frozenset(("audit_log",)))


@pytest.fixture
def installation(database_url: str, database: object) -> Iterator[Installation]:
    engine = connect(database_url, wait=WAIT, keys=FIRST)
    yield Installation(database_url, sessions(engine))
    engine.dispose()


def written(factory: Sessions, callbacks: Callbacks) -> None:
    """Calls of a citizen with their events, a promise, and what was sent about it."""
    with transaction(factory) as session:
        for n in range(CALLS):
            session.add(CallRow(id=f"c{n}", caller=NUMBER, started_at=AT + n * MINUTE))
            session.add(CallEvent(key=f"k{n}", call_id=f"c{n}", at=AT, kind="X", detail={"number": NUMBER}))
            session.add(
                CelEvent(file="f", offset=n, linked_id=f"c{n}", at=AT, kind="X", body={"num": NUMBER})
            )
        callbacks.promise(session, "c1", NUMBER, "zh-TW", "caller", AT)


def as_before(factory: Sessions) -> None:
    """The same rows, and an event of the promise, as the release before wrote them."""
    plainly(factory, "call", caller=NUMBER, caller_hash="")
    plainly(factory, "call_event", detail=f'{{"number": "{NUMBER}"}}')
    plainly(
        factory,
        "callback",
        number=NUMBER,
        number_hash="",
        name=NAME,
        matter=MATTER,
        open_key=f"{NUMBER}|",
    )
    plainly(factory, "notice", recipient=NUMBER, recipient_hash="", text=MATTER)
    told = {"reason": MATTER, "detail": f'{{"to": "{NAME}"}}'}
    detail = value(factory, "detail", told["detail"])
    with transaction(factory) as session:
        session.execute(
            text(
                'INSERT INTO callback_event (callback_id, at, "by", kind, before, after, reason, detail) '
                f"SELECT callback_id, at, 'mei', 'noted', before, after, :reason, {detail} "
                "FROM callback_event LIMIT 1"
            ),
            told,
        )


def changed(factory: Sessions, call_id: str, number: str) -> None:
    """A process of the release before writes a call's number."""
    with transaction(factory) as session:
        words = {"number": number, "id": call_id}
        session.execute(text("UPDATE call SET caller = :number, caller_hash = '' WHERE id = :id"), words)


def test_rows_of_before_are_found_read_and_sealed(installation: Installation, callbacks: Callbacks) -> None:
    """Found by their number before and after; then nothing of them stands in the clear."""
    factory = installation.factory
    written(factory, callbacks)
    as_before(factory)
    assert NUMBER in installation.text() and MATTER in installation.text()
    for is_sealed in (False, True):
        with transaction(factory) as session:
            assert len(calls_of(session, "0912345678", 99)) == CALLS
            assert len(found(session, CallQuery(caller=NUMBER), most=99)) == CALLS
            (row,) = of_number(session, NUMBER)
            assert (row.number, row.name, row.matter) == (NUMBER, NAME, MATTER)
            assert session.scalars(select(CallbackEvent.reason)).all()[-1] == MATTER
            sent = session.scalars(select(OutboxMessage.text).where(OutboxMessage.text != "")).all()
            assert set(sent) == {MATTER}
            (detail,) = set(map(str, session.scalars(select(CallEvent.detail))))
            assert detail == str({"number": NUMBER})
        if not is_sealed:
            assert Resealing(factory, FIRST).run(AT, 1000) >= CALLS + 3
    rows = installation.text()
    assert NUMBER not in rows and NAME not in rows and MATTER not in rows


def test_one_number_has_one_promise_whoever_wrote_it(
    installation: Installation, callbacks: Callbacks
) -> None:
    """A wish joins what the release before promised, what was sealed since, and what a former key sealed."""
    factory = installation.factory
    written(factory, callbacks)
    as_before(factory)
    calls = (f"d{n}" for n in count())
    for ring, is_resealed in ((FIRST, False), (FIRST, True), (BOTH, False), (BOTH, True)):
        process = installation.by(ring)
        if is_resealed:
            Resealing(process, ring).run(AT, 1000)
        with transaction(process) as session:
            callbacks.promise(session, next(calls), NUMBER, "zh-TW", "caller", AT + MINUTE)
            assert len(session.scalars(select(Callback)).all()) == 1
        process.kw["bind"].dispose()


def test_a_message_is_written_once_whatever_key_hashed_it(installation: Installation) -> None:
    """Told again after a rotation, before its row is sealed anew: nobody gets it twice."""

    def told(factory: Sessions) -> int:
        facts = {"due": "11月24日 14:00", "number": "1"}
        with transaction(factory) as session:
            return notices.write(session, "N-04", "callback:1:registered", [NUMBER], facts, AT)

    assert told(installation.factory) == 1
    plainly(installation.factory, "notice", recipient=NUMBER, recipient_hash="")
    assert told(installation.factory) == 0
    Resealing(installation.factory, FIRST).run(AT, 1000)
    later = installation.by(BOTH)
    assert told(later) == 0
    later.kw["bind"].dispose()


def test_what_was_killed_goes_on_where_it_was(
    installation: Installation, callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is a transaction of its own: another process takes the next one, and none is done twice."""
    factory = installation.factory
    written(factory, callbacks)
    as_before(factory)
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    done = list[int]()
    for _step in range(200):
        done.append(Resealing(factory, FIRST).run(AT, 1))
    assert max(done) <= 2 and done[-1] == 0
    assert NUMBER not in installation.text()
    again = Resealing(factory, FIRST)
    assert again.run(AT + AGAIN, 1000) == 0 and again.unfinished() == []


def test_a_table_rests_when_a_later_pass_found_nothing(
    installation: Installation, callbacks: Callbacks
) -> None:
    """What a process of the release before still wrote behind the first pass is found by the next."""
    factory, job = installation.factory, Resealing(installation.factory, FIRST)
    written(factory, callbacks)
    assert job.run(AT, 1000) == 0 and "call" in job.unfinished()
    changed(factory, "c3", NUMBER)
    assert job.run(AT + AGAIN / 2, 1000) == 0
    assert job.run(AT + AGAIN, 1000) == 1 and "call" in job.unfinished()
    assert job.run(AT + 2 * AGAIN, 1000) == 0 and job.unfinished() == []


def test_after_a_rotation_every_row_is_sealed_by_the_new_key(
    installation: Installation, callbacks: Callbacks
) -> None:
    """Read, written and found by both keys meanwhile; afterwards the new one alone is enough."""
    written(installation.factory, callbacks)
    both = installation.by(BOTH)
    with transaction(both) as session:
        session.add(CallRow(id="new", caller=NUMBER, started_at=AT))
        session.flush()
        assert len(calls_of(session, NUMBER, 99)) == CALLS + 1
    job = Resealing(both, BOTH)
    assert job.run(AT, 1000) >= 3 * CALLS and job.run(AT + AGAIN, 1000) == 0 and job.unfinished() == []
    assert "sealed:one:" not in installation.text()
    second = installation.by(SECOND)
    with transaction(second) as session:
        assert len(calls_of(session, NUMBER, 99)) == CALLS + 1
        (row,) = of_number(session, NUMBER)
        assert row.number == NUMBER
    for factory in (both, second):
        factory.kw["bind"].dispose()


def test_evidence_is_sealed_anew_and_still_changed_by_nobody(
    installation: Installation, callbacks: Callbacks
) -> None:
    """Events are only added to (P0-a), before and after."""
    factory = installation.factory
    written(factory, callbacks)
    as_before(factory)
    Resealing(factory, FIRST).run(AT, 1000)
    for words in ("UPDATE callback_event SET kind = 'x'", "DELETE FROM callback_event"):
        with pytest.raises(DBAPIError, match="only added to"), transaction(factory) as session:
            session.execute(text(words))


@pytest.mark.dialects("postgresql")
def test_a_row_that_somebody_holds_is_passed_over(installation: Installation, callbacks: Callbacks) -> None:
    """Nobody waits for the other, and what was written meanwhile is not lost; the next pass finds it.

    SQLite has no such row: whoever writes has the whole database.
    """
    factory, job = installation.factory, Resealing(installation.factory, FIRST)
    written(factory, callbacks)
    as_before(factory)
    with transaction(factory) as session:
        held = session.get_one(CallRow, "c2", with_for_update=True)
        job.run(AT, 1000)
        held.caller = OTHER
        held.last_menu = "main"
    changed(factory, "c2", OTHER)
    assert job.run(AT + AGAIN, 1000) == 1
    with transaction(factory) as session:
        row = session.get_one(CallRow, "c2")
        assert (row.caller, row.last_menu) == (OTHER, "main")
        assert [one.id for one in calls_of(session, OTHER)] == ["c2"]


def test_rows_added_in_bulk_are_hashed_too(installation: Installation) -> None:
    """As imports and the call's path write them: into the table, not its class."""
    rows = [{"id": f"b{n}", "caller": NUMBER, "started_at": AT} for n in range(3)]
    with transaction(installation.factory) as session:
        session.execute(insert(Base.metadata.tables["call"]), rows)
        assert len(calls_of(session, NUMBER)) == 3
    assert NUMBER not in installation.text()


def test_calls_go_on_while_rows_are_sealed(installation: Installation, callbacks: Callbacks) -> None:
    """Processes of both releases write, none of them fails, and nothing of theirs is lost."""
    factory = installation.factory
    written(factory, callbacks)
    as_before(factory)

    def calls() -> None:
        for n in range(20):
            with transaction(factory) as session:
                session.add(CallRow(id=f"d{n:02}", caller=OTHER, started_at=AT))
            if n % 2:
                changed(factory, f"d{n:02}", NUMBER)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(calls)
        while not writing.done():
            Resealing(factory, FIRST).run(AT, 1)
        writing.result()
    Resealing(factory, FIRST).run(AT, 1000)
    Resealing(factory, FIRST).run(AT + AGAIN, 1000)
    assert NUMBER not in installation.text()
    with transaction(factory) as session:
        assert len(calls_of(session, NUMBER, 99)) == CALLS + 10
        assert len(calls_of(session, OTHER, 99)) == 10
