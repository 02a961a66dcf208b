"""Jobs by the clock: each in its own time, none stopped by another or by itself."""

import os
from collections.abc import Callable
from datetime import timedelta
from threading import Event, get_native_id

import pytest
from prometheus_client import REGISTRY

from ops.jobs.scheduler import Job, Scheduler
from ops.machine.priority import LOW_PRIORITY

SOON, NEVER = timedelta(milliseconds=1), timedelta(days=1)


def runs(job: str, result: str) -> float:
    return REGISTRY.get_sample_value("hotline_job_runs_total", {"job": job, "result": result}) or 0.0


def keep(*jobs: Job, alive: Callable[[str], None] = lambda job: None) -> Scheduler:
    scheduler = Scheduler(jobs, alive)
    scheduler.start()
    return scheduler


def after(number: int, raising: Exception | None = None) -> tuple[Callable[[], None], Event]:
    """A job that counts; the event is set when it has begun so many times."""
    reached, begun = Event(), []

    def run() -> None:
        begun.append(1)
        if len(begun) == number:
            reached.set()
        if raising and len(begun) < number:
            raise raising

    return run, reached


def test_every_job_runs_at_once_and_again_and_again() -> None:
    """Also one whose time is a day: a start is a good moment to look."""
    often, seldom = after(3), after(1)
    scheduler = keep(Job("often", "", SOON, often[0]), Job("seldom", "", NEVER, seldom[0]))
    assert often[1].wait(10) and seldom[1].wait(10)
    scheduler.stop()


def test_what_computes_long_makes_way_for_all_others() -> None:
    """Its thread alone: the pack of a month takes no core from decisions."""
    nices: dict[str, int] = {}
    seen = {name: Event() for name in ("pack", "promises")}

    def job(name: str, *, computes_long: bool) -> Job:
        def run() -> None:
            nices[name] = os.getpriority(os.PRIO_PROCESS, get_native_id())
            seen[name].set()

        return Job(name, "", NEVER, run, computes_long)

    ours = os.getpriority(os.PRIO_PROCESS, get_native_id())
    scheduler = keep(job("pack", computes_long=True), job("promises", computes_long=False))
    assert all(one.wait(10) for one in seen.values())
    scheduler.stop()
    assert nices == {"pack": max(ours, LOW_PRIORITY), "promises": ours}


def test_a_job_that_fails_is_tried_again_and_keeps_nobody_else() -> None:
    """Counted as failed; the next good run counts as done."""
    failing, other = after(3, RuntimeError("broken")), after(5)
    before = runs("failing", "failed")
    scheduler = keep(Job("failing", "", SOON, failing[0]), Job("other", "", SOON, other[0]))
    assert failing[1].wait(10) and other[1].wait(10)
    scheduler.stop()
    assert runs("failing", "failed") == before + 2
    assert runs("failing", "done") >= 1


def test_a_sign_of_life_follows_good_runs_only() -> None:
    """By the job's name: one that only fails is seen to be dead."""
    good, bad = after(3), after(10**9, RuntimeError("broken"))
    lives: list[str] = []
    scheduler = keep(Job("good", "", SOON, good[0]), Job("bad", "", SOON, bad[0]), alive=lives.append)
    assert good[1].wait(10)
    scheduler.stop()
    assert set(lives) == {"good"} and len(lives) >= 3


def test_a_sign_of_life_that_cannot_be_given_stops_no_job() -> None:
    """A full disk: the job goes on, and counts as failed until the sign can be given again."""
    run, reached = after(3)

    def full(job: str) -> None:
        raise OSError(28, "No space left on device")

    before = runs("full", "failed")
    scheduler = keep(Job("full", "", SOON, run), alive=full)
    assert reached.wait(10)
    scheduler.stop()
    assert runs("full", "failed") >= before + 3


def test_stop_waits_for_the_present_run() -> None:
    """A job is never cut off in the middle by an orderly end."""
    begun, going, ended = Event(), Event(), Event()

    def run() -> None:
        begun.set()
        going.wait(10)
        ended.set()

    scheduler = keep(Job("long", "", NEVER, run))
    assert begun.wait(10)
    scheduler.stop(patience=0.01)
    assert not ended.is_set()
    going.set()
    scheduler.stop()
    assert ended.is_set()


class Pauses:
    """Stands for the event a scheduler waits on: notes how long, never waits, ends after so many."""

    def __init__(self, most: int) -> None:
        self.asked: list[float] = []
        self._most = most

    def wait(self, seconds: float) -> bool:
        self.asked.append(seconds)
        return len(self.asked) == self._most


@pytest.mark.parametrize(
    ("every", "pauses"),
    [(1.0, [2, 4, 8, 16, 16, 16]), (5.0, [10, 20, 30, 30, 30, 30]), (600.0, [600, 600, 600, 600, 600, 600])],
)
def test_a_job_that_keeps_failing_slows_down(every: float, pauses: list[float]) -> None:
    """Twice as long each time, sixteen times or half a minute at most,
    and never seldomer than its own time.
    """

    def fail() -> None:
        raise RuntimeError("broken")

    scheduler = Scheduler([])
    scheduler._stopping = waited = Pauses(len(pauses))  # type: ignore[assignment]
    scheduler._keep(Job("failing", "", timedelta(seconds=every), fail))
    assert waited.asked == pauses
