"""The job that seals: a process of its own does the work, and a fault is told once (P4.12)."""

import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from hotline import metrics
from hotline.db import looking
from hotline.settings import Settings
from hotline.tickets.store import FaultRow
from ops.jobs import apart
from ops.jobs.apart import idly, in_a_process
from ops.jobs.sealing import PAUSE, SealingRuns, keep, latest
from ops.wiring import House, migrate, workshop
from recordings.sealing import SealingReport
from recordings.vault import NotSound
from tests.keys import put_keys
from tests.sealed import LATER, NODE, KeptHome

pytestmark = pytest.mark.dialects


@pytest.fixture
def house(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A node with a recorded call, whose settings a process that it starts reads too."""
    for name, value in {"HOME": str(tmp_path), "DATABASE_URL": database_url, "NODE": NODE}.items():
        monkeypatch.setenv(f"HOTLINE_{name}", value)
    put_keys(tmp_path)
    settings = Settings(home=tmp_path, database_url=database_url, node=NODE)
    migrate(settings)
    made = workshop(settings, "tests")
    (tmp_path / "run").mkdir()
    kept_of(made).records()
    yield made
    made.engine.dispose()


def kept_of(house: House) -> KeptHome:
    return KeptHome(house.factory, house.settings.home)


def tickets(house: House) -> list[FaultRow]:
    with looking(house.factory) as session:
        return list(session.scalars(select(FaultRow)))


def test_a_process_seals_what_is_due(house: House) -> None:
    """It reads its own settings and keys, and leaves its report; with nothing to do none is started."""
    assert SealingRuns(house).run(LATER) == 0
    kept_of(house).refuse_leftovers()
    assert latest(house.settings).sealed == 2
    started: list[int] = []
    SealingRuns(house, lambda: started.append(1)).run(LATER + PAUSE)
    assert started == [] and latest(house.settings) == SealingReport()


def test_what_computes_is_idle_and_who_waits_for_it_is_not() -> None:
    """Who holds a lock of the database is never so slow; what was raised is raised here."""

    def torn() -> int:
        raise NotSound("torn")

    assert idly(lambda: os.sched_getscheduler(0)) == os.SCHED_IDLE != os.sched_getscheduler(0)
    with pytest.raises(NotSound, match="torn"):
        idly(torn)
    with pytest.raises(ChildProcessError):
        idly(lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_what_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that waits or computes for ever, and a whole run."""
    for hangs in (lambda: Event().wait(60), lambda: sum(iter(lambda: 1, 0))):
        with pytest.raises(ChildProcessError):
            idly(hangs, timedelta(seconds=0.2))
    monkeypatch.setattr(apart, "COMMAND", ("sleep",))
    with pytest.raises(subprocess.TimeoutExpired):
        in_a_process("60", timedelta(seconds=0.2))


def test_a_fault_is_one_line_and_one_ticket(house: House) -> None:
    """However often it comes; the ticket says when it went."""
    report = SealingReport(waiting=2, fault="a.wav: no route to host")
    runs = SealingRuns(house, lambda: keep(house.settings, report))
    with capture_logs() as told:
        for turn in range(3):
            assert runs.run(LATER + turn * PAUSE) == 2
    assert [one["event"] for one in told] == ["sealing.fault"]
    (ticket,) = tickets(house)
    assert "無法加密存放" in ticket.fault and ticket.recovered_at is None
    assert metrics.sound_waiting._value.get() == 2
    report = SealingReport(sealed=2)
    with capture_logs() as told:
        runs.run(LATER + 3 * PAUSE)
    assert [one["event"] for one in told] == ["sealing.mended"]
    (ticket,) = tickets(house)
    assert ticket.recovered_at == LATER + 3 * PAUSE


def test_a_run_begins_every_five_minutes_at_most(house: House) -> None:
    """A process costs a second to start."""
    started: list[int] = []
    runs = SealingRuns(house, lambda: started.append(1))
    for minute in range(11):
        runs.run(LATER + timedelta(minutes=minute))
    assert len(started) == 3
