"""The recordings' folder cannot be written, or its disk is full:
calls go on, and each loss is told within a minute.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from demo.phone import Answers
from hotline.db import transaction
from recordings.store import Recording, RecordingState
from tests.faults.citizens import NOTICE, Citizen, citizens, dial_all
from tests.faults.disks import needs_root, shared, small_disk
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, running

pytestmark = [pytest.mark.live, needs_root]
AT_ONCE = 3
UNWRITABLE, FULL, STAYS = "0979000001", "0979000002", "0979000003"
KIBIBYTES = 64
"""Two seconds of both directions."""
ALARM = 60.0


@dataclass(frozen=True)
class Played:
    """What readiness said while nothing could be written, what alarmed while its call was up,
    what became of each.
    """

    ready: tuple[int, str]
    still_up: list[Recording]
    rows: dict[str, list[Recording]]


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The hotline as `make up` runs it."""
    refuse_or_go_on()
    with running(over=shared) as one:
        yield one
        one.until(lambda: one.channels() == 0, 5, "no channel is left")


@contextmanager
def unwritable(system: System) -> Iterator[None]:
    """Asterisk may look into the folder and write nothing there."""
    folder = system.settings.recordings
    before = folder.stat().st_mode & 0o777
    folder.chmod(0o550)
    yield
    folder.chmod(before)


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    """One call finds the folder shut, two its disk full; an agent talks with each, longest with one."""
    talks = Answers(0.2)
    with (
        citizens(system, [UNWRITABLE, FULL, STAYS]) as called,
        system.agents(agent_1=talks, agent_2=talks, agent_3=talks),
    ):
        shut, full, stays = called
        dial_all(system, called)
        with unwritable(system):
            ready = system.ready()
            for one in called:
                system.in_menu(one.number)
            shut.press("0")
            for one in (full, stays):  # the menu from its beginning
                one.press("*")
            time.sleep(NOTICE + 1.5)
            until_they_talk(system, shut)
        with small_disk(system.settings.recordings, KIBIBYTES):
            full.press("0")
            stays.press("0")
            until_they_talk(system, full, stays)
            time.sleep(6.0)  # the disk takes two seconds of two talks
            shut.hang_up()
            full.hang_up()
            still_up = system.until(lambda: alarmed(system), ALARM, "an alarm while the call is up")
            talking = stays.phone.talking
            stays.hang_up()
            rows = {one.number: settled(system, one.number) for one in called}
    return Played(ready, still_up if talking else [], rows)


def until_they_talk(system: System, *called: Citizen) -> None:
    """Wait until an agent has answered each: what comes before is not recorded."""
    for one in called:
        system.until(
            lambda number=one.number: any(row.agent_at for row in system.open_rows(number)),
            20,
            f"an agent answers {one.number}",
        )


def alarmed(system: System) -> list[Recording]:
    """Recordings that alarmed before their call's end, once both directions have."""
    with transaction(system.house.factory) as session:
        early = Recording.alarmed_at.is_not(None), Recording.ended_at.is_(None)
        found = list(session.scalars(select(Recording).where(*early)))
    return found if len(found) == 2 else []


def settled(system: System, number: str) -> list[Recording]:
    """Both directions of this caller's sound, once they are judged."""
    row = system.row(number)

    def judged() -> list[Recording]:
        found = system.recordings(row.id)
        return found if found and all(one.state != RecordingState.EXPECTED for one in found) else []

    return system.until(judged, ALARM, f"the recordings of {number} are judged")  # type: ignore[no-any-return]


def test_the_calls_go_on(played: Played, system: System) -> None:
    """Neither caller nor agent notices anything: they talk, for as long as they want."""
    assert played
    for number in (UNWRITABLE, FULL):
        row = system.row(number)
        assert (row.outcome, row.end_reason) == ("talked", "caller_hung_up")
        assert row.talk_seconds and row.talk_seconds > 3


@pytest.mark.parametrize(
    ("number", "state"),
    [(UNWRITABLE, RecordingState.MISSING), (FULL, RecordingState.SHORT), (STAYS, RecordingState.SHORT)],
)
def test_each_loss_is_marked_with_its_reason(played: Played, number: str, state: RecordingState) -> None:
    """Two files a call, alarmed within a minute of the call's end."""
    rows = played.rows[number]
    assert {row.direction for row in rows} == {"caller", "agent"}
    for row in rows:
        assert (row.state, bool(row.reason)) == (state, True)
        assert row.alarmed_at and row.ended_at
        assert (row.alarmed_at - row.ended_at).total_seconds() <= ALARM


def test_a_full_disk_is_told_while_the_call_is_up(played: Played) -> None:
    """A file that grows no more alarms before the call ends, and says how much is free."""
    assert {row.direction for row in played.still_up} == {"caller", "agent"}
    assert all("0 MiB are free" in row.reason for row in played.still_up)


def test_readiness_warns(played: Played, system: System) -> None:
    """New calls would not be recorded; they are served, so the node stays in service."""
    status, told = played.ready
    assert status == 200 and told.startswith("ok\n")
    assert f"degraded: recordings: {system.settings.recordings} cannot be written" in told
