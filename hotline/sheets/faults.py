"""What is wrong with files of the directory, all of it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hotline.errors import HotlineError


class Wrong(StrEnum):
    """What may be wrong with a cell, a line or a file, and what to do, with gaps for the facts."""

    CANNOT_BE_USED = "{cell!r} cannot be used; write for example {example}"
    NO_NUMBER = "{cell!r} is no telephone number; write for example (02)2960-3456轉5112 or 0912-345-678"
    NOT_OURS_TO_DIAL = "{cell!r} is abroad or costs; write for example (02)2960-3456轉5112 or 0912-345-678"
    TOO_LONG = "{count} characters; shorten it to {longest}"
    NEITHER_YES_NOR_NO = "{cell!r} is neither yes nor no; write yes or no"
    NO_LENGTH = "{cell!r} is no length; write metres, for example 12.5"
    NOT_ON_A_FLOOR = "{cell!r} is no place on a floor; write metres, for example 12.5"
    NO_ROLE = "{cell!r} names a role we do not have; roles are {roles}"
    NO_EXTENSION = "{cell!r} is no extension; write for example 5113 5114"
    NO_INSTANT = "{cell!r} is no date and time; write for example 2026-11-24T08:30"
    CANNOT_BE_PRINTED = "it holds a character that cannot be printed; remove it"
    EMPTY = "it is empty; fill it in"
    ENCODING = "it is neither UTF-8 nor Big5; save it as CSV UTF-8"
    BROKEN_CSV = "{why}; check quotation marks and commas"
    COLUMN_MISSING = "the column is missing; the heading is {heading}"
    NO_SUCH_COLUMN = "no column of this file; the heading is {heading}"
    CELLS = "{found} cells under {expected} headings; add or remove commas"
    ENDS_EARLY = "it ends before it begins; give a later end"
    HALF_A_SEAT = "a seat needs floor, x and y; fill in all three or none"
    TWICE = "{key} stands in line {line} already; keep one of them"
    NO_FILE_OF_OURS = "no file of the directory; they are called {known}"
    NO_FILE = "no file is there; they are called {known}"
    NO_WORKBOOK = "it is no XLSX workbook; save it as .xlsx"
    TOO_MUCH_WORK = (
        "reading it takes more than {seconds} s of computing or {megabytes} MB of memory; "
        "save it as CSV, or as several smaller workbooks"
    )
    NO_SHEET_OF_OURS = "no worksheet of the directory; they are called {known}"
    LOST_ZEROS = "the cell is a number and may have lost a zero; format it as text"
    NOT_THERE = "there is no {kind} {key}; add it to its file or correct the cell"
    FOLLOWS_ITSELF = "it follows itself; give another extension"
    OVER_ALREADY = "it ends before the date of effect, {when}; give a later end, or its beginning"
    IN_A_CIRCLE = "{circle}; give another extension, or end one of these forwards"
    PLANNED = (
        "{key} is not listed, but {author} planned a change of it for {when}; list it, or undo that first"
    )
    NEEDS_TWO = (
        "{key} would have a role that approves what others do, or another e-mail address having one: two administrators "
        "give that; leave it out, and propose it on the page of this person"
    )
    OTHER_PERSON = (
        "{key} is or was {name}'s and is never given to another person; take a new login, "
        "or change the name on the page of this person"
    )
    STILL_NAMED = "{kind} {key} still names {other} {named}; keep {named} or move {key}"


class Unreadable(ValueError):
    """A cell that cannot be read: what is wrong with it, and the facts."""

    def __init__(self, wrong: Wrong, **facts: object) -> None:
        self.wrong, self.facts = wrong, facts
        super().__init__(wrong.format(**facts))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where, and what to do. ``line`` counts from 1, the heading."""

    file: str
    line: int
    column: str
    wrong: Wrong
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def what(self) -> str:
        """What is wrong, and what to do."""
        return self.wrong.format(**self.facts)

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.file}, line {self.line}{column}: {self.what}"


class BadSheets(HotlineError):
    """Files that cannot be imported; holds all faults, in their order. Nothing was written."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        told = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"Nothing was written; mend these and try again:\n{told}")
