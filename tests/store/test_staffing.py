"""Staffing of a day as the rows give it, counts, calendar, surges, closures, roster (P4.3)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from calls.store import OUTGOING, CallRow, Leg
from hotline.clock import midnight, taipei
from hotline.closures import ClosureRow
from hotline.db import Sessions, looking, transaction
from hotline.news.store import SurgeRow
from hotline.staff.store import ShiftRow
from hotline.worktime import Calendar, DayKind, Override
from reporting.staffing_day import ASSUMED, StaffingDay, StaffingTerms, staffing_day

pytestmark = pytest.mark.dialects

NOW = taipei("2026-11-24T10:00")
"""A Tuesday; no holiday lies in the four weeks before."""
WEDNESDAY = date(2026, 11, 25)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TERMS = StaffingTerms(Calendar(), 0.8, timedelta(seconds=60), timedelta(minutes=4))
Puts = Callable[..., None]


@pytest.fixture
def puts(factory: Sessions) -> Puts:
    """So many calls that join the queue, a minute apart, from an instant on."""
    made = iter(range(100_000))

    def put(at: datetime, many: int, **columns: object) -> None:
        with transaction(factory) as session:
            for number in range(many):
                began = at + MINUTE * number
                session.add(
                    CallRow(id=f"c-{next(made)}", **{"started_at": began, "queued_at": began, **columns})
                )

    return put


def planned(
    factory: Sessions, day: date = WEDNESDAY, terms: StaffingTerms = TERMS, **asked: object
) -> StaffingDay:
    with looking(factory) as session:
        return staffing_day(session, day, NOW, terms, **asked)  # type: ignore[arg-type]


def expected(found: StaffingDay) -> dict[str, float]:
    return {f"{one.at:%H:%M}": one.expected for one in found.halves if one.expected}


def weeks_of(puts: Puts, many: int, *, hour: int = 9, since: int = 1, until: int = 5) -> None:
    for week in range(since, until):
        puts(midnight(WEDNESDAY - DAY * 7 * week) + timedelta(hours=hour), many)


def test_P4_3_calls_of_the_same_weekday_by_half_hours(factory: Sessions, puts: Puts) -> None:
    """Forty begin from nine on: thirty in the first half-hour, ten in the next; none that 1999 placed, and
    none that never joined the queue.
    """
    weeks_of(puts, 40)
    for _ in range(3):
        puts(midnight(WEDNESDAY - DAY * 7) + timedelta(hours=9), 5, line=OUTGOING)
        puts(midnight(WEDNESDAY - DAY * 7) + timedelta(hours=9), 5, queued_at=None)
    puts(midnight(WEDNESDAY - DAY) + timedelta(hours=9), 7)
    found = planned(factory)
    assert expected(found) == {"09:00": 30.0, "09:30": 10.0}
    assert found.learnt == [WEDNESDAY - DAY * 7 * week for week in (1, 2, 3, 4)]
    assert found.error is not None and 0 < found.error.halves


def test_a_night_belongs_to_its_own_day(factory: Sessions, puts: Puts) -> None:
    """Half past midnight in Taipei is the afternoon before in UTC."""
    weeks_of(puts, 20, hour=0)
    assert expected(planned(factory)) == {"00:00": 20.0}
    assert expected(planned(factory, WEDNESDAY + DAY)) == {}


def test_P4_3_steady_weeks_are_forecast_without_error(factory: Sessions, puts: Puts) -> None:
    """Every day alike, held out and forecast from those before."""
    for back in range(1, 40):
        puts(midnight(WEDNESDAY - DAY * (1 + back)) + timedelta(hours=9), 12)
    found = planned(factory).error
    assert found is not None
    assert (found.halves, found.days, found.bias) == (0.0, 0.0, 0.0)


def test_without_calls_there_is_nothing_to_say(factory: Sessions) -> None:
    """No error, no agents."""
    found = planned(factory)
    assert (found.expected, found.learnt, found.error, found.most.needed) == (0.0, [], None, 0)


def test_P4_3_a_holiday_is_forecast_from_days_off(factory: Sessions, puts: Puts) -> None:
    """Declared by the city for this Wednesday: Sundays count, worked Wednesdays do not."""
    weeks_of(puts, 30)
    for week in range(1, 4):
        puts(midnight(WEDNESDAY - DAY * (7 * week - 4)) + timedelta(hours=9), 6)
    off = Calendar({WEDNESDAY: Override(DayKind.OFF, "選舉日")})
    found = planned(factory, terms=StaffingTerms(off, 0.8, TERMS.after_call, TERMS.talk))
    assert {one.weekday() for one in found.learnt} <= {5, 6} and found.expected < 10


def test_P4_3_a_typhoon_day_is_learnt_from_typhoon_days(factory: Sessions, puts: Puts) -> None:
    """Closed a month ago with three times the calls: it teaches no ordinary day, and a day that is asked for
    as closed, or declared so, has three times the usual ones. Without any such day it is assumed.
    """
    weeks_of(puts, 20, since=1, until=9)
    assert planned(factory, is_closed=True).closed.times == ASSUMED
    closed = WEDNESDAY - DAY * 7 * 4
    puts(midnight(closed) + timedelta(hours=12), 40)
    with transaction(factory) as session:
        for day, ended in ((closed, None), (closed - DAY * 7, midnight(closed - DAY * 8))):
            row = ClosureRow(day=day, reason="颱風", declared_at=NOW, declared_by="a", ended_at=ended)
            session.add(row)
    assert planned(factory).expected == pytest.approx(20.0)
    found = planned(factory, is_closed=True)
    assert (found.closed.times, found.closed.known) == (pytest.approx(3.0), 1)
    assert found.expected == pytest.approx(60.0) and closed not in found.learnt
    assert planned(factory, is_closed=True, times=1.5).expected == pytest.approx(30.0)
    with transaction(factory) as session:
        session.add(ClosureRow(day=WEDNESDAY, reason="颱風", declared_at=NOW, declared_by="a"))
    assert planned(factory).is_closed and planned(factory).expected == pytest.approx(60.0)


def test_P4_3_announced_calls_and_the_roster(factory: Sessions, puts: Puts) -> None:
    """What an agency told comes on top, unless it was withdrawn; agents on duty count, interpreters and
    cancelled shifts do not.
    """
    weeks_of(puts, 30)
    begins = midnight(WEDNESDAY)
    told = {"agency": "pwd", "first": WEDNESDAY, "last": WEDNESDAY, "staff": "三位", "entries": []}
    told |= {"told_at": NOW, "told_by": "liaison-1", "topic": "地價稅"}
    shift = {"since": begins, "until": begins + DAY, "made_at": NOW, "made_by": "supervisor-1"}
    with transaction(factory) as session:
        session.add(SurgeRow(calls=90, **told))
        session.add(SurgeRow(calls=5000, withdrawn_at=NOW, **told))
        session.add(ShiftRow(login="agent-1", language="zh-TW", **shift))
        session.add(ShiftRow(login="agent-2", language="en", **shift))
        session.add(ShiftRow(login="agent-3", language="zh-TW", cancelled_at=NOW, **shift))
        session.add(ShiftRow(login="interpreter-1", language="tss", **shift))
    found = planned(factory)
    nine = found.halves[18]
    assert (nine.expected, nine.announced, nine.rostered) == (pytest.approx(120.0), pytest.approx(90.0), 2)
    assert nine.short == nine.needed - 2 > 0 and found.short == [nine]
    assert found.lacking == timedelta(minutes=30) * nine.short and [one.calls for one in found.surges] == [90]


def test_a_call_takes_its_talk_and_the_work_after_it(factory: Sessions, puts: Puts) -> None:
    """The mean of agents' talks of two weeks; older ones, officers' and unanswered ones do not count."""
    assert planned(factory).target.handling == 300.0
    puts(NOW - DAY, 1)
    rung = {"call_id": "c-0", "phone": "a1"}
    for number, (back, kind, seconds) in enumerate(
        ((1, "agent", 100), (2, "agent", 200), (20, "agent", 900), (1, "desk", 900), (1, "agent", None))
    ):
        at = NOW - DAY * back
        talked = {} if seconds is None else {"answered_at": at, "ended_at": at + timedelta(seconds=seconds)}
        with transaction(factory) as session:
            session.add(Leg(channel=f"l-{number}", kind=kind, started_at=at, **rung, **talked))
    assert planned(factory).target.handling == 210.0
