"""Calls of a node that does not come back are closed by the machine that does what is done once."""

from datetime import datetime, timedelta

import pytest

from calls.cdr_writer import Records
from calls.store import CallRow, add_event
from hotline.callbacks.service import Callbacks
from hotline.cluster import nodes
from hotline.db import Sessions, looking, transaction
from hotline.settings.addresses import MachineRole
from ivr.steps import Queued
from ops.jobs.lost_nodes import LOST, LostNodes
from tests.promises import TEN

pytestmark = pytest.mark.dialects
MINUTE = timedelta(minutes=1)
ONE, OTHER = "n2-1.1", "n3-1.1"


def lives(factory: Sessions, name: str, at: datetime) -> None:
    """A node leaves a sign."""
    with transaction(factory) as session:
        nodes.sign(session, name, (MachineRole.NODE,), "1", at)


def row(factory: Sessions, call_id: str = ONE) -> CallRow:
    with looking(factory) as session:
        return session.get_one(CallRow, call_id)


@pytest.fixture
def job(factory: Sessions, callbacks: Callbacks) -> LostNodes:
    """What n1 does each minute; n2 and n3 have a call each, and left their last sign at ten."""
    for call_id in (ONE, OTHER):
        name = call_id[:2]
        lives(factory, name, TEN)
        with transaction(factory) as session:
            session.add(CallRow(id=call_id, node=name, started_at=TEN - 2 * MINUTE))
            add_event(session, call_id, call_id, TEN - MINUTE, Queued.__name__, {})
    return LostNodes(factory, Records("n1", callbacks), lambda _: timedelta(0))


def test_its_calls_end_at_its_last_sign_of_life(job: LostNodes, factory: Sessions) -> None:
    """By the system, once; those of a node that lives stay open."""
    lives(factory, "n3", TEN + LOST)
    assert [job.run(TEN + LOST + n * MINUTE) for n in range(3)] == [0, 1, 0]
    closed = row(factory)
    assert (closed.ended_at, closed.end_reason, closed.outcome) == (TEN, "system", "abandoned")
    assert row(factory, OTHER).ended_at is None


def test_within_an_hour_it_may_come_back(job: LostNodes) -> None:
    """It closes its calls itself then."""
    assert [job.run(TEN + LOST - n * MINUTE) for n in (3, 2, 1)] == [0, 0, 0]


def test_a_database_that_was_away_for_an_hour_closes_nothing(job: LostNodes, factory: Sessions) -> None:
    """Nobody could leave a sign; a minute later all have."""
    assert job.run(TEN + 2 * LOST) == 0
    for name in ("n2", "n3"):
        lives(factory, name, TEN + 2 * LOST + MINUTE)
    assert job.run(TEN + 2 * LOST + MINUTE) == 0


def test_a_call_of_which_something_is_told_is_up(job: LostNodes, factory: Sessions) -> None:
    """Its node decides, and its jobs alone are down."""
    with transaction(factory) as session:
        add_event(session, "late", ONE, TEN + LOST, "MenuHeard", {})
    assert [job.run(TEN + LOST + n * MINUTE) for n in range(2)] == [0, 1]
    assert row(factory).ended_at is None and row(factory, OTHER).ended_at == TEN
