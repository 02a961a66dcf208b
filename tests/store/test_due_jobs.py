"""Jobs that tell whether they are due: asked together, in one session, run if there is something to do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from hotline.db import Sessions, transaction
from hotline.ledger.change_signal import ChangeSignal
from hotline.ledger.store import AuditRow
from ops.jobs.scheduler import Job, Scheduler

SOON = timedelta(milliseconds=1)
Due = Callable[[Session, datetime], bool]


class Counted:
    """A job that counts its runs; ``ran`` is set by each."""

    def __init__(self, is_due: Due, name: str = "counted") -> None:
        self.runs, self.ran = 0, Event()
        self.job = Job(name, "", SOON, self._run, is_due=is_due)

    def _run(self) -> None:
        self.runs += 1
        self.ran.set()

    def runs_again(self) -> bool:
        self.ran.clear()
        return self.ran.wait(10)


@contextmanager
def scheduled(
    factory: Sessions, *jobs: Job, alive: Callable[[str], None] = lambda job: None
) -> Iterator[None]:
    scheduler = Scheduler(jobs, alive, factory, look_seconds=0.001)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()


def test_a_job_runs_at_once_and_then_only_when_it_is_due(factory: Sessions) -> None:
    """While it is not, its sign of life is given all the same: somebody has looked."""
    looked, is_due = Event(), Event()

    def due(session: Session, at: datetime) -> bool:
        assert session.scalar(select(1)) == 1 and at.tzinfo
        return is_due.is_set()

    counted = Counted(due)
    with scheduled(factory, counted.job, alive=lambda job: looked.set() if counted.runs else None):
        assert counted.ran.wait(10) and looked.wait(10)
        for _ in range(3):
            looked.clear()
            assert looked.wait(10)
        assert counted.runs == 1
        is_due.set()
        assert counted.runs_again()


def test_all_are_asked_in_one_session(factory: Sessions) -> None:
    """A session for each would cost more than what is asked."""
    asked: dict[str, set[Session]] = {"first": set(), "second": set()}
    both = Event()

    def look(name: str) -> Due:
        def due(session: Session, at: datetime) -> bool:
            asked[name].add(session)
            if all(asked.values()):
                both.set()
            return False

        return due

    jobs = [Counted(look(name), name).job for name in asked]
    with scheduled(factory, *jobs):
        assert both.wait(10)
    assert asked["first"] & asked["second"]


@pytest.mark.parametrize("fault", [RuntimeError("a fault of ours"), None], ids=["a fault", "the database's"])
def test_what_cannot_be_asked_is_due(factory: Sessions, fault: Exception | None) -> None:
    """Each job then runs, and tells by itself what is wrong."""

    def failing(session: Session, at: datetime) -> bool:
        if fault:
            raise fault
        session.execute(text("SELECT nothing FROM nowhere"))
        return False

    other = Counted(lambda session, at: False)
    with scheduled(factory, other.job, Counted(failing, "failing").job):
        assert other.ran.wait(10) and other.runs_again() and other.runs_again()


def test_a_job_is_asked_at_its_interval_and_not_all_at_one_look(factory: Sessions) -> None:
    """Three of five looks each: ten looks ask each of them twice."""
    asked: list[str] = []

    def look(name: str) -> Due:
        def due(session: Session, at: datetime) -> bool:
            asked.append(name)
            return False

        return due

    names = ("first", "second", "third")
    jobs = [Job(name, "", timedelta(seconds=5), lambda: None, is_due=look(name)) for name in names]
    scheduler = Scheduler(jobs, factory=factory, look_seconds=1.0)
    at_each = []
    for _look in range(10):
        before = len(asked)
        scheduler.look()
        at_each.append(len(asked) - before)
    assert {name: asked.count(name) for name in names} == dict.fromkeys(names, 2)
    assert max(at_each) == 1


def test_a_change_is_told_in_an_open_session(factory: Sessions) -> None:
    """As to who opens one for it: once for each change of the audit log's head."""
    news, at = ChangeSignal(factory), datetime.fromisoformat("2026-11-30T10:00:00+08:00")
    with transaction(factory) as session:
        assert session.scalar(select(AuditRow.id)) is None
        assert [news.is_in(session, at), news.is_in(session, at), news.has_come(at)] == [True, False, False]
