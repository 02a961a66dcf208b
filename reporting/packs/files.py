"""A pack as files: JSON as it is frozen, and tables in words as CSV and as an XLSX workbook."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reporting.packs.store import PackEdition
from reporting.table import FIGURE, Row, plain

_NOT_IN_A_TITLE: Final = re.compile(r"[\[\]:*?/\\]")
LONGEST_TITLE: Final = 31
"""Characters of a worksheet's name."""
WIDEST, NARROWEST = 60, 8


@dataclass(frozen=True, slots=True)
class WordedTable:
    """A table in words: title, how it is counted, columns (the first ``left`` are names), rows."""

    name: str
    title: str
    counted: str
    head: Row
    left: int
    rows: Sequence[Row]


def as_json(edition: PackEdition) -> str:
    """An edition for programs: words of columns and cells as they are frozen."""
    says = {
        "month": f"{edition.month:%Y-%m}",
        "edition": edition.number,
        "counted_at": edition.counted_at.isoformat(),
        "made_by": edition.made_by,
        "version": edition.version,
        "tables": edition.tables,
        "seconds": edition.seconds,
        "differences": edition.differences,
    }
    return json.dumps(says, ensure_ascii=False, indent=1) + "\n"


def as_workbook(tables: Sequence[WordedTable]) -> bytes:
    """A workbook with a sheet a table: numbers are numbers, and no text is computed."""
    from openpyxl import Workbook  # who counts needs no spreadsheet

    book = Workbook(write_only=True)
    titles = list(_titles(tables))
    for title, table in zip(titles, tables, strict=True):
        _fill(book.create_sheet(title), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _titles(tables: Sequence[WordedTable]) -> Iterator[str]:
    """Names of worksheets: each once, whatever a title is."""
    seen = set[str]()
    for number, table in enumerate(tables, 1):
        title = _NOT_IN_A_TITLE.sub(" ", table.title)[:LONGEST_TITLE]
        if title.lower() in seen:
            title = f"{title[: LONGEST_TITLE - 4]} {number}"
        seen.add(title.lower())
        yield title


def _fill(sheet: Any, table: WordedTable) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A4"
    for place, width in enumerate(_widths(table), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for line in ((table.title,), (table.counted,), table.head):
        cells = [WriteOnlyCell(sheet, value=plain(word)) for word in line]
        for cell in cells:
            cell.font = Font(bold=line != (table.counted,))
        sheet.append(cells)
    for row in table.rows:
        sheet.append([_cell(sheet, word, place >= table.left) for place, word in enumerate(row)])


def _widths(table: WordedTable) -> list[int]:
    """Widths of columns: as their longest words, in which a Chinese letter takes two places."""
    lines = (table.head, *table.rows[:200])
    longest = (max(map(_places, column)) for column in zip(*lines, strict=True))
    return [min(WIDEST, max(NARROWEST, found + 2)) for found in longest]


def _places(word: str) -> int:
    return sum(1 if letter.isascii() else 2 for letter in word)


def _cell(sheet: Any, word: str, is_figure: bool) -> Any:
    """A cell; a number is shown with the places that it is written with."""
    from openpyxl.cell import WriteOnlyCell

    if not is_figure or not (found := FIGURE.fullmatch(word)):
        return WriteOnlyCell(sheet, value=plain(word))
    number, places, percent = found[1], found[2] or "", found[3]
    value = float(number) if places else int(number)
    cell = WriteOnlyCell(sheet, value=round(value / 100, 6) if percent else value)
    cell.number_format = f"0{'.' if places else ''}{'0' * len(places)}{percent}"
    return cell
