"""Steps of chasing an unsigned case (P5.4.2); names of digests."""

from datetime import timedelta

import pytest

from hotline.cases.chase import LAST, sign_step
from hotline.cases.digest import LateCase, event_of, facts_of
from hotline.clock import taipei

DUE = taipei("2026-11-24T10:10")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SIX = taipei("2026-11-24T18:00")


@pytest.mark.parametrize(
    ("after", "step"),
    [
        (-MINUTE, 0),
        (timedelta(), 0),  # signed at 10:10:00 is in time
        (SECOND, 1),
        (10 * MINUTE - SECOND, 1),
        (10 * MINUTE, 2),
        (60 * MINUTE, 7),
        (70 * MINUTE - SECOND, 7),
        (70 * MINUTE, LAST),
        (timedelta(days=3), LAST),
    ],
)
def test_P5_4_2_a_second_reminder_six_more_and_one_beyond_the_agency(after: timedelta, step: int) -> None:
    """One after ten minutes, then one each ten minutes, six at most; then the duty officer and RDEC, once."""
    assert sign_step(DUE, DUE + after, 10 * MINUTE) == step


def test_P5_4_5_a_digest_has_one_name_a_day_however_long_the_codes_are() -> None:
    """Names differ where agency or category differ, and fit the outbox."""
    some = [("pwd", "3003"), ("pwd", "3002"), ("a" * 32, "b" * 32), ("a" * 32, "c" * 32)]
    names = [event_of(one, SIX) for one in some]
    assert names[0] == "digest:2026-11-24:pwd:3003" and len(set(names)) == 4
    assert all(len(name) <= 64 for name in names)


def test_P5_4_5_a_long_digest_says_how_many_more_there_are() -> None:
    """Three hundred cases by name, the rest as a number; the count is of all."""
    cases = [LateCase(f"1151124{n:05}", "文化路", DUE) for n in range(302)]
    facts = facts_of("路面損壞", cases, SIX)
    lines = facts["list"].splitlines()
    assert (facts["count"], len(lines), lines[-1]) == ("302", 301, "其餘2件請至案件清單查看。")
    assert lines[0] == "案號1151-1240-0000 文化路 時限11月24日 10:10"
