"""The journal: what was acknowledged survives everything, and is applied once."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.clock import taipei
from hotline.journal import JSON, Backlog, Journal, JournalEntry, lag, pending, sweep

TEN = taipei("2026-11-24T10:00")
NOTHING = Backlog(0, 0, None, 0)


class Replayer:
    """A database of one table and one row of positions a file, moved together."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.facts: list[str] = []
        self.positions: dict[str, int] = {}

    def run(self, most: int = 1_000_000) -> list[JournalEntry]:
        applied: list[JournalEntry] = []
        for entry in pending(self.directory, dict(self.positions)):
            if len(applied) == most:
                break
            self.facts.append(entry.key)
            self.positions[entry.file] = entry.offset_after
            applied.append(entry)
        return applied


@pytest.fixture
def replayer(tmp_path: Path) -> Replayer:
    return Replayer(tmp_path)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path, "ntpc1-agi1")
    yield journal
    journal.close()


def only_file(directory: Path) -> Path:
    (file,) = directory.glob("*.journal")
    return file


def test_a_fact_comes_back_as_it_was_written(journal: Journal, replayer: Replayer) -> None:
    """Line breaks, NUL, Chinese and lone surrogates included; the instant in UTC."""
    body: dict[str, JSON] = {"text": "您好\r\n\0\udc80", "list": [1, 2.5, None, True], "deep": {"a": {}}}
    journal.append("call-1", TEN, body)
    (entry,) = replayer.run()
    assert (entry.key, entry.at, entry.body) == ("call-1", TEN, body)
    assert entry.at.tzinfo is UTC


def test_nothing_is_pending_before_the_first_fact(tmp_path: Path) -> None:
    """No directory, no file, no error."""
    Journal(tmp_path / "journal", "ntpc1-agi1").close()
    assert list(pending(tmp_path / "journal", {})) == []
    assert lag(tmp_path / "journal", {}) == NOTHING
    assert sweep(tmp_path / "journal", {}).kept == ()


def test_replayed_twice_is_applied_once(journal: Journal, replayer: Replayer) -> None:
    """Also when the replayer died half-way and new facts came between."""
    for number in range(10):
        journal.append(str(number), TEN, {})
    replayer.run(most=4)
    journal.append("10", TEN, {})
    replayer.run()
    assert replayer.run() == []
    assert replayer.facts == [str(number) for number in range(11)]


@pytest.mark.matrix
def test_two_thousand_facts_keep_their_order(tmp_path: Path, replayer: Replayer) -> None:
    """Four hours without a database, over several segments; every promise keeps its own time."""
    with_segments = Journal(tmp_path, "ntpc1-agi1", segment=20_000)
    instants = [TEN + timedelta(seconds=7 * number) for number in range(2000)]
    for at in instants:
        with_segments.append(at.isoformat(), at, {"due": (at + timedelta(hours=4)).isoformat()})
    assert len(list(tmp_path.glob("*.journal"))) > 5
    applied = replayer.run()
    assert [entry.at for entry in applied] == instants
    with_segments.close()


def test_facts_of_two_processes_come_in_order_of_time(tmp_path: Path, replayer: Replayer) -> None:
    """Whoever wrote them, the earlier promise is applied first."""
    one, other = Journal(tmp_path, "ntpc1-agi1"), Journal(tmp_path, "ntpc1-agi2")
    for number in (0, 3, 4, 7):
        one.append(str(number), TEN + number * timedelta(seconds=1), {})
    for number in (1, 2, 5, 6):
        other.append(str(number), TEN + number * timedelta(seconds=1), {})
    replayer.run()
    assert replayer.facts == [str(number) for number in range(8)]
    one.close()
    other.close()


def test_a_clock_that_steps_back_loses_nothing(journal: Journal, replayer: Replayer) -> None:
    """Within a file the order is that of writing, so a stored offset never skips a fact."""
    journal.append("before", TEN, {})
    journal.append("after", TEN - timedelta(hours=1), {})
    journal.append("later", TEN + timedelta(hours=1), {})
    for _ in range(3):
        replayer.run(most=1)
    assert replayer.facts == ["before", "after", "later"]


def test_after_a_crash_writing_begins_in_a_new_file(
    tmp_path: Path, journal: Journal, replayer: Replayer
) -> None:
    """A torn line is never continued."""
    journal.append("1", TEN, {})
    journal.close()
    file = only_file(tmp_path)
    file.write_bytes(file.read_bytes() + b"0123456789abcdef {half")
    journal.append("2", TEN, {})
    replayer.run()
    assert replayer.facts == ["1", "2"]


def test_a_damaged_file_is_kept_for_a_person(tmp_path: Path, journal: Journal, replayer: Replayer) -> None:
    """It may hold a promise: set aside, still counted, never replayed again."""
    for number in range(3):
        journal.append(str(number), TEN, {})
    journal.close()
    file = only_file(tmp_path)
    file.write_bytes(file.read_bytes().replace(b'"key":"2"', b'"key":"9"'))
    replayer.run()
    assert sweep(tmp_path, replayer.positions).set_aside == (file.name,)
    assert (tmp_path / "damaged" / file.name).exists()
    assert lag(tmp_path, replayer.positions) == Backlog(0, 0, None, 1)
    assert replayer.run() == []


def test_lag_tells_how_much_waits_and_since_when(
    tmp_path: Path, journal: Journal, replayer: Replayer
) -> None:
    """Entries, bytes, and the instant of the oldest that is not applied."""
    for minute in range(4):
        journal.append(str(minute), TEN + timedelta(minutes=minute), {})
    replayer.run(most=1)
    journal.close()
    waiting = only_file(tmp_path).stat().st_size * 3 // 4
    assert lag(tmp_path, {}).entries == 4
    assert lag(tmp_path, replayer.positions).entries == 3
    assert lag(tmp_path, replayer.positions).oldest == TEN + timedelta(minutes=1)
    assert abs(lag(tmp_path, replayer.positions).size - waiting) < 20


def test_a_file_is_removed_when_applied_and_left(
    tmp_path: Path, journal: Journal, replayer: Replayer
) -> None:
    """Not before its last fact is applied, and not while its writer lives."""
    journal.append("1", TEN, {})
    journal.append("2", TEN, {})
    replayer.run(most=1)
    name = only_file(tmp_path).name
    journal.close()
    assert sweep(tmp_path, replayer.positions).kept == ()
    replayer.run()
    assert sweep(tmp_path, replayer.positions).kept == (name,)
    journal.append("3", TEN, {})
    replayer.run()
    assert sweep(tmp_path, replayer.positions).kept == ()
    assert only_file(tmp_path).name != name


def test_a_writer_that_left_keeps_no_file_by_a_flush_under_way(
    journal: Journal, replayer: Replayer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flusher works on a copy of the file, which holds the writer's lock as long as it is open."""
    begun, over, flush = threading.Event(), threading.Event(), os.fdatasync

    def slow(file: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            over.wait(10)
        flush(file)

    monkeypatch.setattr(os, "fdatasync", slow)
    journal.note("a", TEN, {})
    assert begun.wait(10)
    journal.close()
    replayer.run()
    swept = sweep(tmp_path, replayer.positions)
    over.set()
    assert len(swept.kept) == 1


def test_threads_share_a_flush_and_lose_nothing(
    tmp_path: Path, journal: Journal, replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred threads, some of whose facts go to the disk together."""
    flushes: list[int] = []
    flush = os.fdatasync

    def counted(file: int) -> None:
        flushes.append(file)
        flush(file)

    monkeypatch.setattr(os, "fdatasync", counted)
    together = threading.Barrier(100)

    def append(number: int) -> None:
        together.wait()
        for turn in range(5):
            journal.append(f"{number}-{turn}", TEN, {})

    threads = [threading.Thread(target=append, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    replayer.run()
    assert len(set(replayer.facts)) == len(replayer.facts) == 500
    assert len(flushes) < 500


@pytest.mark.parametrize("name", ["", "../x", "Agi", "a.b", "a" * 49])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    """Names become files."""
    with pytest.raises(ValueError, match="journal name"):
        Journal(tmp_path, name)


def test_what_json_cannot_say_is_refused_before_the_disk(journal: Journal, tmp_path: Path) -> None:
    """Not a number, and an instant without zone."""
    with pytest.raises(ValueError, match="JSON"):
        journal.append("1", TEN, {"a": float("nan")})
    with pytest.raises(ValueError, match="no zone"):
        journal.append("1", datetime.fromisoformat("2026-11-24T10:00"), {})
    assert list(tmp_path.iterdir()) == []
