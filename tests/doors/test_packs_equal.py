"""A monthly pack and open figures, the same in every cell however they are read, in both languages."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from hotline.cases.numbers import shown
from hotline.db import transaction
from reporting.packs.rules import PARTS
from tests.doors.console import Console, Visitor, console
from tests.doors.programs import program
from tests.figured_month import NUMBER, OCTOBER, Rows, figured_month, guarded
from tests.page_tables import tables_of
from web.console.pages.packs import SHOWN

pytestmark = pytest.mark.matrix  # each counts a whole pack

EMPTY_ONES = {"reviews"}
"""Tables of which this month has nothing."""


def as_shown(cell: Any) -> str:
    """A cell of a workbook as a spreadsheet shows it."""
    if cell.value is None:
        return ""
    if cell.data_type != "n":
        return str(cell.value)
    _, _, places = cell.number_format.rstrip("%").partition(".")
    if cell.number_format.endswith("%"):
        return f"{cell.value * 100:.{len(places)}f}%"
    return f"{cell.value:.{len(places)}f}"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """The pack of a month with something in every table but one."""
    made = console(tmp_path / "home")
    with transaction(made.house.factory) as session:
        figured_month(session)
    made.house.packs.make(OCTOBER, "test", made.clock.at, lambda _step: None)
    return made


def in_language(visitor: Visitor, language: str, address: str) -> bytes:
    answer = visitor.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200, address
    return answer.data


def workbook_of(content: bytes) -> dict[str, list[list[str]]]:
    """The rows of each sheet below its title and how it is counted, as they are shown."""
    book = load_workbook(io.BytesIO(content))
    return {
        sheet.title: [[as_shown(cell) for cell in row] for row in sheet.iter_rows(min_row=3)]
        for sheet in book
    }


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_P10_every_cell_is_the_same_on_the_page_in_each_file_and_for_programs(
    pages: Console, language: str
) -> None:
    """HTML, XLSX, CSV, JSON and API; a number is a number in the workbook, and what looks like a formula is
    a text with a mark before it. The page has the first rows of a long table, the report of that month all.
    """
    boss, api = pages.signed_in("supervisor-1"), program(pages, "supervisor-1")
    place = "/reports/packs/2026-10/1"
    page = tables_of(in_language(boss, language, place).decode())
    sheets = workbook_of(in_language(boss, language, f"{place}/pack.xlsx"))
    told = api.reads("/packs/2026-10-01/1")["tables"]
    assert boss.get(f"{place}/pack.json").json["tables"] == told  # type: ignore[index]
    assert list(told) == list(PARTS) and len(sheets) == len(PARTS)
    assert {name for name, one in told.items() if not one["rows"]} == EMPTY_ONES
    for (name, frozen), sheet in zip(told.items(), sheets.values(), strict=True):
        text = in_language(boss, language, f"{place}/{name}.csv").decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert rows == sheet, name
        if frozen["rows"]:
            assert guarded(page[name]) == rows[: SHOWN + 1], name
        assert len(rows) == 1 + len(frozen["rows"]), name
        part = PARTS[name]
        asked = f"/reports.csv?kind={part.kind}&group={part.group}&month=2026-10"
        assert in_language(boss, language, asked).decode("utf-8-sig") == text, name
        _says_the_frozen(rows[1:], frozen, name)


def _says_the_frozen(rows: Rows, frozen: Mapping[str, Any], name: str) -> None:
    """Each number as it is frozen, each name with what is frozen but its code; a case in its groups."""
    for row, kept in zip(rows, frozen["rows"], strict=True):
        for place, (cell, raw, head) in enumerate(zip(row, kept, frozen["head"], strict=True)):
            if head in ("case", "cases"):
                assert cell.split() == [shown(one) for one in raw.split()], name
            elif NUMBER.fullmatch(raw) and place >= frozen["left"]:
                assert cell == raw, (name, head)


def test_P10_numbers_are_numbers_and_nothing_is_computed(pages: Console) -> None:
    """In the workbook; names of desks, titles and a category that begin like formulas are texts."""
    content = pages.signed_in("supervisor-1").get("/reports/packs/2026-10/1/pack.xlsx").data
    cells = [cell for sheet in load_workbook(io.BytesIO(content)) for row in sheet for cell in row]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert not {cell for cell in cells if cell.data_type == "f"}
    assert {"'=5112", "'+5113", "'@5301", "'-停水", "'@帳單", "'＝3002"} <= texts
    figures = load_workbook(io.BytesIO(content))["一通電話完成率"]
    numbers = [cell.value for cell in figures[4][1:] if cell.value is not None]
    assert numbers and all(isinstance(one, int | float) for one in numbers)
    head, *days = list(load_workbook(io.BytesIO(content))["每日來電"].iter_rows(min_row=3))
    level = [cell.value for cell in head].index("服務水準")
    told = [row[level] for row in days if row[level].value is not None]
    assert told and {one.number_format for one in told} == {"0.0%"}
