"""Bars of the pages: every value to one scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.console.charts import HIGH, SHOWN, WIDE, chart, rounded

COLUMNS = st.lists(st.lists(st.integers(0, 5000), min_size=2, max_size=2), max_size=31)


@given(COLUMNS)
def test_bars_stay_inside_and_to_scale(columns: list[list[int]]) -> None:
    """Parts stand on one another; nothing reaches over the top or the sides."""
    drawn = chart([str(place) for place in range(len(columns))], columns)
    assert len(drawn.bars) == sum(bool(value) for parts in columns for value in parts)
    assert len(drawn.words) <= SHOWN
    for bar in drawn.bars:
        assert (
            bar.y >= -0.001 and bar.y + bar.height <= HIGH + 0.001 and 0 <= bar.x < bar.x + bar.width <= WIDE
        )
    whole = sum(bar.height for bar in drawn.bars) * drawn.top / HIGH
    assert whole == pytest.approx(sum(map(sum, columns)))


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (1.1, 2), (2.1, 5), (50, 50), (51, 100), (999, 1000)]
)
def test_a_scale_ends_at_a_round_number(highest: float, top: float) -> None:
    """Not below the highest."""
    assert rounded(highest) == top
