"""Use cases of categories: written, ended, reviewed, given a prevention note; each under a name (P5.4.1)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from sqlalchemy.orm import Session

from hotline.categories.rules import KIND, LONGEST
from hotline.categories.store import CategoryRow
from hotline.clock import TAIPEI
from hotline.directory.service import known
from hotline.errors import HotlineError, existing, faults, refuse
from hotline.ledger import history
from hotline.ledger.changes import Authorship, ChangeContext, LedgerEntry, change, close
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.permissions import Action
from hotline.sheets.columns import SHEET_OF, UnfitRow, unfit
from hotline.sheets.faults import SheetFaultKind, Unreadable
from hotline.sheets.rows import in_charge
from hotline.staff.service import permitted
from hotline.texts import fit


class UnknownCategory(HotlineError, code="unknown-category"):
    """No category has this code at that time."""

    category: str


class NoCategories(HotlineError, code="no-categories"):
    """A review of a table that is empty."""


def wrong(
    session: Session, code: str, says: Mapping[str, Any], at: datetime
) -> Iterator[tuple[str, HotlineError]]:
    """All that is wrong with a category at its date of effect, each with the column it stands in."""
    sheet = SHEET_OF[KIND]
    for error in unfit(KIND, code, says):
        yield error.column, error
    for name in sheet.required:
        if name != sheet.key and not says.get(name):
            yield name, UnfitRow(KIND, name, Unreadable(SheetFaultKind.EMPTY))
    for name, why in sheet.together(says):
        yield name, UnfitRow(KIND, name, why)
    for name, kind, key in sheet.references(code, says):
        for missing in faults(partial(known, session, kind, key, at)):
            yield name, missing
    for name, agency, section in sheet.places(says):
        row = history.in_force(session, history.TABLES["section"], section, at) if section else None
        if row and row.says()["agency"] != agency:
            facts = {"section": section, "agency": agency}
            yield name, UnfitRow(KIND, name, Unreadable(SheetFaultKind.OTHER_AGENCY, facts))


def write(
    session: Session, code: str, says: Mapping[str, Any], period: Period, **who: Unpack[Authorship]
) -> bool:
    """Write a category for a period; False when it is so already.

    Raises NotPermitted, UnfitRow, Unknown.
    """
    permitted(session, who["by"], Action.CATEGORY_CHANGE, who["at"])
    revise(session)
    refuse(error for _column, error in wrong(session, code, says, period.since))
    pen = ChangeContext(action=Action.CATEGORY_CHANGE, **who)
    ordered = {**says, "sections": in_charge(says.get("sections", ""))}
    return change(session, CategoryRow, code, ordered, period, pen)


def end(session: Session, code: str, since: datetime, **who: Unpack[Authorship]) -> None:
    """End a category; cases that run keep it. Raises NotPermitted, UnknownCategory."""
    permitted(session, who["by"], Action.CATEGORY_CHANGE, who["at"])
    revise(session)
    category(session, code, since)
    close(session, CategoryRow, code, since, ChangeContext(action=Action.CATEGORY_CHANGE, **who))


def prevent(session: Session, code: str, note: str, *, at: datetime, by: str) -> None:
    """Write the agency's prevention note, dated today (P5.4.9).

    Raises NotPermitted, UnknownCategory, UnfitText.
    """
    row = category(session, code, at)
    permitted(session, by, Action.CATEGORY_PREVENT, at, row.agency)
    text = " ".join(fit("note", note, LONGEST).split())
    dated = {"prevention": text, "prevention_at": at.astimezone(TAIPEI).date()}
    _from_now_on(session, [code], dated, ChangeContext(at, by, Action.CATEGORY_PREVENT))


def review(session: Session, codes: Iterable[str], *, at: datetime, by: str) -> int:
    """Put on record that categories were looked at and stand (P5.4.1): some, or without codes all; how many.

    Raises NotPermitted, UnknownCategory, NoCategories.
    """
    permitted(session, by, Action.CATEGORY_CHANGE, at)
    chosen = [category(session, code, at).key for code in codes]
    chosen = chosen or [row.key for row in history.all_in_force(session, CategoryRow, at)]
    if not chosen:
        raise NoCategories
    day = {"reviewed_at": at.astimezone(TAIPEI).date()}
    _from_now_on(session, chosen, day, ChangeContext(at, by, Action.CATEGORY_CHANGE))
    return len(chosen)


def category(session: Session, code: str, at: datetime) -> CategoryRow:
    """The row of a category at an instant. Raises UnknownCategory."""
    return existing(history.in_force(session, CategoryRow, code, at), UnknownCategory(code))


def _from_now_on(session: Session, codes: Iterable[str], says: Mapping[str, Any], pen: ChangeContext) -> None:
    """Write some words of categories as they are now and as they are planned: one entry of the ledger."""
    revise(session)
    entry = LedgerEntry(session, pen)
    for code in codes:
        rows = history.counting(session, CategoryRow, code)
        for row in [row for row in rows if row.valid_to is None or row.valid_to > pen.at]:
            period = Period(max(row.valid_from, pen.at), row.valid_to)
            entry.write(CategoryRow, code, {**row.says(), **says}, period, rows)
    entry.finish()
