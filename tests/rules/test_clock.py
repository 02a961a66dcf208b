"""Instants as days and as seconds: Taipei's midnight, and what Asterisk tells."""

from datetime import UTC, date, datetime

import pytest

from hotline.clock import from_epoch, midnight, taipei


def test_a_day_begins_at_midnight_in_taipei() -> None:
    """Also the day of an instant: 16:00 UTC is midnight already,
    a moment before it is still the day before.
    """
    assert midnight(date(2026, 11, 24)) == taipei("2026-11-24T00:00")
    assert midnight(datetime(2026, 11, 24, 16, tzinfo=UTC)) == taipei("2026-11-25T00:00")
    assert midnight(datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)) == taipei("2026-11-24T00:00")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "1e9", " 1", "123456789012", "x"])
def test_what_is_no_second_of_asterisks_clock_is_no_instant(text: str) -> None:
    assert from_epoch(text) is None
    assert from_epoch("1795567609") == datetime(2026, 11, 25, 0, 46, 49, tzinfo=UTC)
