"""Staffing: Erlang C against published numbers, calls expected from days alike, the roster (P4.3)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.news.rules import Surge
from hotline.staff.rules import Shift
from reporting import erlang
from reporting.forecast import HALVES, added, alike, announced, error, usual
from reporting.staffing import HALF, ServiceTarget, on_roster, plan

TUESDAY = date(2026, 11, 24)
DAY = timedelta(days=1)
NINE = 18
"""The half-hour that begins at nine."""


@pytest.mark.parametrize(
    ("agents", "waiting", "level"),
    [(11, 0.6821182, 0.3896138), (14, 0.1741319335950498, 0.8883500191794669)],
)
def test_erlang_c_is_as_published(agents: int, waiting: float, level: float) -> None:
    """100 calls in half an hour of 180 s each, within 20 s: the tables in the documentation of the R package
    ErlangC 0.1.0 (CRAN, function calculate_agents) and of pyworkforce 0.1.0 (PyPI, class ErlangC).
    """
    assert erlang.waiting(agents, 10.0) == pytest.approx(waiting, abs=1e-7)
    assert erlang.level(agents, 10.0, 180.0, 20.0) == pytest.approx(level, abs=1e-7)


def test_agents_needed_are_as_published() -> None:
    """The same two sources: 14 agents for 80 % within 20 s."""
    assert erlang.needed(10.0, 180.0, 20.0, 0.8) == 14


@pytest.mark.parametrize(
    ("lines", "load"),
    [(2, 0.153), (5, 1.361), (10, 4.461), (15, 8.108), (20, 12.03), (50, 37.90), (100, 84.06)],
)
def test_erlang_b_under_it_is_as_printed(lines: int, load: float) -> None:
    """The column of 1 % in tables of Erlang B, of which Erlang C is made: what these lines carry, so that one
    call in a hundred is lost (15 lines: the manual of Westbay's calculator).
    """
    waits = erlang.waiting(lines, load)
    assert waits * (lines - load) / (lines - waits * load) == pytest.approx(0.01, rel=0.006)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.3), (3, 2.5), (12, 9.0)])
def test_erlang_c_is_the_formula_as_it_is_written(agents: int, load: float) -> None:
    """With its factorials, which the program does without."""
    last = load**agents / factorial(agents) * agents / (agents - load)
    whole = sum(load**number / factorial(number) for number in range(agents)) + last
    assert erlang.waiting(agents, load) == pytest.approx(last / whole)


@pytest.mark.parametrize(("agents", "load"), [(0, 0.5), (3, 3.0), (10, 25.0)])
def test_a_load_that_agents_cannot_carry_waits_for_ever(agents: int, load: float) -> None:
    """At equality too."""
    assert (erlang.waiting(agents, load), erlang.level(agents, load, 240.0, 20.0)) == (1.0, 0.0)


@given(st.floats(0.0, 300.0), st.floats(30.0, 900.0), st.floats(0.5, 0.99))
def test_the_fewest_agents_are_the_fewest(load: float, handling: float, goal: float) -> None:
    """With one less the goal is missed; no load needs nobody."""
    agents = erlang.needed(load, handling, 20.0, goal)
    assert (agents == 0) == (load == 0)
    if agents:
        assert erlang.level(agents, load, handling, 20.0) >= goal - 1e-9
        assert erlang.level(agents - 1, load, handling, 20.0) < goal + 1e-9


def works(off: Sequence[date], day: date) -> bool:
    return day.weekday() < 5 and day not in off


def weeks(*nine: int, before: date = TUESDAY) -> Mapping[date, list[int]]:
    """So many calls at nine on the same weekday, a week ago, two weeks ago and so on."""
    return {before - DAY * 7 * (place + 1): at_nine(calls) for place, calls in enumerate(nine)}


def at_nine(calls: int) -> list[int]:
    return [calls if half == NINE else 0 for half in range(HALVES)]


def test_P4_3_one_odd_day_moves_nothing() -> None:
    """The highest and the lowest of the same half-hours are left out; other half-hours have their own."""
    found = usual(TUESDAY, weeks(10, 12, 900, 11, 0), partial(works, ()))
    assert found[NINE] == pytest.approx(11.0) and sum(found) == found[NINE]


def test_P4_3_a_holiday_is_like_days_off_and_not_like_its_weekday() -> None:
    """One holiday on a Tuesday is too little to learn from: Sundays and Saturdays count as well."""
    holiday = TUESDAY - DAY * 14
    past = dict(weeks(50, 5, 50, 50)) | {TUESDAY - DAY * 2: at_nine(3), TUESDAY - DAY * 3: at_nine(4)}
    off = (TUESDAY, holiday)
    assert alike(TUESDAY, past, partial(works, off)) == [TUESDAY - DAY * 2, TUESDAY - DAY * 3, holiday]
    assert usual(TUESDAY, past, partial(works, off))[NINE] == pytest.approx(4.0)
    assert holiday not in alike(TUESDAY, past, partial(works, (holiday,)))


def test_P4_3_days_to_come_teach_nothing() -> None:
    """A held-out day is forecast by those before it alone."""
    past = {TUESDAY + DAY * 7 * number: at_nine(number + 9) for number in range(-3, 3)}
    assert alike(TUESDAY, past, partial(works, ())) == [TUESDAY - DAY * 7 * number for number in (1, 2, 3)]


def test_P4_3_announced_calls_come_as_the_usual_ones_do() -> None:
    """Over their days in the same proportion; of a day without any usual ones evenly; all of them come."""
    surge = Surge("pwd", "牌照稅開徵", TUESDAY, TUESDAY + DAY, 300, "三位")
    usual_calls = {TUESDAY: at_nine(20), TUESDAY + DAY: at_nine(10)}
    first = announced(TUESDAY, surge, usual_calls.__getitem__)
    assert first[NINE] == pytest.approx(200.0) and sum(first) == pytest.approx(200.0)
    assert sum(announced(TUESDAY + DAY * 2, surge, usual_calls.__getitem__)) == 0.0
    flat = announced(TUESDAY, surge, lambda _day: [0.0] * HALVES)
    assert flat[0] == flat[NINE] and sum(flat) == pytest.approx(150.0)
    assert added((at_nine(1), first))[NINE] == pytest.approx(201.0) and sum(added(())) == 0


def test_P4_3_the_error_is_told_against_what_came() -> None:
    """By half-hours, by days, and to which side; of nothing there is none."""
    low, high = ([8.0, *[0.0] * 47], [10.0, *[0.0] * 47]), ([0.0, 12.0, *[0.0] * 46], [10.0, *[0.0] * 47])
    found = error((low, high))
    assert found is not None
    assert (found.halves, found.days, found.bias) == (pytest.approx(1.2), pytest.approx(0.2), 0.0)
    assert error([([1.0] * HALVES, [0.0] * HALVES)]) is None


def on(since: str, until: str, login: str = "agent-1") -> Shift:
    return Shift(login, taipei(f"2026-11-24T{since}"), taipei(f"2026-11-24T{until}"), "zh-TW")


def test_who_is_there_for_a_part_counts_as_that_part() -> None:
    """Two halves are one; the last instant of a shift is no more in it."""
    at = taipei("2026-11-24T09:00")
    assert on_roster(at, [on("08:00", "16:00"), on("09:15", "12:00")]) == 1
    assert on_roster(at, [on("09:15", "12:00"), on("08:00", "09:15")]) == 1
    assert on_roster(at, [on("08:00", "09:00"), on("09:30", "12:00")]) == 0


def test_P4_3_a_plan_says_where_the_roster_falls_short() -> None:
    """100 calls of 180 s need fourteen: with eleven on duty three are lacking; nights without calls need
    nobody, and have no level.
    """
    target = ServiceTarget(0.8, 20.0, 180.0)
    roster = [on("09:00", "09:30", f"agent-{number}") for number in range(11)]
    begins = taipei("2026-11-24T00:00")
    halves = plan(
        begins, [float(one) for one in at_nine(80)], [float(one) for one in at_nine(20)], roster, target
    )
    nine, ten = halves[NINE], halves[NINE + 1]
    assert (nine.at, nine.expected, nine.announced) == (begins + HALF * NINE, 100.0, 20.0)
    assert (nine.needed, nine.rostered, nine.short) == (14, 11, 3)
    assert nine.level == pytest.approx(0.3896138, abs=1e-6)
    assert (ten.needed, ten.rostered, ten.short, ten.level) == (0, 0, 0, None)
