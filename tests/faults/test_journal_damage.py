"""A damaged journal loses nothing whole:
bytes changed in any file, its writer alive or gone, sweeps and deaths between.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count, islice
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import get_ident

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hotline.clock import taipei
from hotline.journal import Damage, Journal, keep, lag, pending, sweep
from hotline.journal import replay as reading
from hotline.journal.lines import encoded

TEN = taipei("2026-11-24T10:00")


class Died(BaseException):
    """As if the process had been killed at that moment."""


@dataclass
class Database:
    """Facts, and a position a file, moved together."""

    directory: Path
    facts: Counter[str] = field(default_factory=Counter)
    positions: dict[str, int] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)

    def run(self, most: int | None = None, *, commits: bool = True) -> None:
        """Apply what waits, as the replay does; it may die before the commit."""
        found = list(islice(pending(self.directory, dict(self.positions), self.tell), most))
        if commits:
            self.facts.update(entry.key for entry in found)
            self.positions |= {entry.file: entry.offset_after for entry in found}

    def tell(self, damage: Damage) -> None:
        if keep(self.directory, damage):
            self.damages.append(damage)


@contextmanager
def dying(step: int) -> Iterator[None]:
    """Die at this step of what is done to files: before the first, the second, and so on."""
    steps = count()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((os, "utime"), (Path, "mkdir"), (Path, "rename"), (Path, "unlink")):
            patch.setattr(owner, name, _counted(getattr(owner, name), steps, step))
        with suppress(Died):
            yield


def _counted(original: Callable[..., object], steps: "count[int]", deadly: int) -> Callable[..., object]:
    mine = get_ident()

    def run(*words: object, **more: object) -> object:
        if get_ident() == mine and next(steps) == deadly:
            raise Died
        return original(*words, **more)

    return run


@dataclass
class Written:
    """Where the bytes of an entry stand."""

    file: str
    begins: int
    ends: int
    is_whole: bool = True


CHANGES = st.one_of(
    st.binary(min_size=1, max_size=12),
    st.integers(1, 12).map(bytes),
    st.sampled_from([b"\n", b"\r\n", b"\0" * 300, b" {", b"0123456789abcdef {"]),
)


class DamagedJournal(RuleBasedStateMachine):
    """Everything that can happen, in any order; at the end the writers are gone and all is brought in."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(mkdtemp(prefix="hotline-damage-"))
        self.database = Database(self.directory)
        self.written: dict[str, Written] = {}
        self.harmed: set[str] = set()
        self.keys = count()
        self.journals: list[Journal] = []

    @initialize(segment=st.sampled_from([150, 1000, 1 << 20]), ahead=st.sampled_from([0, 64, 4096]))
    def begin(self, segment: int, ahead: int) -> None:
        self.journals = [Journal(self.directory, f"ntpc1-agi{n}", segment, ahead) for n in (1, 2)]

    @rule(which=st.integers(0, 1), size=st.integers(0, 200), how=st.sampled_from(["append", "note"]))
    def write(self, which: int, size: int, how: str) -> None:
        key, at = str(next(self.keys)), TEN + timedelta(seconds=len(self.written))
        body = {"text": "x" * size}
        getattr(self.journals[which], how)(key, at, body)
        line = encoded(key, at, body)
        (file,) = (file for file in self.files() if line in file.read_bytes())
        place = file.read_bytes().index(line)
        self.written[key] = Written(file.name, place, place + len(line))

    @rule(which=st.integers(0, 1))
    def writer_leaves(self, which: int) -> None:
        self.journals[which].close()

    @precondition(lambda self: self.files())
    @rule(which=st.integers(0, 99), place=st.integers(0, 2000), new=CHANGES)
    def bytes_change(self, which: int, place: int, new: bytes) -> None:
        file = self.files()[which % len(self.files())]
        content = file.read_bytes()
        place %= max(1, len(content.rstrip(b"\0")))
        new = new[: len(content) - place]
        if new == content[place : place + len(new)]:
            return
        with file.open("r+b") as harming:
            harming.seek(place)
            harming.write(new)
        self.harmed.add(file.name)
        for one in self.written.values():
            if one.file == file.name and one.begins < place + len(new) and place < one.ends:
                now = file.read_bytes()[one.begins : one.ends]
                one.is_whole &= now == content[one.begins : one.ends]

    @rule(most=st.integers(0, 3))
    def replay_begins(self, most: int) -> None:
        self.database.run(most)

    @rule()
    def replay_runs(self) -> None:
        self.database.run()

    @rule(step=st.integers(0, 3))
    def replay_dies(self, step: int) -> None:
        with dying(step):
            self.database.run(commits=False)

    @rule()
    def sweeps(self) -> None:
        sweep(self.directory, self.database.positions)

    @rule(step=st.integers(0, 5))
    def sweep_dies(self, step: int) -> None:
        with dying(step):
            sweep(self.directory, self.database.positions)

    @rule(file=st.integers(0, 99))
    def sweeps_by_an_earlier_position(self, file: int) -> None:
        """Another sweeper that knows less, or nothing of a file, takes nothing away."""
        known = dict(self.database.positions)
        for name in sorted(known)[file % 3 :: 3]:
            del known[name]
        sweep(self.directory, known)

    def files(self) -> list[Path]:
        return sorted(self.directory.glob("*.journal"))

    def teardown(self) -> None:
        try:
            for journal in self.journals:
                journal.close()
            self.database.run()
            sweep(self.directory, self.database.positions)
            self.judge()
        finally:
            rmtree(self.directory)

    def judge(self) -> None:
        facts = self.database.facts
        assert facts.keys() <= self.written.keys()
        assert [key for key, one in self.written.items() if one.is_whole and facts[key] != 1] == []
        assert [key for key, times in facts.items() if times > 1] == []
        assert self.files() == []
        lying = {file.name for file in self.directory.glob("*/*.journal")}
        assert {one.file for one in self.written.values()} | self.harmed <= lying, "nothing is deleted"
        lost = {one.file for key, one in self.written.items() if not facts[key]}
        told = {name for name, _ in reading._pieces(self.directory)}
        aside = {file.name for file in self.directory.glob("damaged/*.journal")}
        torn = {name for name in lost if self.is_torn(name)}
        assert lost - torn <= aside | told, "what was lost is told"
        if aside:
            assert lag(self.directory, self.database.positions).damaged

    def is_torn(self, name: str) -> bool:
        """Whether what is lost looks like a line that was never written to its end."""
        (file,) = self.directory.glob(f"*/{name}")
        content = file.read_bytes().rstrip(b"\0")
        return not content.endswith(b"\n")


DamagedJournal.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_a_whole_entry_is_applied_once_whatever_is_damaged_around_it = DamagedJournal.TestCase


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path, "ntpc1-agi1")
    yield journal
    journal.close()


def only_file(directory: Path) -> Path:
    (file,) = directory.glob("*.journal")
    return file


@pytest.mark.parametrize("is_alive", [True, False], ids=["writer alive", "writer gone"])
def test_zeros_inside_a_file_withhold_nothing_that_is_behind_them(
    tmp_path: Path, journal: Journal, is_alive: bool
) -> None:
    """What a power cut leaves: eight of them cost one entry;
    the file is set aside, and its damage counted until then too.
    """
    for number in range(5):
        journal.append(str(number), TEN, {"text": "x" * 50})
    file = only_file(tmp_path)
    with file.open("r+b") as harming:
        harming.seek(file.read_bytes().index(b'"key":"1"'))
        harming.write(bytes(8))
    if not is_alive:
        journal.close()
    database = Database(tmp_path)
    database.run()
    assert sorted(database.facts) == ["0", "2", "3", "4"]
    assert sweep(tmp_path, database.positions).set_aside == (() if is_alive else (file.name,))
    assert lag(tmp_path, database.positions).damaged == 1
    journal.close()
    sweep(tmp_path, database.positions)
    assert [one.name for one in (tmp_path / "damaged").iterdir()] == [file.name]
    assert lag(tmp_path, database.positions).damaged == 1


def test_a_lost_line_break_loses_neither_of_its_two_entries(tmp_path: Path, journal: Journal) -> None:
    """The next entry begins at any byte; also the last of a file whose writer is gone may lack its end."""
    for number in range(3):
        journal.append(str(number), TEN, {})
    journal.close()
    file = only_file(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"\n", b"x"))
    database = Database(tmp_path)
    database.run()
    assert sorted(database.facts) == ["0", "1", "2"]
    assert sweep(tmp_path, database.positions).set_aside == (file.name,)


def test_what_a_caller_sent_is_never_taken_for_an_entry(tmp_path: Path, journal: Journal) -> None:
    """A whole line as text inside another that is damaged."""
    forged = encoded("forged", TEN, {}).decode()
    journal.append("1", TEN, {"text": forged, "list": [forged]})
    journal.close()
    file = only_file(tmp_path)
    file.write_bytes(b"x" + file.read_bytes()[1:])
    database = Database(tmp_path)
    database.run()
    assert not database.facts and len(database.damages) == 1


def test_a_line_that_is_being_written_is_no_damage(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen with its end before its middle: by the time of the second look it is whole."""
    journal.append("1", TEN, {})
    journal.append("2", TEN, {"text": "x" * 100})
    journal.append("3", TEN, {})
    looks, real = count(), reading._from

    def looked(handle: object, position: int) -> bytes:
        content = real(handle, position)  # type: ignore[arg-type]
        return content.replace(b"x" * 50, bytes(50)) if next(looks) == 0 else content

    monkeypatch.setattr(reading, "_from", looked)
    database = Database(tmp_path)
    database.run()
    assert sorted(database.facts) == ["1", "2", "3"] and database.damages == []


def test_entries_an_earlier_release_set_aside_unseen_are_applied(tmp_path: Path, journal: Journal) -> None:
    """It took its own lock for a living writer, saw nothing behind the zeros, and moved the file."""
    for number in range(3):
        journal.append(str(number), TEN, {})
    journal.close()
    file = only_file(tmp_path)
    content = file.read_bytes()
    first = content.index(b"\n") + 1
    file.write_bytes(content[:first].replace(b'"key"', bytes(5)) + content[first:])
    (tmp_path / "damaged").mkdir()
    file.rename(tmp_path / "damaged" / file.name)
    database = Database(tmp_path)
    for _ in range(2):
        database.run()
    assert database.facts == {"1": 1, "2": 1}


WRITER = """
import sys
from pathlib import Path
from hotline.clock import taipei
from hotline.journal import Journal
journal = Journal(Path(sys.argv[1]), "ntpc1-agi1", 1 << 18, 1 << 14)
for number in range(3000):
    journal.note(str(number), taipei("2026-11-24T10:00"), {"text": "x" * (number * 37 % 9000)})
"""


def test_a_healthy_journal_read_while_it_is_written_is_never_taken_for_damaged(tmp_path: Path) -> None:
    """Lines over several pages, read as fast as can be."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
    database = Database(tmp_path)
    run, swept = partial(database.run, 50), partial(sweep, tmp_path)
    while writer.poll() is None:
        run()
        swept(database.positions)
    database.run()
    assert writer.returncode == 0
    assert sorted(map(int, database.facts)) == list(range(3000)) and max(database.facts.values()) == 1
    assert database.damages == [] and not (tmp_path / "damaged").exists()


def test_a_file_that_cannot_be_read_withholds_no_other(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights of somebody else: told and kept where it is, and read when they are mended."""
    other = Journal(tmp_path, "ntpc1-cli")
    other.append("1", TEN, {})
    journal.append("2", TEN, {})
    other.close()
    database, real = Database(tmp_path), Path.open

    def refuses(file: Path, *words: str, **more: int) -> object:
        if "-cli." in file.name and file.parent == tmp_path:
            raise PermissionError(13, "Permission denied")
        return real(file, *words, **more)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuses)
        database.run()
        sweep(tmp_path, database.positions)
        assert database.facts == {"2": 1} and lag(tmp_path, database.positions).damaged == 1
    database.run()
    assert database.facts == {"1": 1, "2": 1}


def test_a_block_that_the_disk_cannot_read_costs_the_entries_in_it(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others of its file are applied; it is damage."""
    for number in range(40):
        journal.append(str(number), TEN, {"text": "x" * 400})
    journal.close()
    real = os.pread

    def fails(_handle: object) -> bytes:
        raise OSError(5, "Input/output error")

    def reads(handle: int, size: int, place: int) -> bytes:
        if place == 8192:
            raise OSError(5, "Input/output error")
        return real(handle, size, place)

    class Failing(reading.FileIO):
        readall = fails

    opened = Path.open

    def opens(file: Path, *words: str, **more: int) -> object:
        return Failing(file) if file.suffix == ".journal" else opened(file, *words, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", opens)
    monkeypatch.setattr(os, "pread", reads)
    database = Database(tmp_path)
    database.run()
    assert 28 <= len(database.facts) <= 32 and {"0", "39"} <= set(database.facts)
    assert lag(tmp_path, database.positions).damaged == 1
