"""An entry of the ledger taken back as a whole, by whoever may make such a change, with all that follows from it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from administration import undo
from administration.due_times import Moved, recount
from hotline.clock import TAIPEI
from hotline.directory.owners import agencies_of_change
from hotline.ledger import entries, history
from hotline.ledger.changes import Pen
from hotline.ledger.entries import Change
from hotline.permissions import Action
from hotline.staff.giving import refuse_alone
from hotline.staff.service import permitted, refuse_without
from hotline.staff.store import StaffRow
from ops.wiring import House


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back by which entry, and what is due at another time by it."""

    change: Change
    written: int
    moved: Moved


def take_back(
    house: House, session: Session, number: int, *, at: datetime, by: str, reason: str = ""
) -> Undone:
    """Withdrawn before its date of effect, corrected after it; due times are counted anew where the calendar moves.

    Raises NotPermitted, NoEntry, IsUndone, ChangedSince, TheFounding, LastAdministrator, NeedsTwo.
    """
    change = entries.change_of(session, number)
    _refuse_strangers(session, change, by, at)
    pen = Pen(at, by, change.action, reason or f"undo of {number}")
    logins = [key for kind, key in change.keys if kind == "staff"]
    before = _staff_rows(session, logins)
    written = undo.undo(session, number, pen)
    refuse_alone(before, _staff_rows(session, logins), at)
    for login in [key for kind, key in change.keys if kind == "staff"][:1]:
        refuse_without(session, login, at)
    days = [date.fromisoformat(key) for kind, key in change.keys if kind == "calendar"]
    if any(kind == "hours" for kind, _ in change.keys):
        days.append(change.effective_at.astimezone(TAIPEI).date())
    moved = recount(house, session, days, by, at) if days else Moved()
    return Undone(change, written, moved)


def _staff_rows(session: Session, logins: list[str]) -> dict[str, list[StaffRow]]:
    return {login: history.counting(session, StaffRow, login) for login in logins}


def _refuse_strangers(session: Session, change: Change, by: str, at: datetime) -> None:
    """Whoever may make such a change may take it back. Raises NotPermitted, TheFounding."""
    if change.action == entries.FOUNDING:
        raise entries.TheFounding(change.number)
    action = Action(change.action)
    for agency in agencies_of_change(session, change):
        permitted(session, by, action, at, agency)
