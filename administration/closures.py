"""Offices closed as one deed: the day is declared and limits move, callers hear it, agents read it; and the
way back, as one deed too.

What is switched on with a closure is found on at its end only if nobody has switched it off meanwhile: each
part is looked at as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from administration import bulletins as announcing
from administration.declared_days import (
    Closing,
    DueTimes,
    MovedCounts,
    Opening,
    carry_out,
)
from hotline import bulletins as alerts
from hotline.bulletins import AlertRow
from hotline.clock import TAIPEI
from hotline.closures import ClosureRow, closure, not_ended, to_end
from hotline.db import Sessions, numbered, transaction
from hotline.directory.calendar import hours_of_the_day, overrides
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.texts import fit
from hotline.worktime.workdays import DayKind
from ivr.announcements import Announcements
from ivr.bulletins import PREFIX, Bulletins
from ivr.catalogue import Catalogue

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class ClosureAlert:
    """Alert that agents read with a closure."""

    agency: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class ClosurePlan:
    """A closure with all that is told of it; callers hear nothing without an announcement."""

    closing: Closing
    announcement: str = ""
    alert: ClosureAlert | None = None


@dataclass(frozen=True, slots=True)
class ClosureState:
    """A closure as it is now, part by part."""

    row: ClosureRow
    is_closed: bool
    is_heard: bool
    alert: AlertRow | None
    is_over: bool
    """The day is past: it stays what it was, and only what is told of it can be ended."""

    @property
    def is_read(self) -> bool:
        """Whether agents still have its bulletin before them."""
        return self.alert is not None and self.alert.lifted_at is None

    @property
    def is_in_force(self) -> bool:
        """Whether anything of it holds now or will."""
        holds = (self.is_closed and not self.is_over) or self.is_heard or self.is_read
        return self.row.ended_at is None and holds


@dataclass(frozen=True)
class Closures:
    """Deeds on closures, with the parts they need."""

    sessions: Sessions
    due: DueTimes
    catalogue: Catalogue
    bulletins: Bulletins
    own: Announcements

    def close(self, plan: ClosurePlan, *, by: str, at: datetime) -> ClosureRow:
        """Declare a closure and tell of it, all at once or not at all.

        Raises what ``carry_out``, ``bulletins.switch`` and ``raise_alert`` raise.
        """
        closing, name = plan.closing, plan.announcement
        reason = fit("reason", closing.reason, LONGEST_REASON)
        with transaction(self.sessions) as session:
            moved = carry_out(self.due, session, closing, by, at)
            on = self._noted(session, name, True, by, at) if name else None
            alert = self._raised(session, plan.alert, by, at)
            since = f"{closing.since:%H:%M}" if closing.since else ""
            told = {"announcement": name, "alert": alert, "moved": moved.total}
            row = numbered(
                session,
                ClosureRow(
                    day=closing.day, since=since, reason=reason, declared_at=at, declared_by=by, **told
                ),
            )
            says = {"day": closing.day.isoformat(), "since": since, **told}
            audit(session, at, by, Action.CALENDAR_CHANGE, f"closure:{row.id}", after=says, reason=reason)
            session.expunge(row)
        if on is not None:
            self.bulletins.switch(on)
        return row

    def end(self, number: int, *, reopen: bool, reason: str, by: str, at: datetime) -> MovedCounts:
        """End all that is told of a closure; ``reopen``: offices work on the day as well, and limits move
        back.

        Raises NoClosure, ClosureEnded, NotPermitted.
        """
        moved, on = MovedCounts(), None
        with transaction(self.sessions) as session:
            row = to_end(session, number)
            state = self._state(session, row, at)
            if reopen and state.is_closed and not state.is_over:
                moved = carry_out(self.due, session, Opening(row.day, reason), by, at)
            if state.is_heard:
                on = self._noted(session, row.announcement, False, by, at)
            if row.alert and state.is_read:
                alerts.lift(session, row.alert, at=at, by=by, reason=reason)
            row.ended_at, row.ended_by = at, by
            did = {"ended_at": at, "reopened": reopen, "moved": moved.total}
            audit(session, at, by, Action.CALENDAR_CHANGE, f"closure:{number}", after=did, reason=reason)
        if on is not None:
            self.bulletins.switch(on)
        return moved

    def state(self, session: Session, number: int, at: datetime) -> ClosureState:
        """One closure as it is now. Raises NoClosure."""
        return self._state(session, closure(session, number), at)

    def in_force(self, session: Session, at: datetime) -> Sequence[ClosureState]:
        """Closures of which anything holds now or will, the latest first."""
        found = [self._state(session, row, at) for row in not_ended(session)]
        return [one for one in found if one.is_in_force]

    def _state(self, session: Session, row: ClosureRow, at: datetime) -> ClosureState:
        declared = overrides(session, at).get(row.day)
        is_off = declared is not None and declared.kind is DayKind.OFF
        is_closed = is_off or (bool(row.since) and hours_of_the_day(session, row.day) is not None)
        is_heard = bool(row.announcement) and f"{PREFIX}{row.announcement}" in self.bulletins.on()
        alert = session.get(AlertRow, row.alert) if row.alert else None
        return ClosureState(row, is_closed, is_heard, alert, row.day < at.astimezone(TAIPEI).date())

    def _noted(self, session: Session, name: str, is_on: bool, by: str, at: datetime) -> tuple[str, ...]:
        return announcing.note(
            session, self.catalogue, self.bulletins, name, is_on, by=by, at=at, own=self.own
        )

    def _raised(self, session: Session, told: ClosureAlert | None, by: str, at: datetime) -> int | None:
        if told is None:
            return None
        return alerts.raise_alert(session, told.agency, told.title, told.words, at=at, by=by).id
