"""The files of the directory: which columns they have, and what a cell may hold. Pure.

Each has a heading line, in English or Chinese; CSV in UTF-8 (with or without a byte order mark), Big5 or
UTF-16. An empty cell is an empty text, no, or not known; a column that a file does not have stays as it is.
Instants are ISO 8601, without a zone Taipei's. Every fault is told with its file, line and column, all at
once.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from hotline.errors import HotlineError
from hotline.numbers import EXTENSION
from hotline.sheets import cells
from hotline.sheets.faults import SheetFault, SheetFaultKind, Unreadable
from hotline.sheets.headings import column_of


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how a cell is read (Unreadable says what to do), and whether it may be empty."""

    read: Callable[[str], Any]
    required: bool = False
    refers: str = ""
    """The kind of row that the cell names by its key."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: the kind of row that its lines are, and its columns; the first one is the key."""

    kind: str
    columns: Mapping[str, Column]
    derived: Callable[[str], Mapping[str, Any]] = lambda key: {}
    """What the key itself says of the row."""
    timed: bool = False
    """Whether a line has its own beginning and end, in the columns ``from`` and ``until``."""

    @property
    def key(self) -> str:
        """The name of the first column."""
        return next(iter(self.columns))

    @property
    def empty(self) -> dict[str, Any]:
        """Defaults of a new row for the columns that a file does not have."""
        others = ((name, column) for name, column in self.columns.items() if name != self.key)
        return {name: _empty(column) for name, column in others}

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the file."""
        return (*self.columns, *(("from", "until") if self.timed else ()))


@dataclass(frozen=True, slots=True)
class SheetRecord:
    """A line that was read: what it says of a key, and when that holds, if the line tells."""

    file: str
    line: int
    kind: str
    key: str
    says: Mapping[str, Any]
    since: datetime | None = None
    until: datetime | None = None

    def fault(self, column: str, wrong: SheetFaultKind, **facts: object) -> SheetFault:
        """Fault of a cell of this line."""
        return SheetFault(self.file, self.line, column, wrong, facts)


_CODE = cells.like(cells.CODE, "epb-air (small letters, digits, hyphens)")
_EXTENSION = cells.like(EXTENSION, "5112")
_OFFICE = cells.like(cells.OFFICE, "epb/liaison/1, or epb/liaison/2 for a deputy")
_EMAIL = Column(cells.like(cells.EMAIL, "name@city.example"))
_NAME = Column(cells.text(64), required=True)
AGENCY, SECTION = Column(_CODE, refers="agency"), Column(_CODE, required=True, refers="section")

SHEETS: Final[Mapping[str, Sheet]] = MappingProxyType(
    {
        "agencies": Sheet(
            "agency",
            {
                "code": Column(_CODE, required=True), "name": _NAME, "off_site": Column(cells.yes_or_no),
                "number": Column(cells.number), "alternative": Column(cells.number), "emergency": Column(cells.number),
                "parent": AGENCY, "closed": Column(cells.yes_or_no), "successor": AGENCY,
            },
        ),
        "sections": Sheet(
            "section",
            {
                "code": Column(_CODE, required=True), "agency": Column(_CODE, required=True, refers="agency"),
                "name": _NAME, "closed": Column(cells.yes_or_no), "email": _EMAIL,
            },
        ),
        "persons": Sheet(
            "person",
            {
                "code": Column(_CODE, required=True), "section": SECTION, "name": _NAME,
                "title": Column(cells.text(64)), "duties": Column(cells.text(500)), "email": _EMAIL,
            },
        ),
        "desks": Sheet(
            "desk",
            {
                "extension": Column(_EXTENSION, required=True), "section": SECTION,
                "person": Column(_CODE, refers="person"), "name": Column(cells.text(64)),
                "floor": Column(cells.text(32)), "x": Column(cells.metres), "y": Column(cells.metres),
                "number": Column(cells.number), "building": Column(cells.text(32)),
                "neighbours": Column(cells.extensions),
            },
        ),
        "business": Sheet(
            "business",
            {
                "code": Column(_CODE, required=True), "section": SECTION,
                "person": Column(_CODE, refers="person"), "name": Column(cells.text(128), required=True),
                "keywords": Column(cells.text(500)),
            },
        ),
        "contacts": Sheet(
            "contact",
            {
                "office": Column(_OFFICE, required=True),
                "person": Column(_CODE, required=True, refers="person"),
            },
            derived=lambda key: dict(zip(("agency", "role", "place"), key.split("/"), strict=True)),
        ),
        "forwards": Sheet(
            "forward",
            {
                "extension": Column(_EXTENSION, required=True, refers="desk"),
                "target": Column(_EXTENSION, required=True, refers="desk"),
            },
            timed=True,
        ),
        "absences": Sheet(
            "absence",
            {
                "person": Column(_CODE, required=True, refers="person"),
                "cause": Column(cells.text(64), required=True),
            },
            timed=True,
        ),
        "bookings": Sheet(
            "booking",
            {
                "section": Column(_CODE, required=True, refers="section"),
                "cause": Column(cells.text(64), required=True), "cover": Column(_EXTENSION, refers="desk"),
            },
            timed=True,
        ),
        "duty": Sheet(
            "duty",
            {
                "place": Column(cells.like(cells.PLACE, "1"), required=True), "name": _NAME,
                "number": Column(cells.number_or_extension, required=True),
            },
            timed=True,
        ),
        "staff": Sheet(
            "staff",
            {
                "login": Column(cells.like(cells.LOGIN, "liaison.epb"), required=True), "name": _NAME,
                "roles": Column(cells.roles, required=True), "agency": AGENCY,
                "section": Column(_CODE, refers="section"), "phone": Column(cells.text(32)), "email": _EMAIL,
            },
        ),
    }
)  # fmt: skip
"""By the file's name without ``.csv``, in the order they are written."""
SEAT: Final = ("floor", "x", "y")
"""Columns that are filled in together."""
_OF_KIND: Final = MappingProxyType({sheet.kind: sheet for sheet in SHEETS.values()})


class UnfitRow(HotlineError, code="unfit"):
    """A word of a row that no file may hold either."""

    kind: str
    column: str
    why: Unreadable


def refuse_unfit(kind: str, key: str, says: Mapping[str, Any]) -> None:
    """Refuse a row whose words fit no file; empty ones are left to the use case. Raises UnfitRow."""
    sheet = _OF_KIND.get(kind)
    if sheet is None:
        return
    words = {name: word for name, word in says.items() if isinstance(word, str)}
    for name, word in (words | {sheet.key: key}).items():
        if word and name in sheet.columns:
            try:
                _value(sheet.columns[name], word)
            except Unreadable as error:
                raise UnfitRow(kind, name, error) from None


def read(file: str, content: bytes) -> tuple[list[SheetRecord], list[SheetFault]]:
    """The records of a CSV file and its faults; ``file`` is a name of SHEETS with ``.csv``."""
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [], [SheetFault(file, line, "", SheetFaultKind.ENCODING)]
    return records_of(file, SHEETS[file.removesuffix(".csv")], _csv_lines(file, text))


def decoded(content: bytes) -> str:
    """Decode UTF-8 or UTF-16 by mark, else UTF-8, else Big5 as in offices. Raises UnicodeDecodeError."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as not_utf_8:
        for encoding in ("cp950", "big5hkscs"):
            with suppress(UnicodeDecodeError):
                return content.decode(encoding)
        raise not_utf_8 from None


def records_of(
    file: str, sheet: Sheet, lines: Iterable[tuple[int, list[str]] | SheetFault]
) -> tuple[list[SheetRecord], list[SheetFault]]:
    """The records of a sheet and its faults, all of them."""
    records, faults = list[SheetRecord](), list[SheetFault]()
    for made in _lines(file, sheet, lines):
        match made:
            case SheetRecord():
                records.append(made)
            case SheetFault():
                faults.append(made)
    return records, faults + _doubles(sheet, records)


def _csv_lines(file: str, text: str) -> Iterator[tuple[int, list[str]] | SheetFault]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for found in lines:
            yield lines.line_num, found
    except csv.Error as error:
        yield SheetFault(file, lines.line_num, "", SheetFaultKind.BROKEN_CSV, {"why": str(error)})


def _lines(
    file: str, sheet: Sheet, lines: Iterable[tuple[int, list[str]] | SheetFault]
) -> Iterator[SheetRecord | SheetFault]:
    heading: Heading | None = None
    for found in lines:
        if isinstance(found, SheetFault):
            yield found
            continue
        number, row = found
        if heading is None:
            heading = {column_of(cell): cell.strip() for cell in row}
            if faults := list(_heading_faults(file, sheet, [column_of(cell) for cell in row])):
                yield from faults
                return
        elif any(cell.strip() for cell in row):
            yield from _line(file, sheet, number, heading, [unguarded(cell.strip()) for cell in row])
    if heading is None:
        yield from _heading_faults(file, sheet, [])


Heading = Mapping[str, str]
"""Columns, in the order of the file, and what it calls them."""


def unguarded(cell: str) -> str:
    """The cell without the mark that keeps a spreadsheet from calculating it."""
    return cell[1:] if GUARDED.match(cell) else cell


GUARDED: Final = re.compile(r"'+[=+\-@]")


def _heading_faults(file: str, sheet: Sheet, heading: list[str]) -> Iterator[SheetFault]:
    expected = {"heading": ",".join(sheet.headings)}
    for name in sheet.headings:
        if name not in heading and (name == sheet.key or sheet.columns.get(name, Column(str)).required):
            yield SheetFault(file, 1, name, SheetFaultKind.COLUMN_MISSING, expected)
    for place, name in enumerate(heading):
        if name not in sheet.headings or name in heading[:place]:
            yield SheetFault(file, 1, name, SheetFaultKind.NO_SUCH_COLUMN, expected)


def _line(
    file: str, sheet: Sheet, line: int, heading: Heading, found: list[str]
) -> Iterator[SheetRecord | SheetFault]:
    if len(found) != len(heading):
        yield SheetFault(
            file, line, "", SheetFaultKind.CELLS, {"found": len(found), "expected": len(heading)}
        )
        return
    given = dict(zip(heading, found, strict=True))
    values, faults = dict[str, Any](), list[SheetFault]()
    for name, cell in given.items():
        column = sheet.columns.get(name, Column(cells.instant))
        try:
            values[name] = _value(column, cell)
        except Unreadable as error:
            faults.append(SheetFault(file, line, heading[name], error.wrong, error.facts))
    if faults:
        yield from faults
        return
    key, since, until = values.pop(sheet.key), values.pop("from", None), values.pop("until", None)
    if since and until and until <= since:
        yield SheetFault(file, line, heading["until"], SheetFaultKind.ENDS_EARLY)
        return
    if len({values.get(name) in ("", None) for name in SEAT}) > 1:
        yield SheetFault(file, line, "floor", SheetFaultKind.HALF_A_SEAT)
        return
    yield SheetRecord(file, line, sheet.kind, key, {**sheet.derived(key), **values}, since, until)


def _value(column: Column, cell: str) -> Any:
    if not cell.isprintable():
        raise Unreadable(SheetFaultKind.CANNOT_BE_PRINTED)
    if cell:
        return column.read(cell)
    if column.required:
        raise Unreadable(SheetFaultKind.EMPTY)
    return _empty(column)


def _empty(column: Column) -> Any:
    return column.read("") if column.read in cells.MEANING_OF_EMPTY else ""


def _doubles(sheet: Sheet, records: list[SheetRecord]) -> list[SheetFault]:
    """Two lines of one key would contradict each other; where lines have their own time they may follow."""
    seen, faults = dict[tuple[str, datetime | None], int](), list[SheetFault]()
    for record in records:
        first = seen.setdefault((record.key, record.since), record.line)
        if first != record.line:
            faults.append(record.fault(sheet.key, SheetFaultKind.TWICE, key=record.key, line=first))
    return faults
