"""Our processes end, and no talk does:
each of them dies, Asterisk is ended in order, and at once, and `hotline up` dies.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from demo.phone import Answers
from hotline import clock
from hotline.settings.kinds import CHECKOUT
from ops.run import draining
from ops.run.adopting import running_pid
from tests.faults.citizens import Citizen, citizens
from tests.house.test_asterisk_live import invite
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import BUSY, System, is_ready, running

pytestmark = pytest.mark.live
OURS = ("agi-1", "agi-2", "listener", "jobs", "web", "console")
THROUGH, MENU, CUT, TALKS, WAITS, REFUSED, KEPT, AFTER = (f"098500000{n}" for n in range(8))
LASTS = 30.0
"""Seconds of a drain: the last minute, with its warning, begins at once."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The hotline as `make up` runs it, with a short drain."""
    refuse_or_go_on()
    with running(drain_minutes=LASTS / 60) as one:
        yield one
        assert_clean(one)


@contextmanager
def talking(system: System, number: str) -> Iterator[Citizen]:
    """A caller and an agent in a talk."""
    with system.agents(agent_1=Answers(0.2, 600.0)), citizens(system, [number]) as (one,):
        one.dial(system)
        system.in_menu(number)
        one.press("0")
        system.until(lambda: is_bridged(system, number), 20, "they talk")
        yield one


def is_bridged(system: System, number: str) -> bool:
    lines = [line.split("!") for line in system.home.rx("core show channels concise").splitlines()]
    return any(number in fields and fields[-2] for fields in lines)


def test_a_talk_goes_on_when_each_of_our_processes_dies(system: System) -> None:
    """kill -9, one after the other and the pages' too; the call is on record as it was."""
    with talking(system, THROUGH) as one:
        for name in OURS:
            pid = system.supervisor.pid(name)
            os.kill(pid, signal.SIGKILL)
            system.supervisor.resume(name)
            system.until(
                lambda name=name, pid=pid: lives_again(system, name, pid), 30, f"{name} is there again"
            )
            assert is_bridged(system, THROUGH), name
        system.until(lambda: is_ready(system), 60, "all is ready")
        one.hang_up()
    row = system.row(THROUGH)
    assert (row.outcome, row.end_reason, row.agent) == ("talked", "caller_hung_up", "agent-1")


def lives_again(system: System, name: str, before: int) -> bool:
    try:
        return system.supervisor.pid(name) != before
    except LookupError:
        return False


@dataclass
class Drained:
    """What was seen of an orderly end with a talk, a caller in the queue, and one who called meanwhile."""

    answer: str = ""
    health: tuple[int, str] = (0, "")
    is_empty: bool = False
    took: float = 0.0
    told: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def drained(system: System) -> Drained:
    """One agent, who talks; the time runs out."""
    seen = Drained()

    def run() -> None:
        begun = clock.monotonic()
        seen.is_empty = draining.drain(
            system.settings, lambda seconds: bool(time.sleep(seconds)), seen.told.append
        )
        seen.took = clock.monotonic() - begun

    with talking(system, TALKS) as one, citizens(system, [WAITS]) as (waits,):
        waits.dial(system)
        system.in_menu(WAITS)
        waits.press("0")
        system.until(lambda: "Queue" in system.home.rx("core show channels concise"), 20, "somebody waits")
        thread = Thread(target=run)
        thread.start()
        system.until(lambda: draining.is_draining(system.settings), 10, "it drains")
        seen.answer = invite(system.home, "127.0.0.2", REFUSED, "1999")
        seen.health = system.ready()
        one.await_end(LASTS + 30)
        thread.join(90)
    return seen


def test_new_calls_get_503_while_it_drains(drained: Drained, system: System) -> None:
    """Carriers overflow on that; nothing was answered, and the call is on record as the system's end."""
    assert drained.answer.startswith("SIP/2.0 503 ")
    row = system.row(REFUSED)
    assert (row.answered_at, row.end_reason, row.outcome) == (None, "system", "refused")


def test_health_says_draining(drained: Drained) -> None:
    """A balancer takes the node out."""
    status, told = drained.health
    assert status == 503 and "draining: new calls are refused" in told


def test_who_waits_is_promised_a_callback(drained: Drained, system: System) -> None:
    """With an apology, by the dialplan alone."""
    row = system.row(WAITS)
    assert row.outcome == "promised"
    (promise,) = system.until(lambda: system.promises(row.id), 10, "the promise is a row")
    assert (promise.origin, promise.number) == ("dialplan", row.caller)


def test_a_talk_lasts_to_the_end_of_the_drain(drained: Drained, system: System) -> None:
    """Warned, then ended with a word; it is the system's end, and a talk."""
    row = system.row(TALKS)
    assert (row.outcome, row.end_reason) == ("talked", "system")
    assert drained.is_empty and LASTS - 2 <= drained.took <= LASTS + 20
    assert drained.told[0].endswith("new ones are refused")


def test_a_second_signal_ends_at_once(drained: Drained, system: System) -> None:
    """Who talks and who is in a menu are ended by the system:
    the one has talked, the other was not served.
    """
    system.home.rx("dialplan set global DRAINING no")
    draining.forget(system.settings)
    with talking(system, CUT) as one, citizens(system, [MENU]) as (menu,):
        menu.dial(system)
        system.in_menu(MENU)
        assert draining.drain(system.settings, lambda seconds: True, lambda line: None) is False
        assert is_bridged(system, CUT)
        system.supervisor.halt("asterisk")
        one.await_end(10)
        menu.await_end(10)
        system.supervisor.resume("asterisk")
        system.until(lambda: is_ready(system), 60, "all is ready")
    found = [(row.end_reason, row.outcome) for row in (system.row(CUT), system.row(MENU))]
    assert found == [("system", "talked"), ("system", "abandoned")]
    assert not draining.is_draining(system.settings)


@contextmanager
def up(system: System, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """`hotline up` as a process of its own."""
    given = {f"HOTLINE_{name.upper()}": value for name, value in settings.items()}
    log = system.scratch / f"up-{clock.monotonic():.0f}.log"
    with (
        log.open("w") as out,
        subprocess.Popen(
            (sys.executable, "-m", "ops.cli", "up"),
            stdout=out,
            stderr=out,
            text=True,
            cwd=CHECKOUT,
            env={**os.environ, "HOTLINE_HOME": str(system.settings.home), **given},
        ) as process,
    ):
        try:
            by = clock.monotonic() + BUSY * 90
            while "1999 answers" not in log.read_text() and process.poll() is None and clock.monotonic() < by:
                time.sleep(0.1)
            assert "1999 answers" in log.read_text(), log.read_text()
            yield process
            process.send_signal(signal.SIGINT)
            assert process.wait(BUSY * 60) in (0, -signal.SIGKILL), log.read_text()
        finally:
            process.kill()


def test_a_killed_supervisor_leaves_asterisk_to_the_next_one(system: System, drained: Drained) -> None:
    """kill -9 of `hotline up` in a talk: only Asterisk goes on, and the next `hotline up` takes it,
    with changed settings.
    """
    system.supervisor.stop()
    with up(system) as first, ExitStack() as stack:
        asterisk = running_pid(system.home.etc)
        one = stack.enter_context(talking(system, KEPT))
        first.kill()
        first.wait(10)
        system.until(lambda: children(system) == [], 20, "all others have ended")
        assert is_bridged(system, KEPT)
        with up(system, numbers="1999,29603456,0229603456,+886229603456,1998"):
            assert running_pid(system.home.etc) == asterisk
            assert is_bridged(system, KEPT)
            one.hang_up()
            row = system.row(KEPT)
            assert (row.outcome, row.end_reason) == ("talked", "caller_hung_up")
            stack.close()
            with citizens(system, [AFTER]) as (another,):
                another.dial(system, "1998")
                system.in_menu(AFTER)
    system.until(lambda: running_pid(system.home.etc) is None, 20, "Asterisk has ended with the second")
    system.starts_again()
    system.until(lambda: is_ready(system), 60, "all is ready")


def children(system: System) -> list[str]:
    """Our processes of this home."""
    wanted = f"HOTLINE_HOME={system.settings.home}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words, told = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if wanted in told.split(b"\0") and (
            b"agi_scripts" in words or b"ops.jobs" in words or b"\0web" in words
        ):
            found.append(words.decode())
    return found
