"""Lines of a file that an older system wrote: all of them, with what is wrong with each.

A key that comes twice is a fault of the second line, also where one of the two cannot be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hotline.directory.files.confined import read_sheet
from hotline.errors import HotlineError
from hotline.sheets.columns import Sheet, SheetRecord
from hotline.sheets.faults import SheetFaultKind, Unreadable
from hotline.sheets.headings import column_of

MOST: Final = 2_000
"""Lines of a file."""
Fault = tuple[str, HotlineError]
"""A column (empty = the whole line) and what is wrong there."""


class TooManyLines(HotlineError, code="too-many-lines"):
    """A file that is too long to be taken over at once."""

    most: int


class NothingToImport(HotlineError, code="nothing-to-import"):
    """A file with faults, or one that changes nothing; nothing was written."""


@dataclass(frozen=True, slots=True)
class OldLine:
    """A line of the file; without a record where it could not be read."""

    line: int
    key: str
    record: SheetRecord | None = None
    faults: Sequence[Fault] = ()


def old_lines(sheet: Sheet, file: str, content: bytes, most: int = MOST) -> list[OldLine]:
    """The lines of a file, CSV or XLSX, in their order. Raises TooManyLines."""
    records, faults = read_sheet(sheet, file, content)
    found = {one.line: OldLine(one.line, one.key, one) for one in records}
    for fault in faults:
        there = found.get(fault.line, OldLine(fault.line, fault.key))
        wrong: Fault = (column_of(fault.column), fault.why)
        found[fault.line] = replace(there, faults=(*there.faults, wrong))
    if len(found) > most:
        raise TooManyLines(most)
    first, lines = dict[str, int](), list[OldLine]()
    for one in sorted(found.values(), key=lambda line: line.line):
        before = first.setdefault(one.key, one.line) if one.key else one.line
        twice = Unreadable(SheetFaultKind.TWICE, {"key": one.key, "line": before})
        lines.append(one if before == one.line else replace(one, faults=(*one.faults, (sheet.key, twice))))
    return lines
