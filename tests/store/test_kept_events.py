"""The event log kept sealed: gone in clear within hours, and all there for a database that was put back."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from calls.cdr_writer import Records
from calls.store import CallRow
from hotline.callbacks.service import Callbacks
from hotline.db import Sessions
from hotline.journal import Marks
from ops.jobs import cel_files
from ops.jobs.cel_files import ACTIVE, SETTLED
from ops.jobs.cel_follower import TURNED, Follower
from ops.jobs.cel_kept import KeptEvents
from tests.keys import RING
from tests.put_back import OldCopy
from tests.store.test_cel import NOW, Log, count, kinds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBER = b"0912345678"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "cel")


@pytest.fixture
def kept(tmp_path: Path) -> KeptEvents:
    return KeptEvents(tmp_path / "journal" / "events", RING)


@pytest.fixture
def follower(factory: Sessions, log: Log, kept: KeptEvents, callbacks: Callbacks, tmp_path: Path) -> Follower:
    return follow(factory, log, kept, callbacks, tmp_path)


def follow(factory: Sessions, log: Log, kept: KeptEvents, callbacks: Callbacks, home: Path) -> Follower:
    """Begins to follow as the jobs do."""
    return Follower(
        factory,
        log.folder,
        "ntpc1",
        Records("ntpc1", callbacks),
        batch=2,
        keep=35 * DAY,
        marks=Marks(home / "journal"),
        kept=kept,
    )


def aged(log: Log) -> None:
    """What was written last was written at NOW."""
    for path in log.folder.iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))


def in_clear(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and NUMBER in path.read_bytes()]


def test_a_log_is_gone_in_clear_within_two_hours(follower: Follower, log: Log, tmp_path: Path) -> None:
    """Turned after one, kept once it is loaded and settled; nothing of it can be read then."""
    for second in range(5):
        log.event(7, second, "ANSWER")
    follower.load(NOW)
    follower.tidy(NOW + TURNED - 2 * SETTLED)
    assert [path.name for path in log.folder.iterdir()] == [ACTIVE]
    aged(log)
    for minutes in (1, 11):
        follower.tidy(NOW + HOUR + timedelta(minutes=minutes))
    assert list(log.folder.iterdir()) == [] and in_clear(tmp_path / "journal") == []
    (copy,) = (tmp_path / "journal" / "events").iterdir()
    assert copy.stat().st_mode & 0o077 == 0 and copy.read_text().startswith("sealed:test:")


def test_what_is_not_loaded_stays(follower: Follower, log: Log) -> None:
    """A database that was away for a day; and a line that came when its file was turned."""
    log.event(7, 0, "ANSWER")
    aged(log)
    follower.tidy(NOW + DAY)
    (turned,) = log.folder.iterdir()
    assert turned.name != ACTIVE
    follower.load(NOW + DAY)
    with turned.open("a") as late:
        late.write(log.event(7, 1, "HANGUP"))
    log.path.unlink()
    aged(log)
    follower.tidy(NOW + DAY)
    assert turned.exists(), "its last line is not loaded"
    follower.load(NOW + DAY)
    follower.tidy(NOW + DAY)
    assert not turned.exists()


def keep_all(follower: Follower, log: Log) -> None:
    follower.load(NOW)
    aged(log)
    for _ in range(2):
        follower.tidy(NOW + 2 * HOUR)
    assert list(log.folder.iterdir()) == []


@pytest.mark.dialects
def test_a_database_that_was_put_back_is_brought_up_from_the_copies(
    database: Engine, factory: Sessions, follower: Follower, log: Log, tmp_path: Path
) -> None:
    """Every line at the place it had, and nothing twice."""
    copy = OldCopy(database, tmp_path)
    log.event(7, 0, "CHAN_START")
    log.event(7, 1, "ANSWER", num="王\\")
    log.event(7, 2, "PROMISE", eventextra='{"extra":"0912345678,zh-TW,dialplan"}')
    log.event(7, 3, "HANGUP", eventextra='{"hangupsource":"PJSIP/trunk-00000001"}')
    keep_all(follower, log)
    before = kinds(factory)
    copy.put_back()
    follower.look_back()
    assert follower.lag(NOW).size > 0
    assert follower.load(NOW + DAY).lines == len(before)
    assert kinds(factory) == before and count(factory, CallRow) == 1
    follower.look_back()
    assert follower.load(NOW + DAY).lines == 0 and follower.lag(NOW + DAY).size == 0


def test_a_copy_reads_as_the_file_did(log: Log, kept: KeptEvents) -> None:
    """From any place on, any number of lines; with bytes that are no text, and a line that is cut."""
    log.event(7, 0, "ANSWER")
    log.write(b"\xff\x00 no json \r still one line\n")
    log.write(b"x" * (cel_files.CHUNK + 10) + b"\n")
    log.event(7, 1, "HANGUP")
    (file,) = cel_files.files(log.folder)
    kept.keep(file)
    (copy,) = kept.files()
    whole = list(cel_files.lines(file, 0, 100))
    assert (copy.identity, copy.size, copy.is_kept) == (file.identity, file.size, True)
    for begin in range(len(whole)):
        for most in (1, 2, 100):
            wanted = list(cel_files.lines(file, whole[begin][0], most))
            assert list(kept.lines(copy, whole[begin][0], most)) == wanted == whole[begin : begin + most]


def test_killed_between_copy_and_removal_nothing_is_read_twice(
    factory: Sessions, follower: Follower, log: Log, kept: KeptEvents
) -> None:
    """Both are there: the file goes at the next turn, the half-written copy of another kill is written anew."""
    log.event(7, 0, "ANSWER")
    follower.load(NOW)
    aged(log)
    follower.tidy(NOW + 2 * HOUR - SETTLED)
    if log.path.exists():
        log.path.rename(log.folder / f"{ACTIVE}.1")
    for file in cel_files.files(log.folder):
        kept.keep(file)
    assert len(follower.files()) == 1
    follower.look_back()
    assert follower.load(NOW + DAY).lines == 0
    follower.tidy(NOW + DAY)
    assert list(log.folder.iterdir()) == [] and len(follower.files()) == 1


def test_a_line_that_nobody_ends_any_more_keeps_nothing_in_clear(
    factory: Sessions, follower: Follower, log: Log, kept: KeptEvents, tmp_path: Path
) -> None:
    """The disk was full, or the power went, in the middle of an event: what there is of it is kept."""
    log.event(7, 0, "ANSWER")
    whole = log.event(7, 1, "HANGUP")
    log.path.write_bytes(log.path.read_bytes()[: -len(whole) // 2])
    follower.load(NOW)
    log.path.rename(log.folder / f"{ACTIVE}.1")
    aged(log)
    assert follower.load(NOW + SETTLED / 2).lines == 0
    assert follower.load(NOW + SETTLED).unreadable == 1 and kinds(factory) == ["ANSWER", "UNREADABLE"]
    assert follower.lag(NOW + HOUR).size == 0
    follower.tidy(NOW + HOUR)
    assert list(log.folder.iterdir()) == [] and in_clear(tmp_path) == []
    (copy,) = kept.files()
    assert [line for _, line in kept.lines(copy, 0, 9)][1] == whole.encode()[: len(whole) // 2]


def test_copies_go_after_their_time(follower: Follower, log: Log, kept: KeptEvents) -> None:
    """As long as the journal of the same days."""
    log.event(7, 0, "ANSWER")
    keep_all(follower, log)
    follower.tidy(NOW + 34 * DAY)
    assert len(kept.files()) == 1
    follower.tidy(NOW + 36 * DAY)
    assert kept.files() == []
