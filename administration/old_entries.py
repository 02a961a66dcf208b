"""A file of entries of an older book: examined line by line, shown, and written when nothing is wrong.

An entry is known by its question and agency: it is new, written otherwise, or as it is in the file already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy.orm import Session

from administration.old_lines import Fault, NothingToImport, OldLine, old_lines
from hotline.db import Sessions, looking, transaction
from hotline.directory.service import known
from hotline.errors import HotlineError, faults
from hotline.knowledge.rules import LONGEST, Faq
from hotline.knowledge.service import UnknownBusiness, entries, write
from hotline.knowledge.store import FaqRow
from hotline.permissions import Action
from hotline.sheets import rows
from hotline.sheets.columns import Sheet
from hotline.staff.service import NotPermitted, staff

FILE: Final = "knowledge"
AT_ONCE: Final = 100
"""Entries of one transaction."""
REASON: Final = "knowledge.csv"


class OldEntrySays(rows.RequestModel):
    """The rest of a line."""

    answer: Annotated[rows.Long, Field(min_length=1, max_length=LONGEST["answer"])] = Field(
        description="as one speaks"
    )
    agency: rows.Code
    section: rows.SomeCode = ""
    business: rows.SomeCode = ""
    keywords: Annotated[rows.Text, Field(max_length=LONGEST["keywords"])] = Field(
        "", description="other words that citizens use for it"
    )
    aloud: rows.YesNo = Field(False, description="can be read to a caller as it is")


Question = Annotated[rows.Text, Field(min_length=1, max_length=LONGEST["question"])]
SHEET: Final = Sheet("entry", "question", Question, OldEntrySays, lined=frozenset(("answer",)))


@dataclass(frozen=True, slots=True)
class OldEntryLine:
    """A line with what is wrong with it, and the entry that it is of already."""

    line: int
    key: str
    faults: Sequence[Fault] = ()
    faq: Faq | None = None
    number: str = ""
    """Of the entry; empty = it is new."""
    seen: int | None = None
    is_changed: bool = False

    @property
    def is_written(self) -> bool:
        """Tell whether it would be written."""
        return self.faq is not None and not self.faults and (not self.number or self.is_changed)


@dataclass(frozen=True, slots=True)
class OldEntryPlan:
    """Plan of a file: its lines, in their order."""

    lines: Sequence[OldEntryLine]

    @property
    def written(self) -> list[OldEntryLine]:
        """Lines that would be written, new ones and others."""
        return [one for one in self.lines if one.is_written]

    @property
    def added(self) -> int:
        """How many are new."""
        return sum(not one.number for one in self.written)

    @property
    def changed(self) -> int:
        """How many are written otherwise."""
        return sum(one.is_changed for one in self.lines)

    @property
    def known(self) -> int:
        """How many are here as they are in the file."""
        return sum(bool(one.number) and not one.is_changed for one in self.lines)

    @property
    def wrong(self) -> list[tuple[int, str, HotlineError]]:
        """All that keeps it from being written: line, column, reason."""
        return [(one.line, column, why) for one in self.lines for column, why in one.faults]

    @property
    def is_fit(self) -> bool:
        """True if it may be written, and would change anything."""
        return not self.wrong and bool(self.written)


def plan(session: Session, content: bytes, by: str, at: datetime) -> OldEntryPlan:
    """Examine a file as somebody would write it; nothing is written. Raises TooManyLines, UnknownStaff."""
    here = {(row.agency, row.question): row for row in entries(session, at)}
    lines = old_lines(SHEET, f"{FILE}.csv", content)
    return OldEntryPlan([_planned(session, one, here, by, at) for one in lines])


def bring(factory: Sessions, content: bytes, *, at: datetime, by: str) -> OldEntryPlan:
    """Write the entries of a file, some at a time: what was interrupted goes on when it comes again.

    Raises NotPermitted, TooManyLines, NothingToImport, FaqChangedMeanwhile.
    """
    with looking(factory) as session:
        found = plan(session, content, by, at)
    if not found.is_fit:
        raise NothingToImport
    lines = found.written
    for start in range(0, len(lines), AT_ONCE):
        with transaction(factory) as session:
            for one in lines[start : start + AT_ONCE]:
                assert one.faq is not None
                write(session, one.faq, at=at, by=by, number=one.number, reason=REASON, seen=one.seen)
    return found


def _planned(
    session: Session, one: OldLine, here: Mapping[tuple[str, str], FaqRow], by: str, at: datetime
) -> OldEntryLine:
    if one.record is None or one.faults:
        return OldEntryLine(one.line, one.key, one.faults)
    faq = _faq(one.key, {**SHEET.empty, **one.record.says})
    row = here.get((faq.agency, faq.question))
    wrong = list(_wrong(session, faq, by, at))
    if row is None:
        return OldEntryLine(one.line, one.key, wrong, faq)
    is_changed = astuple(faq) != tuple(getattr(row, name) for name in Faq.__dataclass_fields__)
    return OldEntryLine(one.line, one.key, wrong, faq, row.key, row.id, is_changed)


def _wrong(session: Session, faq: Faq, by: str, at: datetime) -> Iterable[Fault]:
    if not staff(session, by, at).may(Action.FAQ_CHANGE, faq.agency):
        yield "agency", NotPermitted(by, Action.FAQ_CHANGE, faq.agency)
    for column in ("agency", "section", "business"):
        if named := getattr(faq, column):
            for error in faults(partial(known, session, column, named, at)):
                yield column, UnknownBusiness(named) if column == "business" else error


def _faq(question: str, says: Mapping[str, Any]) -> Faq:
    return Faq(
        says["agency"],
        question.strip(),
        says["answer"].strip(),
        says["keywords"].strip(),
        says["section"],
        says["business"],
        says["aloud"],
    )
