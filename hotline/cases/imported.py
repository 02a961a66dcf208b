"""Open cases of an older system: filed here as of their true time, and moved to where they stand there.

Their clocks run from that time. Nobody is told: the citizen had a number long ago, the agency is at work.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases import drafts
from hotline.cases.drafts import DraftFields, Parsed, kind_of
from hotline.cases.events import told
from hotline.cases.examining import reachable
from hotline.cases.filing import FiledOutside
from hotline.cases.moving import Moving, standing_agency
from hotline.cases.numbers import new_number
from hotline.cases.rules import CaseKind, CaseState, Move, row_of
from hotline.cases.store import Case
from hotline.cases.words import CaseWordMissing, CaseWords
from hotline.categories.rules import Category
from hotline.categories.service import UnknownCategory
from hotline.db import numbered
from hotline.errors import HotlineError, faults

IMPORTED: Final = "imported"
"""Kind of the first event."""
_STEPS: Final = {
    CaseKind.PETITION: (Move.FILE, Move.ROUTE, Move.ACCEPT),
    CaseKind.NOTIFY: (Move.FILE, Move.START),
    CaseKind.QUICK: (Move.FILE, Move.SIGN, Move.START),
}
"""Moves to where an agency is at work; the last one is left out while it has not begun."""


@dataclass(frozen=True, slots=True)
class OldCase:
    """A case as the older system has it; ``waits``: the agency has not begun."""

    external_ref: str
    filed_at: datetime
    fields: DraftFields = field(default_factory=DraftFields)
    waits: bool = False


class ImportedCases:
    """Examines and writes open cases of an older system."""

    def __init__(self, moving: Moving, parsed: Parsed) -> None:
        self._moving, self._parsed = moving, parsed

    def known(self, session: Session, references: list[str]) -> dict[str, str]:
        """The numbers here of those that are here already, by their number there."""
        found = dict[str, str]()
        for start in range(0, len(references), 500):  # what a statement takes
            some = Case.external_ref.in_(references[start : start + 500])
            rows = session.execute(select(Case.external_ref, Case.number).where(some))
            found |= {there: here or "" for there, here in rows}
        return found

    def examined(
        self, session: Session, old: OldCase, at: datetime
    ) -> tuple[Case, list[tuple[str, HotlineError]]]:
        """The case as it would be, and all that is wrong with it, by the field it stands in."""
        row = self._row(session, old, "", at)
        category, asked = self._category(session, old, at), old.fields.category
        checks = {
            "filed_at": lambda: _refuse(old.filed_at > at, FiledOutside(at)),
            "category": lambda: _refuse(bool(asked) and category is None, UnknownCategory(asked)),
            "case_kind": lambda: _refuse(
                row.kind == CaseKind.QUICK and (category is None or kind_of(category) is not CaseKind.QUICK),
                CaseWordMissing("category"),
            ),
            "agency": lambda: self._agency(session, row, at),
            "reply_way": lambda: reachable(row),
        }
        return row, [(name, error) for name, check in checks.items() for error in faults(check)]

    def bring(self, session: Session, old: OldCase, by: str, at: datetime) -> Case:
        """Write a case that nothing is wrong with. Raises what ``examined`` tells, NumbersUsedUp."""
        row = self._row(session, old, by, at)
        row.agency = self._agency(session, row, at)
        row.number, row.filed_at, row.filed_by = new_number(session, at), old.filed_at, by
        row.entered_late, row.external_ref = True, old.external_ref
        if row.kind == CaseKind.NOTIFY:
            row.state, row.notified_at = CaseState.NOTIFIED, old.filed_at
        numbered(session, row)
        detail = {"external_ref": old.external_ref, "filed_at": old.filed_at}
        told(session, row, by, IMPORTED, "", at, detail=detail)
        steps = _STEPS[row.case_kind][: -1 if old.waits else None]
        words = CaseWords(agency=row.agency, section=row.section, by_phone_at=old.filed_at)
        for move in steps:
            step = row_of(row.case_kind, row.case_state, move)
            self._moving.perform(session, row, step, words, by, at, begins_at=old.filed_at, is_told=False)
        row.officer = ""  # nobody here works on it yet
        return row

    def _row(self, session: Session, old: OldCase, by: str, at: datetime) -> Case:
        fields, category = old.fields, self._category(session, old, at)
        row = Case(state=CaseState.DRAFT, drafted_at=old.filed_at, drafted_by=by, version=1, hops=0)
        row.kind, row.reply_way = kind_of(category), "none"
        drafts.write(row, fields, self._moving.categories.at(session, at), self._parsed)
        row.kind = fields.kind or row.kind
        row.agency, row.section = fields.agency or row.agency, fields.section or row.section
        row.category_row = category.row_id if category else None
        return row

    def _category(self, session: Session, old: OldCase, at: datetime) -> Category | None:
        return self._moving.categories.at(session, at).get(old.fields.category)

    def _agency(self, session: Session, row: Case, at: datetime) -> str:
        """The agency that has it now. Raises CaseWordMissing, NoSuchAgency."""
        _refuse(not row.agency, CaseWordMissing("agency"))
        return standing_agency(session, row.agency, at)


def _refuse(is_wrong: bool, error: HotlineError) -> None:
    if is_wrong:
        raise error
