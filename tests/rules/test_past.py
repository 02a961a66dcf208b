"""The figures of days, weeks and months that went by: each counted once more by hand."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import TAIPEI, taipei
from reporting.call_history import (
    Figures,
    HistoryRow,
    Span,
    Step,
    against,
    bounds,
    by_part,
    days_of,
    earlier,
    measure,
    rows,
)
from reporting.hour_sums.rules import CallSum, by_hour, hour, summed, total
from reporting.queue_metrics import QueueCall

SINCE, UNTIL = bounds(Span.WEEK, date(2026, 11, 24))
DAYS = days_of(SINCE, UNTIL)
INSTANTS = st.datetimes(SINCE.replace(tzinfo=None), UNTIL.replace(tzinfo=None) - timedelta(seconds=1)).map(
    lambda at: at.replace(tzinfo=TAIPEI)
)
GAPS = st.floats(0, 90).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def calls(draw: st.DrawFn) -> QueueCall:
    """A call that got as far as it got."""
    at = draw(INSTANTS)
    times = list(accumulate(draw(st.lists(GAPS, max_size=3)), initial=at))[1:]
    queued, agent, ended = (*times, None, None, None)[:3]
    if draw(st.booleans()) and queued and not ended:
        agent, ended = None, agent
    flags = draw(st.tuples(*[st.booleans()] * 5))
    waited = (agent - queued).total_seconds() if queued and agent else None
    taken = draw(st.sampled_from(("desk", "neighbour", "forward"))) if flags[4] else ""
    return QueueCall(
        at, queued, agent, ended, waited, draw(st.none() | st.floats(1, 900)), *flags, taken_by=taken
    )


PROMISES = st.tuples(INSTANTS, st.sampled_from(("kept", "broken", "withdrawn", "open")))


Promise = tuple[datetime, str]
"""When it was given, and how it stands."""


def given_in(promises: list[Promise]) -> dict[datetime, CallSum]:
    """Sums of promises, by hour."""
    found = defaultdict[datetime, CallSum](CallSum)
    for at, how in promises:
        found[hour(at)].counts.update({"promised": 1, how: 1})
    return found


def additive(one: Figures) -> tuple[int, ...]:
    return (
        one.calls, one.queued, one.answered, one.called_back, one.abandoned, one.soon, one.put_through, one.connected,
        one.promised, one.kept, one.broken, one.withdrawn, one.open, one.special, one.ended_by_rule,
    )  # fmt: skip


def added(parts: list[HistoryRow]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*(additive(one.figures) for one in parts), strict=True))


@given(st.lists(calls(), min_size=1), st.lists(PROMISES))
def test_hours_and_days_add_up_to_the_whole(of_calls: list[QueueCall], of_promises: list[Promise]) -> None:
    """No call and no promise is counted twice or lost, whatever a row stands for."""
    promises = given_in(of_promises)
    whole = additive(measure(total((summed(of_calls), *promises.values()))))
    for step in Step:
        assert added(rows(step, DAYS, by_part(step, by_hour(of_calls), promises))) == whole


@given(st.lists(calls()), st.lists(PROMISES))
def test_figures_agree_with_each_other(of_calls: list[QueueCall], of_promises: list[Promise]) -> None:
    """Who joined the queue was answered, was promised a callback, gave up or waits;
    a share lies between none and all.
    """
    one = measure(total((summed(of_calls), *given_in(of_promises).values())))
    waiting = sum(bool(call.queued_at and not call.agent_at and not call.ended_at) for call in of_calls)
    over = one.answered + one.called_back + one.abandoned
    assert one.queued == over + waiting
    assert one.level is None if not over else 0 <= one.level <= 1
    assert one.soon <= one.answered <= one.queued <= one.calls
    assert one.mean_wait is None or one.longest_wait >= one.slow_wait  # type: ignore[operator]
    assert one.promised == one.kept + one.broken + one.withdrawn + one.open
    assert one.connected == sum(one.taken.values())


def test_an_answer_at_exactly_twenty_seconds_is_soon() -> None:
    """A millisecond later it is not; a callback instead and giving up count against the service level,
    waiting does not yet.
    """
    at = taipei("2026-11-24T10:00")
    second = timedelta(seconds=1)
    found = measure(
        summed(
            [
                QueueCall(at, at, at + 20 * second, queue_seconds=20.0),
                QueueCall(at, at, at + 20.001 * second, queue_seconds=20.001),
                QueueCall(at, at, None, at + second),
                QueueCall(at, at, None, at + second, promised=True),
                QueueCall(at, at),
                QueueCall(at, None, None, at + second),
            ]
        )
    )
    assert (found.calls, found.queued, found.answered, found.soon) == (6, 5, 2, 1)
    assert (found.called_back, found.abandoned, found.level) == (1, 1, 1 / 4)
    assert (found.mean_wait, found.longest_wait) == (pytest.approx(20.0005), 20.001)


def test_nothing_has_no_mean() -> None:
    """A day without a call is a row of noughts; of hours there is none at all."""
    assert rows(Step.HOUR, DAYS, {}) == []
    empty = rows(Step.DAY, DAYS, {})
    assert [one.of for one in empty] == DAYS and len(DAYS) == 7
    assert empty[0].figures.level is empty[0].figures.mean_wait is empty[0].figures.mean_talk is None


def test_a_row_is_held_against_the_same_hour_or_weekday_before() -> None:
    """A week ago, of a month four weeks, of a year 52, so that a Monday stands beside a Monday."""
    monday = taipei("2026-11-23T10:59")
    of_monday = by_hour([QueueCall(monday)])
    now = rows(Step.DAY, DAYS[:2], by_part(Step.DAY, of_monday))
    week, month, year = earlier(Span.DAY), earlier(Span.MONTH), earlier(Span.YEAR)
    assert (week, month, year) == (timedelta(weeks=1), timedelta(weeks=4), timedelta(weeks=52))
    assert earlier(Span.WEEK) == week
    then = by_hour([QueueCall(monday - week, special=True), QueueCall(monday - week + timedelta(days=1))])
    found = against(now, by_part(Step.DAY, then, back=week))
    assert [(one.calls, one.special) for one in found] == [(1, 1), (1, 0)]
    hours = rows(Step.HOUR, DAYS, by_part(Step.HOUR, of_monday))
    (ten,) = against(hours, by_part(Step.HOUR, then, back=week))
    assert ten.calls == 2


@pytest.mark.parametrize(
    ("span", "first", "days"),
    [
        *((Span.DAY, "2026-11-24", 1), (Span.WEEK, "2026-11-23", 7)),
        *((Span.MONTH, "2026-11-01", 30), (Span.YEAR, "2026-01-01", 365)),
    ],
)
def test_a_span_holds_its_day(span: Span, first: str, days: int) -> None:
    """A week begins on Monday; midnight is Taipei's."""
    since, until = bounds(span, date(2026, 11, 24))
    assert since == datetime.fromisoformat(f"{first}T00:00+08:00")
    assert len(days_of(since, until)) == days
