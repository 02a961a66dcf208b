"""A file of shifts: read and examined line by line, shown, and written as a whole or not at all.

A line is a person (login or name), a language, a beginning and an end. A second time the same file changes
nothing. ``complete``: what lies in the file's time and is not in the file is cancelled.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import Field
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.sheets import rows
from hotline.sheets.columns import Sheet, SheetRecord, read_as
from hotline.sheets.faults import SheetFault, SheetFaultKind
from hotline.staff.rules import Shift, Staff
from hotline.staff.service import permitted
from hotline.staff.shifts import (
    agent_of,
    cancel,
    check,
    language_of,
    refuse_overlap,
    shift_agents,
    shifts,
    write,
)
from hotline.staff.store import ShiftRow

FILE: Final = "shifts.csv"


class ShiftSays(rows.RequestModel):
    """The rest of a line; the words for a language are understood by ``hotline.staff.shifts``."""

    language: rows.Short = Field(min_length=1)


SHEET: Final = Sheet("shift", "person", rows.Name, ShiftSays, timed=True)


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """A line that was read: the shift it says, if it says one."""

    line: int
    person: str
    shift: Shift | None = None
    name: str = ""
    fault: HotlineError | None = None


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """Plan of a file: the shifts it adds and cancels, and its faults."""

    lines: Sequence[ShiftLine]
    faults: Sequence[SheetFault] = ()
    """Of the file, or of lines that could not be read."""
    added: Sequence[ShiftLine] = ()
    unchanged: int = 0
    cancelled: Sequence[ShiftRow] = field(default_factory=tuple)

    @property
    def wrong(self) -> list[ShiftLine]:
        """The lines that keep it from being written."""
        return [one for one in self.lines if one.fault]

    @property
    def is_fit(self) -> bool:
        """True if it may be written, and would change anything."""
        return not (self.faults or self.wrong) and bool(self.added or self.cancelled)


class UnfitShifts(HotlineError, code="unfit-shifts"):
    """A file with faults, or one that changes nothing; nothing was written."""


def plan(session: Session, content: bytes, *, complete: bool = False) -> ShiftPlan:
    """Examine a file; nothing is written. All faults are told at once."""
    records, faults = read_as(SHEET, FILE, content)
    agents = dict[datetime, Sequence[Staff]]()  # at each beginning, for a file has many of one
    for one in records:
        if one.since and one.since not in agents:
            agents[one.since] = shift_agents(session, one.since)
    read = [_line(agents, one) for one in records]
    there = [one.shift for one in read if one.shift]
    since, until = (
        min((one.since for one in there), default=None),
        max((one.until for one in there), default=None),
    )
    known = shifts(session, since, until) if since and until else []
    listed, held = set(there), {row.shift for row in known}
    cancelled = [row for row in known if row.shift not in listed] if complete else []
    stays = held - {row.shift for row in cancelled}
    lines = list(_examined(read, stays))
    added = [one for one in lines if one.shift and not one.fault and one.shift not in stays]
    unchanged = sum(one.shift in stays for one in lines)
    return ShiftPlan(lines, faults, added, unchanged, cancelled)


def bring(session: Session, content: bytes, *, at: datetime, by: str, complete: bool = False) -> ShiftPlan:
    """Write what a file says. Audited. Raises NotPermitted, UnfitShifts."""
    permitted(session, by, Action.SHIFT_CHANGE, at)
    found = plan(session, content, complete=complete)
    if not found.is_fit:
        raise UnfitShifts
    for row in found.cancelled:
        cancel(session, row.id, at=at, by=by, reason=FILE)
    made = write(session, [one.shift for one in found.added if one.shift], at=at, by=by)
    after = {"added": [row.id for row in made], "cancelled": [row.id for row in found.cancelled]}
    audit(session, at, by, Action.SHIFT_CHANGE, "shifts:file", after=after)
    return found


def _line(agents: Mapping[datetime, Sequence[Staff]], record: SheetRecord) -> ShiftLine:
    """Read a line: its shift, or the fault that keeps it from being one."""
    if record.since is None or record.until is None:
        column = "from" if record.since is None else "until"
        return ShiftLine(record.line, record.key, fault=record.fault(column, SheetFaultKind.EMPTY).why)
    try:
        member = agent_of(agents[record.since], record.key)
        language = language_of(member, str(record.says["language"]))
        shift = Shift(member.login, record.since, record.until, language)
        check(shift)
    except HotlineError as error:
        return ShiftLine(record.line, record.key, fault=error)
    return ShiftLine(record.line, record.key, shift, member.name)


def _examined(lines: Sequence[ShiftLine], stays: set[Shift]) -> Iterator[ShiftLine]:
    """The lines again, with a fault where one meets another of the file, or a shift that stays."""
    taken: Mapping[str, list[Shift]] = _by_login(stays)
    before = dict[str, list[Shift]]()
    for one in lines:
        if one.shift is None or one.shift in stays:
            yield one
            continue
        others = [*taken.get(one.shift.login, ()), *before.setdefault(one.shift.login, [])]
        try:
            refuse_overlap(one.shift, others, one.name)
        except HotlineError as error:
            yield ShiftLine(one.line, one.person, one.shift, one.name, error)
            continue
        before[one.shift.login].append(one.shift)
        yield one


def _by_login(found: set[Shift]) -> dict[str, list[Shift]]:
    parted = dict[str, list[Shift]]()
    for one in found:
        parted.setdefault(one.login, []).append(one)
    return parted
