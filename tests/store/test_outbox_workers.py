"""Workers of the outbox as real processes on both databases:
many at once, and killed at the worst moment (P0-c).
"""

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlalchemy import Engine

from hotline.db import Sessions, transaction
from hotline.outbox.service import LEASE, notices, write
from hotline.outbox.store import OutboxMessage, OutboxState
from tests.promises import TEN

pytestmark = pytest.mark.dialects

ROOT = Path(__file__).parents[2]
FACTS = {"matter": "路燈不亮", "due": "11月24日 14:00"}
MINUTE = timedelta(minutes=1)


class Workers:
    """Starts workers over a database; ``sent`` counts how often each recipient was told."""

    def __init__(self, factory: Sessions, url: str, folder: Path) -> None:
        self._factory, self._url, self._file = factory, url, folder / "sent"
        self._file.touch()

    def start(self, name: str, at: datetime = TEN, dies: int = 0) -> subprocess.Popen[str]:
        """A worker that is ready to begin."""
        command = (sys.executable, "-m", "tests.outbox_worker", self._url, str(self._file))
        process = subprocess.Popen(
            [*command, name, at.isoformat(), str(dies)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout and process.stdout.readline() == "ready\n"
        return process

    def run(self, *processes: subprocess.Popen[str]) -> list[int]:
        """Let them begin at once; how each ended."""
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        try:
            return [process.wait(240) for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.communicate()

    def names(self) -> set[str]:
        """Who sent anything."""
        return {line.split()[2] for line in self._file.read_text().splitlines()}

    @property
    def sent(self) -> Counter[str]:
        return Counter(line.split()[1] for line in self._file.read_text().splitlines())

    def written(self, *recipients: str) -> None:
        with transaction(self._factory) as session:
            write(session, "N-03", "callback:1:overdue", recipients, FACTS, TEN)

    def rows(self) -> list[OutboxMessage]:
        with transaction(self._factory) as session:
            return notices(session)


@pytest.fixture
def workers(factory: Sessions, database: Engine, tmp_path: Path) -> Workers:
    return Workers(factory, database.url.render_as_string(hide_password=False), tmp_path)


@pytest.mark.parametrize("many", [100, pytest.param(1000, marks=pytest.mark.thorough)])
def test_P0_c_many_messages_and_two_workers(workers: Workers, many: int) -> None:
    """Each is sent once, and both have worked at it."""
    workers.written(*(f"{n}@x" for n in range(many)))
    assert workers.run(workers.start("one"), workers.start("two")) == [0, 0]
    assert workers.names() == {"one", "two"}
    assert len(workers.sent) == many and set(workers.sent.values()) == {1}
    rows = workers.rows()
    assert {(row.state, row.tries, row.doubts, row.taken_by) for row in rows} == {
        (OutboxState.SENT, 1, 0, "")
    }
    assert all(row.provider_id == f"line-{row.id}" for row in rows)


def test_P0_c_killed_between_sending_and_the_note_of_it(workers: Workers) -> None:
    """One message may have arrived twice, is marked so, and every other is sent once."""
    workers.written(*(f"{n}@x" for n in range(5)))
    assert workers.run(workers.start("one", dies=3)) == [-SIGKILL]
    assert workers.run(workers.start("two", TEN + LEASE - MINUTE)) == [0]
    assert workers.sent == Counter({f"{n}@x": 1 for n in range(5)}), "the third is still held"
    assert workers.run(workers.start("two", TEN + LEASE)) == [0]
    assert workers.sent == Counter({f"{n}@x": 2 if n == 2 else 1 for n in range(5)})
    assert [(row.state, row.doubts) for row in workers.rows()] == [
        (OutboxState.SENT, 1 if n == 2 else 0) for n in range(5)
    ]


def test_P0_c_killed_twice_over_the_same_message(workers: Workers) -> None:
    """Nobody is told a third time: a person has to look, and the other messages go."""
    workers.written("a@x", "b@x")
    assert workers.run(workers.start("one", dies=1)) == [-SIGKILL]
    assert workers.run(workers.start("two", TEN + LEASE, dies=1)) == [-SIGKILL]
    assert workers.run(workers.start("three", TEN + 2 * LEASE)) == [0]
    assert workers.sent == {"a@x": 2, "b@x": 1}
    first, second = workers.rows()
    assert (first.state, first.doubts, second.state) == (OutboxState.FAILED, 2, OutboxState.SENT)
    assert "not sent a third time" in first.result
