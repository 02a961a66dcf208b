"""Rows into files: what an import of them would leave as it is."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from hotline.clock import TAIPEI
from hotline.ledger.history import TABLES, DatedRow, all_in_force, from_now_on
from hotline.sheets.columns import FORMULA, SHEETS, Sheet
from hotline.sheets.headings import Language, heading_of

CALCULATED: Final = re.compile(f"'*{FORMULA}")


def tables(
    session: Session, at: datetime, *, language: Language = "en", files: Iterable[str] = SHEETS
) -> dict[str, list[list[str]]]:
    """List every file's lines, heading first, as they hold at an instant; rows with own times also later."""
    return {name: _lines(session, SHEETS[name], at, language) for name in SHEETS if name in files}


def as_csv(lines: list[list[str]]) -> bytes:
    """A file in UTF-8 with a byte order mark, so that spreadsheets know it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def _lines(session: Session, sheet: Sheet, at: datetime, language: Language) -> list[list[str]]:
    rows = (
        from_now_on(session, TABLES[sheet.kind], at)
        if sheet.timed
        else all_in_force(session, TABLES[sheet.kind], at)
    )
    heading = [heading_of(name, language) for name in sheet.headings]
    return [heading, *(_line(sheet, row) for row in rows)]


def _line(sheet: Sheet, row: DatedRow) -> list[str]:
    says: Mapping[str, Any] = {sheet.key: row.key, **row.says()}
    line = [_cell(says[name]) for name in (sheet.key, *sheet.says.model_fields)]
    return [*line, _instant(row.valid_from), _instant(row.valid_to)] if sheet.timed else line


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return repr(int(value)) if value.is_integer() else repr(value)
        case list():
            return " ".join(value)
        case _:
            text = str(value)
            return f"'{text}" if CALCULATED.match(text) else text


def _instant(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(TAIPEI).replace(tzinfo=None)
    return local.date().isoformat() if local.time() == datetime.min.time() else local.isoformat()
