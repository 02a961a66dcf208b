"""A file of open cases of an older system: examined line by line, shown, and written when nothing is wrong.

A case is known by its number there: it is taken over once, however often its file comes again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core.core_schema import ValidationInfo
from sqlalchemy.orm import Session

from administration.old_lines import Fault, NothingToImport, OldLine, old_lines
from hotline.cases.drafts import DraftFields
from hotline.cases.imported import ImportedCases, OldCase
from hotline.cases.rules import CaseKind
from hotline.cases.words import ReplyWay
from hotline.clock import TAIPEI
from hotline.db import Sessions, looking, one_at_a_time, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.sheets import rows
from hotline.sheets.columns import Sheet, SheetRecord
from hotline.sheets.faults import SheetFaultKind, Unreadable
from hotline.staff.service import permitted

FILE: Final = "cases"
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


SHEET: Final = Sheet("case", "external_ref", Reference, OldCaseSays, lined=frozenset(("matter",)))


@dataclass(frozen=True, slots=True)
class OldCaseLine:
    """A line with what is wrong with it, or the number that it has here already."""

    line: int
    key: str
    faults: Sequence[Fault] = ()
    old: OldCase | None = None
    number: str = ""
    kind: CaseKind = CaseKind.PETITION
    agency: str = ""


@dataclass(frozen=True, slots=True)
class OldCasePlan:
    """Plan of a file: its lines, in their order."""

    lines: Sequence[OldCaseLine]

    @property
    def added(self) -> list[OldCase]:
        """Cases that would be written."""
        return [one.old for one in self.lines if one.old and not (one.faults or one.number)]

    @property
    def known(self) -> int:
        """How many are here already."""
        return sum(bool(one.number) for one in self.lines)

    @property
    def wrong(self) -> list[tuple[int, str, HotlineError]]:
        """All that keeps it from being written: line, column, reason."""
        return [(one.line, column, why) for one in self.lines for column, why in one.faults]

    @property
    def is_fit(self) -> bool:
        """True if it may be written, and would change anything."""
        return not self.wrong and bool(self.added)


def plan(session: Session, cases: ImportedCases, content: bytes, at: datetime) -> OldCasePlan:
    """Examine a file; nothing is written. Raises TooManyLines."""
    lines = old_lines(SHEET, f"{FILE}.csv", content)
    known = cases.known(session, [one.key for one in lines])
    return OldCasePlan([_planned(session, cases, one, known, at) for one in lines])


def _planned(
    session: Session, cases: ImportedCases, one: OldLine, known: Mapping[str, str], at: datetime
) -> OldCaseLine:
    old = _old(one.record) if one.record else None
    if one.faults or old is None or one.key in known:
        return OldCaseLine(one.line, one.key, one.faults, old, "" if one.faults else known.get(one.key, ""))
    row, wrong = cases.examined(session, old, at)
    return OldCaseLine(one.line, one.key, wrong, old, "", row.case_kind, row.agency)


def bring(factory: Sessions, cases: ImportedCases, content: bytes, *, at: datetime, by: str) -> OldCasePlan:
    """Write the cases of a file, some at a time: what was interrupted goes on when the file comes again.

    Audited. Raises NotPermitted, TooManyLines, NothingToImport.
    """
    with looking(factory) as session:
        permitted(session, by, Action.CASE_IMPORT, at)
        found = plan(session, cases, content, at)
    if not found.is_fit:
        raise NothingToImport
    added = found.added
    for start in range(0, len(added), AT_ONCE):
        some = added[start : start + AT_ONCE]
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
