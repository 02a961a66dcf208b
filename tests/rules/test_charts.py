"""Pictures of the pages: every value to one scale."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.console.charts import HIGH, SHOWN, WIDE, Bar, chart, line_chart, rounded

COLUMNS = st.lists(st.lists(st.integers(0, 5000), min_size=2, max_size=2), max_size=31)


@given(COLUMNS, st.integers(0, 9000))
def test_bars_stay_inside_and_to_scale(columns: list[list[int]], earlier: int) -> None:
    """Parts stand on one another, what was before behind them; nothing reaches over the top or the sides."""
    before = [earlier for _ in columns]
    drawn = chart([str(place) for place in range(len(columns))], columns, before)
    assert len(drawn.bars) == sum(bool(value) for parts in columns for value in parts)
    assert len(drawn.words) <= SHOWN
    for bar in (*drawn.bars, *drawn.before):
        assert (
            bar.y >= -0.001 and bar.y + bar.height <= HIGH + 0.001 and 0 <= bar.x < bar.x + bar.width <= WIDE
        )
    assert _whole(drawn.bars) * drawn.top / HIGH == pytest.approx(sum(map(sum, columns)))
    assert _whole(drawn.before) * drawn.top / HIGH == pytest.approx(sum(before))


def _whole(bars: Sequence[Bar]) -> float:
    return sum(bar.height for bar in bars)


def test_a_line_is_broken_where_nothing_is_known() -> None:
    """Each value at its column, the goal at its height; what was before has a line of its own."""
    drawn = line_chart(["1", "2", "3", "4"], [50.0, None, 100.0, 0.0], [None, 80.0, None, None], 80.0, 100.0)
    assert drawn.line and drawn.line_before
    assert drawn.line.path == "M90.0 100.0M450.0 0.0L630.0 200.0" and len(drawn.line.dots) == 3
    assert (drawn.line_before.path, drawn.goal, drawn.is_empty) == ("M270.0 40.0", pytest.approx(40.0), False)
    assert line_chart(["1"], [None], [70.0], 80.0, 100.0).is_empty


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (1.1, 2), (2.1, 4), (4.1, 6), (50, 60), (81, 100), (999, 1000)]
)
def test_a_scale_ends_at_a_round_number(highest: float, top: float) -> None:
    """Not below the highest."""
    assert rounded(highest) == top
