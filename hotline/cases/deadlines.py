"""Deadlines of a case: computed once by a clock of §2, kept with what they were computed from, explained."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.rules import HANDLING, CaseKind, DeadlineKind
from hotline.cases.store import Case, CaseDeadline
from hotline.clock import TAIPEI
from hotline.worktime import CalendarTime, Limit, WorkingDays, WorkingTime, Worktime
from hotline.worktime.explain import ENGLISH, Words

_MINUTE: Final = timedelta(minutes=1)


class CaseClock(StrEnum):
    """The clocks of §2."""

    CAL = "CAL"
    WH = "WH"
    WD = "WD"


class Stage2From(StrEnum):
    """Where the limit of stage 2 begins (``quick.stage2_from``)."""

    FILING = "filing"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class CaseLimits:
    """Settings ``petition_*`` and ``quick_*`` (spec §4)."""

    redispatch_days: int = 1
    assign: timedelta = timedelta(hours=1)
    """Office hours until the first reminder of a case that no agency has."""
    joint_days: int = 2
    reply_days: int = 6
    petition_clock: CaseClock = CaseClock.WD
    extended_days: int = 30
    """Calendar days from filing, with the one extension."""
    tracking_days: int = 7
    """Between two looks at what was forwarded outside the city."""
    sign: timedelta = timedelta(minutes=10)
    second_reminder: bool = True
    quick_clock: CaseClock = CaseClock.CAL
    stage2_from: Stage2From = Stage2From.FILING
    false_limit: int = 3
    """Findings that nothing is wrong, in a row."""
    overdue_mail_at: time = time(18)
    overdue_workdays_only: bool = False
    take_back: timedelta = timedelta(hours=24)
    recurs: timedelta = timedelta(days=90)
    """Within which the same place and category recurs (P5.4.9)."""

    def on(self, clock: CaseClock, days: int) -> Limit:
        """A limit of days on the clock of petitions."""
        return CalendarTime(timedelta(days=days)) if clock is CaseClock.CAL else WorkingDays(days)


CLAUSE: Final = {
    DeadlineKind.SIGN: "P5.4.2",
    DeadlineKind.STAGE1: "P5.4.1",
    DeadlineKind.STAGE2: "P5.4.1",
    DeadlineKind.BEYOND: "P5.4.8",
    DeadlineKind.REPLY: "P5.2.1",
    DeadlineKind.EXTENDED: "P5.2.1",
    DeadlineKind.REDISPATCH: "P5.2.2",
    DeadlineKind.JOINT: "P5.2.2",
    DeadlineKind.TRACKING: "P5.2.2",
}


def limit_of(
    kind: DeadlineKind,
    limits: CaseLimits,
    *,
    stage1_hours: int = 0,
    days: int = 0,
    until: timedelta | None = None,
) -> Limit:
    """The limit of a deadline; ``stage1_hours``: the category's, ``days``: of stage 2, ``until``: granted."""
    clock, quick = limits.petition_clock, limits.quick_clock
    match kind:
        case DeadlineKind.SIGN:
            return CalendarTime(limits.sign)
        case DeadlineKind.STAGE1:
            hours = timedelta(hours=stage1_hours)
            return WorkingTime(hours) if quick is CaseClock.WH else CalendarTime(hours)
        case DeadlineKind.STAGE2:
            return limits.on(quick, days)
        case DeadlineKind.BEYOND:
            return CalendarTime(until or timedelta())
        case DeadlineKind.REPLY:
            return limits.on(clock, limits.reply_days)
        case DeadlineKind.EXTENDED:
            return CalendarTime(timedelta(days=limits.extended_days))
        case DeadlineKind.REDISPATCH:
            return limits.on(clock, limits.redispatch_days)
        case DeadlineKind.JOINT:
            return limits.on(clock, limits.joint_days)
        case DeadlineKind.TRACKING:
            return CalendarTime(timedelta(days=limits.tracking_days))


def set_deadline(
    session: Session,
    row: Case,
    kind: DeadlineKind,
    begins_at: datetime,
    limit: Limit,
    worktime: Worktime,
    at: datetime,
    why: str,
) -> CaseDeadline:
    """Start a deadline; one of its kind, or the one by which the citizen is answered, ends by it."""
    for other in HANDLING if kind in HANDLING else (kind,):
        end(session, row, other, at)
    clock, amount = _kept(limit)
    made = CaseDeadline(case_id=row.id, kind=kind, clause=_clause(row, kind), begins_at=begins_at)
    made.clock, made.amount, made.set_at, made.why = clock, amount, at, why
    made.due_at = worktime.due(begins_at, limit)
    session.add(made)
    _shown(row, kind, made.due_at)
    return made


def end(session: Session, row: Case, kind: DeadlineKind, at: datetime) -> None:
    """End a deadline that runs: it was met, or another stands for it."""
    for one in running(session, row.id):
        if one.kind == kind:
            one.ended_at = at
    if kind not in (DeadlineKind.SIGN, *HANDLING):
        _shown(row, kind, None)


def end_all(session: Session, row: Case, at: datetime) -> None:
    """End what runs: the case is over. By which time it was to be answered stays on it."""
    for one in running(session, row.id):
        one.ended_at = at
    row.track_due_at = None


def resume(
    session: Session,
    row: Case,
    ended_at: datetime,
    at: datetime,
    why: str,
    kinds: Collection[DeadlineKind] = tuple(DeadlineKind),
) -> int:
    """Let the deadlines that ended at an instant run on, with the same due times: the case is open again;
    how many do.
    """
    chosen = select(CaseDeadline).where(
        CaseDeadline.case_id == row.id, CaseDeadline.ended_at == ended_at, CaseDeadline.kind.in_(kinds)
    )
    found = list(session.scalars(chosen.order_by(CaseDeadline.id)))
    for one in found:
        again = CaseDeadline(case_id=row.id, kind=one.kind, clause=one.clause, begins_at=one.begins_at)
        again.clock, again.amount, again.due_at, again.set_at, again.why = (
            one.clock,
            one.amount,
            one.due_at,
            at,
            why,
        )
        session.add(again)
        _shown(row, DeadlineKind(one.kind), one.due_at)
    return len(found)


def set_anew(
    session: Session, row: Case, one: CaseDeadline, due_at: datetime, at: datetime, why: str
) -> None:
    """Let a deadline that runs end at another time: the one that it was stays readable."""
    again = CaseDeadline(case_id=row.id, kind=one.kind, clause=one.clause, begins_at=one.begins_at)
    again.clock, again.amount, again.due_at, again.set_at, again.why = one.clock, one.amount, due_at, at, why
    one.ended_at = at
    session.add(again)
    _shown(row, DeadlineKind(one.kind), due_at)


def running(session: Session, case_id: int) -> list[CaseDeadline]:
    """The deadlines of a case that run, in the order in which they were set."""
    chosen = select(CaseDeadline).where(CaseDeadline.case_id == case_id, CaseDeadline.ended_at.is_(None))
    return list(session.scalars(chosen.order_by(CaseDeadline.id)))


def all_of(session: Session, case_id: int) -> list[CaseDeadline]:
    """All deadlines of a case in the order in which they were set, also those that ended."""
    return list(
        session.scalars(select(CaseDeadline).where(CaseDeadline.case_id == case_id).order_by(CaseDeadline.id))
    )


@dataclass(frozen=True, slots=True)
class Explained:
    """A deadline with its arithmetic, line by line; the last one is the time that holds."""

    kind: DeadlineKind
    due_at: datetime
    ended_at: datetime | None
    lines: tuple[str, ...]


def why(session: Session, row: Case, worktime: Worktime, words: Words = ENGLISH) -> tuple[Explained, ...]:
    """The deadlines of a case, each with its arithmetic in a language."""
    return tuple(_explained(one, worktime, words) for one in all_of(session, row.id))


def _explained(one: CaseDeadline, worktime: Worktime, words: Words) -> Explained:
    holds = words.due(one.due_at.astimezone(TAIPEI))
    if one.kind == DeadlineKind.BEYOND:  # granted, not counted
        return Explained(DeadlineKind.BEYOND, one.due_at, one.ended_at, (holds,))
    counted = worktime.why(one.begins_at, limit_kept(one), one.clause, words)
    lines = counted if counted[-1] == holds else (*counted[:-1], holds)
    return Explained(DeadlineKind(one.kind), one.due_at, one.ended_at, lines)


def limit_kept(one: CaseDeadline) -> Limit:
    """The limit by which a deadline was computed."""
    match CaseClock(one.clock):
        case CaseClock.WD:
            return WorkingDays(one.amount)
        case CaseClock.WH:
            return WorkingTime(one.amount * _MINUTE)
        case CaseClock.CAL:
            return CalendarTime(one.amount * _MINUTE)


def moved(one: CaseDeadline, worktime: Worktime) -> datetime | None:
    """The due time after another declaration of days; None where it is the same. Pure."""
    if one.clock == CaseClock.CAL:
        return None
    due = worktime.due(one.begins_at, limit_kept(one))
    return None if due == one.due_at else due


def is_late(deadlines: Sequence[CaseDeadline], at: datetime) -> bool:
    """Tell whether the citizen should have been answered by now; met at equality (§2)."""
    return any(one.kind in HANDLING and one.ended_at is None and one.due_at < at for one in deadlines)


def _kept(limit: Limit) -> tuple[CaseClock, int]:
    match limit:
        case WorkingDays(days):
            return CaseClock.WD, days
        case WorkingTime(amount):
            return CaseClock.WH, amount // _MINUTE
        case CalendarTime(amount):
            return CaseClock.CAL, amount // _MINUTE
        case _:
            raise TypeError(limit)


def _clause(row: Case, kind: DeadlineKind) -> str:
    return "P5.3" if kind is DeadlineKind.REPLY and row.kind == CaseKind.NOTIFY else CLAUSE[kind]


def _shown(row: Case, kind: DeadlineKind, due_at: datetime | None) -> None:
    """Keep the times that lists are sorted by on the case itself."""
    if kind in HANDLING:
        row.due_at = due_at
    elif kind is DeadlineKind.SIGN:
        row.sign_due_at = due_at
    elif kind is DeadlineKind.TRACKING:
        row.track_due_at = due_at
