"""Faults of the directory's files, all of it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from hotline.errors import HotlineError, Remark

SAID: Final = 5
"""So many faults one sentence says."""


class SheetFaultKind(StrEnum):
    """Kinds of faults of a cell, a line or a file."""

    CANNOT_BE_USED = "cannot-be-used"
    NO_NUMBER = "no-number"
    NOT_OURS_TO_DIAL = "not-ours-to-dial"
    TOO_LONG = "too-long"
    NEITHER_YES_NOR_NO = "neither-yes-nor-no"
    NO_LENGTH = "no-length"
    NOT_ON_A_FLOOR = "not-on-a-floor"
    NO_ROLE = "no-role"
    NO_EXTENSION = "no-extension"
    NO_INSTANT = "no-instant"
    NO_DAY = "no-day"
    NOT_STAGE1 = "not-stage1"
    NOT_STAGE2 = "not-stage2"
    ONLY_QUICK = "only-quick"
    NOTE_WITHOUT_DAY = "note-without-day"
    NOBODY_IN_CHARGE = "nobody-in-charge"
    OTHER_AGENCY = "other-agency"
    CANNOT_BE_PRINTED = "cannot-be-printed"
    EMPTY = "empty"
    ENCODING = "encoding"
    BROKEN_CSV = "broken-csv"
    COLUMN_MISSING = "column-missing"
    NO_SUCH_COLUMN = "no-such-column"
    CELLS = "cells"
    ENDS_EARLY = "ends-early"
    HALF_A_SEAT = "half-a-seat"
    TWICE = "twice"
    TWICE_ELSEWHERE = "twice-elsewhere"
    OVERLAPS = "overlaps"
    NO_FILE_OF_OURS = "no-file-of-ours"
    NO_FILE = "no-file"
    NO_WORKBOOK = "no-workbook"
    TOO_MUCH_WORK = "too-much-work"
    NO_SHEET_OF_OURS = "no-sheet-of-ours"
    LOST_ZEROS = "lost-zeros"
    NOT_THERE = "not-there"
    FOLLOWS_ITSELF = "follows-itself"
    OVER_ALREADY = "over-already"
    IN_A_CIRCLE = "in-a-circle"
    PLANNED = "planned"
    NEEDS_TWO = "needs-two"
    OTHER_PERSON = "other-person"
    STILL_NAMED = "still-named"


class Unreadable(HotlineError, ValueError, code="cell", varies_by="wrong"):
    """A cell, a line or a file that cannot be used: what is wrong with it, and the facts."""

    wrong: SheetFaultKind
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetFault:
    """A fault with its place. ``line`` counts from 1, the heading; ``kind`` and ``key`` are of the row that
    the line is of, as far as these can be read.
    """

    file: str
    line: int
    column: str
    wrong: SheetFaultKind
    facts: Mapping[str, object] = field(default_factory=dict)
    kind: str = field(default="", compare=False)
    key: str = field(default="", compare=False)

    @property
    def why(self) -> Unreadable:
        """The fault as an error."""
        return Unreadable(self.wrong, self.facts)


class BadLine(Remark, code="bad-line", varies_by="place"):
    """A fault with the place where it lies; ``heading`` is the column as the file calls it."""

    file: str
    line: int
    heading: str
    why: Unreadable

    @property
    def place(self) -> Literal["line", "cell"]:
        """The kind of place: a cell where the column is known, else a line."""
        return "cell" if self.heading else "line"


class BadSheets(HotlineError, code="bad-sheets", varies_by="extent"):
    """Files that cannot be imported; holds all faults, in their order. Nothing was written."""

    faults: tuple[SheetFault, ...]

    @property
    def extent(self) -> Literal["few", "many"]:
        """The extent: few faults where one sentence can say them all."""
        return "few" if self.count <= SAID else "many"

    @property
    def count(self) -> int:
        """The number of faults."""
        return len(self.faults)

    @property
    def reasons(self) -> tuple[Unreadable, ...]:
        """The reasons that one sentence says."""
        return tuple(one.why for one in self.faults[:SAID])

    @property
    def lines(self) -> tuple[BadLine, ...]:
        """The faults, each with its place."""
        return tuple(BadLine(one.file, one.line, one.column, one.why) for one in self.faults)
