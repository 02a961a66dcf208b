"""A file of open cases of an older system: examined line by line, shown, and written when nothing is wrong.

A case is known by its number there: it is taken over once, however often its file comes again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core.core_schema import ValidationInfo
from sqlalchemy.orm import Session

from hotline.cases.drafts import DraftFields
from hotline.cases.imported import ImportedCases, OldCase
from hotline.cases.rules import CaseKind
from hotline.cases.words import ReplyWay
from hotline.clock import TAIPEI
from hotline.db import Sessions, one_at_a_time, transaction
from hotline.directory.files.confined import read_sheet
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.sheets import rows
from hotline.sheets.columns import Sheet, SheetRecord
from hotline.sheets.faults import SheetFault, SheetFaultKind, Unreadable
from hotline.staff.service import permitted

FILE: Final = "cases"
MOST: Final = 2_000
"""Lines of a file."""
AT_ONCE: Final = 100
"""Cases of one transaction: calls are answered meanwhile."""
_WRITTEN: Final = re.compile(r"(\d{2,4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::\d{2})?)?")
REPUBLIC: Final = 1911
"""Years between the calendars; a year of three digits is of the Republic."""
_WAYS: Final = {
    "簡訊": "sms",
    "電子郵件": "email",
    "電話": "phone",
    "信件": "letter",
    "書面": "letter",
    "不需回復": "none",
}
_KINDS: Final = {"陳情": "petition", "通報": "notify", "快速": "quick", "陳情案件": "petition"} | {
    "通報案件": "notify",
    "快速案件": "quick",
}


def moment(cell: str) -> datetime:
    """Reads a time as offices write it: 2026-11-24 10:00, 2026/11/24, 115/11/24 10:00."""
    try:
        if found := _WRITTEN.fullmatch(cell):
            year, month, day, hour, minute = (int(one or 0) for one in found.groups())
            year += REPUBLIC if year < 1000 else 0
            known: datetime | None = datetime(year, month, day, hour, minute, tzinfo=TAIPEI)
        else:
            known = rows.instant(cell)
    except ValueError:
        known = None
    if known is None or known.year not in rows.YEARS:
        raise Unreadable(SheetFaultKind.NO_INSTANT, {"cell": cell})
    return known


def _cell(read: Any) -> BeforeValidator:
    def value(given: Any, info: ValidationInfo) -> Any:
        return read(given) if info.context is rows.CELLS else given

    return BeforeValidator(value)


def _words(known: dict[str, str]) -> BeforeValidator:
    return _cell(lambda cell: known.get(cell, cell))


Reference = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[!-~]+$"), rows.Example("A1151124-001")
]


class OldCaseSays(rows.RequestModel):
    """The rest of a line."""

    filed_at: Annotated[datetime, _cell(moment)] = Field(description="the true time of receipt")
    matter: Annotated[rows.Long, Field(min_length=1)]
    case_kind: Annotated[
        str,
        StringConstraints(pattern=r"^(quick|notify|petition)?$"),
        _words(_KINDS),
        rows.Example("quick, notify, petition"),
    ] = Field("", description="empty = as the category says")
    category: rows.SomeCode = ""
    agency: rows.SomeCode = Field("", description="empty = as the category says")
    section: rows.SomeCode = ""
    address: Annotated[rows.Text, Field(max_length=200)] = ""
    district: Annotated[rows.Short, Field(max_length=16)] = ""
    name: rows.Short = Field("", description="empty = unnamed")
    number: rows.Telephone = ""
    email: rows.Email = ""
    reply_way: Annotated[
        str,
        StringConstraints(pattern=r"^(sms|email|phone|letter|none)?$"),
        _words(_WAYS),
        rows.Example("sms, email, phone, none"),
    ] = ""
    waits: rows.YesNo = Field(False, description="the agency has not begun")


SHEET: Final = Sheet("case", "external_ref", Reference, OldCaseSays)


@dataclass(frozen=True, slots=True)
class OldCaseLine:
    """A line that was read, with what is wrong with it or the number that it has here already."""

    line: int
    old: OldCase
    faults: Sequence[tuple[str, HotlineError]] = ()
    number: str = ""
    kind: CaseKind = CaseKind.PETITION
    agency: str = ""

    @property
    def is_new(self) -> bool:
        """Tell whether it would be written."""
        return not self.faults and not self.number


@dataclass(frozen=True, slots=True)
class OldCasePlan:
    """Plan of a file: its lines, and the faults of what could not be read."""

    lines: Sequence[OldCaseLine]
    faults: Sequence[SheetFault] = ()

    @property
    def added(self) -> list[OldCaseLine]:
        """Lines that would be written."""
        return [one for one in self.lines if one.is_new]

    @property
    def known(self) -> int:
        """How many are here already."""
        return sum(bool(one.number) for one in self.lines)

    @property
    def wrong(self) -> list[tuple[int, str, HotlineError]]:
        """All that keeps it from being written: line, column, reason; by line."""
        read = [(one.line, one.column, one.why) for one in self.faults]
        examined = [(one.line, name, why) for one in self.lines for name, why in one.faults]
        return sorted([*read, *examined], key=lambda one: one[0])

    @property
    def is_fit(self) -> bool:
        """True if it may be written, and would change anything."""
        return not self.wrong and bool(self.added)


class TooManyLines(HotlineError, code="too-many-lines"):
    """A file that is too long to be taken over at once."""

    most: int


class UnfitCases(HotlineError, code="unfit-cases"):
    """A file with faults, or one that changes nothing; nothing was written."""


def plan(session: Session, cases: ImportedCases, content: bytes, at: datetime) -> OldCasePlan:
    """Examine a file; nothing is written. Raises TooManyLines."""
    records, faults = read_sheet(SHEET, f"{FILE}.csv", content)
    if len(records) > MOST:
        raise TooManyLines(MOST)
    known = cases.known(session, [one.key for one in records])
    first = dict[str, int]()
    lines = list[OldCaseLine]()
    for one in sorted(records, key=lambda record: record.line):
        old, before = _old(one), first.setdefault(one.key, one.line)
        if before != one.line:
            twice = one.fault(SHEET.key, SheetFaultKind.TWICE, key=one.key, line=before).why
            lines.append(OldCaseLine(one.line, old, [(SHEET.key, twice)]))
        elif one.key in known:
            lines.append(OldCaseLine(one.line, old, number=known[one.key]))
        else:
            row, wrong = cases.examined(session, old, at)
            lines.append(OldCaseLine(one.line, old, wrong, "", row.case_kind, row.agency))
    return OldCasePlan(lines, faults)


def bring(factory: Sessions, cases: ImportedCases, content: bytes, *, at: datetime, by: str) -> OldCasePlan:
    """Write the cases of a file, some at a time: what was interrupted goes on when the file comes again.

    Audited. Raises NotPermitted, TooManyLines, UnfitCases.
    """
    with transaction(factory) as session:
        permitted(session, by, Action.CASE_IMPORT, at)
        found = plan(session, cases, content, at)
    if not found.is_fit:
        raise UnfitCases
    for start in range(0, len(found.added), AT_ONCE):
        some = [one.old for one in found.added[start : start + AT_ONCE]]
        with transaction(factory) as session:
            one_at_a_time(session, FILE)
            known = cases.known(session, [one.external_ref for one in some])
            made = [cases.bring(session, one, by, at).number for one in some if one.external_ref not in known]
            audit(session, at, by, Action.CASE_IMPORT, "cases:file", after={"added": made})
    return found


def _old(record: SheetRecord) -> OldCase:
    says = {**SHEET.empty, **record.says}
    kind = says["case_kind"]
    fields = DraftFields(
        kind=CaseKind(kind) if kind else None,
        category=says["category"],
        matter=says["matter"],
        agency=says["agency"],
        section=says["section"],
        place=says["address"],
        district=says["district"],
        name=says["name"],
        phone=says["number"],
        email=says["email"],
        reply_way=ReplyWay(says["reply_way"] or ReplyWay.NONE),
    )
    return OldCase(record.key, says["filed_at"], fields, says["waits"])
