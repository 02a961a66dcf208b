"""Rows of text as a file for a spreadsheet."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

Row = Sequence[str]
FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""Beginnings that make a spreadsheet compute a cell; a full-width sign does so in a Chinese one."""
FIGURE: Final = re.compile(r"(-?\d{1,10}(?:\.(\d+))?)(%?)", re.ASCII)
"""A number, its places after the point, and whether it is a share; longer ones are numbers of cases."""
BYTE_ORDER_MARK: Final = "\ufeff"


def csv_text(head: Row, rows: Sequence[Row]) -> str:
    """Comma-separated, with the mark by which Excel knows UTF-8; no cell can become a formula."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([plain(cell) for cell in row] for row in (head, *rows))
    return BYTE_ORDER_MARK + file.getvalue()


def plain(cell: str) -> str:
    """A cell that a spreadsheet shows and does not compute; a number below nothing stays one."""
    return f"'{cell}" if cell.startswith(FORMULA) and not FIGURE.fullmatch(cell) else cell
