"""Chasing promises by the clock: reminders, overdue, escalation (§9.2), and due times when a day is declared.

All of it may be run at any time, by several at once, and late: each thing is done and told once.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks import ownership
from hotline.callbacks.events import DUE_MOVED, facts, flag_overdue, told
from hotline.callbacks.rules import PENDING_STATES
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.callbacks.work import CallbackWork
from hotline.clock import TAIPEI
from hotline.db import Sessions, transaction
from hotline.ledger.audit import SYSTEM
from hotline.outbox import service as notices
from hotline.outbox.rules import spoken_instant

BATCH: Final = 100


class Chase:
    """The clock-driven side of promises, and their way from a closed agency to its successor (P2-a)."""

    def __init__(self, factory: Sessions, callbacks: Callbacks) -> None:
        self._factory, self._callbacks = factory, callbacks
        self._sweeper = CallbackWork.of_worker(callbacks)

    def run(self, at: datetime) -> int:
        """Do everything whose time has come, in short transactions; how many promises were touched."""
        touched = 0
        with transaction(self._factory) as session:
            self._sweeper.sweep(session, at)
            touched += self._sweeper.pass_on(session, at)
        while batch := self._batch(at):
            touched += batch
        with transaction(self._factory) as session:
            count(session, at)
            metrics.callbacks_without_number.set(self._without_number(session))
        return touched

    def _without_number(self, session: Session) -> int:
        pending = select(Callback.number).where(Callback.state.in_(PENDING_STATES))
        return sum(self._callbacks.dialling.refusal(one) is not None for one in session.scalars(pending))

    def _batch(self, at: datetime) -> int:
        with transaction(self._factory) as session:
            rows = list(session.scalars(_waiting(at).limit(BATCH).with_for_update(skip_locked=True)))
            for row in rows:
                self._chase(session, row, at)
            return len(rows)

    def _chase(self, session: Session, row: Callback, at: datetime) -> None:
        late, is_missed = flag_overdue(session, row, SYSTEM, at), row.is_attempt_missed(at)
        if row.reminded_at is None and row.remind_at <= at:
            self._remind(session, row, at, late)
        if is_missed and row.next_attempt_by:
            self._remind_again(session, row, row.next_attempt_by, at)
        if row.overdue_at and row.escalated_at is None and row.is_beyond_extension(at):
            self._escalate(session, row, at)

    def _remind(self, session: Session, row: Callback, at: datetime, late: bool) -> None:
        """N-02; after an outage in which the due time passed too, N-03 says it all."""
        row.reminded_at = at
        if late or row.first_attempt_at:
            return
        recipients = ownership.owner_or_call_centre(session, row, at)
        notices.write(session, "N-02", f"callback:{row.id}:reminder", recipients, facts(row), at)
        told(session, row, SYSTEM, "reminded", row.state, at, detail={"to": recipients})
        metrics.callback_alarms.labels("reminder").inc()

    def _remind_again(self, session: Session, row: Callback, by: datetime, at: datetime) -> None:
        """Send N-02 for the next attempt of §9.2, which nobody made: one try does not settle a promise."""
        row.reminded_at = at
        recipients = ownership.owner_or_call_centre(session, row, at)
        event = f"callback:{row.id}:attempt-{row.failed + 1}"
        notices.write(session, "N-02", event, recipients, facts(row) | {"due": spoken_instant(by)}, at)
        told(session, row, SYSTEM, "reminded", row.state, at, detail={"to": recipients, "next_by": by})
        metrics.callback_alarms.labels("reminder").inc()

    def _escalate(self, session: Session, row: Callback, at: datetime) -> None:
        """N-03, once, also when the citizen was called too late in between."""
        row.escalated_at = at
        recipients = ownership.everybody_concerned(session, row, at)
        notices.write(session, "N-03", f"callback:{row.id}:overdue", recipients, facts(row), at)
        told(session, row, SYSTEM, "escalated", row.state, at, detail={"to": recipients})
        metrics.callback_alarms.labels("escalation").inc()

    def recount(self, session: Session, days: Iterable[date], by: str, at: datetime) -> int:
        """Count due times that lie ahead by newly declared days (spec §2); returns how many moved.

        Only for days not yet passed. The time that stood there before stays in the promise's record.
        """
        if all(day < at.astimezone(TAIPEI).date() for day in days):
            return 0
        worktime, limits = self._callbacks.worktime(session), self._callbacks.limits
        ahead = select(Callback).where(
            Callback.state.in_(PENDING_STATES), Callback.due_at > at, Callback.first_attempt_at.is_(None)
        )
        moved = 0
        for row in session.scalars(ahead.order_by(Callback.id).with_for_update()):
            due_at = worktime.due(row.registered_at, limits.due_of(row.origin))
            if due_at == row.due_at or due_at <= at:
                continue
            named = ", ".join(sorted(day.isoformat() for day in days))
            detail = {"from": row.due_at, "to": due_at}
            row.due_at = due_at
            row.remind_at = worktime.due(row.registered_at, limits.reminder_of(row.origin))
            told(session, row, by, DUE_MOVED, row.state, at, f"calendar: {named}", detail)
            moved += 1
        return moved


def _waiting(at: datetime) -> Select[Callback]:
    """Promises for which something is to be done that was not done yet."""
    remind = and_(Callback.reminded_at.is_(None), Callback.remind_at <= at)
    overdue = and_(Callback.overdue_at.is_(None), Callback.is_overdue(at))
    escalate = and_(
        Callback.overdue_at.is_not(None), Callback.escalated_at.is_(None), Callback.is_beyond_extension(at)
    )
    chosen = select(Callback).where(
        Callback.state.in_(PENDING_STATES), or_(remind, overdue, escalate, Callback.is_attempt_missed(at))
    )
    return chosen.order_by(Callback.due_at, Callback.id)


def count(session: Session, at: datetime) -> None:
    """The figures of this moment."""
    late = (
        select(func.count())
        .select_from(Callback)
        .where(Callback.state.in_(PENDING_STATES), Callback.is_overdue(at))
    )
    metrics.callbacks_overdue.set(session.scalar(late) or 0)
    waiting = select(Callback.state, func.count()).where(Callback.state.in_(PENDING_STATES))
    by_state = waiting.group_by(Callback.state)
    there = {row[0]: row[1] for row in session.execute(by_state)}
    for state in PENDING_STATES:
        metrics.callbacks_pending.labels(state).set(there.get(state, 0))
