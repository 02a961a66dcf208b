"""The directory as an XLSX workbook, one worksheet a file.

As a program it reads a workbook that somebody sent, within limits:
``hotline.directory.files.confined`` runs it.
"""

import io
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from hotline.directory.files.confined import TOO_MUCH, UNREADABLE, Line, confine
from hotline.sheets.headings import FILES, Language, column_of

NUMBERS: Final = frozenset(("number", "alternative", "emergency"))
"""Columns whose leading zeros a spreadsheet takes away when a cell is a number."""


def cells(content: bytes) -> list[tuple[str, list[Line]]]:
    """List every worksheet of a workbook: its title and its lines. Raises what openpyxl does."""
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    return [(sheet.title, list(_lines(sheet.iter_rows(values_only=True)))) for sheet in book.worksheets]


def _lines(rows: Any) -> Iterator[Line]:
    width, heading = 0, list[str]()
    for number, row in enumerate(rows, 1):
        if number == 1:
            filled = [place for place, cell in enumerate(row, 1) if cell is not None]
            width = max(filled, default=0)
            heading = [_text(cell) for cell in row[:width]]
            yield number, heading, []
            continue
        found = (*row, *[None] * width)[:width]
        lost = [name for name, cell in zip(heading, found, strict=True) if _has_lost_zeros(name, cell)]
        yield number, [_text(cell) for cell in found], lost


def _has_lost_zeros(heading: str, cell: Any) -> bool:
    return column_of(heading) in NUMBERS and isinstance(cell, int | float)


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return (
                cell.isoformat(timespec="minutes")
                if cell.time() != datetime.min.time()
                else f"{cell:%Y-%m-%d}"
            )
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def write_workbook(tables: Mapping[str, list[list[str]]], language: Language) -> bytes:
    """Tables with their headings as one workbook; every cell is a text, so that no zero is lost."""
    book = Workbook(write_only=True)
    for name, lines in tables.items():
        sheet = book.create_sheet(FILES[name] if language == "zh" else name)
        sheet.freeze_panes = "A2"
        for number, line in enumerate(lines):
            if number:
                sheet.append(line)
                continue
            cells = [WriteOnlyCell(sheet, value=word) for word in line]
            for cell in cells:
                cell.font = Font(bold=True)
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def main() -> int:
    """Convert a workbook on standard input to JSON of its cells; a bad one ends no process but this."""
    confine()
    try:
        json.dump(cells(sys.stdin.buffer.read()), sys.stdout)
    except MemoryError:
        return TOO_MUCH
    except Exception:  # whatever a broken file makes of the library
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
