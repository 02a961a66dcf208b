"""Rules of figures on what came of calls and cases: first-call completion, in time or late, times."""

from datetime import date, timedelta
from typing import Any

import pytest

from calls.dispositions import ServiceType
from hotline.cases.rules import CaseKind, CaseState
from hotline.clock import taipei
from reporting.figures.cases import CountedCase, Timeliness
from reporting.figures.completion import AGAIN, Completion, ServiceCall, is_settled
from reporting.figures.spans import HOUR, MINUTE, KnownMonth, MonthNotOver, share, times, whole_month

NOON = taipei("2026-10-20T12:00")
SECOND = timedelta(seconds=1)
ASKED = frozenset({ServiceType.CONSULTATION})


@pytest.mark.parametrize(
    ("settled", "again", "known", "completion"),
    [
        (True, None, AGAIN, Completion.UNDECIDED),
        (True, None, AGAIN + SECOND, Completion.COMPLETED),
        (True, AGAIN, AGAIN + SECOND, Completion.CALLED_AGAIN),
        (True, AGAIN + SECOND, 2 * AGAIN, Completion.COMPLETED),
        (True, HOUR, 2 * HOUR, Completion.UNDECIDED),
        (False, None, AGAIN, Completion.UNDECIDED),
        (False, None, AGAIN + SECOND, Completion.NOT_SETTLED),
    ],
)
def test_P12_2_a_call_counts_once_its_seven_days_have_passed(
    settled: bool, again: timedelta | None, known: timedelta, completion: Completion
) -> None:
    """A call exactly seven days later shows that the first did not do; until then nothing is known of it."""
    call = ServiceCall("1", NOON, ASKED, settled, NOON + again if again else None)
    assert call.completion(NOON + known) is completion


@pytest.mark.parametrize(
    ("services", "facts", "settled"),
    [
        (("P3.1",), (), True),
        (("P3.1",), ("in vain",), False),
        (("P3.2",), (), False),
        (("P3.2",), ("connected",), True),
        (("P3.3",), ("connected",), False),
        (("P3.4",), ("filed",), True),
        (("P3.5",), ("filed",), True),
        (("P3.6",), (), True),
        (("P3.1", "P3.2"), (), False),
        (("P3.1", "P3.2"), ("connected",), True),
    ],
)
def test_P12_2_a_call_is_settled_when_each_of_its_services_was(
    services: tuple[str, ...], facts: tuple[str, ...], settled: bool
) -> None:
    found = is_settled(
        map(ServiceType, services),
        is_read_in_vain="in vain" in facts,
        is_connected="connected" in facts,
        is_filed="filed" in facts,
    )
    assert found is settled


def case(state: CaseState, **more: object) -> CountedCase:
    told: Any = {"filed_at": NOON, "due_at": NOON + 4 * HOUR, **more}
    return CountedCase("115102000001", CaseKind.PETITION, "pwd", "9001", state, **told)


@pytest.mark.parametrize(
    ("found", "timeliness"),
    [
        (case(CaseState.IN_PROGRESS), Timeliness.INSIDE),
        (case(CaseState.CLOSED, replied_at=NOON + 4 * HOUR), Timeliness.ON_TIME),
        (case(CaseState.REPLIED, replied_at=NOON + 4 * HOUR + SECOND), Timeliness.LATE),
        (case(CaseState.CLOSED, overdue_at=NOON + 5 * HOUR), Timeliness.LATE),
        (case(CaseState.CLOSED, is_beyond=True), Timeliness.LATE),
        (case(CaseState.CANCELLED, overdue_at=NOON + 5 * HOUR), Timeliness.OUTSIDE),
        (case(CaseState.EXTERNAL), Timeliness.OUTSIDE),
        (case(CaseState.NO_ACTION), Timeliness.ON_TIME),
    ],
)
def test_P12_3_in_time_is_what_was_answered_within_its_limit(
    found: CountedCase, timeliness: Timeliness
) -> None:
    """At equality it is met; what runs counts neither way."""
    assert found.timeliness(NOON + 4 * HOUR) is timeliness


def test_P10_2_a_second_past_its_limit_a_case_is_late_but_not_one_that_is_done() -> None:
    """Whose message waits for the morning."""
    later = NOON + 4 * HOUR + SECOND
    assert case(CaseState.IN_PROGRESS).timeliness(later) is Timeliness.LATE
    assert case(CaseState.DONE).timeliness(later) is Timeliness.INSIDE


def test_P10_2_mean_median_and_95th_percentile() -> None:
    """Of one value all three are it; of none they are empty."""
    assert times([], MINUTE) == ("", "", "")
    assert times([3 * MINUTE], MINUTE) == ("3.0", "3.0", "3.0")
    assert times([n * MINUTE for n in range(1, 101)], MINUTE) == ("50.5", "50.5", "95.0")
    assert (share(1, 3), share(0, 0)) == ("33.3%", "")


def test_a_month_that_lasts_or_is_to_come_is_refused() -> None:
    """It is over at the first instant of the next one, in Taipei."""
    end = taipei("2026-11-01T00:00")
    assert whole_month(date(2026, 10, 15), end) == KnownMonth(date(2026, 10, 1), end)
    for month in (date(2026, 10, 1), date(2026, 11, 1), date(2030, 1, 1)):
        with pytest.raises(MonthNotOver):
            whole_month(month, end - SECOND)
