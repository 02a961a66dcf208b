"""Tables of a pack on sheets of paper: as wide and as long as there is room."""

import pytest

from reporting.packs.files import WordedTable
from web.console.pack_document import ACROSS, LISTED, printed


def table(columns: int, left: int, rows: int = 1) -> WordedTable:
    """Cells that say where they stand."""
    lines = [[f"{row}.{place}" for place in range(columns)] for row in range(rows)]
    return WordedTable("times", "準時率", "怎麼算", [str(place) for place in range(columns)], left, lines)


@pytest.mark.parametrize(
    ("columns", "left", "widths"),
    [
        (ACROSS, 1, [ACROSS]),
        (ACROSS + 1, 1, [8, 7]),
        (21, 2, [12, 11]),
        (7, 7, [7]),
        (ACROSS + 5, ACROSS + 5, [ACROSS + 5]),
    ],
)
def test_a_wide_table_goes_on_beside_its_names(columns: int, left: int, widths: list[int]) -> None:
    """Every column stands once, the names in front of each part; names alone are never parted."""
    parts = list(printed(table(columns, left)))
    assert [len(part.head) for part in parts] == widths
    names = [str(place) for place in range(left)]
    assert all(part.head[:left] == names for part in parts)
    counted = [head for part in parts for head in part.head[left:]]
    assert counted == [str(place) for place in range(left, columns)]
    assert [part.rows[0][-1] for part in parts] == [f"0.{part.head[-1]}" for part in parts]


def test_a_long_table_is_listed_so_far() -> None:
    """The rest is in the workbook."""
    (part,) = printed(table(3, 1, LISTED + 1))
    assert len(part.rows) == LISTED


def test_control_characters_reach_no_document() -> None:
    one = WordedTable("early", "訊息", "怎麼算", ["名稱", "通數"], 1, [["停\x00水\r\n公告\x1b", "1"]])
    (part,) = printed(one)
    assert part.rows == [["停水 | 公告", "1"]]
