"""The follower of the event log: each line once, whatever happens to it, to its file or to the follower."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from calls.cdr_writer import Records
from calls.store import CallEvent, CallRow, CelEvent, Leg, LogPosition
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback, CallbackRequest
from hotline.clock import taipei
from hotline.db import Sessions, connect, sessions, transaction
from ops.jobs.cel_files import ACTIVE
from ops.jobs.cel_follower import Follower, Lag
from recordings.store import Recording
from tests.keys import RING

pytestmark = pytest.mark.dialects

NOW = taipei("2026-11-24T10:00")
REAL = Path(__file__).parent.parent / "rules" / "asterisk-22.jsonl"


class Log:
    """The event log as Asterisk writes it, line by line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.path = folder / ACTIVE

    def write(self, text: str | bytes) -> None:
        with self.path.open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def start(self, seconds: float) -> str:
        """What the supervisor writes ahead of Asterisk."""
        at = f"{NOW.timestamp() + seconds:.6f}"
        return json.dumps({"eventtype": "SYSTEM_START", "eventtime": at, "node": "ntpc1"}) + "\n"

    def event(self, call: int, seconds: float, kind: str, channel: str = "trunk", **fields: str) -> str:
        unique = f"ntpc1-{call}.{'1' if channel == 'trunk' else channel}"
        body = {
            "eventtype": kind,
            "userdeftype": "",
            "eventtime": f"{NOW.timestamp() + seconds:.6f}",
            "linkedid": f"ntpc1-{call}.1",
            "uniqueid": unique,
            "channame": f"PJSIP/{channel}-00000001",
            "context": "from-trunk" if channel == "trunk" else "from-agents",
            "exten": "1999",
            "num": "0912345678",
            "appname": "",
            "appdata": "",
            "eventextra": "",
            "peer": "",
            **fields,
        }
        line = json.dumps(body, separators=(",", ":")) + "\n"
        self.write(line)
        return line


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "cel")


@pytest.fixture
def follower(factory: Sessions, log: Log, callbacks: Callbacks) -> Follower:
    return follow(factory, log, callbacks)


def follow(factory: Sessions, log: Log, callbacks: Callbacks, batch: int = 500) -> Follower:
    return Follower(factory, log.folder, "ntpc1", Records("ntpc1", callbacks), batch=batch, turn_at=1000)


def count(factory: Sessions, table: type) -> int:
    with transaction(factory) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def kinds(factory: Sessions) -> list[str]:
    with transaction(factory) as session:
        return list(session.scalars(select(CelEvent.kind).order_by(CelEvent.at, CelEvent.offset)))


def call(factory: Sessions, call_id: str = "ntpc1-7.1") -> CallRow:
    with transaction(factory) as session:
        return session.get_one(CallRow, call_id)


def test_a_line_is_kept_without_its_empty_fields(factory: Sessions, log: Log, follower: Follower) -> None:
    """They are a tenth of the log, and it is most of what a call keeps in the database."""
    log.event(7, 0, "CHAN_START")
    follower.load(NOW)
    with transaction(factory) as session:
        body = session.scalars(select(CelEvent.body)).one()
    assert all(body.values()) and {"eventtype", "num", "exten"} < body.keys() and "peer" not in body


def test_real_log(factory: Sessions, log: Log, follower: Follower) -> None:
    """Every call of a real log is written and closed, also those on which Asterisk was killed."""
    shutil.copy(REAL, log.path)
    loaded = follower.load(NOW)
    with transaction(factory) as session:
        rows = list(session.scalars(select(CallRow)))
    assert loaded.unreadable == 1
    assert all(row.ended_at and row.end_reason and row.outcome and row.caller for row in rows)
    assert len(loaded.ended) == len(rows) >= 14
    assert [row.end_reason for row in rows].count("system") == 2
    assert count(factory, Leg) > 10
    assert count(factory, CallbackRequest) == 3
    with transaction(factory) as session:
        expected = list(session.scalars(select(Recording)))
        begun = list(session.scalars(select(CallEvent).where(CallEvent.kind == "RecordingStarted")))
    assert all(row.ended_at and row.state == "EXPECTED" for row in expected)
    assert [row.crashed for row in expected].count(True) == 4, "two directions of two calls"
    assert len(expected) == 2 * len(begun)
    assert {event.detail["permission"] for event in begun} == {"allowed"}


@pytest.mark.parametrize("batch", [1, 3, 500])
def test_any_batch_gives_the_same_rows(factory: Sessions, log: Log, callbacks: Callbacks, batch: int) -> None:
    """Where the follower pauses makes no difference to what is written."""
    shutil.copy(REAL, log.path)
    lines = REAL.read_bytes().count(b"\n")
    assert follow(factory, log, callbacks, batch).load(NOW).lines == lines
    told = {"CallEnded": 15, "PromiseSpoken": 3, "PhoneRang": 24}
    with transaction(factory) as session:
        for kind, number in told.items():
            query = select(func.count()).where(CallEvent.kind == kind)
            assert session.scalar(query) == number, kind


def test_nothing_twice(factory: Sessions, log: Log, follower: Follower, callbacks: Callbacks) -> None:
    """A second run, and a second follower, load nothing again."""
    log.event(7, 0, "CHAN_START")
    other = follow(factory, log, callbacks)
    assert (follower.load(NOW).lines, follower.load(NOW).lines, other.load(NOW).lines) == (1, 0, 0)
    log.event(7, 1, "ANSWER")
    assert (other.load(NOW).lines, follower.load(NOW).lines) == (1, 0)
    assert kinds(factory) == ["CHAN_START", "ANSWER"]


def test_torn_last_line_waits(factory: Sessions, log: Log, follower: Follower) -> None:
    """Half a line is not read until its other half is there."""
    log.event(7, 0, "CHAN_START")
    line = log.event(7, 1, "ANSWER")
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[: -len(line) + 40])
    assert follower.load(NOW).lines == 1
    assert follower.lag(NOW + timedelta(hours=1)) == Lag(40, timedelta())
    log.write(line[40:])
    assert follower.load(NOW).lines == 1
    assert kinds(factory) == ["CHAN_START", "ANSWER"]
    assert follower.lag(NOW) == Lag(0, timedelta())


def test_lag(factory: Sessions, log: Log, follower: Follower) -> None:
    """What waits counts from when it was written."""
    log.event(7, 0, "CHAN_START")
    line = log.event(7, 2, "ANSWER")
    assert follower.lag(NOW + timedelta(seconds=9)).age == timedelta(seconds=9)
    follower.load(NOW)
    log.event(7, 5, "HANGUP")
    assert follower.lag(NOW + timedelta(seconds=9)) == Lag(len(line), timedelta(seconds=4))


def test_lines_that_are_no_events(factory: Sessions, log: Log, follower: Follower) -> None:
    """They are kept, and what follows is loaded."""
    log.event(7, 0, "CHAN_START")
    log.write(b"\x00\x00\xff garbage\n[1]\n\n" + b"x" * 600_000 + b"\n")
    log.event(7, 1, "ANSWER")
    loaded = follower.load(NOW)
    assert loaded.unreadable >= 3
    assert [kind for kind in kinds(factory) if kind != "UNREADABLE"] == ["CHAN_START", "ANSWER"]


def test_renamed_while_it_is_written(factory: Sessions, log: Log, follower: Follower) -> None:
    """A renamed file is read to its end, also what comes after the renaming."""
    log.event(7, 0, "CHAN_START")
    follower.load(NOW)
    renamed = log.path.rename(log.folder / f"{ACTIVE}.1")
    with renamed.open("a") as late:
        late.write(log.event(7, 1, "ANSWER"))
    log.path.unlink()
    log.event(7, 2, "HANGUP")
    assert follower.load(NOW).lines == 2
    assert kinds(factory) == ["CHAN_START", "ANSWER", "HANGUP"]


def test_copied_and_emptied(factory: Sessions, log: Log, follower: Follower) -> None:
    """copytruncate: the copy is the file that was read, the emptied one is new."""
    log.event(7, 0, "CHAN_START")
    follower.load(NOW)
    log.event(7, 1, "ANSWER")
    shutil.copy(log.path, log.folder / f"{ACTIVE}.1")
    os.truncate(log.path, 0)
    log.event(7, 2, "HANGUP")
    assert follower.load(NOW).lines == 2
    assert kinds(factory) == ["CHAN_START", "ANSWER", "HANGUP"]


def test_turned_when_large_and_removed_when_old(factory: Sessions, log: Log, follower: Follower) -> None:
    """A file goes only when it is loaded to its end and old; the active one never."""
    for second in range(4):
        log.event(7, second, "ANSWER")
    follower.tidy(NOW)
    (turned,) = log.folder.iterdir()
    assert turned.name.startswith(f"{ACTIVE}.2026")
    later = datetime.now(UTC) + timedelta(days=15)
    follower.tidy(later)
    assert turned.exists(), "not loaded yet"
    log.event(7, 9, "HANGUP")
    follower.load(NOW)
    follower.tidy(later - timedelta(days=2))
    assert turned.exists(), "not old yet"
    follower.tidy(later)
    assert [path.name for path in log.folder.iterdir()] == [ACTIVE]
    assert len(kinds(factory)) == 5


def test_turns_are_left_alone(factory: Sessions, log: Log, follower: Follower) -> None:
    """The other witness's columns stay as they are, whichever came first."""
    with transaction(factory) as session:
        session.add(
            CallRow(id="ntpc1-7.1", node="ntpc1", language="en", wanted="ja", last_menu="main", turn=3)
        )
    log.event(7, 0, "CHAN_START")
    log.event(7, 5, "HANGUP", eventextra='{"hangupsource":"PJSIP/trunk-00000001"}')
    ended = follower.load(NOW).ended
    row = call(factory)
    assert (row.language, row.wanted, row.last_menu, row.turn) == ("en", "ja", "main", 3)
    assert (row.caller, row.end_reason, row.started_at) == ("+886912345678", "caller_hung_up", NOW)
    assert [one.id for one in ended] == ["ntpc1-7.1"]


MENU = "1795485600.000|1795485603.000|abc|language"
"""The user field of a caller who is asked for a language."""


def test_P3_b_the_first_menus_are_told_until_a_turn_knows_better(
    factory: Sessions, log: Log, follower: Follower
) -> None:
    """Asterisk asks them by itself, and nobody else has told of them yet."""
    log.event(7, 0, "CHAN_START")
    log.event(7, 4, "FAILOVER", userfield=MENU)
    follower.load(NOW)
    assert (call(factory).menus, call(factory).last_menu) == ("abc", "language")
    log.event(7, 6, "NOTICE", userfield=f"{MENU}|1795485605.000|4|en|en|main")
    follower.load(NOW)
    row = call(factory)
    assert (row.menus, row.last_menu, row.language, row.wanted) == ("abc", "main", "en", "en")
    with transaction(factory) as session:
        session.execute(update(CallRow).values(last_menu="other", wanted="ja", turn=2))
    log.event(7, 9, "HANGUP")
    follower.load(NOW)
    assert (call(factory).last_menu, call(factory).wanted) == ("other", "ja")
    with transaction(factory) as session:
        heard = select(CallEvent.at).where(CallEvent.kind == "MenuHeard").order_by(CallEvent.at)
        assert [one.timestamp() for one in session.scalars(heard)] == [1795485603, 1795485605]


def test_P3_b_a_turn_that_was_written_first_is_told_the_menu_it_does_not_know(
    factory: Sessions, log: Log, follower: Follower
) -> None:
    """The decision behind the menus that Asterisk asks by itself tells of none of them, nor of another."""
    with transaction(factory) as session:
        session.add(CallRow(id="ntpc1-7.1", node="ntpc1", language="ja", wanted="ja", menus="abc", turn=3))
    log.event(7, 0, "CHAN_START")
    log.event(7, 6, "NOTICE", userfield=f"{MENU}|1795485605.000|5|ja|ja|main")
    follower.load(NOW)
    row = call(factory)
    assert (row.last_menu, row.language, row.wanted, row.turn) == ("main", "ja", "ja", 3)


def test_dialplan_promise_is_due_from_its_own_instant(
    factory: Sessions, log: Log, follower: Follower
) -> None:
    """Loaded hours later, the deadline runs from when it was spoken, and there is one promise."""
    log.event(7, 0, "CHAN_START")
    log.event(7, 1, "PROMISE", eventextra='{"extra":"0223456789|en|dialplan"}')
    follower.load(NOW + timedelta(hours=9))
    log.event(7, 2, "HANGUP")
    follower.load(NOW + timedelta(hours=10))
    with transaction(factory) as session:
        promise = session.scalars(select(Callback)).one()
    assert (promise.number, promise.language, promise.origin) == ("+886223456789", "en", "dialplan")
    assert promise.due_at == taipei("2026-11-24T14:00")
    assert call(factory).outcome == "promised"


def test_who_hangs_up_while_the_promise_is_read_back_was_promised(
    factory: Sessions, log: Log, follower: Follower, callbacks: Callbacks
) -> None:
    """It stands before it is spoken; the event log knows of it only by its message."""
    with transaction(factory) as session:
        callbacks.promise(session, "ntpc1-7.1", "+886912345678", "zh-TW", "caller", NOW)
    for number in (7, 8):
        log.event(number, 0, "CHAN_START")
        log.event(number, 0, "ANSWER")
        log.event(number, 5, "HANGUP", eventextra='{"hangupsource":"PJSIP/trunk-00000001"}')
    follower.load(NOW + timedelta(minutes=1))
    with transaction(factory) as session:
        came = [session.get_one(CallRow, f"ntpc1-{number}.1").outcome for number in (7, 8)]
    assert came == ["promised", "abandoned"]


@pytest.mark.parametrize("said", ["", "|||||", "x" * 3000, "0912345678|" + "語" * 50 + "|dialplan"])
def test_spoilt_promise_is_kept(factory: Sessions, log: Log, follower: Follower, said: str) -> None:
    """A promise whose text is spoilt is still a promise, to the caller's own number."""
    log.event(7, 0, "CHAN_START")
    log.event(7, 1, "PROMISE", eventextra=json.dumps({"extra": said}))
    follower.load(NOW)
    with transaction(factory) as session:
        assert session.scalars(select(Callback.number)).one() == "+886912345678"


def test_promise_in_a_year_without_calendar_stops_nothing(
    factory: Sessions, log: Log, follower: Follower
) -> None:
    """A wrong clock costs a deadline, not the log."""
    far = (taipei("2199-01-01T10:00") - NOW).total_seconds()
    log.event(7, far, "CHAN_START")
    log.event(7, far + 1, "PROMISE", eventextra='{"extra":"0912345678|en|dialplan"}')
    log.event(8, 0, "CHAN_START")
    assert follower.load(NOW).lines == 3
    assert call(factory, "ntpc1-8.1")


def test_start_of_asterisk_ends_what_was_up(factory: Sessions, log: Log, follower: Follower) -> None:
    """Also a call that only its turns know; calls of other nodes and later calls stay."""
    with transaction(factory) as session:
        session.add(CallRow(id="ntpc1-9.1", node="ntpc1", started_at=NOW))
        session.add(CallRow(id="ntpc2-9.1", node="ntpc2", started_at=NOW))
    log.event(7, 0, "CHAN_START")
    log.write('{"eventtype":"ANSW')  # it died in the middle of a line
    log.write("\n" + log.start(30))
    log.event(8, 31, "CHAN_START")
    assert len(follower.load(NOW).ended) == 1
    for call_id in ("ntpc1-7.1", "ntpc1-9.1"):
        row = call(factory, call_id)
        assert (row.end_reason, row.ended_at) == ("system", NOW + timedelta(seconds=30))
    assert call(factory, "ntpc2-9.1").ended_at is None
    assert call(factory, "ntpc1-8.1").ended_at is None


def test_database_away(
    factory: Sessions, log: Log, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that could not be committed is loaded again as a whole."""
    log.event(7, 0, "CHAN_START")

    def fail(*_: object) -> None:
        raise OperationalError("commit", {}, Exception("gone"))

    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr("calls.cdr_writer.Records.end_placed", fail)
        follower.load(NOW)
    assert count(factory, CelEvent) == 0
    assert count(factory, LogPosition) == 0
    assert follower.load(NOW).lines == 1


# Follows a log for ever, telling each run.
FOLLOWER = """
import sys
from datetime import time, timedelta
from pathlib import Path
from hotline.callbacks.service import Callbacks
from hotline.clock import now
from hotline.db import connect, sessions
from hotline.worktime import Calendar, OfficeHours, Worktime
from calls.cdr_writer import Records
from ops.jobs.cel_follower import Follower
from tests.keys import RING
callbacks = Callbacks(Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30))))
factory = sessions(connect(sys.argv[1], wait=timedelta(seconds=5), keys=RING))
follower = Follower(factory, Path(sys.argv[2]), "ntpc1", Records("ntpc1", callbacks), batch=int(sys.argv[3]))
print("ready", flush=True)
while True:
    follower.load(now())
"""


def test_kill_9_at_any_moment(database_url: str, factory: Sessions, log: Log, callbacks: Callbacks) -> None:
    """Killed again and again while the log grows and turns: every line is there once."""
    chance = random.Random(1999)
    written = 0
    for run in range(8):
        command = [sys.executable, "-c", FOLLOWER, database_url, str(log.folder), str(chance.randint(1, 20))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert process.stdout
        process.stdout.readline()
        for number in range(chance.randint(20, 60)):
            log.event(100 * run + number % 7, number, "BRIDGE_ENTER")
            written += 1
        if chance.random() < 0.5:
            log.path.rename(log.folder / f"{ACTIVE}.{run}")
        time.sleep(chance.random() / 5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    engine = connect(database_url, wait=timedelta(seconds=5), keys=RING)
    follow(sessions(engine), log, callbacks).load(NOW)
    engine.dispose()
    assert count(factory, CelEvent) == written
