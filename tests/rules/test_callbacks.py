"""The states of a promise and its clock (spec §9.2, P5.1.1)."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hotline.callbacks import rules
from hotline.callbacks.rules import (
    Attempted,
    Callback,
    CallbackNotNow,
    Cancelled,
    ClosedReached,
    ClosedUnreached,
    HeldByAnother,
    Hold,
    Open,
    Outcome,
    Pending,
    ReasonMissing,
    Working,
    was_on_time,
)
from hotline.callbacks.store import Callback as Promise
from hotline.clock import TAIPEI, taipei
from hotline.worktime import Calendar, DayKind, OfficeHours, Override, RoundedDown, Worktime
from hotline.worktime.explain import CHINESE

TEN = taipei("2026-11-24T10:00")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OFFICE = OfficeHours(time(8, 30), time(17, 30))
LUNCH = OfficeHours(time(8, 30), time(17, 30), (time(12, 30), time(13, 30)))


def failed(state: Callback, by: str = "mei", at: datetime = TEN) -> Callback:
    return rules.attempt(state, by, Outcome.NO_ANSWER, at, next_by=at + HOUR, most=3)


# --- the table of §9.2, row by row -------------------------------------------------------------------


def test_P9_2_an_owner_who_starts_makes_an_open_one_working() -> None:
    """OPEN, owner starts: WORKING."""
    assert rules.start(Open(), Hold("mei"), TEN) == Working(Hold("mei"))


@pytest.mark.parametrize("state", [Open(), Working(Hold("mei"))])
@pytest.mark.parametrize("outcome", sorted(rules.NOT_REACHED))
def test_P9_2_a_citizen_not_reached_makes_it_attempted(state: Callback, outcome: Outcome) -> None:
    """OPEN or WORKING, call placed, citizen not reached: ATTEMPTED, and the next within an hour."""
    after = rules.attempt(state, "mei", outcome, TEN, next_by=TEN + HOUR, most=3)
    assert after == Attempted(1, TEN + HOUR, Hold("mei"))


def test_P9_2_the_third_failed_attempt_closes_it_unreached() -> None:
    """ATTEMPTED, three attempts failed: CLOSED_UNREACHED; not the second, and no fourth."""
    twice = failed(failed(Open()))
    assert twice == Attempted(2, TEN + HOUR, Hold("mei"))
    closed = failed(twice)
    assert closed == ClosedUnreached(TEN, 3)
    with pytest.raises(CallbackNotNow, match="CLOSED_UNREACHED"):
        failed(closed)


def test_P9_2_a_citizen_who_was_reached_is_no_failed_attempt() -> None:
    """The promise then waits for what was said."""
    reached = rules.attempt(failed(Open()), "mei", Outcome.REACHED, TEN, next_by=TEN, most=3)
    assert isinstance(reached, Attempted) and reached.failed == 1
    assert rules.attempt(Open(), "mei", Outcome.REACHED, TEN, next_by=TEN, most=3) == Working(Hold("mei"))


def test_P9_2_our_own_fault_is_no_attempt() -> None:
    """A trunk that is down uses up none of the three."""
    for state in (Open(), Working(Hold("mei")), failed(Open())):
        assert rules.attempt(state, "mei", Outcome.NOT_PLACED, TEN, next_by=TEN, most=3) == state


@pytest.mark.parametrize("state", [Open(), Working(Hold("mei")), Attempted(2, TEN, Hold("mei"))])
def test_P9_2_told_the_answer_it_is_done_from_any_open_state(state: Callback) -> None:
    """With words; without them it is not."""
    assert rules.answer(state, "mei", "road is mended", TEN) == ClosedReached(TEN, "road is mended")
    with pytest.raises(ReasonMissing):
        rules.answer(state, "mei", "  ", TEN)


@pytest.mark.parametrize("state", [Open(), Working(Hold("mei")), Attempted(2, TEN, None)])
def test_P9_2_withdrawn_it_is_cancelled_whoever_holds_it(state: Callback) -> None:
    """The citizen calls and is answered by somebody else."""
    assert rules.cancel(state, "answered at once", TEN) == Cancelled(TEN, "answered at once")
    with pytest.raises(ReasonMissing):
        rules.cancel(state, "", TEN)


@pytest.mark.parametrize(
    "closed", [ClosedUnreached(TEN, 3), ClosedReached(TEN, "x"), Cancelled(TEN, "x")], ids=str
)
def test_P9_2_what_is_closed_stays_closed(closed: Callback) -> None:
    """No event of the table leads out of the three ends."""
    deeds = (
        lambda: rules.start(closed, Hold("mei"), TEN),
        lambda: rules.let_go(closed),
        lambda: failed(closed),
        lambda: rules.answer(closed, "mei", "x", TEN),
        lambda: rules.cancel(closed, "x", TEN),
        lambda: rules.hand_over(closed, "mei", "x", TEN, may_take=True),
    )
    for deed in deeds:
        with pytest.raises(CallbackNotNow, match=closed.name):
            deed()


# --- one owner at a time -----------------------------------------------------------------------------


@pytest.mark.parametrize("held", [Working(Hold("mei")), Attempted(1, TEN, Hold("mei"))])
def test_one_owner_at_a_time(held: Pending) -> None:
    """Another can neither start, attempt nor close; the holder can."""
    for deed in (
        lambda: rules.start(held, Hold("an"), TEN),
        lambda: failed(held, by="an"),
        lambda: rules.answer(held, "an", "x", TEN),
        lambda: rules.hand_over(held, "an", "x", TEN, may_take=False),
    ):
        with pytest.raises(HeldByAnother, match="mei"):
            deed()
    assert rules.start(held, Hold("mei"), TEN) == held


@pytest.mark.parametrize(("seconds", "is_free"), [(-1, False), (0, True), (1, True)])
def test_a_lease_ends_at_its_instant(seconds: int, is_free: bool) -> None:
    """At the end another may take it, a second before not."""
    held, at = Working(Hold("worker-1", TEN)), TEN + timedelta(seconds=seconds)
    if is_free:
        assert rules.start(held, Hold("worker-2", at + MINUTE), at).name == "WORKING"
    else:
        with pytest.raises(HeldByAnother):
            rules.start(held, Hold("worker-2", at + MINUTE), at)


def test_released_or_handed_over_nobody_works_on_it() -> None:
    """The number of attempts stays."""
    assert rules.let_go(Working(Hold("mei"))) == Open()
    assert rules.let_go(Attempted(2, TEN, Hold("mei"))) == Attempted(2, TEN)
    assert rules.hand_over(Working(Hold("mei")), "boss", "ill", TEN, may_take=True) == Open()
    with pytest.raises(ReasonMissing):
        rules.hand_over(Open(), "mei", " ", TEN, may_take=True)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["start", "release", "attempt", "reached", "answer", "cancel", "hand-over"]),
        st.sampled_from(["mei", "an"]),
    ),
    max_size=12,
)


@given(DEEDS)
def test_no_order_of_deeds_breaks_the_table(deeds: list[tuple[str, str]]) -> None:
    """Refused deeds change nothing; at most three attempts fail; a closed one never opens; one holder."""
    state: Callback = Open()
    for verb, who in deeds:
        before = state
        try:
            state = do(state, verb, who)
        except (CallbackNotNow, HeldByAnother):
            continue
        assert isinstance(before, Pending), "nothing leads out of an end"
        hold = rules.hold_of(before)
        if verb in ("start", "attempt", "reached", "answer") and hold:
            assert hold.by == who
        if isinstance(state, Attempted):
            assert 1 <= state.failed < 3
        if isinstance(state, ClosedUnreached):
            assert state.failed == 3


def do(state: Callback, verb: str, who: str) -> Callback:
    match verb:
        case "start":
            return rules.start(state, Hold(who), TEN)
        case "release":
            return rules.let_go(state)
        case "attempt":
            return failed(state, who)
        case "reached":
            return rules.attempt(state, who, Outcome.REACHED, TEN, next_by=TEN, most=3)
        case "answer":
            return rules.answer(state, who, "x", TEN)
        case "cancel":
            return rules.cancel(state, "x", TEN)
        case _:
            return rules.hand_over(state, who, "x", TEN, may_take=True)


# --- on time, overdue --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "at", "overdue", "on_time"),
    [
        (None, TEN - MINUTE, False, None),
        (None, TEN, False, None),  # met at equality
        (None, TEN + timedelta(microseconds=1), True, False),
        (TEN, TEN + HOUR, False, True),  # the first attempt inside the limit counts
        (TEN + timedelta(seconds=1), TEN + HOUR, True, False),
    ],
)
def test_P9_2_the_first_attempt_decides(
    first: datetime | None, at: datetime, overdue: bool, on_time: bool | None
) -> None:
    """Due at ten o'clock."""
    assert Promise(due_at=TEN, first_attempt_at=first).is_overdue(at) is overdue
    assert was_on_time(TEN, first, at) is on_time


TYPHOON = Calendar({date(2026, 11, 25): Override(DayKind.OFF, "typhoon")})


@pytest.mark.parametrize(
    ("registered", "due", "hours", "calendar"),
    [
        ("2026-02-06T16:30", "2026-02-09T11:30", OFFICE, Calendar()),  # Friday evening
        ("2026-02-06T18:00", "2026-02-09T12:30", OFFICE, Calendar()),  # after closing
        ("2026-02-13T16:30", "2026-02-23T11:30", OFFICE, Calendar()),  # New Year, nine days
        ("2024-02-16T16:30", "2024-02-17T11:30", OFFICE, Calendar()),  # make-up Saturday
        ("2026-11-24T16:30", "2026-11-26T11:30", OFFICE, TYPHOON),
        ("2026-11-24T10:00", "2026-11-24T14:00", OFFICE, Calendar()),
        ("2026-11-24T10:00", "2026-11-24T15:00", LUNCH, Calendar()),
        ("2026-11-24T12:45", "2026-11-24T16:45", OFFICE, Calendar()),
        ("2026-11-24T12:45", "2026-11-24T17:30", LUNCH, Calendar()),
        ("2026-11-24T13:30", "2026-11-24T17:30", OFFICE, Calendar()),  # equality at closing time
    ],
)
def test_P5_1_1_four_office_hours(registered: str, due: str, hours: OfficeHours, calendar: Calendar) -> None:
    """The examples of §21 and the edges around them."""
    assert Worktime(calendar, hours).add(taipei(registered), timedelta(hours=4)) == taipei(due)


@given(
    at=st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 1), timezones=st.just(TAIPEI)),  # noqa: DTZ001
    hours=st.sampled_from([OFFICE, LUNCH]),
    off=st.integers(0, 6),
)
def test_P5_1_1_exactly_four_office_hours_lie_between_and_a_day_off_never_shortens(
    at: datetime, hours: OfficeHours, off: int
) -> None:
    """Whatever the calendar: the clock counts four hours;
    one more day off moves the end later or not at all.
    """
    plain = Worktime(Calendar(), hours)
    due = plain.add(at, timedelta(hours=4))
    assert plain.elapsed(at, due) == timedelta(hours=4)
    day = (at + timedelta(days=off)).date()
    assume(day.year <= 2026)
    stormy = Worktime(Calendar({day: Override(DayKind.OFF, "typhoon")}), hours)
    assert stormy.add(at, timedelta(hours=4)) >= due


@pytest.mark.parametrize(
    ("registered", "due"),
    [
        ("2026-11-24T10:00", "2026-11-24T14:00"),
        ("2026-11-24T10:00:01", "2026-11-24T14:00"),
        ("2026-11-24T10:04:59.999999", "2026-11-24T14:00"),
        ("2026-11-24T10:05", "2026-11-24T14:05"),
        ("2026-11-24T13:29:59", "2026-11-24T17:25"),
        ("2026-11-24T17:28:04", "2026-11-25T12:25"),
        ("2026-11-24T20:03", "2026-11-25T12:30"),
    ],
)
def test_P9_2_a_due_time_is_one_that_people_say(registered: str, due: str) -> None:
    """Full five minutes, never later than four office hours."""
    worktime = Worktime(Calendar(), OFFICE)
    assert worktime.due(taipei(registered), rules.CallbackLimits().due) == taipei(due)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1), timezones=st.just(TAIPEI)),  # noqa: DTZ001
    limits=st.builds(
        rules.CallbackLimits,
        st.timedeltas(timedelta(minutes=1), timedelta(hours=9)),
        clock=st.sampled_from(rules.CallbackClock),
    ),
    hours=st.sampled_from([OFFICE, LUNCH]),
)
def test_P9_2_a_due_time_lies_after_the_promise_and_less_than_five_minutes_before_the_limit(
    at: datetime, limits: rules.CallbackLimits, hours: OfficeHours
) -> None:
    """A limit so short that nothing would be left of it is not rounded."""
    worktime, limit = Worktime(Calendar(), hours), limits.due
    assert isinstance(limit, RoundedDown)
    exact, due = worktime.due(at, limit.limit), worktime.due(at, limit)
    assert at < due <= exact
    assert exact - due < rules.SPOKEN_STEP
    assert due == exact or (due.minute % 5, due.second, due.microsecond) == (0, 0, 0)


def test_P9_2_the_arithmetic_of_a_due_time_ends_with_what_is_said() -> None:
    """In both languages; one that needs no rounding does not speak of it."""
    worktime, limit = Worktime(Calendar(), OFFICE), rules.CallbackLimits().due
    assert worktime.why(taipei("2026-11-24T17:28:04"), limit, "P5.1.1")[-3:] == (
        "Wed 2026-11-25 08:30 + 3 h 58 min 4 s = 12:28:04",
        "rounded down to full 5 min: 12:25",
        "due Wed 2026-11-25 12:25",
    )
    assert worktime.why(taipei("2026-11-24T17:28:04"), limit, "P5.1.1", CHINESE)[-2:] == (
        "以5 分為單位，不足者捨去：12:25",
        "期限週三 2026-11-25 12:25",
    )
    assert worktime.why(taipei("2026-11-24T10:00"), limit, "P5.1.1")[-2:] == (
        "Tue 2026-11-24 10:00 + 4 h = 14:00",
        "due Tue 2026-11-24 14:00",
    )


def test_spec_4_the_clock_of_the_limit_is_a_setting() -> None:
    """``callback.clock``: office hours, or all hours of the day; the reminder runs on the same."""
    evening = taipei("2026-02-13T16:30")
    worktime = Worktime(Calendar(), OFFICE)
    office, elapsed = rules.CallbackLimits(), rules.CallbackLimits(clock=rules.CallbackClock.CAL)
    assert worktime.due(evening, office.due) == taipei("2026-02-23T11:30")
    assert worktime.due(evening, office.reminder) == taipei("2026-02-23T10:30")
    assert worktime.due(evening, elapsed.due) == taipei("2026-02-13T20:30")
    assert worktime.due(evening, elapsed.reminder) == taipei("2026-02-13T19:30")
