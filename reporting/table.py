"""Rows of text as a file for a spreadsheet."""

import csv
import io
from collections.abc import Sequence

Row = Sequence[str]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"


def csv_text(head: Row, rows: Sequence[Row]) -> str:
    """Comma-separated, with the mark by which Excel knows UTF-8; no cell can become a formula."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([plain(cell) for cell in row] for row in (head, *rows))
    return BYTE_ORDER_MARK + file.getvalue()


def plain(cell: str) -> str:
    """A cell that a spreadsheet shows and does not compute."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
