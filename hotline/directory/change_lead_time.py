"""The notice meter: newest data at the latest two working days before the change (P4.6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import TAIPEI
from hotline.directory.calendar import overrides
from hotline.directory.rows import KINDS
from hotline.ledger.entries import EntryRecord
from hotline.permissions import Action
from hotline.worktime import Worktime
from hotline.worktime.workdays import Calendar, NoCalendar

CLAUSE: Final = "P4.6"
NOTICED: Final = frozenset(("agency", "section", "person", "desk", "business", "contact"))
"""Moves, changes of staff and of numbers; what belongs to a day (forwards, absences) needs no notice."""
ACTIONS: Final = frozenset((Action.DIRECTORY_CHANGE, Action.DIRECTORY_IMPORT))


@dataclass(frozen=True, slots=True)
class LeadTime:
    """The instant until which a change had to be told, and when it was."""

    due_at: datetime
    told_at: datetime

    @property
    def is_on_time(self) -> bool:
        """Tell whether it was told by then; met at equality."""
        return self.told_at <= self.due_at


@dataclass(frozen=True, slots=True)
class LeadTimeCount:
    """Counts of changes told on time, and of late ones; a late one is accepted all the same."""

    on_time: int = 0
    late: int = 0


def notice(worktime: Worktime, told_at: datetime, effective_at: datetime, days: int) -> LeadTime:
    """Compute the lead time: due at the close of the n-th working day before effect. Raises NoCalendar."""
    return LeadTime(worktime.notice_deadline(effective_at.astimezone(TAIPEI).date(), days), told_at)


def needs_notice(change: EntryRecord) -> bool:
    """Tell whether the clause speaks of it: the city's data, in force or planned, told by a person."""
    speaks = change.action in ACTIONS and any(kind in NOTICED for kind, _ in change.keys)
    return speaks and change.undone_by is None and change.undoes is None


def notice_of(session: Session, change: EntryRecord, worktime: Worktime, days: int) -> LeadTime | None:
    """The notice of a change, by the calendar as it was declared when the change was told.

    None: it needs none, it founds what was empty, or no calendar reaches so far.
    """
    if not needs_notice(change) or _founds(session, change):
        return None
    then = Worktime(Calendar(overrides(session, change.at)), worktime.hours, worktime.declared)
    try:
        return notice(then, change.at, change.effective_at, days)
    except NoCalendar:
        return None


def _founds(session: Session, change: EntryRecord) -> bool:
    """Tell whether nothing of these kinds was there before: the first import of a city surprises no one."""
    tables = (KINDS[kind].table for kind in {kind for kind, _ in change.keys} & NOTICED)
    earlier = (select(table.id).where(table.recorded_at < change.at).limit(1) for table in tables)
    return all(session.scalar(one) is None for one in earlier)


def count(notices: Iterable[LeadTime | None]) -> LeadTimeCount:
    """Count changes on time and late (P10.1)."""
    known = [one.is_on_time for one in notices if one]
    return LeadTimeCount(known.count(True), known.count(False))
