"""Stretches of time: where they begin, end, meet and are cut."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.ledger.periods import Period

START = taipei("2026-11-24T08:00")
hours = st.integers(0, 12)
instants = hours.map(lambda hour: START + timedelta(hours=hour))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """Not empty; open or ending."""
    since = draw(instants)
    length = draw(st.none() | st.integers(1, 12))
    return Period(since, None if length is None else since + timedelta(hours=length))


def test_a_period_holds_at_its_beginning_and_no_longer_at_its_end() -> None:
    """From an instant, to before another."""
    period = Period(START, START + timedelta(hours=1))
    assert period.holds(START)
    assert period.holds(START + timedelta(hours=1, microseconds=-1))
    assert not period.holds(START + timedelta(hours=1))
    assert not period.holds(START - timedelta(microseconds=1))


def test_a_period_that_ends_where_it_begins_is_empty() -> None:
    """It would hold at no instant."""
    assert Period(START, START).is_empty and not Period(START).is_empty


@given(periods(), periods(), instants)
def test_cutting_leaves_exactly_what_is_outside(period: Period, hole: Period, at: datetime) -> None:
    """Every instant stays where it was, but for the hole's."""
    left = period.without(hole)
    assert sum(piece.holds(at) for piece in left) == (period.holds(at) and not hole.holds(at))
    assert not any(piece.is_empty or piece.meets(hole) for piece in left)


@given(periods(), periods())
def test_two_periods_meet_when_they_share_an_instant(one: Period, other: Period) -> None:
    """And only then; both say the same."""
    every = [START + timedelta(hours=hour) for hour in range(30)]
    shared = any(one.holds(at) and other.holds(at) for at in every)
    assert one.meets(other) == other.meets(one) == shared


@given(periods(), periods())
def test_a_period_covers_what_nothing_of_lies_outside(one: Period, other: Period) -> None:
    """Cut by the cover nothing is left."""
    assert one.covers(other) == (other.without(one) == ())
