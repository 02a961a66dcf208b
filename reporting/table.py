"""Rows of text as a table for the screen and as a file for a spreadsheet."""

import csv
import io
import unicodedata
from collections.abc import Sequence

Row = Sequence[str]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"


def aligned(head: Row, rows: Sequence[Row], left: int) -> list[str]:
    """Columns of one width each, two blanks apart; the first ``left`` begin, the others end at a line."""
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            _padded(cell, wide, place < left)
            for place, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def width(text: str) -> int:
    """Columns on a screen: Han and other wide signs take two, marks on another sign none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def csv_text(head: Row, rows: Sequence[Row]) -> str:
    """Comma-separated, with the mark by which Excel knows UTF-8; no cell can become a formula."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([plain(cell) for cell in row] for row in (head, *rows))
    return BYTE_ORDER_MARK + file.getvalue()


def plain(cell: str) -> str:
    """A cell that a spreadsheet shows and does not compute."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _padded(cell: str, wide: int, begins: bool) -> str:
    blanks = " " * (wide - width(cell))
    return cell + blanks if begins else blanks + cell
