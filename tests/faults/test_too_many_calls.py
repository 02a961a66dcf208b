"""More calls than this node takes, or than one number may have:
503 or a word and a callback, and nobody else is hurt.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from calls.store import CallEvent, CallRow
from hotline.db import transaction
from tests.faults.citizens import MARGIN, PAUSE, citizens, numbers
from tests.faults.crowd import rows_of
from tests.faults.rawsip import Attempt, attack
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running

pytestmark = pytest.mark.live
AT_ONCE = 6
NODE, NUMBER = 6, 3
STAY = 12.0
"""Longer than the notice: the first decision has been made."""


@pytest.fixture(scope="module")
def small() -> Iterator[System]:
    """A node that takes few calls."""
    refuse_or_go_on()
    with running(node_calls=NODE, caller_calls=NUMBER) as one:
        yield one
        assert_clean(one)


def test_row_41_a_storm_of_three_times_the_capacity_is_answered_503_and_heard_by_nobody(
    small: System,
) -> None:
    """As many as fit are answered, the others refused before the answer; who was in a call hears no gap;
    health and metrics tell.
    """
    with citizens(small, ["0976000000"]) as (bystander,):
        bystander.dial(small)
        storm = [Attempt("1999", user=number) for number in numbers("0976001", 3 * NODE)]
        attack(small, storm, rate=1000.0, stay=STAY)
        silence = bystander.silence(0.0, STAY)
    statuses = [one.status for one in storm]
    assert statuses.count(200) == NODE - 1 and statuses.count(503) == len(storm) - NODE + 1
    assert silence <= PAUSE + MARGIN
    rows = rows_of(small, [one.user for one in storm])
    refused = [one.user for one in storm if one.status == 503]
    assert {number: [row.outcome for row in rows[number]] for number in refused} == {
        n: ["refused"] for n in refused
    }
    told = f"note: node_calls refused {len(refused)} since the start"
    small.until(lambda: told in small.ready()[1], 10, "health tells of the refused")
    status, health = small.ready()
    assert status == 200 and f"degraded: calls: more than {NODE} came at once" in health
    small.until(lambda: small.channels() == 0, 10, "no channel is left")


def test_a_number_has_three_calls_at_once_and_the_fourth_is_offered_a_callback(small: System) -> None:
    """All at the same moment; another number and those who hide theirs are not counted with them."""
    same = [Attempt("1999", user="0976002000") for _ in range(NUMBER + 1)]
    other = [Attempt("1999", user="0976002001"), Attempt("1999", user="anonymous")]
    attack(small, [*same, *other], rate=1000.0, stay=STAY)
    assert [one.status for one in (*same, *other)] == [200] * 6
    query = (
        select(CallRow.caller)
        .join(CallEvent, CallEvent.call_id == CallRow.id)
        .where(CallEvent.kind == "CallerCrowded")
    )
    rows_of(small, ["0976002000"])
    with transaction(small.house.factory) as session:
        assert list(session.scalars(query)) == ["+886976002000"]
