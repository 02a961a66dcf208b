"""Rules of monthly packs: when one is due, what differs between editions, and what a workbook computes."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from hotline.clock import taipei
from reporting.packs.files import WordedTable, as_workbook
from reporting.packs.rules import ABSENT, MOST, PARTS, differences, due

HEAD = ("agency", "on time", "late")


@pytest.mark.parametrize(
    ("at", "month", "since"),
    [
        ("2026-11-01T00:30", date(2026, 10, 1), "2026-11-01T02:00"),
        ("2026-11-01T02:00", date(2026, 10, 1), "2026-11-01T02:00"),
        ("2026-11-08T01:59:59", date(2026, 10, 1), "2026-11-01T02:00"),
        ("2026-11-08T02:00", date(2026, 10, 1), "2026-11-08T02:00"),
        ("2026-11-30T23:00", date(2026, 10, 1), "2026-11-08T02:00"),
        ("2027-01-01T02:00", date(2026, 12, 1), "2027-01-01T02:00"),
    ],
)
def test_P10_a_pack_is_due_on_the_first_and_whole_on_the_eighth(at: str, month: date, since: str) -> None:
    """At two in the morning in Taipei, of the month before."""
    known, found = due(taipei(at))
    assert (known.first, found) == (month, taipei(since))


def frozen(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD, left: int = 1) -> dict[str, Any]:
    return {"times": {"title": "", "head": list(head), "left": left, "rows": [list(row) for row in rows]}}


def test_P10_a_new_edition_names_what_differs() -> None:
    """Numbers that changed, rows that came and went; nothing where all is the same."""
    before = frozen(("epb", "3", "1"), ("pwd", "2", "0"))
    now = frozen(("epb", "4", "1"), ("police", "1", "0"))
    assert differences(before, before) == []
    found = [(*one["row"], one["column"], one["was"], one["now"]) for one in differences(before, now)]
    assert found == [
        ("epb", "on time", "3", "4"),
        ("pwd", "on time", "2", ABSENT),
        ("pwd", "late", "0", ABSENT),
        ("police", "on time", ABSENT, "1"),
        ("police", "late", ABSENT, "0"),
    ]


def test_P10_rows_of_names_alone_are_named_too_and_twins_are_told_apart() -> None:
    """A late case that is there no more, and one that is there twice."""
    head = ("case", "state")
    before, now = (
        frozen(("1", "DONE"), head=head, left=2),
        frozen(("1", "DONE"), ("1", "DONE"), head=head, left=2),
    )
    assert [one["row"] for one in differences(before, now)] == [["1", "DONE", "2"]]


def test_P10_very_many_differences_are_counted() -> None:
    before = frozen(*((str(number), "1", "0") for number in range(MOST + 5)))
    now = frozen(*((str(number), "2", "0") for number in range(MOST + 5)))
    *named, more = differences(before, now)
    assert len(named) == MOST and more["now"] == "5"


def test_no_table_of_the_pack_is_about_single_people() -> None:
    """Nothing ranks agents: services by agent are a report of their own, for supervisors."""
    assert "services" not in PARTS and list(PARTS)[:3] == ["calls", "completion", "petitions"]


def test_a_workbook_has_numbers_as_numbers_and_computes_no_text() -> None:
    """Each with its places; a name that begins like a formula and a case's number are texts; titles are told
    apart.
    """
    rows = (("=1+1", "12", "93.4%", "4.0"), ("+886", "", "0%", "n"), ("9", "115102000001", "-1", "＝A1"))
    table = WordedTable("times", "準時率/時間", "怎麼算", ("機關", "件", "率", "時"), 1, rows)
    book = load_workbook(io.BytesIO(as_workbook([table, table])))
    first, second = book.worksheets
    assert first.title == "準時率 時間" and second.title != first.title
    assert [cell.value for cell in first[3]] == ["機關", "件", "率", "時"]
    assert [first[place].font.bold for place in ("A1", "A2", "A3")] == [True, False, True]
    assert [cell.value for cell in first[4]] == ["'=1+1", 12, 0.934, 4.0]
    assert [cell.data_type for cell in first[4]] == ["s", "n", "n", "n"]
    assert [cell.number_format for cell in first[4]] == ["General", "0", "0.0%", "0.0"]
    assert [cell.value for cell in first[5]] == ["'+886", None, 0, "n"]
    assert first["C5"].number_format == "0%"
    assert [cell.value for cell in first[6]] == ["9", "115102000001", -1, "'＝A1"]
