"""The figures of P4.2 and P4.11, and their tables."""

import csv
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.in_time import InTime, OfficeRing
from hotline.clock import TAIPEI, month_bounds, month_of, taipei
from hotline.worktime import Calendar, OfficeHours, Worktime
from reporting.answer_metrics import Group, SilentDay, by_group, measure, percentile, silent_days
from reporting.table import csv_text, plain
from transfer.outcome import DialOutcome

IN_TIME = InTime(timedelta(seconds=3), 3)
WORKTIME = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))
TUESDAY = "2026-11-24T10:00"
SECONDS = st.lists(st.integers(0, 60_000).map(lambda ms: timedelta(milliseconds=ms)), min_size=1)


def leg(
    outcome: DialOutcome = DialOutcome.ANSWERED,
    ring: float | None = None,
    *,
    at: str = TUESDAY,
    extension: str = "5112",
    section: str = "household",
    agency: str = "civil",
    proxy: bool = False,
) -> OfficeRing:
    rung = None if ring is None else timedelta(seconds=ring)
    return OfficeRing(extension, section, agency, taipei(at), outcome, rung, proxy)


@pytest.mark.parametrize(
    ("seconds", "rings", "in_time"),
    [
        (0, 0, True),
        (0.001, 1, True),
        (3, 1, True),
        (8.9, 3, True),
        (9.0, 3, True),
        (9.001, 4, False),
        (9.1, 4, False),
    ],
)
def test_P4_2_b_an_answer_exactly_at_nine_seconds_is_within_three_rings(
    seconds: float, rings: int, in_time: bool
) -> None:
    assert IN_TIME.rings(timedelta(seconds=seconds)) == rings
    assert IN_TIME.holds(leg(ring=seconds)) is in_time


@given(st.integers(0, 10**9), st.integers(1, 9))
def test_P4_2_b_rings_never_err_by_a_fraction_of_a_number(microseconds: int, most: int) -> None:
    """Exact to the microsecond, at whatever length and limit."""
    rule = InTime(timedelta(seconds=3), most)
    ring = timedelta(microseconds=microseconds)
    assert (rule.rings(ring) <= most) == (ring <= most * timedelta(seconds=3))


def test_P4_2_a_legs_are_answered_in_time_or_later_or_not_or_busy() -> None:
    """Every leg is counted once; a share of nothing is none."""
    found = measure(
        [
            leg(ring=9.0),
            leg(ring=9.1, proxy=True),
            leg(DialOutcome.NO_ANSWER, 15),
            leg(DialOutcome.NO_ANSWER),
            leg(DialOutcome.BUSY, proxy=True),
        ],
        IN_TIME,
    )
    assert (found.legs, found.in_time, found.late, found.unanswered, found.busy) == (5, 1, 1, 2, 1)
    assert found.proxy_share == 0.5
    assert found.busy_rate == 0.2
    assert found.mean_ring == timedelta(seconds=33.1) / 3
    assert found.slow_ring == timedelta(seconds=15)
    nothing = measure([leg(DialOutcome.BUSY)], IN_TIME)
    assert (nothing.proxy_share, nothing.mean_ring, nothing.slow_ring) == (None, None, None)


@given(st.lists(st.builds(leg, st.sampled_from(DialOutcome), st.floats(0, 60), proxy=st.booleans())))
def test_P4_2_a_the_counts_add_up_to_the_legs(legs: list[OfficeRing]) -> None:
    found = measure(legs, IN_TIME)
    assert found.in_time + found.late + found.unanswered + found.busy == found.legs == len(legs)
    assert found.proxies <= found.in_time + found.late


@given(SECONDS, st.sampled_from([0.0, 0.05, 0.5, 0.95, 1.0]))
def test_P4_2_a_a_percentile_is_one_of_the_values_and_no_smaller_one_would_do(
    values: list[timedelta], share: float
) -> None:
    """At least that share is not above it; of any smaller value this is not true."""
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    for smaller in {value for value in values if value < found}:
        assert sum(value <= smaller for value in values) < share * len(values)


@given(SECONDS)
def test_P4_2_a_the_percentile_lies_between_the_middle_and_the_slowest(values: list[timedelta]) -> None:
    assert percentile(values, 0.5) <= percentile(values, 0.95) <= percentile(values, 1) == max(values)


def test_P4_2_a_of_twenty_the_slowest_is_left_out() -> None:
    assert percentile([timedelta(seconds=n) for n in range(1, 21)], 0.95) == timedelta(seconds=19)
    assert percentile([timedelta(seconds=n) for n in range(1, 22)], 0.95) == timedelta(seconds=20)


def test_P4_2_a_per_extension_section_and_agency() -> None:
    legs = [
        leg(),
        leg(extension="5113"),
        leg(extension="6001", section="burial"),
        leg(extension="7", agency="fire"),
    ]
    assert list(by_group(legs, Group.AGENCY, IN_TIME)) == [("civil",), ("fire",)]
    assert by_group(legs, Group.SECTION, IN_TIME)["civil", "household"].legs == 2
    assert list(by_group(legs, Group.EXTENSION, IN_TIME)) == [
        ("civil", "burial", "6001"),
        ("civil", "household", "5112"),
        ("civil", "household", "5113"),
        ("fire", "household", "7"),
    ]


@pytest.mark.parametrize(("busy", "listed"), [(0, False), (1, False), (2, True)])
def test_P4_11_a_busy_rate_above_a_fifth_is_listed(busy: int, listed: bool) -> None:
    """Exactly 20 % is not above it."""
    legs = [leg(DialOutcome.BUSY)] * busy + [leg()] * (5 - busy)
    assert measure(legs, IN_TIME).is_too_busy is listed


def test_P4_11_without_a_leg_nothing_is_busy() -> None:
    assert measure([], IN_TIME).busy_rate is None
    assert not measure([], IN_TIME).is_too_busy


def silent(*legs: OfficeRing) -> list[SilentDay]:
    return silent_days(legs, WORKTIME)


def test_P5_1_2_a_section_that_nobody_answered_all_day_is_listed() -> None:
    """With its day and how often it was rung; another day's answer does not excuse it."""
    unanswered = leg(DialOutcome.NO_ANSWER, 15), leg(DialOutcome.NO_ANSWER, 12, extension="5113", proxy=True)
    assert silent(*unanswered, leg(at="2026-11-25T10:00")) == [
        SilentDay("civil", "household", date(2026, 11, 24), 2)
    ]


@pytest.mark.parametrize(
    "present", [leg(), leg(DialOutcome.BUSY), leg(ring=12, extension="5113", proxy=True)]
)
def test_P5_1_2_somebody_who_answers_or_talks_is_there(present: OfficeRing) -> None:
    assert silent(leg(DialOutcome.NO_ANSWER, 15), present) == []


@pytest.mark.parametrize(
    "at", ["2026-11-24T08:29:59", "2026-11-24T17:30", "2026-11-22T10:00", "2026-02-17T10:00"]
)
def test_P5_1_2_only_office_hours_count(at: str) -> None:
    """Not before half past eight, not from half past five on, not on Sunday, not at New Year."""
    assert silent(leg(DialOutcome.NO_ANSWER, 15, at=at)) == []


def test_P5_1_2_neighbours_who_were_rung_for_another_section_are_not_blamed() -> None:
    """Their own desks were not asked for; a desk that is rung itself has no forward in force."""
    assert silent(leg(DialOutcome.NO_ANSWER, 12, section="burial", proxy=True)) == []


def test_a_month_is_that_of_taipei() -> None:
    """The last evening of October in UTC is November already."""
    assert month_of(datetime.fromisoformat("2026-10-31T16:00+00:00")) == date(2026, 11, 1)
    assert month_of(datetime.fromisoformat("2026-10-31T15:59:59+00:00")) == date(2026, 10, 1)
    assert month_bounds(date(2026, 12, 1)) == (
        datetime(2026, 12, 1, tzinfo=TAIPEI),
        datetime(2027, 1, 1, tzinfo=TAIPEI),
    )


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_months_join_without_a_gap(day: date) -> None:
    start, end = month_bounds(day)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=TAIPEI)
    assert start <= noon < end
    assert month_bounds(end.date())[0] == end


@pytest.mark.parametrize(
    "cell", ["=1+1", "+886", "-1+1", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "－1＋1", "+5", "-٣"]
)
def test_no_cell_becomes_a_formula(cell: str) -> None:
    """Full-width signs neither: a Chinese spreadsheet takes them for the others."""
    assert plain(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-1", "-1.5", "-93.4%", "0", "12", "", "1+1", "–"])
def test_a_number_stays_a_number(cell: str) -> None:
    """One below nothing too."""
    assert plain(cell) == cell


def test_a_spreadsheet_reads_the_file_back() -> None:
    """Byte order mark for Excel, quotes and commas kept."""
    text = csv_text(("科室", "n"), [('戶政, "科"', "=2")])
    assert text.startswith("\ufeff")
    assert list(csv.reader(text[1:].splitlines())) == [["科室", "n"], ['戶政, "科"', "'=2"]]
