"""The event log's disk is full: calls go on, each is closed as what it was,
and the disk is named within a minute.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import select

from calls.store import CallEvent, CallRow, CelEvent
from demo.phone import Answers
from hotline import clock
from hotline.db import transaction
from hotline.tickets.store import FaultRow
from tests.faults.citizens import Citizen, citizens, dial_all
from tests.faults.disks import fill, needs_root, shared, small_disk
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, running

pytestmark = [pytest.mark.live, needs_root]
LEAVES, TALKS, HANGS_UP = "0978000001", "0978000002", "0978000003"
ALARM = 60.0


@dataclass(frozen=True)
class Played:
    """What was told while the disk was full, when, and what became of the calls."""

    ready: tuple[int, str]
    told_after: float
    left_at: datetime
    rows: dict[str, CallRow]


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The hotline as `make up` runs it."""
    refuse_or_go_on()
    with running(over=shared) as one:
        yield one


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    """One hangs up in a menu, one talks until the agent hangs up, one hangs up in the talk."""
    with (
        citizens(system, [LEAVES, TALKS, HANGS_UP]) as called,
        system.agents(agent_1=Answers(0.2, 14.0), agent_2=Answers(0.2, 14.0)),
        small_disk(system.settings.cel, 64),
    ):
        fill(system.settings.cel)
        began = clock.monotonic()
        leaves, talks, hangs_up = called
        dial_all(system, called)
        for one in called:
            system.until(lambda one=one: asked(system, one), 30, f"{one.number} is asked")
        leaves.hang_up()
        left_at = clock.now()
        for one in (talks, hangs_up):
            one.press("0")
        system.until(
            lambda: "degraded: event log" in system.ready()[1], ALARM, "readiness names the event log"
        )
        ready = system.ready()
        system.until(lambda: ticket(system), ALARM, "there is a ticket")
        told_after = clock.monotonic() - began
        system.until(lambda: system.channels() >= 4, 20, "both talk")
        time.sleep(8.0)
        hangs_up.hang_up()
        talks.await_end(30)
        rows = {one.number: system.row(one.number, 60) for one in called}
    return Played(ready, told_after, left_at, rows)


def asked(system: System, citizen: Citizen) -> bool:
    """The first menu was begun, as the turns tell."""
    chosen = (
        select(CallEvent.id)
        .join(CallRow, CallRow.id == CallEvent.call_id)
        .where(
            CallRow.caller_hash == f"+886{citizen.number.removeprefix('0')}", CallEvent.kind == "MenuHeard"
        )
    )
    with transaction(system.house.factory) as session:
        return session.scalars(chosen).first() is not None


def ticket(system: System) -> bool:
    with transaction(system.house.factory) as session:
        return (
            session.scalar(
                select(FaultRow.id).where(FaultRow.open_key == f"disk:event log@{system.settings.node}")
            )
            is not None
        )


def test_the_disk_is_named_within_a_minute(played: Played, system: System) -> None:
    """By readiness, which keeps the node in service, and by a ticket."""
    status, told = played.ready
    assert status == 200 and f"degraded: event log: {system.settings.cel} cannot be written" in told
    assert "No space left on device" in told
    assert played.told_after <= ALARM


def test_each_call_is_closed_as_what_it_was(played: Played) -> None:
    """No line of the event log told it."""
    assert {number: (row.outcome, row.end_reason) for number, row in played.rows.items()} == {
        LEAVES: ("abandoned", "system"),
        TALKS: ("talked", "agent_hung_up"),
        HANGS_UP: ("talked", "system"),
    }
    assert played.rows[LEAVES].last_menu == "language"
    assert {played.rows[TALKS].agent, played.rows[HANGS_UP].agent} == {"agent-1", "agent-2"}
    left = played.rows[LEAVES].ended_at
    assert left and abs((left - played.left_at).total_seconds()) < 10


def test_the_event_log_had_nothing_to_tell(played: Played, system: System) -> None:
    """Else this would prove nothing."""
    with transaction(system.house.factory) as session:
        ids = [row.id for row in played.rows.values()]
        kinds = list(session.scalars(select(CelEvent.kind).where(CelEvent.linked_id.in_(ids))))
    assert "HANGUP" not in kinds and "LINKEDID_END" not in kinds


def test_their_sound_is_expected_and_judged(played: Played, system: System) -> None:
    """The recordings lie on another disk, and nobody but the turns told of them."""
    for number in (TALKS, HANGS_UP):
        call_id = played.rows[number].id
        found = system.until(
            lambda call_id=call_id: [one for one in system.recordings(call_id) if one.state != "EXPECTED"],
            60,
            f"the recordings of {number} are judged",
        )
        assert {one.state for one in found} == {"WHOLE"}, [one.reason for one in found]
