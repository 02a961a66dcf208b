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
from functools import cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError, create_model
from pydantic_core import ErrorDetails

from hotline.errors import HotlineError, refuse
from hotline.log_masking import is_text
from hotline.sheets import rows
from hotline.sheets.faults import SheetFault, SheetFaultKind, Unreadable
from hotline.sheets.headings import column_of

Mark = TypeVar("Mark")


@dataclass(frozen=True)
class Sheet:
    """A file: the kind of row that its lines are, its first column, and what a row says besides."""

    kind: str
    key: str
    key_type: Any
    says: type[BaseModel]
    timed: bool = False
    """Whether a line has its own beginning and end, in the columns ``from`` and ``until``."""
    derived: Callable[[str], Mapping[str, Any]] = lambda key: {}
    """What the key itself says of the row."""
    together: Callable[[Mapping[str, Any]], Iterable[tuple[str, Unreadable]]] = lambda says: ()
    """What is wrong with the words of a row taken together, by column."""
    places: Callable[[Mapping[str, Any]], Iterable[tuple[str, str, str]]] = lambda says: ()
    """Column, agency and section of whom a row gives work to; the section must be the agency's."""
    lined: frozenset[str] = frozenset()
    """Columns whose cells may have several lines."""
    naming: Callable[[Mapping[str, Any]], Iterable[tuple[str, str, str]]] = lambda says: ()
    """Column, kind and key of the rows that a column names among other words."""

    @cached_property
    def row(self) -> type[BaseModel]:
        """The model of a line."""
        times: dict[str, Any] = dict.fromkeys(("from", "until"), (rows.When, None)) if self.timed else {}
        row: type[BaseModel] = create_model(
            self.kind, __base__=self.says, **{self.key: (self.key_type, ...)}, **times
        )  # type: ignore[call-overload]
        return row

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The headings of the file, the key first."""
        return tuple(sorted(self.row.model_fields, key=lambda name: name != self.key))

    @cached_property
    def required(self) -> frozenset[str]:
        """The columns that no line may leave empty."""
        return frozenset(name for name, field in self.row.model_fields.items() if field.is_required())

    @cached_property
    def refers(self) -> Mapping[str, str]:
        """The kind of row that a column names by its key, by the column."""
        return {name: mark.kind for name in self.headings for mark in self._marks(rows.Refers, name)}

    def references(self, key: str, says: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        """Column, kind and key of everything that a row names."""
        for name, other in self.refers.items():
            if named := key if name == self.key else says.get(name):
                yield name, other, named
        yield from self.naming(says)

    @property
    def empty(self) -> dict[str, Any]:
        """Defaults of a new row for the columns that a file does not have."""
        fields = self.says.model_fields.items()
        return {name: "" if field.is_required() else field.default for name, field in fields}

    def read(self, given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Unreadable]]:
        """The values of the cells of a line, or what is wrong with them; both by column."""
        unprintable = Unreadable(SheetFaultKind.CANNOT_BE_PRINTED)
        wrong = {
            name: unprintable
            for name, cell in given.items()
            if not cell.isprintable() and not (name in self.lined and is_text(cell))
        }
        try:
            filled = {name: cell for name, cell in given.items() if cell}
            values = vars(self.row.model_validate(filled, context=rows.CELLS))
        except ValidationError as error:
            wrong = {str(one["loc"][0]): self._unreadable(one) for one in error.errors()} | wrong
        if wrong:
            return {}, {name: wrong[name] for name in given if name in wrong}
        return {name: values[name] for name in given}, {}

    def _unreadable(self, fault: ErrorDetails) -> Unreadable:
        match fault:
            case {"ctx": {"error": Unreadable() as error}}:
                return error
            case {"type": "string_too_long", "input": str(cell), "ctx": {"max_length": longest}}:
                return Unreadable(SheetFaultKind.TOO_LONG, {"count": len(cell), "longest": longest})
            case {"type": "string_pattern_mismatch", "input": cell, "loc": (str(name), *_)}:
                example = next(self._marks(rows.Example, name)).shown
                return Unreadable(SheetFaultKind.CANNOT_BE_USED, {"cell": cell, "example": example})
            case _:
                return Unreadable(SheetFaultKind.EMPTY)

    def _marks(self, kind: type[Mark], name: str) -> Iterator[Mark]:
        return (mark for mark in self.row.model_fields[name].metadata if isinstance(mark, kind))


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
        return SheetFault(self.file, self.line, column, wrong, facts, self.kind, self.key)


SHEETS: Final[Mapping[str, Sheet]] = MappingProxyType(
    {
        "agencies": Sheet("agency", "code", rows.Code, rows.AgencySays),
        "sections": Sheet("section", "code", rows.Code, rows.SectionSays),
        "persons": Sheet("person", "code", rows.Code, rows.PersonSays),
        "desks": Sheet("desk", "extension", rows.Extension, rows.DeskSays),
        "business": Sheet("business", "code", rows.Code, rows.BusinessSays),
        "contacts": Sheet(
            "contact",
            "office",
            rows.Office,
            rows.ContactSays,
            derived=lambda key: dict(zip(("agency", "role", "place"), key.split("/"), strict=True)),
        ),
        "categories": Sheet(
            "category",
            "code",
            rows.Code,
            rows.CategorySays,
            together=rows.category_faults,
            places=rows.category_places,
            naming=rows.category_names,
        ),
        "forwards": Sheet("forward", "extension", rows.OfDesk, rows.ForwardSays, timed=True),
        "absences": Sheet("absence", "person", rows.OfPerson, rows.AbsenceSays, timed=True),
        "bookings": Sheet("booking", "section", rows.OfSection, rows.BookingSays, timed=True),
        "duty": Sheet("duty", "place", rows.DutyPlace, rows.DutySays, timed=True),
        "staff": Sheet("staff", "login", rows.Login, rows.MemberSays),
    }
)
"""By the file's name without ``.csv``, in the order they are written."""
NO_FACTS: Final[Mapping[str, object]] = MappingProxyType({})
SEAT: Final = ("floor", "x", "y")
"""Columns that are filled in together."""
SHEET_OF: Final = MappingProxyType({sheet.kind: sheet for sheet in SHEETS.values()})


class UnfitRow(HotlineError, code="unfit"):
    """A word of a row that no file may hold either."""

    kind: str
    column: str
    why: Unreadable


def refuse_unfit(kind: str, key: str, says: Mapping[str, Any]) -> None:
    """Refuse a row whose words fit no file. Raises UnfitRow."""
    refuse(unfit(kind, key, says))


def unfit(kind: str, key: str, says: Mapping[str, Any]) -> Iterator[UnfitRow]:
    """All words of a row that fit no file; empty ones are left to the use case."""
    sheet = SHEET_OF.get(kind)
    if sheet is None:
        return
    words = {name: says[name] for name in sheet.says.model_fields if says.get(name)} | {sheet.key: key}
    texts = {name: word for name, word in words.items() if isinstance(word, str) and word}
    for name, why in sheet.read(texts)[1].items():
        yield UnfitRow(kind, name, why)


def read(file: str, content: bytes) -> tuple[list[SheetRecord], list[SheetFault]]:
    """The records of a CSV file and its faults; ``file`` is a name of SHEETS with ``.csv``."""
    return read_as(SHEETS[file.removesuffix(".csv")], file, content)


def read_as(sheet: Sheet, file: str, content: bytes) -> tuple[list[SheetRecord], list[SheetFault]]:
    """The records of a CSV file that is a sheet, and its faults."""
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [], [SheetFault(file, line, "", SheetFaultKind.ENCODING)]
    return records_of(file, sheet, _csv_lines(file, text))


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
    made = list(_lines(file, sheet, lines))
    records = [one for one in made if isinstance(one, SheetRecord)]
    faults = [one for one in made if isinstance(one, SheetFault)]
    return records, faults


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


FORMULA: Final = r"[=+\-@＝＋－＠\t\r\n]"
"""A sign by which a spreadsheet takes a cell for a formula; a Chinese one knows full-width signs too."""
GUARDED: Final = re.compile(f"'+{FORMULA}")


def _heading_faults(file: str, sheet: Sheet, heading: list[str]) -> Iterator[SheetFault]:
    expected = {"heading": ",".join(sheet.headings)}
    for name in sheet.headings:
        if name not in heading and name in sheet.required:
            yield SheetFault(file, 1, name, SheetFaultKind.COLUMN_MISSING, expected)
    for place, name in enumerate(heading):
        if name not in sheet.headings or name in heading[:place]:
            yield SheetFault(file, 1, name, SheetFaultKind.NO_SUCH_COLUMN, expected)


def _line(
    file: str, sheet: Sheet, line: int, heading: Heading, found: list[str]
) -> Iterator[SheetRecord | SheetFault]:
    if len(found) != len(heading):
        facts = {"found": len(found), "expected": len(heading)}
        yield SheetFault(file, line, "", SheetFaultKind.CELLS, facts, sheet.kind)
        return
    cells = dict(zip(heading, found, strict=True))

    def fault(column: str, wrong: SheetFaultKind, facts: Mapping[str, object] = NO_FACTS) -> SheetFault:
        return SheetFault(file, line, column, wrong, facts, sheet.kind, cells[sheet.key])

    values, faults = sheet.read(cells)
    if faults:
        yield from (fault(heading[name], why.wrong, why.facts) for name, why in faults.items())
        return
    key, since, until = values.pop(sheet.key), values.pop("from", None), values.pop("until", None)
    if since and until and until <= since:
        yield fault(heading["until"], SheetFaultKind.ENDS_EARLY)
        return
    if len({values.get(name) in ("", None) for name in SEAT}) > 1:
        yield fault("floor", SheetFaultKind.HALF_A_SEAT)
        return
    yield SheetRecord(file, line, sheet.kind, key, {**sheet.derived(key), **values}, since, until)


def doubles(records: Iterable[SheetRecord], faults: Iterable[SheetFault]) -> Iterator[SheetFault]:
    """Lines of a key that another line, of whatever file, speaks of for the same time: they contradict each
    other.

    A line with a fault counts too, so that nobody mends it only to be told of the next. Lines with a time of
    their own may follow each other.
    """
    seen = dict[tuple[str, str], list[SheetRecord]]()
    wrong = {(one.file, one.line): one for one in faults if one.key and not SHEET_OF[one.kind].timed}
    unread = [SheetRecord(one.file, one.line, one.kind, one.key, {}) for one in wrong.values()]
    for record in sorted((*records, *unread), key=lambda one: (one.file, one.line)):
        before = seen.setdefault((record.kind, record.key), [])
        if first := next((one for one in before if _contradicts(one, record)), None):
            yield _twice(record, first)
        before.append(record)


def _contradicts(one: SheetRecord, other: SheetRecord) -> bool:
    """Whether both begin at once, or the earlier says that it ends after the later begins."""
    if one.since is None or other.since is None:
        return one.since is other.since
    (begun, ends), (later, _end) = sorted(
        ((one.since, one.until), (other.since, other.until)), key=itemgetter(0)
    )
    return begun == later or (ends is not None and ends > later)


def _twice(record: SheetRecord, first: SheetRecord) -> SheetFault:
    column, told = SHEET_OF[record.kind].key, {"key": record.key, "line": first.line}
    if first.file != record.file:
        return record.fault(column, SheetFaultKind.TWICE_ELSEWHERE, **told, other=first.file)
    kind = SheetFaultKind.TWICE if first.since == record.since else SheetFaultKind.OVERLAPS
    return record.fault(column, kind, **told)
