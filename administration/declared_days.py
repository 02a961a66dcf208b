"""Days and office hours declared: permitted, written, and every limit still ahead counted anew,
all at once (spec §2).

A rehearsal does the same and takes it back, so that what is shown before is what will be.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callbacks.chase import Chase
from hotline.callbacks.rules import PENDING_STATES
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.cases.chase import CaseChase
from hotline.cases.deadlines import CaseClock
from hotline.cases.overdue import OWED
from hotline.cases.rules import HANDLING
from hotline.cases.store import Case, CaseDeadline
from hotline.clock import TAIPEI
from hotline.db import Sessions, transaction
from hotline.directory import calendar
from hotline.directory.calendar import DAY, declare, overrides, set_hours, usual_hours
from hotline.errors import HotlineError
from hotline.knowledge import requests
from hotline.knowledge.rules import RequestState
from hotline.knowledge.store import FaqRequest
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.worktime import Limit
from hotline.worktime.workdays import Calendar, DayKind, OfficeHours, Override

CALLBACK, REPLY, CASE = "callback", "reply", "case"


class BadHours(HotlineError, code="bad-hours"):
    """Hours that do not run forward within a day."""


class OpenAlready(HotlineError, code="open-already"):
    """A day on which offices work anyway."""

    day: date


class NotOpenThen(HotlineError, code="not-open-then"):
    """A day that cannot end at this hour: offices are not open then."""

    day: date
    hour: time


@dataclass(frozen=True, slots=True)
class Closing:
    """Offices are closed on a day (停止上班), or from an hour of it on."""

    day: date
    reason: str
    since: time | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """Offices work on a day: a closure is lifted, or a day off is worked."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Office hours from a day on."""

    since: date
    hours: OfficeHours
    reason: str = ""


Declaration = Closing | Opening | Hours


@dataclass(frozen=True, slots=True)
class MovedDue:
    """A limit that would move; ``kind`` is callback, reply or case, ``what`` the matter or question."""

    kind: str
    number: int
    agency: str
    what: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class MovedCounts:
    """Number of those that are due at another time now."""

    callbacks: int = 0
    replies: int = 0
    cases: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.callbacks + self.replies + self.cases

    def lines(self) -> Iterator[str]:
        """Lines for the screen; none when nothing moved."""
        if self.callbacks:
            yield f"{self.callbacks} callbacks are due at another time now; see: hotline why callback ID"
        if self.replies:
            yield f"{self.replies} replies of agencies are due at another time now"
        if self.cases:
            yield f"{self.cases} deadlines of cases end at another time now; see: hotline why case NUMBER"


@dataclass(frozen=True, slots=True)
class DueTimes:
    """The limits that a declared day moves: of promises, of agencies' replies, of cases."""

    callbacks: Callbacks
    chase: Chase
    reply_limit: Limit
    cases: CaseChase

    def recount(self, session: Session, days: Iterable[date], by: str, at: datetime) -> MovedCounts:
        """Recount in the transaction of the declaration."""
        declared = list(days)
        worktime = self.callbacks.worktime(session)
        return MovedCounts(
            self.chase.recount(session, declared, by, at),
            requests.recount(session, declared, worktime, self.reply_limit, by, at),
            self.cases.recount(session, declared, by, at),
        )


def carry_out(due: DueTimes, session: Session, declared: Declaration, by: str, at: datetime) -> MovedCounts:
    """Declare it. Raises UnknownStaff, NotPermitted, OpenAlready, NotOpenThen, Unfit."""
    permitted(session, by, Action.CALENDAR_CHANGE, at)
    match declared:
        case Closing(day, reason, None):
            declare(session, day, Override(DayKind.OFF, reason), at=at, by=by)
        case Closing(day, reason, time() as since):
            _end_early(due, session, day, since, reason, by, at)
        case Opening(day, reason):
            _open(due, session, day, reason, by, at)
        case Hours(day, hours, reason):
            set_hours(session, hours, day, at=at, by=by, reason=reason)
    return due.recount(session, _days(declared, at), by, at)


def rehearse(
    sessions: Sessions, due: DueTimes, declared: Declaration, by: str, at: datetime
) -> Sequence[MovedDue]:
    """Moves it would make, the first due first; nothing is kept. Raises what ``carry_out`` raises."""
    with transaction(sessions) as session:
        before = {(one.kind, one.number): one for one in _due(session)}
        carry_out(due, session, declared, by, at)
        after = _due(session)
        session.rollback()
    moves = [(before[one.kind, one.number], one) for one in after if (one.kind, one.number) in before]
    found = [
        MovedDue(old.kind, old.number, old.agency, old.what, old.before, new.after)
        for old, new in moves
        if old.after != new.after
    ]
    return sorted(found, key=lambda one: (one.before, one.kind, one.number))


def _days(declared: Declaration, at: datetime) -> list[date]:
    """The first day whose limits may be other."""
    match declared:
        case Hours(since):
            return [max(since, at.astimezone(TAIPEI).date())]
        case Closing(day) | Opening(day):
            return [day]


def _end_early(
    due: DueTimes, session: Session, day: date, hour: time, reason: str, by: str, at: datetime
) -> None:
    usual = usual_hours(session, day) or due.callbacks.worktime(session).hours
    shortened = usual.until(hour)
    if shortened is None or not Calendar(overrides(session, at)).is_working(day):
        raise NotOpenThen(day, hour)
    set_hours(session, shortened, day, day + DAY, at=at, by=by, reason=reason)


def _open(due: DueTimes, session: Session, day: date, reason: str, by: str, at: datetime) -> None:
    short, declared = calendar.hours_of_the_day(session, day), overrides(session, at).get(day)
    if short:
        usual = usual_hours(session, day) or due.callbacks.worktime(session).hours
        set_hours(session, usual, day, day + DAY, at=at, by=by, reason=reason)
    if not Calendar().is_working(day):
        declare(session, day, Override(DayKind.WORKING, reason), at=at, by=by)
    elif declared:
        calendar.lift(session, day, at=at, by=by, reason=reason)
    elif not short:
        raise OpenAlready(day)


def _due(session: Session) -> list[MovedDue]:
    """Limits still ahead or late, as they stand."""
    promises = select(Callback.id, Callback.agency, Callback.matter, Callback.due_at).where(
        Callback.state.in_(PENDING_STATES)
    )
    replies = select(FaqRequest.id, FaqRequest.agency, FaqRequest.question, FaqRequest.due_at).where(
        FaqRequest.state == RequestState.REQUESTED
    )
    cases = select(Case.number, Case.agency, Case.matter, CaseDeadline.due_at).join(
        CaseDeadline, CaseDeadline.case_id == Case.id
    )
    cases = cases.where(
        CaseDeadline.ended_at.is_(None),
        CaseDeadline.kind.in_(HANDLING),
        CaseDeadline.clock != CaseClock.CAL,
        Case.state.in_(OWED),
    )
    kinds = ((CALLBACK, promises), (REPLY, replies), (CASE, cases))
    return [
        MovedDue(kind, int(number), agency, what, due_at, due_at)
        for kind, chosen in kinds
        for number, agency, what, due_at in session.execute(chosen)
    ]
