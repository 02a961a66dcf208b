"""Sums of calls by the hour: whatever is summed up first, the figures are those of all calls together."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from reporting.answer_metrics import SLOWEST, percentile
from reporting.hour_sums.rules import HOUR, CallSum, PlacedCount, by_hour, summed, total
from reporting.hour_sums.service import gaps
from reporting.queue_metrics import QueueCall

BEGIN = taipei("2026-11-24T00:00")
SECONDS = st.integers(0, 100_000).map(lambda number: number / 1000)
INSTANTS = st.integers(0, 3 * 3600).map(lambda number: BEGIN + timedelta(seconds=number))


@st.composite
def calls(draw: st.DrawFn) -> QueueCall:
    """A call of some hour, answered after a wait or not, with what it was for."""
    at, wait = draw(INSTANTS), draw(SECONDS)
    is_answered = draw(st.booleans())
    told = draw(st.tuples(*[st.booleans()] * 3))
    return QueueCall(
        at,
        at,
        at + timedelta(seconds=wait) if is_answered else None,
        at + HOUR,
        wait,
        draw(st.none() | SECONDS),
        connected=told[0],
        taken_by=draw(st.sampled_from(("desk", "forward"))) if told[0] else "",
        special=told[1],
        service=draw(st.sampled_from(("", "none", "P3.1", "P3.1 P3.4"))),
        topic=draw(st.sampled_from(("", "word:noise", "entry:12"))),
        reasons=frozenset(draw(st.lists(st.sampled_from(("faq", "law")), max_size=2))),
        read=frozenset({told[2]}),
    )


PLACED = st.builds(PlacedCount, INSTANTS, SECONDS, st.booleans())


@given(st.lists(calls()), st.lists(PLACED))
def test_sums_of_hours_are_the_sum_of_all_also_as_they_are_kept(
    of_calls: list[QueueCall], placed: list[PlacedCount]
) -> None:
    hours = by_hour(of_calls, placed)
    whole, kept = summed(of_calls, placed), total(CallSum.kept(one.plain()) for one in hours.values())
    assert kept.plain() == whole.plain()
    assert (kept.slow, kept.longest) == (whole.slow, whole.longest)


@given(st.lists(calls()))
def test_the_slowest_wait_is_that_of_all_waits_in_their_order(of_calls: list[QueueCall]) -> None:
    waits = [timedelta(seconds=one.queue_seconds or 0) for one in of_calls if one.is_answered]
    found = total(by_hour(of_calls).values())
    assert found.slow == (percentile(waits, SLOWEST).total_seconds() if waits else None)
    assert found.longest == (max(waits).total_seconds() if waits else None)


@given(st.sets(st.integers(0, 9)), st.integers(0, 59), st.integers(1, 600))
def test_each_instant_of_a_time_is_in_an_hour_or_in_a_gap(hours: set[int], begin: int, minutes: int) -> None:
    """Once, also where the time begins or ends within an hour."""
    since = BEGIN + timedelta(minutes=begin)
    until = since + timedelta(minutes=minutes)
    kept = [one for one in (BEGIN + HOUR * number for number in hours) if since <= one <= until - HOUR]
    parts: list[tuple[datetime, datetime]] = sorted(
        [*((one, one + HOUR) for one in kept), *gaps(kept, since, until)]
    )
    assert (parts[0][0], parts[-1][1]) == (since, until)
    assert all(one[1] == following[0] for one, following in pairwise(parts))
