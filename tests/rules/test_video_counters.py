"""The lot of counters to be tested (P6.7), what a test found, and the address of the pages in words."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.outbox.rules import LINK
from hotline.outbox.templates import written
from hotline.texts import UnfitText
from hotline.video.address import in_words
from hotline.video.counter_rules import (
    CHANCE,
    OVERDUE,
    Counter,
    CounterResult,
    CounterSeconds,
    CounterState,
    MediaQuality,
    is_overdue,
    lot,
)

NOW = taipei("2026-11-24T10:00")
TESTED = st.dictionaries(
    st.integers(1, 99).map(str),
    st.none() | st.integers(0, 500).map(lambda days: NOW - timedelta(days=days)),
    max_size=12,
)


@given(TESTED, st.integers(1, 6), st.text(max_size=9))
def test_P6_7_the_lot_is_drawn_among_those_untested_longest(
    tested: dict[str, object], many: int, seed: str
) -> None:
    """As many as wanted, none twice, the same for the same seed, and nobody outside of it waited longer than
    all of those it is drawn among.
    """
    drawn = lot(tested, many, seed)  # type: ignore[arg-type]
    assert drawn == lot(dict(reversed(tested.items())), many, seed)  # type: ignore[arg-type]
    assert len(drawn) == len(set(drawn)) == min(many, len(tested))
    longest = sorted(tested.values(), key=lambda at: (at is not None, at or NOW))[: many * CHANCE]
    assert all(tested[one] in longest for one in drawn)


def test_P6_7_another_day_draws_another_lot() -> None:
    """Nobody can reckon when their turn comes."""
    tested = {str(number): None for number in range(1, 21)}
    assert len({tuple(lot(tested, 3, f"2026-11-{day:02}")) for day in range(1, 21)}) > 5


@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, True)])
def test_P6_7_overdue_counts_from_the_latest_test_or_from_the_beginning(seconds: int, late: bool) -> None:
    at = NOW + OVERDUE + timedelta(seconds=seconds)
    assert is_overdue(NOW, NOW - timedelta(days=900), at) is late
    assert is_overdue(None, NOW, at) is late


def test_a_test_that_was_not_connected_found_neither_time_picture_nor_sound() -> None:
    """One that was connected says how fast."""
    missed = CounterResult(False, 5, MediaQuality.GOOD, MediaQuality.GOOD, " 沒人 ").fitted()
    assert missed == CounterResult(False, None, MediaQuality.NONE, MediaQuality.NONE, "沒人")
    for seconds in (None, -1, 3601):
        with pytest.raises(CounterSeconds):
            CounterResult(True, seconds, MediaQuality.GOOD, MediaQuality.GOOD).fitted()


def test_P6_1_an_agency_without_a_first_line_says_only_that() -> None:
    """Every other counter has a location and a helper."""
    assert Counter("tax", "x", state=CounterState.NONE).fitted() == Counter("tax", state=CounterState.NONE)
    for lacking in (Counter("tax", location="1F"), Counter("tax", helper="王")):
        with pytest.raises(UnfitText):
            lacking.fitted()


@pytest.mark.parametrize("address", ["sign.ntpc.gov.tw", "1999.example.tw/sign", "a-long-name.gov.taipei/s"])
def test_the_longest_address_in_words_fits_one_sms_without_a_link(address: str) -> None:
    """Spec §18: no link, 70 characters."""
    text = written("N-70", {"address": in_words(address), "proof": "123456"})
    assert not LINK.search(text) and len(text) <= 70 and in_words(address) in text
