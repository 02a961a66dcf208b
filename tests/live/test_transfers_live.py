"""Transfers beside the table of §9.1, with real phones, all acts at once; resilience rows 10 to 14."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.calls_at_once import within
from tests.chosen import chosen, each
from tests.live import acts, warm
from tests.live.acts import Act
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.real_line import RealLine
from tests.live.system import ALL_DAY, declare, running
from tests.live.theatre import Theatre

pytestmark = pytest.mark.live
AT_ONCE = 12
ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        acts.the_agents_phone_dies_in_talk,  # the longest begins first
        acts.an_officer_puts_the_caller_through,
        acts.a_ladder_tells_how_each_phone_is,
        acts.busy_and_absent,
        acts.nobody_of_that_number,
        acts.declined_and_out_of_service,
        acts.rings_by_a_183,
        acts.a_dead_phone_costs_ten_seconds,
        acts.P4_2_answered_at_8_9_seconds,
        acts.P4_2_answered_at_9_1_seconds,
        acts.hangs_up_while_the_agent_is_rung_again,
        acts.a_neighbour_is_a_proxy,
        acts.hangs_up_before_the_first_ring,
        acts.hangs_up_while_the_desk_rings,
        acts.hangs_up_between_two_phones,
        acts.hangs_up_while_a_neighbour_rings,
        acts.hangs_up_while_the_officer_is_told,
        acts.hangs_up_in_talk_with_the_officer,
        acts.an_officer_hangs_up_while_told,
        acts.an_officer_hangs_up_as_the_words_end,
        acts.an_agent_hangs_up_while_told,
        acts.the_desk_moves_nobody_who_is_not_in_talk,
        *warm.ACTS,
    )
}
NUMBERS = {name: f"0973{place:06d}" for place, name in enumerate(ACTS, 1)}
Outcome = dict[str, BaseException | None]


PROMISES = {
    "an_officer_puts_the_caller_through": "An officer puts the caller through again",
    "hangs_up_while_the_officer_is_told": "A citizen who hangs up in a transfer leaves nothing ringing",
    warm.warm_the_agent_hangs_up_and_both_are_joined.__name__: "An agent speaks with the officer first",
}


@pytest.fixture(scope="module")
def acted(request: pytest.FixtureRequest) -> Iterator[Outcome]:
    """Every act asked for, side by side, in offices that are open."""
    refuse_or_go_on()
    asked = chosen(request, ACTS)
    with running(min(AT_ONCE, len(asked)) + 2, queue_ring=20, **ALL_DAY) as system:
        with Theatre(system) as theatre:
            declare(system, "open")
            with ThreadPoolExecutor(within(AT_ONCE)) as pool:
                done = {name: pool.submit(perform, theatre, name) for name in asked}
                outcome = {name: one.exception() for name, one in done.items()}
        assert_clean(system)
    yield outcome


def perform(theatre: Theatre, name: str) -> None:
    with RealLine(theatre, name, NUMBERS[name]) as line:
        ACTS[name](line)


@each(ACTS, PROMISES)
def test_an_act(acted: Outcome, name: str) -> None:
    """As its docstring says."""
    if fault := acted[name]:
        raise fault
