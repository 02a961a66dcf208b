"""A clock that steps by an hour, and machines whose zone has a summer time (resilience row 16).

Due times are instants that were written down; lengths of time are counted on a clock that cannot step.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as hour_of_day
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.cdr import record
from hotline import clock
from hotline.callbacks.service import Callbacks
from hotline.clock import TAIPEI, taipei
from hotline.db import Sessions
from hotline.worktime import Calendar, OfficeHours, WorkingTime, Worktime
from ops.jobs.scheduler import Job, Scheduler
from tests.parts import callbacks as of_office_hours
from tests.promises import TEN, Office
from tests.rules.test_record import CALLS, at

pytestmark = pytest.mark.dialects

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FOUR = WorkingTime(timedelta(hours=4))
OFFICE = Worktime(Calendar(), OfficeHours(hour_of_day(8, 30), hour_of_day(17, 30)))


@pytest.fixture
def callbacks() -> Callbacks:
    return of_office_hours()


@pytest.fixture(params=["America/New_York", "Europe/Berlin", "UTC", "Asia/Taipei"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The machine stands elsewhere."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.parametrize(
    ("registered", "due"),
    [
        ("2026-10-30T16:30", "2026-11-02T11:30"),  # over the weekend in which New York's clocks go back
        ("2026-03-27T16:30", "2026-03-30T11:30"),  # and Berlin's go forward
        ("2026-11-24T10:00", "2026-11-24T14:00"),
    ],
)
def test_row_16_due_times_are_taipeis_wherever_the_machine_stands(
    zone: str, registered: str, due: str
) -> None:
    """Whatever zone and summer time the machine keeps, also for an instant given in that zone."""
    asked = taipei(registered)
    for instant in (asked, asked.astimezone(UTC), asked.astimezone()):
        assert OFFICE.due(instant, FOUR) == taipei(due)
        assert OFFICE.due(instant, FOUR).astimezone(TAIPEI).isoformat() == f"{due}:00+08:00"
    assert clock.now().utcoffset() == timedelta(0)


def test_row_16_a_step_back_moves_no_promise_and_tells_nothing_twice(
    factory: Sessions, callbacks: Callbacks
) -> None:
    """The reminder has gone, the clock falls back an hour, and comes to that moment once more."""
    office = Office.of(factory, callbacks)
    one = office.promised(TEN)
    office.chase(TEN + 3 * HOUR + MINUTE)
    told = office.letters()
    for minute in range(0, 62, 10):
        office.chase(TEN + 2 * HOUR + minute * MINUTE)
    row = office.row(one)
    assert (row.registered_at, row.due_at) == (TEN, TEN + 4 * HOUR)
    assert office.letters() == told
    other = office.promised(TEN + 2 * HOUR, number="+886922222222")
    assert office.row(other).due_at == TEN + 6 * HOUR
    office.chase(TEN + 4 * HOUR)
    assert office.row(one).overdue_at is None  # met at equality
    office.chase(TEN + 4 * HOUR + MINUTE)
    assert office.row(one).overdue_at == TEN + 4 * HOUR + MINUTE


def test_row_16_a_step_forward_loses_no_promise(factory: Sessions, callbacks: Callbacks) -> None:
    """Reminder and overdue are told in one run, each once."""
    office = Office.of(factory, callbacks)
    one = office.promised(TEN)
    office.chase(TEN + 5 * HOUR)
    told = office.letters()
    assert office.row(one).overdue_at and len(told) > 2
    office.chase(TEN + 5 * HOUR)
    assert office.letters() == told


@given(st.sampled_from(sorted(CALLS)), st.integers(0, 60), st.sampled_from([-3600, 3600]))
def test_row_16_a_record_of_a_call_in_which_the_clock_stepped(number: str, after: int, step: int) -> None:
    """Every call is closed as it was, and no count of seconds is negative.

    After a step back the order of events is not known by their times:
    who of two ended a call may be told wrongly.
    """
    events = CALLS[number]
    stepped = [
        replace(event, at=event.at + timedelta(seconds=step)) if place >= after else event
        for place, event in enumerate(events)
    ]
    was, found = record(events, at(100000)), record(stepped, at(100000))
    assert (was is None) is (found is None)
    if not (was and found):
        return
    assert found.end and was.end and (step < 0 or found.end.why == was.end.why)
    legs = [leg.ring_seconds for leg in found.legs]
    for seconds in (found.queue_seconds, found.talk_seconds, found.first_prompt_seconds, *legs):
        assert seconds is None or seconds >= 0


def test_row_16_jobs_keep_their_pace_while_the_clock_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock goes back an hour at each look: the job still runs at once and again."""
    seen: list[datetime] = []
    enough, hour = Event(), iter(range(10**6))
    monkeypatch.setattr(clock, "now", lambda: TEN - next(hour) * HOUR)

    def work() -> None:
        seen.append(clock.now())
        if len(seen) >= 5:
            enough.set()

    scheduler = Scheduler([Job("steps", "a trial", timedelta(seconds=0.02), work)])
    scheduler.start()
    assert enough.wait(20)
    scheduler.stop()
    assert seen[:5] == [TEN - number * HOUR for number in range(5)]
