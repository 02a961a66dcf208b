"""Many callers at once who leave at any moment, and storms of keys:
every call one closed row, others undisturbed.
"""

import random
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from calls.store import CallRow
from demo.phone import Answers
from tests.faults.citizens import GREETING, MARGIN, NOTICE, PAUSE, citizens, numbers
from tests.faults.crowd import Leaver, crowd, rows_of
from tests.live.system import System

pytestmark = pytest.mark.live
MENU, LANGUAGES = GREETING + 0.5, 11.0
"""Seconds until the first menu has begun; and those of its words."""
STORM, LONGER = 80, 140
"""Keys, ten a second, or six so that they go on for ten seconds behind the notice of any language: a busy
machine answers a key in half a second, and SIPp reads no longer scenario.
"""
LISTENERS = [Leaver(number, 0.05 + 0.75 * n) for n, number in enumerate(numbers("0974000", 30))]
QUEUERS = [
    Leaver(number, MENU + 0.5 * n, "0", NOTICE + 4.5) for n, number in enumerate(numbers("0974001", 12))
]
WRONG = [Leaver(number, MENU, "8" * STORM, 0.1) for number in numbers("0974002", 4)]
ANY = [
    Leaver(number, MENU, "".join(random.Random(n).choices("0123456789*#", k=LONGER)), 0.16)
    for n, number in enumerate(numbers("0974003", 4))
]
BYSTANDER = "0974004000"


@dataclass(frozen=True)
class Seen:
    """The rows of all by number,
    and the longest silence of somebody who called in the middle of the storm.
    """

    rows: dict[str, list[CallRow]]
    silence: float


@pytest.fixture(scope="module")
def seen(system: System) -> Seen:
    """All of them at once, one agent, and a bystander with a telephone."""
    with system.agents(agent_1=Answers(1.0, 3.0)), ExitStack() as stack:
        for some in (LISTENERS, QUEUERS, WRONG, *([one] for one in ANY)):
            stack.enter_context(crowd(system, some, rate=100.0))
        (bystander,) = stack.enter_context(citizens(system, [BYSTANDER]))
        system.until(lambda: system.channels() > 20, 10, "they are there")
        bystander.dial(system)
        silence = bystander.silence(0.0, GREETING + LANGUAGES)
    callers = [one.number for one in (*LISTENERS, *QUEUERS, *WRONG, *ANY)] + [BYSTANDER]
    return Seen(rows_of(system, callers), silence)


def test_whoever_leaves_at_any_moment_has_one_closed_row(seen: Seen, system: System) -> None:
    """In notice, menu, queue, ring and talk; nobody who only left is promised anything."""
    assert {number: len(rows) for number, rows in seen.rows.items()} == dict.fromkeys(seen.rows, 1)
    for one in (*LISTENERS, *QUEUERS):
        (row,) = seen.rows[one.number]
        assert row.end_reason in ("caller_hung_up", "agent_hung_up"), one
        assert not system.promises(row.id)
    assert {row.end_reason for one in LISTENERS for row in seen.rows[one.number]} == {"caller_hung_up"}


def test_no_ghost_is_left(seen: Seen, system: System) -> None:
    """Five seconds after everybody left, Asterisk has no channel."""
    assert seen
    system.until(lambda: system.channels() == 0, 5, "no channel is left")


def test_a_storm_of_wrong_keys_ends_at_a_person(seen: Seen, system: System) -> None:
    """Ten keys a second: two tries, then the queue; what comes later is nothing."""
    for one in WRONG:
        (row,) = seen.rows[one.number]
        kinds = [
            (e.kind, e.detail.get("known"))
            for e in system.events(row.id)
            if e.kind in ("KeyPressed", "Queued")
        ]
        assert kinds == [("KeyPressed", False)] * 2 + [("Queued", None)], one


def test_a_storm_of_any_keys_ends_at_a_person_or_a_promise(seen: Seen, system: System) -> None:
    """Whatever was pressed: the agents' queue was decided, at most one promise given, and the turns are few.

    Who has no key left hangs up, perhaps while the queue is being announced.
    """
    for one in ANY:
        (row,) = seen.rows[one.number]
        assert "Queued" in {event.kind for event in system.events(row.id)} or row.outcome == "promised", one
        assert len(system.promises(row.id)) <= 1
        assert row.turn <= 60, one


def test_a_bystander_hears_no_more_silence_than_ever(seen: Seen) -> None:
    """The storm of others is not heard."""
    assert seen.silence <= PAUSE + MARGIN
