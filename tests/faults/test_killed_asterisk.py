"""Asterisk is killed with five calls up; then the whole machine is, with facts in the journal:
both come back by themselves.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import select

from calls.store import CallEvent, CallRow
from demo.hearing import PromptSounds, recognise
from demo.phone import Answers
from hotline import clock
from hotline.db import transaction
from ivr.catalogue import HOME
from recordings.store import Recording, RecordingState
from tests.faults.citizens import GREETING, MARGIN, NOTICE, Citizen, citizens, dial_all, numbers
from tests.faults.waiting import journalled
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running

pytestmark = pytest.mark.live
AT_ONCE = 5
UP, AFTER = numbers("0980000", 5), "0980001001"
WITH_THE_MACHINE, NEXT = numbers("0980002", 2), "0980003001"
FRONT = "zh-TW/cut-off.front"
LOST, READY = 2.1, 30.0
"""Seconds of sound lost at most, a call; seconds until calls are served again."""


@dataclass(frozen=True)
class Crash:
    """When it happened, seconds until all was ready, and what waited in the journal then."""

    at: datetime
    ready_after: float
    waiting: int = 0


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The hotline as `make up` runs it."""
    refuse_or_go_on()
    with running() as one:
        yield one
        assert_clean(one)


@pytest.fixture(scope="module")
def asterisk_killed(system: System) -> Crash:
    """Five calls are up, two of them recorded with an agent; kill -9; one more call when it is up again."""
    with system.agents(agent_1=Answers(0.2), agent_2=Answers(0.2)), citizens(system, UP) as called:
        dial_all(system, called)
        for one, key in zip(called, "00111", strict=True):
            system.in_menu(one.number)
            one.press(key)
        time.sleep(NOTICE + 7.0)
        pid = system.supervisor.pid("asterisk")
        os.kill(pid, signal.SIGKILL)
        at, began = clock.now(), clock.monotonic()
        system.until(lambda: served(system), READY + 10, "calls are served again")
        ready_after = clock.monotonic() - began
        for one in called:
            one.vanish()
    call_again(system, AFTER)
    return Crash(at, ready_after)


def served(system: System) -> bool:
    try:
        return system.ready()[0] == 200
    except OSError:
        return False


def call_again(system: System, number: str) -> None:
    """A call to the first menu, that all is as before."""
    with citizens(system, [number]) as (one,):
        one.dial(system)
        system.in_menu(number)


@pytest.fixture(scope="module")
def machine_killed(system: System, asterisk_killed: Crash) -> Crash:
    """Two calls whose facts only the journal has; kill -9 of everything; then only what `make up` does."""
    assert asterisk_killed
    path = system.settings.database.removeprefix("sqlite:///")
    with (
        citizens(system, WITH_THE_MACHINE) as called,
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
    ):
        writer.execute("BEGIN EXCLUSIVE")
        dial_all(system, called)
        time.sleep(GREETING + 2.0)
        for one in called:
            one.press("1")
        time.sleep(2.0)
        waiting = journalled(system)
        system.supervisor.kill_now()
        system.supervisor.stop()
        writer.execute("ROLLBACK")
        for one in called:
            one.vanish()
    at, began = clock.now(), clock.monotonic()
    system.starts_again()
    system.until(lambda: served(system), READY + 10, "calls are served again")
    ready_after = clock.monotonic() - began
    left = journalled(system)
    call_again(system, NEXT)
    assert left == 0, "ready was said before the journal was replayed"
    return Crash(at, ready_after, waiting)


@pytest.mark.promise("Calls of an Asterisk that died are closed as such")
def test_all_calls_are_closed_by_the_system(asterisk_killed: Crash, system: System) -> None:
    """One row each; those who talked have talked."""
    outcomes = []
    for number in UP:
        row = system.row(number)
        assert row.end_reason == "system"
        assert row.ended_at and abs((row.ended_at - asterisk_killed.at).total_seconds()) < READY
        outcomes.append(row.outcome)
    assert outcomes[:2] == ["talked", "talked"]


def test_the_sound_is_mended_and_nearly_whole(asterisk_killed: Crash, system: System) -> None:
    """Both directions of each talk, with at most 2.1 s lost, measured from our own clock."""
    for number in UP[:2]:
        row = system.row(number)
        for one in system.until(lambda row=row: judged(system, row.id), 60, "the recordings are judged"):
            assert one.state == RecordingState.REPAIRED, (one.state, one.reason)
            assert row.recorded_at and one.seconds
            due = (asterisk_killed.at - row.recorded_at).total_seconds()
            assert due - one.seconds <= LOST + MARGIN, (one.path, due, one.seconds)


def judged(system: System, call_id: str) -> list[Recording]:
    found = system.recordings(call_id)
    return found if len(found) == 2 and all(one.state != RecordingState.EXPECTED for one in found) else []


@pytest.mark.promise("An Asterisk that died is back within half a minute")
def test_the_next_call_is_served(asterisk_killed: Crash, system: System) -> None:
    """Without anybody's hand, within thirty seconds."""
    assert asterisk_killed.ready_after <= READY
    assert system.row(AFTER).last_menu == "language"


def test_who_was_cut_off_and_calls_again_is_told_and_stands_first(
    asterisk_killed: Crash, system: System
) -> None:
    """Once: who talked when Asterisk died is before who waits already; the third call is as any other."""
    assert asterisk_killed
    talks, waits, again = *numbers("0980004", 2), UP[0]
    with system.agents(agent_1=Answers(0.2)), citizens(system, [talks, waits, again]) as called:
        for one in called:
            one.dial(system)
            system.in_menu(one.number)
            one.press("0")
            system.until(lambda one=one: told(system, one.number, "Queued"), 20, "a person is asked for")
        system.until(lambda: 2 in places(system, waits), 40, "who waited is second now")
        assert set(places(system, again)) == {1}
    with citizens(system, [again, UP[1]]) as (one, two):
        dial_all(system, [one, two])
        system.until(lambda: hears(two, FRONT), 20, "who was cut off hears so")
        system.in_menu(again)
        assert not hears(one, FRONT)
    assert [one["front"] for one in told(system, again, "CutOffTold")] == [True]


def hears(caller: Citizen, prompt: str) -> bool:
    """Whether a prompt was heard to its end."""
    known = PromptSounds.load({prompt: HOME / "build" / f"{prompt}.wav"})
    return bool(recognise(caller.sound(), known))


def places(system: System, number: str) -> list[object]:
    """The places in line that this caller was told."""
    return [one["position"] for one in told(system, number, "WaitAnnounced")]


def told(system: System, number: str, kind: str) -> list[dict[str, object]]:
    """What events of a kind tell of the calls that this caller made since Asterisk died."""
    chosen = select(CallEvent.detail).join(CallRow, CallRow.id == CallEvent.call_id)
    of = (CallRow.caller_hash == f"+886{number.removeprefix('0')}", CallRow.end_reason != "system")
    with transaction(system.house.factory) as session:
        return list(session.scalars(chosen.where(*of, CallEvent.kind == kind)))


def test_the_machine_comes_back_by_itself(machine_killed: Crash, system: System) -> None:
    """Within thirty seconds of its start, with the journal replayed before it says that it is ready."""
    assert machine_killed.ready_after <= READY
    assert machine_killed.waiting >= len(WITH_THE_MACHINE)
    for number in WITH_THE_MACHINE:
        row = system.row(number)
        events = system.events(row.id)
        menus = [(event.at, event.detail["menu"]) for event in events if event.kind == "MenuHeard"]
        arrived = [event.kind for event in events].count("CallArrived")
        assert (row.end_reason, arrived, len(menus)) == ("system", 1, len(set(menus)))
        # A slow machine asks again before it dies.
        assert {menu for _, menu in menus} == {"language", "main"}, menus
    assert system.row(NEXT).last_menu == "language"
