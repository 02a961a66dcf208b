"""The embedded database is locked for ten seconds; processes are killed and ended in the middle of it.

Nobody waits for it longer than 0.7 s, the journal takes the facts, and whoever dies between journal and
database loses none and doubles none.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import pytest

from tests.faults.citizens import MARGIN, PAUSE, Citizen, citizens, dial_all, numbers, to_the_main_menu
from tests.faults.stand_ins import await_answers
from tests.faults.waiting import await_replay, lines_in_the_journal
from tests.live.system import System

pytestmark = pytest.mark.live
AT_ONCE = 7
STAYING, COMING = numbers("0976000", 5), numbers("0976001", 2)
HELD = 10.0
DRAINED = 30.0
"""Seconds within which a process that is told to end has finished what it had begun."""


@dataclass(frozen=True)
class Played:
    """Silences, entries in the journal while it was locked,
    and the seconds that the end of a process took.
    """

    silences: dict[str, float]
    waited: int
    drained: float


@contextmanager
def locked(system: System) -> Iterator[None]:
    """Somebody writes and does not let go for ten seconds."""
    path = system.settings.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        try:
            yield
            time.sleep(max(0.0, began + HELD - time.monotonic()))
        finally:
            writer.execute("ROLLBACK")


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    """Five callers ask for the menu again, one process is told to end in that moment, two more hear
    their first menu, the five ask once more, the rest is killed; then everybody hangs up.
    """
    with citizens(system, STAYING) as staying, citizens(system, COMING) as coming:
        dial_all(system, staying)
        to_the_main_menu(system, staying)
        dial_all(system, coming)
        with ThreadPoolExecutor(len(staying) + 1) as pool, locked(system):
            before = lines_in_the_journal(system)
            again = pool.map(silence_after_key, staying)
            time.sleep(0.3)
            ended = pool.submit(seconds_to_the_end_of, system.supervisor.pid("agi-1"))
            silences = dict(zip(STAYING, again, strict=True))
            system.supervisor.resume("agi-1")
            first = pool.map(lambda one: one.first_silence(3.0), coming)
            silences |= dict(zip(COMING, first, strict=True))
            anew = zip(STAYING, pool.map(silence_after_key, staying), strict=True)
            silences |= {f"{number} once more": silence for number, silence in anew}
            waited = lines_in_the_journal(system) - before
            for name in ("agi-1", "agi-2", "jobs"):
                with suppress(LookupError):
                    os.kill(system.supervisor.pid(name), signal.SIGKILL)
    for name in ("agi-1", "agi-2", "jobs"):
        system.supervisor.resume(name)
    await_answers(system, 1, 2)
    await_replay(system, 60)
    return Played(silences, waited, ended.result())


def silence_after_key(one: Citizen) -> float:
    at = one.press("*")
    return one.silence(at, at + 3.0)


def seconds_to_the_end_of(pid: int) -> float:
    """SIGTERM, as a deploy sends it."""
    os.kill(pid, signal.SIGTERM)
    began = time.monotonic()
    while time.monotonic() < began + DRAINED + 5:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.promise("No caller waits for a database")
def test_nobody_waits_for_the_database(played: Played, system: System) -> None:
    """0.7 s and the usual pause, at the first decision and at a later one."""
    limit = system.settings.decision_database_wait.total_seconds() + PAUSE + MARGIN
    assert max(played.silences.values()) <= limit, played.silences


def test_the_journal_takes_the_facts(played: Played) -> None:
    """A line a decision; who only hears the first menu needs none."""
    assert played.waited >= 2 * len(STAYING)


def test_killed_between_journal_and_database_each_fact_is_there_once(played: Played, system: System) -> None:
    """Both AGI processes and the replayer are killed while it is locked: one row a call, each key once."""
    assert played
    for number in STAYING:
        kinds = [event.kind for event in system.events(system.row(number).id)]
        assert (kinds.count("CallArrived"), kinds.count("KeyPressed")) == (1, 3)
        assert kinds.count("MenuHeard") == 4 + kinds.count("NoKeyPressed")
    for number in COMING:
        row = system.row(number)
        kinds = [event.kind for event in system.events(row.id)]
        assert (row.end_reason, kinds.count("MenuHeard")) == ("caller_hung_up", 1)
        assert kinds.count("CallArrived") <= 1  # by who was killed, Asterisk was told nothing


def test_a_process_told_to_end_finishes_what_it_began(played: Played, system: System) -> None:
    """Its decisions are told, so that nobody needed the second process for them;
    then it ends, within thirty seconds.
    """
    assert played.drained <= DRAINED
    for number in STAYING:
        events = system.events(system.row(number).id)
        second = [event.at for event in events if event.kind == "FailedOver"]
        keys = [event.at for event in events if event.kind == "KeyPressed"]
        assert not [at for at in second if at < keys[0]], number
