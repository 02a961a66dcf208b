"""Repeated reports: two of the same place and matter within thirty days (P10.4)."""

from datetime import timedelta

import pytest

from hotline.clock import taipei
from hotline.reviews.rules import repeated

TEN, DAY = taipei("2026-11-24T10:00"), timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "many"), [((), 0), ((0,), 0), ((0, 30), 1), ((0, 31), 0), ((0, 20, 40), 2), ((0, 40, 41), 1)]
)
def test_P10_4_reports_are_repeated_within_thirty_days(days: tuple[int, ...], many: int) -> None:
    """At thirty exactly too; each is held against the one before it."""
    assert repeated([TEN + DAY * day for day in days]) == many
    if days == (0, 30):
        assert repeated([TEN, TEN + DAY * 30 + timedelta(seconds=1)]) == 0
