"""Scheduler of the clock-driven jobs, a thread each; a job that fails is tried again at its next time.

What may be due at any second is looked for in one place: a thread that wakes, opens a session and finds
nothing costs several times the CPU of its question.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Final

import structlog
from sqlalchemy.orm import Session

from hotline import clock, metrics
from hotline.db import Sessions, looking
from hotline.settings import Settings
from ops.machine.priority import lower_priority
from ops.wiring import House

log = structlog.get_logger()
WAY_SECONDS: Final = 0.01
"""Longer than who waits for an embedded database looks whether it is free."""
LONGEST_REST: Final = 0.2
"""Seconds: a step that waited for somebody else's lock is no reason to wait long again."""
LOOK_SECONDS: Final = 1.0
"""Time between two looks for jobs that tell whether they are due."""


@dataclass(frozen=True)
class Job:
    """One job: what it is for, how often it runs, and what it does."""

    name: str
    why: str
    every: timedelta
    run: Callable[[], object]
    computes_long: bool = False
    """It computes for many seconds, holds no lock meanwhile, and makes way for decisions."""
    is_due: Callable[[Session, datetime], bool] | None = None
    """Asked at its interval with other jobs that tell it, in one transaction that only reads: it runs only if
    there is something to do. ``every`` is then the least time between two runs, too.
    """


class Scheduler:
    """Threads that run jobs until ``stop``; ``alive`` is called with a job's name after each good run, and
    when nothing was to do. ``factory``: of the sessions in which jobs tell whether they are due.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        alive: Callable[[str], None] = lambda job: None,
        factory: Sessions | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._alive, self._factory, self._look_seconds = alive, factory, look_seconds
        self._stopping = Event()
        self._wanted = {job: Event() for job in jobs if job.is_due and factory}
        self._looks = 0
        self._threads = [Thread(target=self._keep, args=(job,), name=job.name, daemon=True) for job in jobs]
        if self._wanted:
            self._threads.append(Thread(target=self._keep_looking, name="looks", daemon=True))

    def start(self) -> None:
        """Begin; every job runs at once for the first time."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Ask all jobs to end after their present run and wait for them."""
        self._stopping.set()
        for wanted in self._wanted.values():
            wanted.set()
        for thread in self._threads:
            thread.join(patience)

    def _keep(self, job: Job) -> None:
        if job.computes_long:
            lower_priority()
        failures = 0
        while True:
            failures = 0 if self._run(job) else failures + 1
            # A job that keeps failing slows down, so that a broken database is not hammered.
            pause = job.every.total_seconds() * 2 ** min(failures, 4)
            if self._stopping.wait(min(pause, max(30.0, job.every.total_seconds()))):
                return
            if wanted := self._wanted.get(job):
                wanted.wait()
                wanted.clear()
                if self._stopping.is_set():
                    return

    def look(self) -> None:
        """Find out what is due; all is that cannot be asked, and tells itself what is wrong."""
        try:
            due = self._due()
        except Exception:
            due = self._wanted.keys()
        for job in due:
            self._wanted[job].set()

    def _keep_looking(self) -> None:
        while not self._stopping.wait(self._look_seconds):
            self.look()

    def _due(self) -> Collection[Job]:
        assert self._factory is not None
        self._looks += 1
        asked, due = self._asked(), list[Job]()
        with looking(self._factory) as session:
            for job in asked:
                if job.is_due and job.is_due(session, clock.now()):
                    due.append(job)
        for job in asked:
            if job not in due:
                self._alive(job.name)
                metrics.job_runs.labels(job.name, "done").inc()
        return due

    def _asked(self) -> Sequence[Job]:
        """Choose the jobs that are asked at this look; jobs of longer intervals are spread over the looks."""
        return [
            job
            for place, job in enumerate(self._wanted)
            if (self._looks + place) % max(1, round(job.every.total_seconds() / self._look_seconds)) == 0
        ]

    def _run(self, job: Job) -> bool:
        try:
            job.run()
            self._alive(job.name)
        except Exception:
            metrics.job_runs.labels(job.name, "failed").inc()
            log.exception("job.failed", job=job.name)
            return False
        metrics.job_runs.labels(job.name, "done").inc()
        return True


def give_way(took: float = 0.0) -> None:
    """Leave the database to others between two steps of a job that has many: a third of what a step took, in
    seconds.
    """
    time.sleep(max(WAY_SECONDS, min(took / 3, LONGEST_REST)))


def heartbeat(settings: Settings, job: str) -> Path:
    """The file a job touches after each good run."""
    return settings.home / "run" / f"{job}.alive"


def keep_fresh(house: House) -> None:
    """Bring a process without a loop of its own what changes in the house, within a second."""
    Scheduler((Job("house", "what changed in the house", timedelta(seconds=1), house.refresh),)).start()
