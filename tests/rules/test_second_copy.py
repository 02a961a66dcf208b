"""The second copy of the journal: there before a promise is spoken, and waited for within a limit."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline import clock, metrics
from hotline.clock import taipei
from hotline.journal import Journal, SecondCopy, pending, second

TEN = taipei("2026-11-24T10:00")
SOON, LONG = 0.05, 20.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of another machine, mounted here."""
    folder = tmp_path / "second"
    folder.mkdir()
    return folder


@pytest.fixture
def journals() -> Iterator[list[Journal]]:
    made: list[Journal] = []
    yield made
    for one in made:
        one.close()


def writer(tmp_path: Path, copy: SecondCopy, journals: list[Journal]) -> Journal:
    journals.append(Journal(tmp_path / "journal", "ntpc1-agi1", segment=2000, second=copy))
    return journals[-1]


def keys(directory: Path) -> list[str]:
    return [entry.key for entry in pending(directory, {})]


def uncopied() -> float:
    return metrics.uncopied._value.get()


def is_copied(journal: Journal) -> bool:
    """Whether the next promise is there in time."""
    before = uncopied()
    journal.append("the next", TEN, {})
    return uncopied() == before


def is_soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes to hold."""
    until = clock.monotonic() + LONG
    while clock.monotonic() < until:
        if condition():
            return True
        threading.Event().wait(0.005)
    return False


def test_a_promise_is_on_the_second_machine_when_it_is_told(
    tmp_path: Path, folder: Path, journals: list[Journal]
) -> None:
    """The file has the same name, and each line its place; notes that nobody promised come too."""
    journal = writer(tmp_path, SecondCopy(folder, LONG), journals)
    for number in range(40):
        journal.append(f"a{number}", TEN, {"number": number})
        assert keys(folder)[-1] == f"a{number}"
    journal.note("noted", TEN, {})
    journal.note("promised", TEN, {}, is_copied=True)
    assert keys(folder) == keys(tmp_path / "journal") and len(list(folder.iterdir())) > 1
    for file in (tmp_path / "journal").glob("*.journal"):
        assert file.read_bytes().rstrip(b"\0") == (folder / file.name).read_bytes().rstrip(b"\0")


def test_a_folder_that_hangs_is_waited_for_once_and_no_longer_than_the_limit(
    tmp_path: Path, folder: Path, journals: list[Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nobody waits until it has come back and caught up."""
    goes_on, real = threading.Event(), os.fdatasync
    hung: list[int] = []

    def hangs(file: int) -> None:
        if os.readlink(f"/proc/self/fd/{file}").startswith(str(folder)):
            hung.append(file)
            assert goes_on.wait(LONG)
        real(file)

    monkeypatch.setattr(os, "fdatasync", hangs)
    before, journal = uncopied(), writer(tmp_path, SecondCopy(folder, SOON), journals)
    begun = clock.monotonic()
    journal.append("first", TEN, {})
    assert SOON <= clock.monotonic() - begun < SOON + 2
    begun = clock.monotonic()
    for number in range(100):
        journal.append(str(number), TEN, {})
    assert clock.monotonic() - begun < 100 * SOON and len(hung) == 1
    assert uncopied() == before + 101
    goes_on.set()
    assert is_soon(lambda: keys(folder) == keys(tmp_path / "journal"))
    assert is_soon(lambda: is_copied(journal))


def test_a_folder_that_is_not_there_keeps_nobody_waiting_and_is_not_made(
    tmp_path: Path, folder: Path, journals: list[Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mounted again, it gets all that it lacks."""
    monkeypatch.setattr(second, "AGAIN", 0.01)
    folder.rmdir()
    before, journal = uncopied(), writer(tmp_path, SecondCopy(folder, LONG), journals)
    begun = clock.monotonic()
    for number in range(30):
        journal.append(str(number), TEN, {})
    assert clock.monotonic() - begun < LONG / 2 and uncopied() == before + 30 and not folder.exists()
    folder.mkdir()
    assert is_soon(lambda: keys(folder) == [str(number) for number in range(30)])


def test_a_copy_that_was_removed_is_made_anew_whole(
    tmp_path: Path, folder: Path, journals: list[Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first line on, though its file was open."""
    monkeypatch.setattr(second, "AGAIN", 0.01)
    journal = writer(tmp_path, SecondCopy(folder, LONG), journals)
    journal.append("one", TEN, {})
    for file in folder.iterdir():
        file.unlink()
    journal.append("two", TEN, {})
    assert is_soon(lambda: keys(folder) == ["one", "two"])


def test_what_a_writer_that_is_gone_left_uncopied_is_caught_up(tmp_path: Path, folder: Path) -> None:
    """In the journal and of what was swept; idempotent, and as old as the original."""
    (tmp_path / "journal" / "kept").mkdir(parents=True)
    left, kept = (
        tmp_path / "journal" / place / name for place, name in (("", "n-a.journal"), ("kept", "n-b.journal"))
    )
    left.write_bytes(b"one\ntwo\n" + bytes(100))
    kept.write_bytes(b"kept\n")
    os.utime(kept, (TEN.timestamp(),) * 2)
    (folder / left.name).write_bytes(b"one\n")
    assert second.catch_up(tmp_path / "journal", folder) == 2
    assert second.catch_up(tmp_path / "journal", folder) == 0
    assert (folder / left.name).read_bytes() == b"one\ntwo\n"
    assert (folder / kept.name).stat().st_mtime == TEN.timestamp()


def test_what_the_second_machine_has_is_brought_back(tmp_path: Path, folder: Path) -> None:
    """Files that were not there, and the rest of those that were; not of what was applied and swept."""
    journal = tmp_path / "journal"
    (journal / "kept").mkdir(parents=True)
    for name, here, there in (
        ("n-a.1.000001.journal", None, b"whole\n"),
        ("n-a.1.000002.journal", b"one\n\0\0", b"one\ntwo\n"),
        ("n-a.1.000003.journal", b"one\ntwo\n", b"one\n"),
        ("n-a.1.000004.journal", None, b"swept\n"),
    ):
        (folder / name).write_bytes(there)
        if here is not None:
            (journal / name).write_bytes(here)
    (journal / "kept" / "n-a.1.000004.journal").write_bytes(b"swept\n")
    assert second.bring_back(folder, journal) == 2 and second.bring_back(folder, journal) == 0
    assert [file.read_bytes() for file in sorted(journal.glob("*.journal"))] == [
        b"whole\n",
        b"one\ntwo\n",
        b"one\ntwo\n",
    ]


def test_copies_go_with_what_they_are_of_and_the_same_disk_is_no_second_one(
    tmp_path: Path, folder: Path
) -> None:
    """By when they were last written."""
    old, new = folder / "n-a.1.000001.journal", folder / "n-a.1.000002.journal"
    for file, at in ((old, TEN), (new, datetime(2026, 12, 30, tzinfo=UTC))):
        file.write_bytes(b"x")
        os.utime(file, (at.timestamp(),) * 2)
    second.expire(folder, datetime(2026, 12, 29, tzinfo=UTC))
    assert list(folder.iterdir()) == [new]
    assert "same disk" in second.fault(folder, tmp_path) and "No such file" in second.fault(
        folder / "no", tmp_path
    )
