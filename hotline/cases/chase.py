"""Chasing cases by the clock: sign-off, overdue, tracking, closing what is answered, closed agencies, and due
times when a day is declared.

All of it may be run at any time, by several at once, and late: each thing is done and told once.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.cases import deadlines, overdue, recipients, telling
from hotline.cases.deadlines import CaseClock, limit_of, set_deadline
from hotline.cases.events import events_of, told
from hotline.cases.rules import HANDLING, OPEN_STATES, CaseKind, CaseState, DeadlineKind, Move
from hotline.cases.store import Case, CaseDeadline
from hotline.cases.work import CaseWork
from hotline.clock import TAIPEI
from hotline.db import Sessions, looking, transaction
from hotline.ledger.audit import SYSTEM
from hotline.outbox import service as notices
from hotline.outbox.rules import spoken_instant
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.worktime import WorkingDays, WorkingTime, Worktime

BATCH: Final = 100
REPEATS: Final = 6
"""Reminders to liaison and deputies after the first one (P5.4.2)."""
LAST: Final = REPEATS + 2
"""The step at which the city's duty officer and RDEC are told, once; nothing follows it."""
REMINDED, TRACKING, NOT_SENT, DUE_MOVED = "reminded", "tracking-due", "reply-not-sent", "due-moved"
"""Kinds of events that the clock writes."""
UNASSIGNED: Final = "N-32"
Deed = Callable[[Session, Case, datetime], bool]


def sign_step(due_at: datetime, at: datetime, every: timedelta) -> int:
    """How far the chasing of an unsigned case has come: 0 in time, 1 the second reminder once the time is
    over, then one a period up to ``LAST``. Pure.
    """
    return 0 if at <= due_at else min(1 + (at - due_at) // every, LAST)


def assign_step(clock: CaseDeadline, worktime: Worktime, first: timedelta, at: datetime) -> int:
    """How far the chasing of an unassigned case has come: 0 before ``first``, 1 until its time is over, then
    one a working day up to ``LAST``. Pure.
    """
    after = (worktime.due(clock.due_at, WorkingDays(days)) for days in range(1, LAST - 1))
    hour = min(worktime.due(clock.begins_at, WorkingTime(first)), clock.due_at)
    return sum(one < at for one in (hour, clock.due_at, *after))


class CaseChase:
    """The clock-driven side of cases."""

    def __init__(self, factory: Sessions, work: CaseWork) -> None:
        self._factory, self._work = factory, work

    def run(self, at: datetime) -> int:
        """Do everything whose time has come, in short transactions; how many cases were touched."""
        touched = self._each(overdue.is_found_late(at), self._flag, at)
        if self._work.moving.limits.second_reminder:
            touched += self._each(_unsigned(at), self._remind, at)
        touched += self._each(_unassigned(at), self._remind_to_assign, at)
        touched += self._each((Case.state == CaseState.EXTERNAL, Case.track_due_at < at), self._track, at)
        completed = Case.kind == CaseKind.QUICK, Case.state == CaseState.DONE, Case.lead_id.is_(None)
        touched += self._each(completed, self._close, at)
        while passed := self._pass_on(at):
            touched += passed
        with looking(self._factory) as session:
            count(session, at)
        return touched

    def _each(self, which: tuple[ColumnElement[bool], ...], deed: Deed, at: datetime) -> int:
        """Do a deed to every case of which all this is true, also when its turn comes; how many changed."""
        with looking(self._factory) as session:
            found = list(session.scalars(select(Case.id).where(*which)))
        touched = 0
        for start in range(0, len(found), BATCH):
            some = Case.id.in_(found[start : start + BATCH])
            with transaction(self._factory) as session:
                chosen = select(Case).where(some, *which).order_by(Case.id)
                rows = list(session.scalars(chosen.with_for_update(skip_locked=True)))
                touched += sum(deed(session, row, at) for row in rows)
        return touched

    def _pass_on(self, at: datetime) -> int:
        with transaction(self._factory) as session:
            return self._work.pass_on(session, at, BATCH)

    def _flag(self, session: Session, row: Case, at: datetime) -> bool:
        return overdue.flag(session, row, SYSTEM, at)

    def _remind(self, session: Session, row: Case, at: datetime) -> bool:
        """N-41: once after the time to sign, then in step to liaison and deputies, at last beyond the agency.

        After an outage what was missed in between is told once, not as often as it was missed.
        """
        assert row.sign_due_at is not None
        every, due_at = self._work.moving.limits.sign, row.sign_due_at
        if row.entered_late:  # by telephone they knew; the system can only ask since it knows
            due_at = max(due_at, events_of(session, row.id, Move.FILE)[0].at + every)
        before, step = row.sign_reminders, sign_step(due_at, at, every)
        if step <= before:
            return False
        if row.is_returned:
            return self._reminded_to_assign(session, row, step, due_at, at)
        row.sign_reminders = step
        to = (
            [] if before == LAST - 1 else recipients.quick_liaison(session, row.agency, at, deputies=step > 1)
        )
        if step == LAST:
            to += [*recipients.duty_officers(session, at), *recipients.rdec(session, at)]
        facts = telling.facts(row) | {"count": str(step + 1)}
        event = f"case:{row.id}:unsigned:{row.hops}:{row.sign_due_at:%m%d%H%M%S}:{step}"
        notices.write(session, "N-41", event, to, facts, at)
        told(session, row, SYSTEM, REMINDED, row.state, at, detail={"to": to, "number": step + 1})
        metrics.case_alarms.labels("unsigned").inc()
        return True

    def _remind_to_assign(self, session: Session, row: Case, at: datetime) -> bool:
        """N-32 of what no agency has: after an hour, at the end of the time to assign it, and each working
        day after (P5.2.2).
        """
        moving = self._work.moving
        clock = next(one for one in deadlines.running(session, row.id) if one.kind == DeadlineKind.REDISPATCH)
        step = assign_step(clock, moving.worktime(session), moving.limits.assign, at)
        if step <= row.sign_reminders:
            return False
        return self._reminded_to_assign(session, row, step, clock.due_at, at)

    def _reminded_to_assign(
        self, session: Session, row: Case, step: int, due_at: datetime, at: datetime
    ) -> bool:
        """N-32 to who has to assign; from the second one on to RDEC too."""
        row.sign_reminders, to = step, recipients.of_case(session, row, at)
        to = list(dict.fromkeys((*to, *recipients.rdec(session, at)))) if step > 1 else to
        facts = telling.facts(row) | {"count": str(step), "due": spoken_instant(due_at)}
        event = f"case:{row.id}:unassigned:{row.hops}:{due_at:%m%d%H%M%S}:{step}"
        notices.write(session, UNASSIGNED, event, to, facts, at)
        told(session, row, SYSTEM, REMINDED, row.state, at, detail={"to": to, "number": step})
        metrics.case_alarms.labels("unassigned").inc()
        return True

    def _track(self, session: Session, row: Case, at: datetime) -> bool:
        """N-62 to the Secretariat, and again a week later until the outcome is noted (P5.2.2)."""
        to, due_at = recipients.secretariat(session, at), row.track_due_at
        notices.write(session, "N-62", f"case:{row.id}:track:{due_at:%Y%m%d}", to, telling.facts(row), at)
        told(session, row, SYSTEM, TRACKING, row.state, at, detail={"to": to, "due_at": due_at})
        moving = self._work.moving
        limit, worktime = limit_of(DeadlineKind.TRACKING, moving.limits), moving.worktime(session)
        set_deadline(session, row, DeadlineKind.TRACKING, at, limit, worktime, at, TRACKING)
        metrics.case_alarms.labels("tracking").inc()
        return True

    def _close(self, session: Session, row: Case, at: datetime) -> bool:
        """Close what is completed once everybody who reported it was told; what could not be sent is put on
        record, and the case stays open (P5.4.4).
        """
        if self._work.close_if_told(session, row, SYSTEM, at):
            return True
        return sum(_note_unsent(session, one, at) for one in telling.reporters(session, row)) > 0

    def recount(self, session: Session, days: Iterable[date], by: str, at: datetime) -> int:
        """Count deadlines that lie ahead by newly declared days (spec §2); returns how many moved.

        Only for days not yet passed. The deadline as it was stays readable beside the new one.
        """
        named = sorted(day.isoformat() for day in days)
        if all(day < at.astimezone(TAIPEI).date().isoformat() for day in named):
            return 0
        worktime, why = self._work.moving.worktime(session), f"calendar: {', '.join(named)}"
        ahead = select(CaseDeadline, Case).join(Case, Case.id == CaseDeadline.case_id)
        ahead = ahead.where(
            CaseDeadline.ended_at.is_(None), CaseDeadline.due_at > at, CaseDeadline.clock != CaseClock.CAL
        )
        moved = 0
        for one, row in session.execute(ahead.order_by(CaseDeadline.id).with_for_update()).all():
            due_at = deadlines.moved(one, worktime)
            if due_at is None or due_at <= at:
                continue
            deadlines.set_anew(session, row, one, due_at, at, why)
            told(
                session,
                row,
                by,
                DUE_MOVED,
                row.state,
                at,
                why,
                {"deadline": one.kind, "from": one.due_at, "to": due_at},
            )
            if one.kind in HANDLING:
                for report in telling.reports_of(session, row):
                    report.due_at = due_at
            moved += 1
        return moved


def _unsigned(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of cases that nobody signed in time, and whose chasing has not come to its end."""
    return (
        Case.state == CaseState.FILED,
        Case.sign_due_at < at,
        Case.kind == CaseKind.QUICK,
        Case.lead_id.is_(None),
        Case.sign_reminders < LAST,
    )


def _unassigned(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of petitions and notify cases that wait for an agency, and whose time to get one runs."""
    clock = CaseDeadline.kind == DeadlineKind.REDISPATCH, CaseDeadline.ended_at.is_(None)
    return (
        Case.state.in_((CaseState.REDISPATCH, CaseState.FILED)),
        Case.is_returned.is_(True),
        Case.lead_id.is_(None),
        Case.sign_reminders < LAST,
        Case.id.in_(select(CaseDeadline.case_id).where(*clock, CaseDeadline.begins_at < at)),
    )


def _note_unsent(session: Session, row: Case, at: datetime) -> bool:
    """Put on record, once, that the message of a completed case could not be sent: somebody has to call."""
    since = telling.told_since(session, row) or at
    if telling.is_told(session, row) or any(one.at >= since for one in events_of(session, row.id, NOT_SENT)):
        return False
    given_up = select(OutboxMessage).where(
        OutboxMessage.event.in_(telling.names_of_done(row)),
        OutboxMessage.template == telling.DONE,
        OutboxMessage.written_at >= since,
        OutboxMessage.state.in_((OutboxState.FAILED, OutboxState.SKIPPED)),
    )
    message = session.scalars(given_up.order_by(OutboxMessage.id.desc()).limit(1)).first()
    if message is None:
        return False
    told(session, row, SYSTEM, NOT_SENT, row.state, at, detail={"notice": message.id, "why": message.state})
    metrics.case_alarms.labels("reply-not-sent").inc()
    return True


def count(session: Session, at: datetime) -> None:
    """The figures of this moment."""
    late = select(func.count()).select_from(Case).where(*overdue.is_late(at), Case.lead_id.is_(None))
    metrics.cases_overdue.set(session.scalar(late) or 0)
    by_state = select(Case.state, func.count()).where(Case.state.in_(OPEN_STATES)).group_by(Case.state)
    there = {row[0]: row[1] for row in session.execute(by_state)}
    for state in OPEN_STATES:
        metrics.cases_open.labels(state).set(there.get(state, 0))
