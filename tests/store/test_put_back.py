"""An old copy of the database is put back, a file or a dump:
every promise given since is made anew, once, and checked first.

What was kept, withdrawn or attempted since is known from the journal or the event log;
citizens hear of nothing again.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, event, func, select
from sqlalchemy.exc import DBAPIError

from calls.cdr_writer import Records
from calls.store import CallRow
from calls.turn_facts import Ledger
from hotline import metrics
from hotline.callbacks import restoring
from hotline.callbacks.chase import Chase
from hotline.callbacks.outbound_lock import CallToCitizen, OutboundLock
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.rules import CallbackState, Outcome
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback, CallbackAttempt
from hotline.callbacks.trace import Trace
from hotline.callbacks.wishes import Wish
from hotline.callbacks.work import CallbackWork
from hotline.db import Base, Sessions, sessions, transaction
from hotline.journal import Journal, Marks
from hotline.ledger.verification import anchor, verify
from hotline.numbers import e164
from hotline.outbox import service as notices
from hotline.outbox.store import OutboxState
from hotline.settings import Settings
from ivr.call import Call, InMenu
from ivr.steps import CallbackPromised
from ops.jobs.cel_files import ACTIVE
from ops.jobs.cel_follower import Follower
from ops.jobs.journal_replay import Replay
from ops.jobs.schedule import jobs
from ops.wiring import workshop
from tests.keys import put_keys
from tests.promises import TEN, people
from tests.put_back import OldCopy
from tests.recording_files import SOON, RecordingFiles

pytestmark = pytest.mark.dialects

MINUTE = timedelta(minutes=1)
HOURS = timedelta(hours=4)


@dataclass
class Node:
    """A machine: its AGI process, its console, its jobs, each with a journal of its own;
    ``at`` is its clock.
    """

    database: Engine
    callbacks: Callbacks
    home: Path
    name: str = "ntpc1"
    at: datetime = TEN
    journals: list[Journal] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.cel.mkdir(parents=True)
        self.agi = Ledger(
            sessions(self.database),
            self._journal("agi1"),
            self.callbacks,
            node=self.name,
            elapsed=lambda: 9.0,
        )
        self.console, self.worker = self._traced("console"), self._traced("jobs")
        self.starts_jobs()

    def starts_jobs(self) -> None:
        """Their process begins: it remembers nothing."""
        records = Records(self.name, self.callbacks)
        self.replay = Replay(self.worker, self.home / "journal", self.callbacks, lambda: self.at)
        self.follower = Follower(
            self.worker, self.cel, self.name, records, marks=Marks(self.home / "journal")
        )

    @property
    def cel(self) -> Path:
        return self.home / "cel"

    def _journal(self, process: str) -> Journal:
        self.journals.append(Journal(self.home / "journal", f"{self.name}-{process}"))
        return self.journals[-1]

    def _traced(self, process: str) -> Sessions:
        factory = sessions(self.database)
        Trace(self._journal(process)).follow(factory)
        return factory

    def runs(self) -> None:
        """What the jobs do in a second."""
        self.replay.run()
        self.follower.load(self.at)
        self.replay.run()

    def restarts(self) -> None:
        """All processes end, and begin anew a minute later."""
        for journal in self.journals:
            journal.close()
        self.at += MINUTE
        self.starts_jobs()
        self.runs()

    def promises(self, number: str, extension: str = "") -> str:
        """A caller is told by an AGI process; the call."""
        self.at += MINUTE
        call = Call(
            f"{self.name}-{next(self.numbers)}.1", "0123456789ab", InMenu("main"), caller=number, turn=3
        )
        due = self.callbacks.due(self.at).isoformat()
        self.agi.write(call, (CallbackPromised(number, "zh-TW", "caller", due, extension),), self.at)
        return call.id

    def hears(self, call: str, kind: str, said: str, number: str) -> None:
        """A line of Asterisk's event log."""
        line = {
            "eventtype": kind,
            "userdeftype": "",
            "eventtime": f"{self.at.timestamp():.6f}",
            "linkedid": call,
            "uniqueid": call,
            "channame": "PJSIP/trunk-00000001",
            "context": "from-trunk",
            "exten": "1999",
            "num": number,
            "appname": "",
            "appdata": "",
            "peer": "",
            "eventextra": json.dumps({"extra": said}) if said else "",
        }
        with (self.cel / ACTIVE).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, separators=(",", ":")) + "\n")

    def dialplan_promises(self, number: str) -> str:
        """No process of ours is there."""
        self.at += MINUTE
        call = f"{self.name}-{next(self.numbers)}.1"
        self.hears(call, "CHAN_START", "", number)
        self.hears(call, "PROMISE", f"{number}|zh-TW|dialplan", number)
        return call

    def opens(self, number: str, matter: str) -> None:
        """Somebody promises it at a desk."""
        self.at += MINUTE
        with transaction(self.console) as session:
            wish = Wish(number, "zh-TW", "desk", Ownership("epb", "epb-clean", "5112", "mei"), matter)
            self.callbacks.open(session, wish, "mei", self.at)

    def does(self, verb: str, number: str, *words: object) -> None:
        """What a person does with the promise to a number, on a page."""
        self.at += MINUTE
        with transaction(self.console) as session:
            row = session.scalars(select(Callback).where(Callback.number_hash == e164(number))).one()
            getattr(CallbackWork(self.callbacks), verb)(session, row.id, *words, self.at)

    def calls(self, number: str) -> CallToCitizen:
        """An officer lets 1999 call the citizen."""
        self.at += MINUTE
        with transaction(self.console) as session:
            row = session.scalars(select(Callback).where(Callback.number_hash == e164(number))).one()
            return OutboundLock(self.callbacks).seize(session, row.id, "mei", self.at)

    def is_told(self, placed: CallToCitizen, status: str) -> None:
        """What Asterisk writes when that call is over."""
        self.at += MINUTE
        said = f"{placed.token}|{placed.callback_id}|mei|{int(self.at.timestamp())}|over|{status}|17|"
        self.hears(placed.own_call, "CALLED", said, "")

    def rows(self) -> dict[str, Callback]:
        """Promises by number; never two to one number."""
        with transaction(self.console) as session:
            rows = list(session.scalars(select(Callback).order_by(Callback.id)))
        assert len({row.number for row in rows}) == len(rows), "doubled"
        return {row.number: row for row in rows}

    def letters(self) -> list[tuple[str, str, str]]:
        with transaction(self.console) as session:
            return [(one.template, one.recipient, one.text) for one in notices.notices(session)]

    def tells(self) -> int:
        with transaction(self.worker) as session:
            return restoring.tell(session, self.at)


@pytest.fixture
def nodes(database: Engine, callbacks: Callbacks, tmp_path: Path) -> Iterator[Callable[[str], Node]]:
    made: list[Node] = []

    def node(name: str) -> Node:
        made.append(Node(database, callbacks, tmp_path / name, name))
        return made[-1]

    with transaction(sessions(database)) as session:
        people(session)
    yield node
    for one in made:
        for journal in one.journals:
            journal.close()


@pytest.fixture
def node(nodes: Callable[[str], Node]) -> Node:
    return nodes("ntpc1")


BEFORE, ONE, TWO, THREE, FOUR = (f"09{n}2345678" for n in range(5))


def test_every_promise_given_since_is_made_anew_once_with_its_due_time_and_marked(
    node: Node, database: Engine, tmp_path: Path
) -> None:
    """By a caller, while the database was away, at a desk, by the dialplan alone;
    put back twice, the second time while all run.
    """
    node.promises(BEFORE, "5112")
    node.runs()
    copy = OldCopy(database, tmp_path)
    node.promises(ONE, "5112")
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE call_event RENAME TO away")
    node.promises(TWO)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO call_event")
    node.opens(THREE, "路燈不亮")
    node.dialplan_promises(FOUR)
    node.runs()
    given = node.rows()
    assert len(given) == 5 and not any(row.restored_at for row in given.values())
    copy.put_back()
    assert list(node.rows()) == [e164(BEFORE)]
    node.restarts()
    for _ in range(2):
        found = node.rows()
        assert {name: (row.registered_at, row.due_at) for name, row in found.items()} == {
            name: (row.registered_at, row.due_at) for name, row in given.items()
        }
        marked = {name for name, row in found.items() if row.is_to_be_checked}
        assert marked == {e164(number) for number in (ONE, TWO, THREE, FOUR)}
        assert {row.owner for row in found.values()} == {row.owner for row in given.values()}
        copy.put_back()
        node.replay.look_back()
        node.follower.look_back()
        node.runs()


def test_an_old_copy_put_back_while_everything_runs_is_seen_with_the_next_entry(
    node: Node, database: Engine, tmp_path: Path
) -> None:
    """Before it is written: nothing that was promised a moment ago is passed over."""
    node.promises(BEFORE)
    node.runs()
    copy = OldCopy(database, tmp_path)
    node.promises(ONE)
    node.runs()
    node.promises(TWO)
    copy.put_back()
    node.promises(THREE)
    node.runs()
    marked = {name for name, row in node.rows().items() if row.is_to_be_checked}
    assert set(node.rows()) == {e164(number) for number in (BEFORE, ONE, TWO, THREE)}
    assert marked == {e164(ONE), e164(TWO)}


def test_what_was_kept_withdrawn_or_attempted_since_is_not_owed_anew(
    node: Node, database: Engine, tmp_path: Path
) -> None:
    """Also of a promise that the copy knows as open."""
    for number in (BEFORE, ONE):
        node.promises(number, "5112" if number == BEFORE else "")
    node.runs()
    copy = OldCopy(database, tmp_path)
    node.promises(TWO, "5112")
    node.promises(THREE, "5113")
    node.does("close", BEFORE, "已說明", "mei")
    node.does("close", TWO, "已清運", "mei")
    node.does("cancel", ONE, "民眾來電已答覆", "boss")
    for _ in range(2):
        node.does("attempt", THREE, Outcome.NO_ANSWER, "an")
    node.runs()
    given = node.rows()
    copy.put_back()
    node.restarts()
    found = node.rows()
    for name, row in found.items():
        was = given[name]
        assert (row.state, row.result, row.failed, row.closed_at, row.first_attempt_at, row.next_attempt_by) == (
            was.state, was.result, was.failed, was.closed_at, was.first_attempt_at, was.next_attempt_by,
        ), name  # fmt: skip
    assert [row.state for row in found.values() if row.is_to_be_checked] == [CallbackState.ATTEMPTED]
    with transaction(node.console) as session:
        attempts = [one.outcome for one in session.scalars(select(CallbackAttempt))]
    assert sorted(attempts) == ["no-answer", "no-answer", "reached", "reached"]
    node.restarts()
    assert {name: row.state for name, row in node.rows().items()} == {
        name: row.state for name, row in given.items()
    }


def test_an_attempt_finds_its_promise_although_rows_have_other_numbers(
    node: Node, database: Engine, tmp_path: Path
) -> None:
    """The event log names the row's number; the journal knows which promise that call was for."""
    copy = OldCopy(database, tmp_path)
    node.opens(THREE, "路燈不亮")
    node.promises(ONE, "5112")
    node.promises(TWO, "5112")
    node.runs()
    placed = node.calls(TWO)
    node.is_told(placed, "BUSY")
    copy.put_back()
    node.promises(FOUR)  # in the minute before anybody sees what was put back
    node.restarts()
    rows = node.rows()
    assert rows[e164(TWO)].id != placed.callback_id
    assert {name: row.failed for name, row in rows.items()} == {
        e164(ONE): 0,
        e164(TWO): 1,
        e164(THREE): 0,
        e164(FOUR): 0,
    }
    assert not rows[e164(FOUR)].restored_at


def test_no_citizen_is_written_to_again_and_each_owner_gets_one_list(
    node: Node, database: Engine, tmp_path: Path
) -> None:
    """What waited in the copy for a citizen went out since; reminders that are late stand in the list."""
    with transaction(node.console) as session:
        notices.write(session, "N-20", "case:1", ["0912345678"], {"case": "11411240001"}, node.at)
    copy = OldCopy(database, tmp_path)
    for number in (ONE, TWO, THREE):
        node.promises(number, "5112")
    node.promises(FOUR, "5301")
    node.runs()
    first = len(node.letters())
    copy.put_back()
    assert node.replay.is_behind(), "until then nothing is sent, and nobody is reminded"
    node.at = TEN + 2 * HOURS
    node.restarts()
    assert not node.replay.is_behind()
    with transaction(node.console) as session:
        (waited,) = notices.notices(session, event="case:1")
        assert (waited.state, waited.text) == (OutboxState.SKIPPED, waited.text)
    assert {template for template, _, _ in node.letters()} == {"N-20"}
    assert node.tells() == 0, "not before it is calm"
    node.at += restoring.CALM
    assert (node.tells(), node.tells()) == (2, 0)
    lists = {who: text for template, who, text in node.letters() if template == "N-05"}
    assert set(lists) == {"mei@epb.example", "road@pwd.example"}
    assert "3件" in lists["mei@epb.example"] and lists["mei@epb.example"].count("分機5112") == 3
    Chase(node.worker, node.callbacks).run(node.at)
    assert {template for template, _, _ in node.letters()} == {"N-20", "N-05"} and first > 2


@pytest.mark.parametrize("first", [0, 1], ids=["the giver's node first", "the keeper's node first"])
def test_two_nodes_each_bring_what_their_journals_know(
    nodes: Callable[[str], Node], database: Engine, tmp_path: Path, first: int
) -> None:
    """One gave the promises, at the other they were kept; who asked again afterwards is owed one more."""
    giver, keeper = nodes("ntpc1"), nodes("ntpc2")
    giver.promises(BEFORE, "5112")
    giver.runs()
    copy = OldCopy(database, tmp_path)
    giver.promises(ONE, "5112")
    giver.runs()
    keeper.at = giver.at
    keeper.does("close", ONE, "已說明", "mei")
    keeper.does("close", BEFORE, "已說明", "mei")
    giver.at = keeper.at
    again = giver.promises(ONE, "5112")
    giver.runs()
    keeper.runs()
    copy.put_back()
    for one in (giver, keeper)[:: -1 if first else 1]:
        one.restarts()
    for one in (giver, keeper):
        one.replay.look_back()
        one.runs()
    with transaction(giver.console) as session:
        rows = list(session.scalars(select(Callback).order_by(Callback.registered_at)))
    assert [(row.number, row.state) for row in rows] == [
        (e164(BEFORE), CallbackState.DONE),
        (e164(ONE), CallbackState.DONE),
        (e164(ONE), CallbackState.OPEN),
    ]
    assert rows[2].call_id == again and rows[2].is_to_be_checked


class Died(BaseException):
    """As if the process had been killed at that moment."""


@pytest.mark.parametrize("transactions", range(6))
def test_dying_while_promises_are_made_anew_loses_and_doubles_nothing(
    node: Node, database: Engine, tmp_path: Path, transactions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each commit; whoever comes next still knows that an old copy was put back."""
    monkeypatch.setattr("ops.jobs.journal_replay.BATCH", 2)
    copy = OldCopy(database, tmp_path)
    for number in (ONE, TWO, THREE):
        node.promises(number, "5112")
    node.does("close", TWO, "已說明", "mei")
    node.dialplan_promises(FOUR)
    node.runs()
    copy.put_back()
    for journal in node.journals:
        journal.close()
    node.starts_jobs()
    commits = count()

    def die(*_: object) -> None:
        if next(commits) == transactions:
            raise Died

    event.listen(database, "commit", die)
    try:
        node.runs()
    except Died:
        assert node.replay.is_behind()
    event.remove(database, "commit", die)
    node.restarts()
    rows = node.rows()
    assert {name: row.state for name, row in rows.items()} == {
        e164(ONE): CallbackState.OPEN,
        e164(TWO): CallbackState.DONE,
        e164(THREE): CallbackState.OPEN,
        e164(FOUR): CallbackState.OPEN,
    }
    assert all(row.restored_at for row in rows.values())
    assert {template for template, _, _ in node.letters()} == set()


def test_files_that_are_gone_keep_nobody_waiting(node: Node, database: Engine, tmp_path: Path) -> None:
    """What is not there any more cannot be made anew: told, and the rest goes on;
    kept files alone are witness enough.
    """
    copy = OldCopy(database, tmp_path)
    node.promises(ONE)
    node.dialplan_promises(TWO)
    node.runs()
    for journal in node.journals:
        journal.close()
    node.runs()
    copy.put_back()
    (node.cel / ACTIVE).unlink()
    node.restarts()
    assert not node.replay.is_behind()
    assert set(node.rows()) == {e164(ONE), e164(TWO)}, "the second by the trace of the jobs"
    copy.put_back()
    (node.home / "journal" / "applied.json").write_text("spoilt")
    node.restarts()
    assert {row.is_to_be_checked for row in node.rows().values()} == {True} and len(node.rows()) == 2


def test_a_promise_is_copied_to_the_journal_and_the_copy_is_no_second_one(
    node: Node, database: Engine, factory: Sessions
) -> None:
    """Also when the journal cannot be written: the database has it."""
    before = metrics.promises.labels("caller")._value.get()
    call = node.promises(ONE)
    copies = [file.read_bytes().count(b'"row":true') for file in node.home.glob("journal/*agi1*")]
    assert copies == [1]
    node.runs()
    assert len(node.rows()) == 1 and metrics.promises.labels("caller")._value.get() == before + 1
    with transaction(factory) as session:
        assert session.get_one(CallRow, call).turn == 3


def test_resilience_48_a_copy_has_every_row_the_chain_and_the_sound_verify(
    database: Engine, factory: Sessions, callbacks: Callbacks, tmp_path: Path
) -> None:
    """By the database's own means, taken while it is written to;
    its evidence stands, and goes on from there.
    """
    with transaction(factory) as session:
        people(session)
        callbacks.promise(session, "c1", e164(ONE), "zh-TW", "caller", TEN, "5112")
    scene = RecordingFiles(factory, tmp_path / "recordings")
    scene.call()
    scene.files()
    scene.recordings.check(SOON)
    (tmp_path / "anchors").mkdir()
    anchored = anchor(factory, tmp_path / "anchors", TEN)
    before = {table.name: rows_of(database, table) for table in Base.metadata.sorted_tables}
    copy = OldCopy(database, tmp_path)
    with transaction(factory) as session:
        callbacks.promise(session, "c2", e164(TWO), "zh-TW", "caller", TEN, "5112")
    copy.put_back()
    assert {table.name: rows_of(database, table) for table in Base.metadata.sorted_tables} == before
    assert before["callback"] == 1 and before["audit_log"] > 0 and before["recording"] == 2
    assert anchored and list(verify(factory, tmp_path / "anchors")) == []
    assert scene.verification.verify(SOON) == [] and scene.states() == {"WHOLE"}
    with pytest.raises(DBAPIError), database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_log")
    with transaction(factory) as session:
        callbacks.promise(session, "c2", e164(TWO), "zh-TW", "caller", TEN, "5112")
    assert rows_of(database, Base.metadata.tables["callback"]) == 2


def rows_of(database: Engine, table: Table) -> int:
    with database.begin() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_the_jobs_send_and_remind_nothing_before_a_database_that_was_put_back_is_brought_up(
    database_url: str, tmp_path: Path
) -> None:
    """The processes as they are assembled: the console leaves traces, the jobs rest, catch up, and go on."""
    home = Settings(home=put_keys(tmp_path / "home"), database_url=database_url)
    console, worker = workshop(home, "console"), workshop(home, "jobs")
    Base.metadata.create_all(console.engine)
    with transaction(console.factory) as session:
        people(session)
        notices.write(session, "N-20", "case:1", ["0912345678"], {"case": "11411240001"}, TEN)
    run = {job.name: job.run for job in jobs(worker)}
    run["journal"]()
    copy = OldCopy(console.engine, tmp_path)
    with transaction(console.factory) as session:
        console.callbacks.open(session, Wish(ONE, "zh-TW", "desk", matter="路燈不亮"), "boss", TEN)
    run["journal"]()
    worker.engine.dispose()
    copy.put_back()
    for name in ("outbox", "callbacks", "promises"):
        run[name]()
    with transaction(console.factory) as session:
        assert [one.state for one in notices.notices(session)] == [OutboxState.WAITING]
        assert session.scalars(select(Callback)).all() == []
    run["put-back"]()
    run["journal"]()
    for name in ("callbacks", "outbox", "promises"):
        run[name]()
    with transaction(console.factory) as session:
        (row,) = session.scalars(select(Callback))
        assert (row.number, row.matter, row.is_to_be_checked) == (e164(ONE), "路燈不亮", True)
        assert {one.template: one.state for one in notices.notices(session)} == {"N-20": OutboxState.SKIPPED}
    for one in (console, worker):
        one.journal.close()
        one.engine.dispose()
