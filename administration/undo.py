"""Undo of a whole ledger entry by whoever may make such a change, with all that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

import hotline.tables  # noqa: F401  (every kind of row can be restated)
from administration.declared_days import DueTimes, MovedCounts
from hotline.accounts.endings import destroy_proofs
from hotline.clock import TAIPEI
from hotline.directory.circles import LEADING, refuse_circles
from hotline.directory.owners import agencies_of_change
from hotline.directory.rows import facts_of
from hotline.ledger import entries, history
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import EntryRecord, Fact, Key
from hotline.permissions import Action
from hotline.staff.role_grants import refuse_alone
from hotline.staff.service import permitted, refuse_without
from hotline.staff.store import StaffRow

FEW: Final = 50
"""So many keys are asked for one by one."""


@dataclass(frozen=True, slots=True)
class UndoResult:
    """Change taken back, the entry that did so, and what is due at another time by it."""

    change: EntryRecord
    written: int
    moved: MovedCounts


def take_back(
    due: DueTimes, session: Session, number: int, *, at: datetime, by: str, reason: str = ""
) -> UndoResult:
    """Withdrawn before its date of effect, corrected after it;
    due times are counted anew where the calendar moves.

    Raises NotPermitted, NoEntry, IsUndone, ChangedSince, TheFounding, LastAdministrator, NeedsTwo.
    """
    change = entries.change_of(session, number)
    _refuse_strangers(session, change, by, at)
    pen = ChangeContext(at, by, change.action, reason or f"undo of {number}")
    logins = [key for kind, key in change.keys if kind == "staff"]
    before = _staff_rows(session, logins)
    written = undo(session, number, pen)
    refuse_alone(before, _staff_rows(session, logins), at)
    for login in [key for kind, key in change.keys if kind == "staff"][:1]:
        refuse_without(session, login, at)
    days = [date.fromisoformat(key) for kind, key in change.keys if kind == "calendar"]
    if any(kind == "hours" for kind, _ in change.keys):
        days.append(change.effective_at.astimezone(TAIPEI).date())
    moved = due.recount(session, days, by, at) if days else MovedCounts()
    return UndoResult(change, written, moved)


def undo(session: Session, number: int, pen: ChangeContext) -> int:
    """Take an entry back as a whole; the number of the entry that does so.

    Logins that it ends lose what proves them. Raises NoEntry, IsUndone, ChangedSince, TheFounding, Circular.
    """
    keys = entries.change_of(session, number).keys
    written = entries.undo(session, number, pen, partial(_refuse_circles, session))
    destroy_proofs(session, [key for kind, key in keys if kind == "staff"], at=pen.at, by=pen.by)
    return written


def _refuse_circles(session: Session, then: Mapping[Key, list[Fact]]) -> None:
    """Refuse circles: an extension may be followed by another since. Raises Circular."""
    leading = [(kind, key) for kind, key in then if kind in LEADING]
    facts = facts_of(session, many=len(leading) > FEW)
    for pair in leading:
        facts.restate(*pair, then[pair])
    for pair in leading:
        refuse_circles(facts, *pair)


def _staff_rows(session: Session, logins: list[str]) -> dict[str, list[StaffRow]]:
    return {login: history.counting(session, StaffRow, login) for login in logins}


def _refuse_strangers(session: Session, change: EntryRecord, by: str, at: datetime) -> None:
    """Refuse all but those who may make such a change. Raises NotPermitted, TheFounding."""
    if change.action == entries.FOUNDING:
        raise entries.TheFounding(change.number)
    action = Action(change.action)
    for agency in agencies_of_change(session, change):
        permitted(session, by, action, at, agency)
