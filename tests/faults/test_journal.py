"""The journal under kill -9, torn and changed bytes, full and failing disks."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path
from threading import Event

import pytest

from hotline.clock import taipei
from hotline.journal import Backlog, Journal, JournalUnwritable, lag, pending, sweep
from hotline.journal import writer as writing

TEN = taipei("2026-11-24T10:00")
NOTHING = Backlog(0, 0, None, 0)

# Appends numbered entries and prints each number after it was acknowledged.
WRITER = """
import sys
import threading
from datetime import timedelta
from itertools import islice
from pathlib import Path
from hotline.clock import taipei
from hotline.journal import Journal
journal = Journal(Path(sys.argv[1]), sys.argv[2], segment=int(sys.argv[4]))
write = getattr(journal, sys.argv[5])
for number in range(int(sys.argv[3])):
    key = f"{sys.argv[2]}-{number}"
    write(key, taipei("2026-11-24T10:00") + timedelta(seconds=number), {"text": "x" * (number % 97)})
    print(key, flush=True)
"""


Positions = dict[str, int]


def replay(directory: Path, positions: Positions, most: int | None = None) -> list[str]:
    """Apply facts and move the positions with them, as one transaction does."""
    applied = []
    for entry in islice(pending(directory, dict(positions)), most):
        applied.append(entry.key)
        positions[entry.file] = entry.offset_after
    return applied


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path, "ntpc1-agi1")
    yield journal
    journal.close()


def only_file(directory: Path) -> Path:
    (file,) = directory.glob("*.journal")
    return file


def writer(
    directory: Path, name: str, entries: int, segment: int = 1 << 20, how: str = "append"
) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(directory), name, str(entries), str(segment), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_write_while_a_third_replays(tmp_path: Path) -> None:
    """Everything once, nothing missing, although files grow, turn and vanish meanwhile."""
    writers = [writer(tmp_path, name, 300, segment=5_000) for name in ("ntpc1-agi1", "ntpc1-agi2")]
    positions: Positions = {}
    facts: list[str] = []
    while any(process.poll() is None for process in writers):
        facts += replay(tmp_path, positions)
        sweep(tmp_path, positions)
    acknowledged = [key for process in writers for key in process.communicate()[0].split()]
    facts += replay(tmp_path, positions)
    assert sorted(facts) == sorted(acknowledged)
    assert len(acknowledged) == 600
    sweep(tmp_path, positions)
    assert list(tmp_path.glob("*.journal")) == []


@pytest.mark.parametrize("how", ["append", "note"])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, how: str) -> None:
    """Killed at any moment: every acknowledged fact is replayed, once, and at most one more."""
    chance = random.Random(1999)
    positions: Positions = {}
    acknowledged: list[str] = []
    facts: list[str] = []
    for run in range(12):
        process = writer(tmp_path, f"run-{run}", 100_000, chance.randint(500, 50_000), how)
        assert process.stdout
        heard = [process.stdout.readline() for _ in range(chance.randint(1, 120))]
        process.send_signal(signal.SIGKILL)
        acknowledged += "".join([*heard, process.communicate()[0]]).split()
        facts += replay(tmp_path, positions, most=chance.randint(1, 100))
    facts += replay(tmp_path, positions)
    assert len(facts) == len(set(facts))
    assert set(acknowledged) <= set(facts)
    assert len(facts) <= len(acknowledged) + 12
    assert lag(tmp_path, positions) == NOTHING


def test_a_line_torn_at_any_byte_is_ignored(tmp_path: Path, journal: Journal) -> None:
    """Cut the file anywhere: whole lines are read,
    also the last if all but its line break is there, the rest is not.
    """
    for number in range(3):
        journal.append(str(number), TEN, {"text": "x"})
    journal.close()
    content = only_file(tmp_path).read_bytes()
    torn = tmp_path / "torn"
    torn.mkdir()
    for length in range(len(content) + 1):
        (torn / "ntpc1.journal").write_bytes(content[:length])
        whole = content[: length + 1].count(b"\n")
        assert [entry.key for entry in pending(torn, {})] == ["0", "1", "2"][:whole]
        assert lag(torn, {}).damaged == 0


def test_a_tail_of_zeros_is_ignored(tmp_path: Path, journal: Journal) -> None:
    """What a power failure leaves behind the last flushed byte."""
    journal.append("1", TEN, {})
    journal.close()
    with only_file(tmp_path).open("ab") as file:
        file.write(bytes(4096))
    positions: Positions = {}
    assert replay(tmp_path, positions) == ["1"]
    assert sweep(tmp_path, positions).kept


def test_a_line_half_written_over_the_zeros_waits(tmp_path: Path, journal: Journal) -> None:
    """Seen by a replayer while its writer lives, it is neither applied nor passed over; then it is whole."""
    journal.append("1", TEN, {})
    journal.append("2", TEN, {"text": "x" * 100})
    file = only_file(tmp_path)
    whole = file.read_bytes()
    hole = whole.index(b"xxx")
    positions: Positions = {}
    with file.open("r+b") as writing:
        writing.seek(hole)
        writing.write(bytes(50))
        writing.flush()
        assert replay(tmp_path, positions) == ["1"]
        writing.seek(hole)
        writing.write(b"x" * 50)
    assert replay(tmp_path, positions) == ["2"]
    assert lag(tmp_path, positions) == NOTHING


def test_every_changed_byte_is_noticed(tmp_path: Path, journal: Journal) -> None:
    """A damaged line is passed over and counted; its neighbours are applied."""
    for number in range(3):
        journal.append(str(number), TEN, {"text": "x"})
    journal.close()
    content = only_file(tmp_path).read_bytes()
    first = content.index(b"\n") + 1
    second = content.index(b"\n", first)
    spoilt = tmp_path / "spoilt"
    spoilt.mkdir()
    for place in range(first, second):
        changed = bytearray(content)
        changed[place] ^= 1
        (spoilt / "ntpc1.journal").write_bytes(changed)
        assert [entry.key for entry in pending(spoilt, {})] == ["0", "2"]
        assert lag(spoilt, {}).damaged >= 1


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 1000 bytes, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("small_files")
def test_a_fact_that_does_not_fit_is_refused_aloud(tmp_path: Path, journal: Journal) -> None:
    """The caller can tell; what was acknowledged stays, what was refused is not there."""
    journal.append("fits", TEN, {"text": "x" * 500})
    with pytest.raises(JournalUnwritable, match="File too large"):
        journal.append("does not", TEN, {"text": "x" * 2000})
    journal.append("fits again", TEN, {})
    assert replay(tmp_path, {}) == ["fits", "fits again"]


@pytest.mark.skipif(os.geteuid() != 0, reason="a file system of 64 KiB needs root")
def test_a_full_disk_is_told_and_overcome(tmp_path: Path) -> None:
    """Every acknowledged fact is there; once there is room again, writing goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True
    ).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        journal, told = Journal(disk / "journal", "ntpc1-agi1"), []
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(16 << 10))
        with pytest.raises(JournalUnwritable, match="No space left"):
            for number in range(1000):
                journal.append(str(number), TEN, {"text": "x" * 200})
                told.append(str(number))
        ballast.unlink()
        journal.append("after", TEN, {})
        assert [entry.key for entry in pending(disk / "journal", {})] == [*told, "after"]
        assert lag(disk / "journal", {}).damaged == 0
        journal.close()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_flush_that_fails_is_told_to_all_who_wait(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed fsync the file is never trusted again; the next fact begins another."""
    journal.append("1", TEN, {})
    first = only_file(tmp_path)

    def fails(_file: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch, pytest.raises(JournalUnwritable, match="Input/output error"):
        patch.setattr(os, "fdatasync", fails)
        journal.append("2", TEN, {})
    journal.append("3", TEN, {})
    assert len(list(tmp_path.glob("*.journal"))) == 2
    assert first.read_bytes().count(b"\n") == 1
    assert replay(tmp_path, {}) == ["1", "3"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the directory should be: the error names the place and what to do."""
    (tmp_path / "journal").write_text("")
    with pytest.raises(JournalUnwritable, match="directory=.*/journal"):
        Journal(tmp_path / "journal", "ntpc1-agi1").append("1", TEN, {})


def test_a_journal_removed_under_its_writer_is_noticed(tmp_path: Path) -> None:
    """Bytes flushed to a nameless file would be lost: told, and begun anew."""
    journal = Journal(tmp_path / "journal", "ntpc1-agi1")
    journal.append("1", TEN, {})
    shutil.rmtree(tmp_path / "journal")
    with pytest.raises(JournalUnwritable, match="removed"):
        journal.append("2", TEN, {})
    journal.append("3", TEN, {})
    assert [entry.key for entry in pending(tmp_path / "journal", {})] == ["3"]
    journal.close()


def test_notes_are_flushed_soon_and_together(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the disk, yet what was noted is on it soon;
    what is flushed at once flushes all before it.
    """
    flushed, flushes = Event(), list[int]()
    flush = os.fdatasync

    def watched(file: int) -> None:
        flush(file)
        flushes.append(file)
        flushed.set()

    monkeypatch.setattr(os, "fdatasync", watched)
    for number in range(50):
        journal.note(str(number), TEN, {})
    assert flushed.wait(20)
    assert len(flushes) <= 2, "one flush for many notes"
    assert replay(tmp_path, {}) == [str(number) for number in range(50)]


def test_notes_are_flushed_also_after_a_time_without_descriptors(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flush that could not begin is tried again;
    so is one long after the last, when its thread has ended.
    """
    refused, flushed = Event(), Event()
    flush, again = os.fdatasync, os.dup

    def refuses(file: int) -> int:
        if refused.is_set():
            return again(file)
        refused.set()
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "fdatasync", lambda file: (flush(file), flushed.set()))
    monkeypatch.setattr(os, "dup", refuses)
    monkeypatch.setattr(writing, "LINGERS", 1)
    for key in ("1", "2"):
        journal.note(key, TEN, {})
        assert flushed.wait(20)
        flushed.clear()
        for thread in threading.enumerate():
            if thread.name.endswith("(_keep_flushing)"):
                thread.join(20)
    assert refused.is_set()
    assert replay(tmp_path, {}) == ["1", "2"]


def test_a_flush_of_notes_that_failed_is_told_to_the_next(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was noted stays where it is; nothing more is noted on a disk that does not keep its word."""
    failed = Event()

    def fails(_file: int) -> None:
        failed.set()
        raise OSError(5, "Input/output error")

    def is_told(key: str) -> bool:
        try:
            journal.note(key, TEN, {})
        except JournalUnwritable:
            return True
        return False

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fails)
        journal.note("first", TEN, {})
        assert failed.wait(20)
        noted = list(takewhile(lambda key: not is_told(key), map(str, range(100_000))))
    assert len(noted) < 100_000, "it was told"
    journal.note("after", TEN, {})
    assert replay(tmp_path, {}) == ["first", *noted, "after"]
