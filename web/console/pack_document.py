"""An edition as a document to be printed and signed: a page that has its style and pictures in itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import Final

from flask import Flask, render_template
from flask_babel import force_locale
from markupsafe import Markup

from hotline.cases.numbers import REPUBLIC
from hotline.clock import TAIPEI
from hotline.log_masking import clean
from reporting.packs.files import WordedTable
from reporting.packs.store import PackEdition
from reporting.table import Row
from web.console.language import _, either
from web.console.pack_pictures import pictures
from web.console.pack_words import differences, worded

LISTED: Final = 200
"""Rows of a table in the document; all of them are in the workbook."""
NAMED: Final = 100
"""Differences that it names."""
SHEET: Final = 32
"""Rows that one sheet has room for: a table of no more is not parted."""
ACROSS: Final = 13
"""Columns beside each other on a sheet; of a wider table the names are repeated in front of the rest."""


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Columns of a table that stand beside each other; the first ``left`` are names."""

    head: Row
    left: int
    rows: Sequence[Row]


def document_page(app: Flask, edition: PackEdition, language: str) -> str:
    """The page of the whole edition, in a language."""
    with app.app_context(), force_locale(language):
        found = differences(edition)
        return render_template(
            "packs/document.html",
            edition=edition,
            month=_month(edition.month),
            known_at=_instant(edition.counted_at),
            style=_style(app),
            pictures=pictures(edition),
            tables=[(one, list(printed(one))) for one in worded(edition)],
            differences=[[clean(cell) for cell in row] for row in found[:NAMED]],
            unnamed=max(0, len(found) - NAMED),
            all=_("合計"),
            listed=LISTED,
            sheet=SHEET,
        )


def printed(table: WordedTable) -> Iterator[PrintedTable]:
    """A table as it fits on sheets: its first rows, and no more columns than there is room for."""
    rows = [[clean(cell) for cell in row] for row in table.rows[:LISTED]]
    counted = len(table.head) - table.left
    parts = max(1, ceil(counted / max(1, ACROSS - table.left)))
    size = ceil(counted / parts)
    for part in range(parts):
        since = table.left + part * size
        places = (*range(table.left), *range(since, min(since + size, len(table.head))))
        yield PrintedTable(
            [table.head[place] for place in places],
            table.left,
            [[row[place] for place in places] for row in rows],
        )


def _style(app: Flask) -> Markup:
    """The style sheet for paper; ours alone, so it may stand as it is."""
    return Markup((Path(app.static_folder or "") / "built" / "document.css").read_text("utf-8"))


def _month(first: date) -> str:
    return either(f"{first.year - REPUBLIC}年{first.month}月", f"{first:%B %Y}")


def _instant(at: datetime) -> str:
    here = at.astimezone(TAIPEI)
    chinese = f"中華民國{here.year - REPUBLIC}年{here.month}月{here.day}日{here:%H時%M分}"
    return either(chinese, f"{here.day} {here:%B %Y, %H:%M}")
