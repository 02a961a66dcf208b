"""Sums of hours are what the rows say, whatever comes late, and whoever counts meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from calls.store import OUTGOING, CallEvent, CallRow, Leg
from calls.topics import CONSULTED
from calls.transfer_reasons import STATED
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.special_callers.store import SpecialCall, SpecialEvent
from reporting.hour_sums import service
from reporting.hour_sums.rows import called, placed_out
from reporting.hour_sums.rules import HOUR, by_hour
from reporting.hour_sums.service import SETTLED, HoursNotSummed, HourSums, sums
from reporting.hour_sums.store import HourSum

pytestmark = pytest.mark.dialects

SINCE = taipei("2026-11-23T00:00")
HOURS = 8
UNTIL = SINCE + HOURS * HOUR
AT = UNTIL + service.OVER
MINUTE = timedelta(minutes=1)
LATE = SINCE + 4 * HOUR
"""The hour to which what is late belongs."""


def a_call(session: Session, number: int, chance: Random) -> None:
    """A call that was answered, put through, looked up, special or placed, as it may be."""
    at, name = SINCE + 12 * number * MINUTE + MINUTE, f"c-{number}"
    row = CallRow(id=name, started_at=at, queued_at=at, ended_at=at + 9 * MINUTE)
    row.line = OUTGOING if number % 9 == 8 else "asterisk"
    if number % 4:
        row.queue_seconds = chance.randrange(60_000) / 1000
        row.agent_at, row.talk_seconds = at + timedelta(seconds=row.queue_seconds), chance.random() * 300
        row.service, row.topic = chance.choice(("", "P3.1", "none")), chance.choice(("", "word:noise"))
    session.add(row)
    session.flush()
    if number % 3 == 0:
        session.add(a_leg(name, "desk", "answered" if number % 2 else "busy"))
    if number % 5 == 0:
        session.add(an_event(name, CONSULTED, answered=bool(number % 2)))
    if number % 7 == 0:
        session.add(special(name))
        session.add(SpecialCall(call_id=name, state="ENDED", ended_by="cap"))


def a_leg(call: str, kind: str, outcome: str) -> Leg:
    leg = Leg(channel=f"{call}-{kind}", call_id=call, phone=kind, kind=kind, asked="5112", outcome=outcome)
    leg.started_at = LATE
    return leg


def an_event(call: str, kind: str, **detail: object) -> CallEvent:
    return CallEvent(key=f"{kind}:{call}", call_id=call, at=LATE, kind=kind, detail=detail)


def special(call: str) -> SpecialEvent:
    step = {"kind": "authorised", "from_state": "REVIEW", "to_state": "SPECIAL", "who": "supervisor-1"}
    return SpecialEvent(key=call, call_id=call, at=LATE, **step)


@pytest.fixture
def keeping(factory: Sessions) -> HourSums:
    """Over eight hours of calls, every hour summed up."""
    chance = Random(1999)
    with transaction(factory) as session:
        for number in range(HOURS * 5):
            a_call(session, number, chance)
    job = HourSums(factory, lambda: 0.0, lambda took: None)
    work(job)
    assert kept(factory) == HOURS
    return job


def work(job: HourSums) -> int:
    """Two runs: one that marks, and one that counts."""
    job.work(AT)
    return job.work(AT + SETTLED)


def kept(factory: Sessions) -> int:
    with looking(factory) as session:
        return len(session.scalars(select(HourSum).where(HourSum.figures.is_not(None))).all())


def is_equal(factory: Sessions) -> bool:
    """Tell whether what is read is what the rows say; of half an hour at each end, too."""
    times = (SINCE, UNTIL), (SINCE + 30 * MINUTE, UNTIL - 30 * MINUTE)
    with looking(factory) as session:
        read = [{at: one.plain() for at, one in sums(session, *time).items()} for time in times]
        rows = [by_hour(called(session, *time), placed_out(session, *time)) for time in times]
    return read == [{at: one.plain() for at, one in each.items()} for each in rows]


CALL, RUNG = "c-22", "c-21"
"""Calls of that hour that were answered: one and nothing else, one that was put through and special."""


def moved(session: Session) -> None:
    session.execute(update(CallRow).where(CallRow.id == CALL).values(started_at=SINCE + MINUTE))


LATE_ONES: dict[str, Callable[[Session], object]] = {
    "a call": lambda s: s.add(CallRow(id="late", started_at=LATE, queued_at=LATE)),
    "its end": lambda s: s.execute(update(CallRow).where(CallRow.id == CALL).values(talk_seconds=1.0)),
    "its service": lambda s: s.execute(update(CallRow).where(CallRow.id == CALL).values(service="P3.4")),
    "its line": lambda s: s.execute(update(CallRow).where(CallRow.id == CALL).values(line=OUTGOING)),
    "another beginning": moved,
    "a leg": lambda s: s.add(a_leg(CALL, "neighbour", "answered")),
    "a leg's end": lambda s: s.execute(update(Leg).where(Leg.call_id == RUNG).values(outcome="noanswer")),
    "no leg": lambda s: s.execute(delete(Leg).where(Leg.call_id == RUNG)),
    "a look into the book": lambda s: s.add(an_event(CALL, CONSULTED, answered=True)),
    "a reason": lambda s: s.add(an_event(CALL, STATED, reason="law", by="agent-1")),
    "a special step": lambda s: s.add(special(CALL)),
    "its end by rule": lambda s: s.execute(update(SpecialCall).values(ended_by="longest")),
}


@pytest.mark.parametrize("late", LATE_ONES)
def test_P1_b_what_comes_late_is_in_the_next_look(keeping: HourSums, factory: Sessions, late: str) -> None:
    """At once, without any run; its hour alone is counted again."""
    assert is_equal(factory)
    with transaction(factory) as session:
        LATE_ONES[late](session)
    lost = HOURS - kept(factory)
    assert is_equal(factory) and lost == {"another beginning": 2, "its end by rule": 6}.get(late, 1)
    assert work(keeping) == lost and kept(factory) == HOURS and is_equal(factory)


def test_what_tells_nothing_throws_nothing_away(keeping: HourSums, factory: Sessions) -> None:
    """Numbers that are masked, events that say nothing of these figures, agents' own legs."""
    with transaction(factory) as session:
        session.execute(update(CallRow).values(caller="", turn=9, last_menu="main"))
        session.add(an_event(CALL, "MenuHeard", menu="main"))
        session.add(a_leg(CALL, "agent", "answered"))
    assert kept(factory) == HOURS and is_equal(factory)


def test_what_changes_while_it_is_counted_is_counted_again(
    factory: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its mark and its count, and between its count and the writing of its sum."""
    with transaction(factory) as session:
        a_call(session, 1, Random(1999))
    job = HourSums(factory, lambda: 0.0, lambda took: None)
    job.work(SINCE + HOUR + service.OVER)

    def changed(talk: float) -> None:
        with transaction(factory) as session:
            session.execute(update(CallRow).values(talk_seconds=talk))

    changed(1.0)
    assert job.work(SINCE + HOUR + service.OVER + SETTLED) == 0 and kept(factory) == 0

    def counted(*time: object) -> object:
        found = called(*time)  # type: ignore[arg-type]
        changed(2.0)
        return found

    monkeypatch.setattr(service, "called", counted)
    assert job.work(SINCE + HOUR + service.OVER + 2 * SETTLED) == 0 and kept(factory) == 0
    monkeypatch.undo()
    assert job.work(SINCE + HOUR + service.OVER + 3 * SETTLED) == 1 and is_equal(factory)


def test_an_hour_is_counted_three_hours_after_it_and_a_minute_after_its_mark(factory: Sessions) -> None:
    """Not a second before; and nothing is to be done without calls."""
    job = HourSums(factory, lambda: 0.0, lambda took: None)
    assert (job.work(AT), job.work(AT + MINUTE), kept(factory)) == (0, 0, 0)
    with transaction(factory) as session:
        session.add(CallRow(id="c", started_at=SINCE + MINUTE, queued_at=SINCE))
    due, second = SINCE + HOUR + service.OVER, timedelta(seconds=1)
    job.work(due - second)
    with looking(factory) as session:
        assert session.scalars(select(HourSum)).all() == []
    assert [job.work(due), job.work(due + SETTLED - second), job.work(due + SETTLED)] == [0, 0, 1]
    assert job.work(due + SETTLED) == 0


def test_P1_b_who_looks_waits_for_few_calls_that_are_not_summed_up(
    keeping: HourSums, factory: Sessions
) -> None:
    """As after an upgrade: many are left to the job, with how long it takes; sums cost no patience."""
    time = SINCE - 30 * HOUR, UNTIL
    with looking(factory) as session:
        every = sums(session, *time, 0)
        assert every == sums(session, *time) and len(every) == HOURS
    with transaction(factory) as session:
        session.execute(delete(HourSum))
    with looking(factory) as session:
        assert sums(session, *time, HOURS * 5).keys() == every.keys()
        with pytest.raises(HoursNotSummed) as waits:
            sums(session, *time, HOURS * 5 - 1)
    assert (waits.value.calls, waits.value.minutes) == (HOURS * 5, 2)
