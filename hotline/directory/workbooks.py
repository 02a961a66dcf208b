"""The directory as an XLSX workbook, one worksheet a file; the only file that imports openpyxl."""

import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from hotline.directory.faults import Fault, Wrong
from hotline.directory.headings import FILES, Language, column_of, sheet_of
from hotline.directory.sheets import SHEETS, Record, records_of

NUMBERS: Final = frozenset(("number", "alternative", "emergency"))
"""Columns whose leading zeros a spreadsheet takes away when a cell is a number."""


def read_workbook(file: str, content: bytes, only: str = "") -> tuple[list[Record], list[Fault]]:
    """The records of every worksheet and the faults; worksheets are called as the files, or in Chinese.

    ``only``: the file that the one worksheet is, whatever it is called.
    """
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError):
        return [], [Fault(file, 1, "", Wrong.NO_WORKBOOK)]
    records, faults = list[Record](), list[Fault]()
    for sheet in book.worksheets:
        name, place = sheet_of(sheet.title), f"{file} [{sheet.title}]"
        if name not in SHEETS and len(book.worksheets) == 1:
            name = only or sheet_of(file.removesuffix(".xlsx"))
        if name not in SHEETS:
            known = {"known": ", ".join(SHEETS)}
            faults.append(Fault(place, 1, "", Wrong.NO_SHEET_OF_OURS, known))
            continue
        found, wrong = records_of(place, SHEETS[name], _lines(sheet.iter_rows(values_only=True), place))
        records, faults = records + found, faults + wrong
    return records, faults


def _lines(rows: Any, place: str) -> Iterator[tuple[int, list[str]] | Fault]:
    width, heading = 0, list[str]()
    for number, row in enumerate(rows, 1):
        if number == 1:
            filled = [place for place, cell in enumerate(row, 1) if cell is not None]
            width = max(filled, default=0)
            heading = [_text(cell) for cell in row[:width]]
            yield number, heading
            continue
        found = (*row, *[None] * width)[:width]
        lost = [name for name, cell in zip(heading, found, strict=True) if _has_lost_zeros(name, cell)]
        for name in lost:
            yield Fault(place, number, name, Wrong.LOST_ZEROS)
        if not lost:
            yield number, [_text(cell) for cell in found]


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
