"""Rows of tables as cards, and clauses as a clerk cites them."""

import pytest

from hotline.clauses import cited
from web.console.cards import headed


def test_each_cell_gets_the_head_of_its_column() -> None:
    """The row's own head is the title, a button says what it does, and a cell's own word stays."""
    rows = '<tr class="r"><th scope="row">甲</th><td class="c">乙</td><td data-head="自己的">丙</td><td> <form></form></td></tr>'
    assert headed(rows, ["一", "二", "三", "四"]) == rows.replace(
        '<td class="c">', '<td class="c" data-head="二">'
    )


def test_a_last_cell_is_a_deed_unless_it_is_a_number() -> None:
    """A number that leads to its rows has its head like any other."""
    deed, number = '<td class="c"><a>看</a></td>', '<td class="c c--numeric"><a>7</a></td>'
    assert headed(f"<tr><td></td>{deed}</tr>", ["一", "二"]).endswith(f"{deed}</tr>")
    assert 'data-head="二"><a>7' in headed(f"<tr><td></td>{number}</tr>", ["一", "二"])


def test_columns_are_counted_in_every_row_and_over_what_spans_them() -> None:
    """What is more than the heads has none; a head is text, whatever it holds."""
    told = headed(
        '<tr><td colspan="2">甲</td><td>乙</td><td>丙</td></tr><tr><td>丁</td></tr>', ["一<", "二", "三"]
    )
    assert told == (
        '<tr><td colspan="2">甲</td><td data-head="三">乙</td><td>丙</td></tr><tr><td data-head="一&lt;">丁</td></tr>'
    )


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("P5.1.1", "精進計畫五（一）1"),
        ("P4.6", "精進計畫四（六）"),
        ("P4.11", "精進計畫四（十一）"),
        ("P11", "精進計畫十一"),
        ("P2-a", "精進計畫二"),
        ("§9.1", "§9.1"),
    ],
)
def test_a_clause_is_cited_as_the_plan_counts_it(clause: str, said: str) -> None:
    """Items in figures, sections in brackets; what an inferred rule adds is not cited."""
    assert cited(clause) == said
