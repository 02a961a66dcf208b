"""Limits: the examples of the specification, one edge a scene, and what must always hold."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.clock import TAIPEI, taipei
from hotline.worktime import (
    Calendar,
    CalendarTime,
    DayKind,
    NaiveInstant,
    NeverOpen,
    NoCalendar,
    OfficeHours,
    Override,
    WorkingDays,
    WorkingTime,
    Worktime,
)
from hotline.worktime.explain import CHINESE

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TYPHOON = {date(2026, 11, 25): Override(DayKind.OFF, "Typhoon Koinu")}

office = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))
with_break = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30), (time(12, 30), time(13, 30))))
sign = Worktime(Calendar(weekdays_only=True), with_break.hours)
stormy = Worktime(Calendar(TYPHOON), office.hours)


@pytest.mark.parametrize(
    ("worktime", "registered", "due"),
    [
        (office, "2026-11-24T10:00", "2026-11-24T14:00"),
        (office, "2026-11-24T12:45", "2026-11-24T16:45"),
        (with_break, "2026-11-24T10:00", "2026-11-24T15:00"),
        (with_break, "2026-11-24T12:45", "2026-11-24T17:30"),
        (office, "2026-02-13T16:30", "2026-02-23T11:30"),
    ],
)
def test_P5_1_1_a_callback_is_due_after_four_office_hours(
    worktime: Worktime, registered: str, due: str
) -> None:
    """Half a day, glossed as four hours, of office time; the New Year break of nine days does not count."""
    assert worktime.due(taipei(registered), WorkingTime(4 * HOUR)) == taipei(due)


def test_P4_5_an_answer_for_the_collection_is_due_in_two_working_days() -> None:
    """Asked on Thursday at 15:00; Friday and Monday are holidays: due Wednesday at closing time."""
    assert office.due(taipei("2026-09-24T15:00"), WorkingDays(2)) == taipei("2026-09-30T17:30")


def test_P4_6_a_change_is_announced_two_working_days_before() -> None:
    """For a change on Monday the 12th, with the Friday before a substitute day off: by Wednesday 17:30."""
    assert office.notice_deadline(date(2026, 10, 12), 2) == taipei("2026-10-07T17:30")


def test_P5_2_2_a_make_up_saturday_is_a_working_day() -> None:
    """Received on Friday 2024-02-16, one working day: due on the Saturday that was worked."""
    assert office.due(taipei("2024-02-16T10:00"), WorkingDays(1)) == taipei("2024-02-17T17:30")


@pytest.mark.parametrize(
    ("filed", "limit", "due"),
    [
        ("2026-02-16T23:00", 4 * HOUR, "2026-02-17T03:00"),
        ("2026-10-07T12:00", 4 * DAY, "2026-10-11T12:00"),
    ],
)
def test_P5_4_1_quick_cases_run_day_and_night(filed: str, limit: timedelta, due: str) -> None:
    """The calendar clock runs through New Year's Eve and ends on a Sunday if it must."""
    assert office.due(taipei(filed), CalendarTime(limit)) == taipei(due)


@pytest.mark.parametrize(
    ("request_at", "accepted"),
    [
        ("2024-02-16T08:29:59", False),
        ("2024-02-16T08:30:00", True),
        ("2024-02-16T12:29:59", True),
        ("2024-02-16T12:30:00", False),
        ("2024-02-16T13:29:59", False),
        ("2024-02-16T13:30:00", True),
        ("2024-02-16T17:29:59", True),
        ("2024-02-16T17:30:00", False),
        ("2024-02-17T10:00:00", False),
        ("2024-02-28T10:00:00", False),
    ],
)
def test_P6_3_sign_language_hours(request_at: str, accepted: bool) -> None:
    """Monday to Friday without the break; closed on holidays and on a Saturday that offices work."""
    assert sign.is_open(taipei(request_at)) is accepted


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-24T17:29", "2026-11-25T08:31"),
        ("2026-11-24T17:28", "2026-11-24T17:30"),
        ("2026-11-24T17:30", "2026-11-25T08:32"),
        ("2026-11-24T17:31", "2026-11-25T08:32"),
        ("2026-11-27T17:29", "2026-11-30T08:31"),
        ("2026-11-27T20:00", "2026-11-30T08:32"),
        ("2026-11-28T12:00", "2026-11-30T08:32"),
        ("2026-12-24T17:29", "2026-12-28T08:31"),
        ("2026-11-24T00:00", "2026-11-24T08:32"),
    ],
)
def test_two_minutes_around_closing_time(at: str, due: str) -> None:
    """A limit may end at closing time; begun then or later, it starts at the next opening."""
    assert office.add(taipei(at), 2 * MINUTE) == taipei(due)


def test_a_typhoon_day_does_not_count() -> None:
    """Tuesday 16:30 and four hours, with Wednesday closed by the city: Thursday 11:30."""
    assert stormy.add(taipei("2026-11-24T16:30"), 4 * HOUR) == taipei("2026-11-26T11:30")
    assert stormy.working_days_after(taipei("2026-11-24T16:30"), 1) == taipei("2026-11-26T17:30")


def test_the_table_may_open_a_holiday() -> None:
    """A day the city decides to work counts although the official calendar has it off."""
    table = {date(2026, 12, 25): Override(DayKind.WORKING, "moved")}
    assert Worktime(Calendar(table), office.hours).is_open(taipei("2026-12-25T09:00"))
    assert not office.is_open(taipei("2026-12-25T09:00"))


def test_day_zero_may_be_a_day_off() -> None:
    """Received on a Sunday night, the first working day is Monday."""
    assert office.working_days_after(taipei("2026-11-22T23:59"), 1) == taipei("2026-11-23T17:30")


def test_the_day_of_receipt_is_the_taipei_day() -> None:
    """22:30 UTC on Monday is already Tuesday in Taipei."""
    received = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert office.working_days_after(received, 1) == taipei("2026-11-25T17:30")


def test_next_opening_is_now_while_open() -> None:
    """An open instant is its own opening; the break and the night lead to the next stretch."""
    assert with_break.next_opening(taipei("2026-11-24T12:29:59")) == taipei("2026-11-24T12:29:59")
    assert with_break.next_opening(taipei("2026-11-24T12:30")) == taipei("2026-11-24T13:30")
    assert with_break.next_opening(taipei("2026-11-24T17:30")) == taipei("2026-11-25T08:30")


def test_elapsed_counts_only_office_time() -> None:
    """From Friday evening to Monday morning one hour before and two after; nothing backwards."""
    friday, monday = taipei("2026-11-27T16:30"), taipei("2026-11-30T10:30")
    assert office.elapsed(friday, monday) == 3 * HOUR
    assert office.elapsed(monday, friday) == timedelta(0)


def test_an_instant_without_zone_is_refused() -> None:
    """The error shows the instant and how to write it."""
    naive = taipei("2026-11-24T10:00").replace(tzinfo=None)
    for question in (office.is_open, office.next_opening):
        with pytest.raises(NaiveInstant, match="2026-11-24 10:00:00"):
            question(naive)
    with pytest.raises(NaiveInstant):
        office.elapsed(taipei("2026-11-24T10:00"), naive)
    for limit in (WorkingTime(HOUR), WorkingDays(1), CalendarTime(HOUR)):
        with pytest.raises(NaiveInstant):
            office.due(naive, limit)


def test_a_limit_runs_forward() -> None:
    """Negative amounts and limits of no working day are refused."""
    at = taipei("2026-11-24T10:00")
    for limit in (WorkingTime(-MINUTE), CalendarTime(-MINUTE), WorkingDays(0)):
        with pytest.raises(ValueError, match="limit"):
            office.due(at, limit)


def test_hours_that_make_no_day_are_refused() -> None:
    """Closing before opening, a break outside the day, an hour with a zone."""
    with pytest.raises(ValueError, match="forward"):
        OfficeHours(time(17, 30), time(8, 30))
    with pytest.raises(ValueError, match="forward"):
        OfficeHours(time(8, 30), time(17, 30), (time(8, 0), time(9, 0)))
    with pytest.raises(ValueError, match="zone"):
        OfficeHours(time(8, 30, tzinfo=TAIPEI), time(17, 30))


@pytest.mark.parametrize(
    ("pause", "hour", "left"),
    [
        (None, "14:00", "08:30-14:00"),
        (None, "08:30", None),  # nothing would be left: that is a whole day off
        (None, "17:30", None),  # nothing ends
        (None, "17:29", "08:30-17:29"),
        (("12:30", "13:30"), "12:00", "08:30-12:00"),
        (("12:30", "13:30"), "12:30", "08:30-12:30"),
        (("12:30", "13:30"), "13:00", "08:30-12:30"),  # in the break
        (("12:30", "13:30"), "13:30", "08:30-12:30"),
        (("12:30", "13:30"), "13:31", "08:30-12:30, 13:30-13:31"),
    ],
)
def test_a_day_ends_early(pause: tuple[str, str] | None, hour: str, left: str | None) -> None:
    """Closed from an hour on: what is over by then counts, the break is none of it."""
    edges = (time.fromisoformat(pause[0]), time.fromisoformat(pause[1])) if pause else None
    shortened = OfficeHours(time(8, 30), time(17, 30), edges).until(time.fromisoformat(hour))
    assert (str(shortened) if shortened else None) == left


def test_a_year_without_calendar_is_an_error() -> None:
    """No day of an unknown year is silently called a working day."""
    with pytest.raises(NoCalendar, match="2101"):
        office.is_open(taipei("2101-03-01T10:00"))


def test_a_table_that_closes_everything_is_an_error() -> None:
    """A year without a working day ends the search with a sentence, not with a hanging call."""
    start = date(2026, 1, 1)
    table = {start + number * DAY: Override(DayKind.OFF, "closed") for number in range(800)}
    with pytest.raises(NeverOpen):
        Worktime(Calendar(table), office.hours).next_opening(taipei("2026-06-01T10:00"))


def test_a_callback_over_new_year_explains_itself() -> None:
    """The lines show the clause, what counted, what did not and why, and the sum."""
    assert office.why(taipei("2026-02-13T16:30"), WorkingTime(4 * HOUR), "P5.1.1") == (
        "P5.1.1: 4 h of office hours (08:30-17:30) from Fri 2026-02-13 16:30",
        "Fri 2026-02-13 16:30-17:30 counts 1 h, 3 h left",
        "Sat 2026-02-14 – Sun 2026-02-22 off: weekend, Chinese New Year's Eve, Chinese New Year,"
        " Chinese New Year's Eve (observed)",
        "Mon 2026-02-23 08:30 + 3 h = 11:30",
        "due Mon 2026-02-23 11:30",
    )


def test_a_start_at_night_explains_itself() -> None:
    """Begun while closed: the line says when the clock starts, and names the closure."""
    assert stormy.why(taipei("2026-11-24T20:00"), WorkingTime(30 * MINUTE), "P7.2") == (
        "P7.2: 30 min of office hours (08:30-17:30) from Tue 2026-11-24 20:00",
        "Wed 2026-11-25 off: Typhoon Koinu",
        "closed then; the clock starts at Thu 2026-11-26 08:30",
        "Thu 2026-11-26 08:30 + 30 min = 09:00",
        "due Thu 2026-11-26 09:00",
    )


def test_a_make_up_saturday_explains_itself() -> None:
    """A worked Saturday is named for what it is."""
    assert office.why(taipei("2024-02-16T10:00"), WorkingDays(1), "P5.2.2") == (
        "P5.2.2: working day 1 after Fri 2024-02-16, which is day 0",
        "Sat 2024-02-17 is day 1 (make-up workday)",
        "due Sat 2024-02-17 17:30",
    )


def test_a_notice_explains_itself_backwards() -> None:
    """Days before a change are numbered away from it."""
    assert office.why_notice(date(2026, 10, 12), 2, "P4.6") == (
        "P4.6: working day 2 before Mon 2026-10-12",
        "Fri 2026-10-09 – Sun 2026-10-11 off: National Day (observed), National Day, weekend",
        "Thu 2026-10-08 is day 1",
        "Wed 2026-10-07 is day 2",
        "due Wed 2026-10-07 17:30",
    )


def test_a_deadline_explains_itself_in_chinese() -> None:
    """The console's first language, with the official names of the holidays."""
    assert office.why(taipei("2026-02-13T16:30"), WorkingTime(4 * HOUR), "P5.1.1", CHINESE) == (
        "依精進計畫五（一）1：自週五 2026-02-13 16:30起算上班時間（08:30-17:30）4 小時",
        "週五 2026-02-13 16:30-17:30計1 小時，尚餘3 小時",
        "週六 2026-02-14 – 週日 2026-02-22不計：週末、農曆除夕、春節、農曆除夕（補假）",
        "週一 2026-02-23 08:30 + 3 小時 = 11:30",
        "期限週一 2026-02-23 11:30",
    )


def test_official_days_off_of_2026() -> None:
    """The sixteen holidays on weekdays that the government published, and no make-up Saturday."""
    days = [date(2026, 1, 1) + number * DAY for number in range(365)]
    off = [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not office.calendar.is_working(day)]
    assert (
        off
        == (
            "01-01 02-16 02-17 02-18 02-19 02-20 02-27 04-03 04-06 05-01 06-19 09-25 09-28 10-09 10-26 12-25"
        ).split()
    )
    assert not [day for day in days if day.weekday() > 4 and office.calendar.is_working(day)]


instants = st.builds(
    lambda after, zone: (datetime(2024, 1, 1, tzinfo=UTC) + after).astimezone(zone),
    st.timedeltas(timedelta(0), 2500 * DAY),
    st.sampled_from([UTC, TAIPEI]),
)
amounts = st.timedeltas(timedelta(0), timedelta(hours=60))
houses = st.sampled_from([office, with_break, sign, stormy])
always = settings(deadline=None)


@always
@given(houses, instants, amounts)
def test_what_is_added_has_elapsed(house: Worktime, at: datetime, amount: timedelta) -> None:
    """Exactly the amount lies between the start and the deadline, and nothing is lost to the microsecond."""
    assert house.elapsed(at, house.add(at, amount)) == amount


@always
@given(houses, instants, amounts, amounts)
def test_more_time_never_ends_earlier(
    house: Worktime, at: datetime, less: timedelta, more: timedelta
) -> None:
    """Monotone in the amount."""
    less, more = sorted((less, more))
    assert house.add(at, less) <= house.add(at, more)


@always
@given(houses, instants, instants, amounts)
def test_a_later_start_never_ends_earlier(
    house: Worktime, one: datetime, other: datetime, amount: timedelta
) -> None:
    """Monotone in the start, on the two clocks that pause."""
    first, second = sorted((one, other))
    assert house.add(first, amount) <= house.add(second, amount)
    assert house.working_days_after(first, 2) <= house.working_days_after(second, 2)


@always
@given(houses, instants, amounts)
def test_a_deadline_lies_in_office_hours(house: Worktime, at: datetime, amount: timedelta) -> None:
    """Open then, or at the very close of an open stretch; always aware and in Taipei."""
    due = house.add(at, amount)
    assert house.is_open(due) or house.is_open(due - timedelta(microseconds=1))
    assert due.tzinfo is TAIPEI
    assert due >= at


@always
@given(houses, instants, amounts)
def test_an_explanation_ends_with_the_deadline(house: Worktime, at: datetime, amount: timedelta) -> None:
    """What is explained is what is computed."""
    due = house.add(at, amount)
    assert f"{due:%Y-%m-%d %H:%M}" in house.why(at, WorkingTime(amount), "P5.1.1")[-1]
