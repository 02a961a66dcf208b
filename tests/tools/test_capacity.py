"""The model behind docs/capacity.md: by hand where a hand can reckon it, by Erlang where a formula can."""

from dataclasses import replace
from random import Random
from statistics import fmean

import pytest

from hotline.settings.kinds import CHECKOUT
from reporting import erlang
from tools.capacity.__main__ import tables
from tools.capacity.agreement import compare
from tools.capacity.demand import HOUR, TYPHOON, WORKDAY
from tools.capacity.line import (
    NodeLoss,
    Served,
    SimulatedCaller,
    SimulatedEnd,
    SimulatedLine,
    SimulatedShift,
    Site,
    answered_within,
    outcomes,
    waits,
)
from tools.capacity.needs import BUSY, lines

ONE = Site((SimulatedShift(1),))


def served(site: Site, *callers: SimulatedCaller) -> list[Served]:
    """What came of these callers at this site."""
    return SimulatedLine(site).run(callers)


def test_callers_are_served_in_order_and_a_ring_and_notes_take_their_time() -> None:
    """The second waits for talk, notes, the next look and the ring; the third gives up."""
    site = replace(ONE, ringing=2.0, wrap_up=5.0, looks=1.0)
    found = served(
        site, SimulatedCaller(0, 1, 60), SimulatedCaller(10, 1, 60), SimulatedCaller(20, 1, 60, patience=40)
    )
    assert [(one.outcome, one.waited) for one in found] == [
        (SimulatedEnd.ANSWERED, 2.0),
        (SimulatedEnd.ANSWERED, 63 + 5 + 2 - 11),
        (SimulatedEnd.CALLBACK, 40),
    ]


def test_who_wants_no_agent_takes_none() -> None:
    """Menus serve without one, also where nobody is on duty."""
    assert outcomes(served(Site(()), SimulatedCaller(0, 30, None)))[SimulatedEnd.INFORMED] == 1


def test_nobody_rings_for_who_listens_to_the_announcement() -> None:
    """Music to 3 s, words to 15, music to 25, words to 37: the agent is free at 27, and answers at 40."""
    site = replace(ONE, ringing=3.0, first_music=2.0, music=10.0, announced=12.0)
    first, second = served(site, SimulatedCaller(0, 0, 24), SimulatedCaller(1, 0, 5))
    assert (first.waited, second.waited) == (3.0, 39.0)


def test_the_end_of_the_music_comes_before_an_agent_who_is_free_at_that_instant() -> None:
    """Free at 1.5 s, and looked for at 2 s, with which the music ends: the announcement is heard first."""
    site = replace(ONE, looks=1.0, first_music=2.0, music=10.0, announced=3.5)
    first, second = served(site, SimulatedCaller(0, 0, 1.5), SimulatedCaller(0, 0, 5))
    assert (first.waited, second.waited) == (0.0, 5.5)
    assert served(replace(site, first_music=2.5), first.caller, second.caller)[1].waited == 2.0


def test_a_shift_ends_after_the_talk() -> None:
    """Who comes later finds nobody."""
    site = Site((SimulatedShift(1, 0, 50),))
    found = served(site, SimulatedCaller(0, 0, 100), SimulatedCaller(20, 0, 10, patience=300))
    assert [one.outcome for one in found] == [SimulatedEnd.ANSWERED, SimulatedEnd.CALLBACK]


def test_who_was_cut_off_comes_before_all_others() -> None:
    """The node dies under three callers: the one in line who calls again is served before who waited."""
    site = replace(ONE, nodes=2, losses=(NodeLoss(0, 50, 60),))
    found = served(
        site,
        SimulatedCaller(0, 0, 100),
        SimulatedCaller(1, 0, 100),
        SimulatedCaller(2, 0, 10),
        SimulatedCaller(3, 0, 10, again=None),
    )
    assert [one.cuts for one in found] == [1, 0, 1, 0]
    assert [one.outcome for one in found] == [SimulatedEnd.ANSWERED] * 4
    assert found[0].waited < found[3].waited


def test_a_full_line_is_refused_and_a_dead_one_too() -> None:
    """At most so many at once; no node, no call; who does not call again is lost."""
    full = served(replace(ONE, lines=1), SimulatedCaller(0, 0, 10), SimulatedCaller(5, 0, 10))
    assert [one.outcome for one in full] == [SimulatedEnd.ANSWERED, SimulatedEnd.REFUSED]
    dead = served(
        replace(ONE, losses=(NodeLoss(0, 5),)),
        SimulatedCaller(0, 0, 10, again=None),
        SimulatedCaller(6, 0, 1),
    )
    assert [one.outcome for one in dead] == [SimulatedEnd.LOST, SimulatedEnd.REFUSED]


def test_the_same_seed_draws_the_same_day() -> None:
    """A day's calls, in its hours; another seed draws others."""
    day = WORKDAY.callers(1)
    assert (len(day), day) == (WORKDAY.calls, WORKDAY.callers(1))
    assert day != WORKDAY.callers(2)
    morning = sum(9 * HOUR <= one.at < 10 * HOUR for one in day)
    assert morning == pytest.approx(WORKDAY.calls * WORKDAY.shares[9] / sum(WORKDAY.shares), rel=0.1)


def test_lines_lose_no_more_than_they_may() -> None:
    """Erlang B: ten erlangs need 21 lines for one call in a thousand, as printed tables say."""
    assert (BUSY, lines(10.0), lines(1.0)) == (0.001, 21, 6)


@pytest.mark.thorough
def test_patient_callers_wait_as_erlang_says() -> None:
    """Twelve days of 20,000 patient callers: the share in time and the mean wait of Erlang C."""
    shares, means = [], []
    for seed in range(12):
        chance, at, callers = Random(seed), 0.0, []
        for _call in range(20_000):
            at += chance.expovariate(1 / 3)
            callers.append(SimulatedCaller(at, 0.0, chance.expovariate(1 / 180)))
        found = served(Site((SimulatedShift(66),)), *callers)
        shares.append(answered_within(found, 20))
        means.append(fmean(waits(found)))
    assert fmean(shares) == pytest.approx(erlang.level(66, 60, 180, 20), rel=0.05)
    assert fmean(means) == pytest.approx(erlang.waiting(66, 60) * 180 / 6, rel=0.1)


def test_an_agreement_tells_by_how_much_the_model_is_off() -> None:
    """A measured wait of twelve seconds, where the model has ten."""
    found = compare([SimulatedCaller(0, 0, 10), SimulatedCaller(0, 0, 10)], [0.0, 12.0], ONE)
    assert (found.calls, found.measured, found.simulated) == (2, 6.0, 5.0)
    assert found.difference == pytest.approx(1 / 6)


@pytest.mark.thorough
def test_the_page_shows_what_the_tool_prints() -> None:
    """docs/capacity.md has each table as it is."""
    page = (CHECKOUT / "docs" / "capacity.md").read_text("utf-8")
    assert [table.title for table in tables() if table.text() not in page] == []


def test_a_storm_asks_for_more_in_its_busiest_hour() -> None:
    """2.5 times the calls, but 3.3 times the busiest hour: a storm comes in the morning."""
    assert TYPHOON.busiest / WORKDAY.busiest > TYPHOON.calls / WORKDAY.calls
