"""The sign-language service: hours to the second, blocks, lost networks, estimates (P6.3, P6.4)."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.video.hours import service_hours
from hotline.video.rules import (
    RETURN,
    SILENT,
    EstimateGround,
    InterpreterEvent,
    InterpreterState,
    SessionEvent,
    SessionState,
    TimeBlock,
    VideoRules,
    after_block,
    away,
    counted_until,
    estimate,
    gone_at,
    interpreter_after,
    is_lost,
    session_after,
)
from hotline.worktime import Calendar, DayKind, OfficeHours, Override, Worktime

HOURS = OfficeHours(time(8, 30), time(17, 30), (time(12, 30), time(13, 30)))
TYPHOON = {date(2026, 11, 25): Override(DayKind.OFF, "颱風")}
OFFICES = Worktime(Calendar(TYPHOON), OfficeHours(time(8, 0), time(18, 0)))
SERVICE = service_hours(HOURS, OFFICES)
RULES = VideoRules(SERVICE)
TEN = taipei("2026-11-24T10:00")
QUARTER, SECOND, MINUTE = timedelta(minutes=15), timedelta(seconds=1), timedelta(minutes=1)
FOREVER = TEN + timedelta(days=1)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-24T08:29:59", False),
        ("2026-11-24T08:30:00", True),
        ("2026-11-24T12:29:59", True),
        ("2026-11-24T12:30:00", False),
        ("2026-11-24T13:29:59", False),
        ("2026-11-24T13:30:00", True),
        ("2026-11-24T17:29:59", True),
        ("2026-11-24T17:30:00", False),
        ("2024-02-16T12:29:59", True),  # a Friday
        ("2024-02-17T10:00:00", False),  # the make-up Saturday behind it
        ("2026-11-28T10:00:00", False),  # a Saturday
        ("2026-10-09T10:00:00", False),  # a substitute day off
        ("2026-11-25T10:00:00", False),  # a typhoon
    ],
)
def test_P6_3_open_to_the_second(at: str, is_open: bool) -> None:
    assert SERVICE.is_open(taipei(at)) is is_open


def test_P6_3_the_next_opening_is_behind_the_typhoon() -> None:
    assert SERVICE.next_opening(taipei("2026-11-24T17:30")) == taipei("2026-11-26T08:30")


def test_P6_3_a_day_that_ends_early_ends_early_here_too() -> None:
    """Offices close at 12:00 for a storm; where they close late the service keeps its own hours."""
    early = OfficeHours(time(8, 30), time(12, 0))
    shortened = service_hours(HOURS, Worktime(Calendar(), OFFICES.hours, lambda day: early))
    assert shortened.is_open(taipei("2026-11-24T11:59:59"))
    assert not shortened.is_open(taipei("2026-11-24T12:00:00"))
    late = service_hours(HOURS, Worktime(Calendar(), OFFICES.hours, lambda day: OFFICES.hours))
    assert not late.is_open(taipei("2026-11-24T17:30:00"))


def test_P6_4_an_interpreters_states() -> None:
    """The table, whole: what is not in it has no effect."""
    table = {
        (InterpreterState.OFFLINE, InterpreterEvent.SIGNS_IN): InterpreterState.ONLINE,
        (InterpreterState.ONLINE, InterpreterEvent.ACCEPTS): InterpreterState.BUSY,
        (InterpreterState.BUSY, InterpreterEvent.ENDS): InterpreterState.ONLINE,
        (InterpreterState.ONLINE, InterpreterEvent.LEAVES): InterpreterState.OFFLINE,
        (InterpreterState.BUSY, InterpreterEvent.LEAVES): InterpreterState.OFFLINE,
        (InterpreterState.OFFLINE, InterpreterEvent.ENDS): InterpreterState.OFFLINE,
    }
    for state in InterpreterState:
        for event in InterpreterEvent:
            assert interpreter_after(state, event) == table.get((state, event))


def test_P6_4_a_sessions_states() -> None:
    table = {
        (SessionState.WAITING, SessionEvent.ACCEPTED): SessionState.ACTIVE,
        (SessionState.ACTIVE, SessionEvent.EXTENDED): SessionState.ACTIVE,
        (SessionState.ACTIVE, SessionEvent.ENDS): SessionState.ENDED,
        (SessionState.WAITING, SessionEvent.LEAVES): SessionState.LEFT,
    }
    for state in SessionState:
        for event in SessionEvent:
            assert session_after(state, event) == table.get((state, event))


def test_P6_4_the_notice_comes_at_thirteen_minutes() -> None:
    block = TimeBlock(TEN + QUARTER)
    assert not block.is_near_end(TEN + 13 * MINUTE - SECOND)
    assert block.is_near_end(TEN + 13 * MINUTE)
    assert block.left(TEN + 13 * MINUTE) == 2 * MINUTE
    assert block.left(TEN + 16 * MINUTE) == timedelta(0)


@given(
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 3600),
)
def test_P6_4_a_block_is_extended_only_while_nobody_waits(
    is_wanted: bool, may_extend: bool, had: int, most: int, seconds: int
) -> None:
    """Extended exactly once for each extension left, by the whole extension, on duty and while open."""
    rules = VideoRules(SERVICE, QUARTER, timedelta(seconds=seconds), most)
    found = after_block(TimeBlock(TEN, had), rules, is_wanted=is_wanted, may_extend=may_extend)
    if not is_wanted and may_extend and had < most:
        assert found == TimeBlock(TEN + timedelta(seconds=seconds), had + 1)
    else:
        assert found is None


def test_P6_4_fifteen_and_fifteen_are_all() -> None:
    free = {"is_wanted": False, "may_extend": True}
    extended = after_block(TimeBlock(TEN + QUARTER), RULES, **free)
    assert extended == TimeBlock(TEN + 2 * QUARTER, 1)
    assert after_block(extended, RULES, **free) is None


def test_a_lost_side_has_a_minute_to_come_back() -> None:
    assert not is_lost(TEN, TEN + SILENT - SECOND)
    assert is_lost(TEN, TEN + SILENT)
    assert gone_at(TEN) == TEN + SILENT + RETURN
    assert timedelta(seconds=60) == RETURN


@given(st.integers(0, 10_000))
def test_time_stands_still_while_nobody_is_heard(seconds: int) -> None:
    """What is given back is what did not count: no second is lost, and none is counted twice."""
    at = TEN + timedelta(seconds=seconds)
    assert counted_until(TEN, at) + away(TEN, at) == at


@given(
    st.lists(st.integers(-900, 1800), min_size=1, max_size=6),
    st.integers(0, 20),
)
def test_an_estimate_is_what_serving_in_order_takes(free: list[int], ahead: int) -> None:
    """As if each who is ahead took a whole block of whoever is free first."""
    at_free = sorted(max(0, one) for one in free)
    for _ in range(ahead):
        at_free = sorted([*at_free[1:], at_free[0] + 900])
    found = estimate([TEN + timedelta(seconds=one) for one in free], ahead, QUARTER, TEN, FOREVER)
    assert found.seconds == at_free[0]
    assert found.ground is (EstimateGround.BLOCKS if at_free[0] else EstimateGround.FREE)


def test_an_estimate_says_when_it_cannot_know() -> None:
    assert estimate([], 0, QUARTER, TEN, FOREVER).ground is EstimateGround.NOBODY
    closing = estimate([TEN + QUARTER], 0, QUARTER, TEN, TEN + QUARTER)
    assert (closing.seconds, closing.ground) == (None, EstimateGround.CLOSING)


@given(st.integers(0, 365 * 24 * 3600 - 1))
def test_P6_3_never_open_at_weekends_and_in_the_break(second: int) -> None:
    at = taipei("2026-01-01") + second * SECOND
    if SERVICE.is_open(at):
        assert at.weekday() < 5
        assert time(8, 30) <= at.time() < time(12, 30) or time(13, 30) <= at.time() < time(17, 30)


@given(
    st.lists(st.tuples(st.integers(0, 1800), st.integers(1, 1800)), max_size=4),
    st.integers(0, 2400),
    st.integers(0, 24 * 60 - 1),
)
def test_P6_4_a_session_lasts_a_block_or_two(
    waits: list[tuple[int, int]], signs_out: int, minute: int
) -> None:
    """Whoever waits when, whenever the interpreter goes and the service closes: 15:00 or 30:00, no second
    else; 30:00 only if at 15:00 nobody waited, it was open and the interpreter on duty.
    """
    begin = taipei("2026-11-24T00:00") + minute * MINUTE
    block: TimeBlock | None = TimeBlock(begin + QUARTER)
    while block is not None:
        ends_at, second = block.ends_at, (block.ends_at - begin).total_seconds()
        wanted = any(since < second < since + length for since, length in waits)
        on_duty = signs_out > second and SERVICE.is_open(ends_at)
        block = after_block(block, RULES, is_wanted=wanted, may_extend=on_duty)
    lasted = ends_at - begin
    waited = any(since < 900 < since + length for since, length in waits)
    is_extended = not waited and signs_out > 900 and SERVICE.is_open(begin + QUARTER)
    assert lasted == (2 * QUARTER if is_extended else QUARTER)
