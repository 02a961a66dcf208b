"""Two processes under one lease, killed and halted at any point: each piece of work is done once, by
somebody.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest
from sqlalchemy import select

from hotline.cluster.leases import DEAD
from hotline.db import Sessions, looking
from hotline.outages import Outage
from tests.promises import TEN

ROOT = Path(__file__).parents[2]
FAST = 10.0
SOON = 3 * DEAD / FAST + 10
"""Seconds within which another must have taken over, with what a busy machine adds."""
Started = Callable[[str], "subprocess.Popen[str]"]

pytestmark = pytest.mark.dialects("postgresql")
"""Several machines share no other; who is halted in a transaction of SQLite halts everybody."""


@pytest.fixture
def started(database_url: str, factory: Sessions) -> Iterator[Started]:
    """Start a machine; all are killed at the end."""
    running = []

    def start(name: str) -> "subprocess.Popen[str]":
        command = (sys.executable, "-m", "tests.lease_worker", database_url, name, str(FAST))
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout and process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def done(factory: Sessions) -> list[tuple[int, str]]:
    """Pieces in their order, each with who did it."""
    with looking(factory) as session:
        rows = session.execute(select(Outage.began_at, Outage.node).order_by(Outage.id))
        return [((at - TEN) // timedelta(minutes=1), name) for at, name in rows]


def goes_on(factory: Sessions, by: str) -> None:
    """Wait until a machine has done another piece."""
    before, until = len(done(factory)), time.monotonic() + SOON
    while not any(name == by for _, name in done(factory)[before:]):
        assert time.monotonic() < until, f"{by} did not take over"
        time.sleep(0.02)


def test_each_piece_is_done_once_whoever_is_killed(factory: Sessions, started: Started) -> None:
    """The holder is killed at ten random points; each time the other goes on within seconds."""
    holder, name = started("a"), "a"
    goes_on(factory, "a")
    for turn in range(10):
        other = "b" if name == "a" else "a"
        waits = started(other)
        time.sleep(random.Random(turn).random() * 0.1)
        holder.send_signal(SIGKILL)
        holder.wait()
        goes_on(factory, other)
        holder, name = waits, other
    found = done(factory)
    assert [piece for piece, _ in found] == list(range(len(found)))


def test_one_that_was_halted_doubles_nothing(factory: Sessions, started: Started) -> None:
    """Halted in the middle of its work for longer than it may; the other took over; it goes on, and is
    refused.
    """
    one = started("a")
    goes_on(factory, "a")
    two = started("b")
    for turn in range(4):
        halted, other = (one, "b") if turn % 2 == 0 else (two, "a")
        time.sleep(random.Random(turn).random() * 0.1)
        halted.send_signal(SIGSTOP)
        goes_on(factory, other)
        halted.send_signal(SIGCONT)
        goes_on(factory, other)
    found = done(factory)
    assert [piece for piece, _ in found] == list(range(len(found)))
