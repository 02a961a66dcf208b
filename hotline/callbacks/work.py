"""Keeping promises: claim, attempt, close and the rest of §9.2, each once, by one owner at a time.

A person is asked whether they may, and holds what they claim until they release it. A program holds it on a
lease and may do what it was started for.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks import ownership, rules
from hotline.callbacks.events import facts, flag_overdue, told
from hotline.callbacks.rules import (
    CallbackState,
    HasMatter,
    HeldByAnother,
    Hold,
    MatterMissing,
    Outcome,
    ReasonMissing,
)
from hotline.callbacks.service import Callbacks, callback
from hotline.callbacks.store import Callback, CallbackAttempt, CallbackEvent
from hotline.db import add_once
from hotline.directory.owners import liaisons
from hotline.errors import HotlineError, refuse
from hotline.ledger import history
from hotline.ledger.audit import SYSTEM, audit
from hotline.outbox import service as notices
from hotline.permissions import CITY_WIDE, Action
from hotline.staff.service import UnknownStaff, permitted, staff
from hotline.staff.store import StaffRow
from hotline.texts import fit

LONGEST_MATTER: Final = 2000
Permitted = Callable[[Session, str, Action, datetime, str], object]


class ExtendedAlready(HotlineError, code="extended-already"):
    """§9.2 knows one extension."""

    number: int


class NotLater(HotlineError, code="not-later"):
    """An extension that ends before what it extends."""

    due_at: datetime


def wrong_extension(row: Callback, until: datetime | None, reason: str, at: datetime) -> list[HotlineError]:
    """List all that speaks against an extension; ``until`` None: of its time nothing can be said."""
    found: list[HotlineError] = [ExtendedAlready(row.id)] if row.extended_until else []
    if not found and until and until <= max(row.due_at, at):
        found.append(NotLater(max(row.due_at, at)))
    return found if reason.strip() else [*found, ReasonMissing()]


def anything(session: Session, by: str, action: Action, at: datetime, agency: str) -> object:
    """Permission of a program of ours: what it may do is what it was written for."""
    return None


class CallbackWork:
    """Use cases of whoever keeps promises; ``lease`` None: people."""

    def __init__(
        self, callbacks: Callbacks, *, lease: timedelta | None = None, may: Permitted = permitted
    ) -> None:
        self._callbacks, self._lease, self._may = callbacks, lease, may

    @classmethod
    def of_worker(cls, callbacks: Callbacks) -> "CallbackWork":
        """Make the use cases of a program: what it claims falls back when it dies."""
        return cls(callbacks, lease=callbacks.limits.lease, may=anything)

    def claim(self, session: Session, callback_id: int, by: str, at: datetime) -> Callback:
        """Start working on it. Raises HeldByAnother, CallbackNotNow, MatterMissing.

        Claimed again, a lease is renewed.
        """
        row = self._with_matter(session, callback_id, by, at)
        self._claim(session, row, by, at)
        return row

    def claim_next(self, session: Session, by: str, at: datetime) -> Callback | None:
        """Claim the most urgent promise nobody works on; None when there is none. No two ever get the same.

        One attempted in vain waits for its time: the hour of §9.2, less a quarter to try within it.
        """
        free = or_(Callback.holder == "", Callback.held_until <= at)
        soon = at + self._callbacks.limits.between / 4
        ready = or_(Callback.state != CallbackState.ATTEMPTED, Callback.next_attempt_by <= soon)
        wanted = select(Callback).where(Callback.state.in_(rules.PENDING_STATES), free, ready)
        row = session.scalars(
            wanted.order_by(Callback.due_at, Callback.id).limit(1).with_for_update(skip_locked=True)
        ).first()
        if row:
            self._claim(session, row, by, at)
        return row

    def release(self, session: Session, callback_id: int, by: str, at: datetime) -> Callback:
        """Stop working on it; others may. Raises HeldByAnother."""
        row = self._mine(session, callback_id, by, Action.CALLBACK_WORK, at)
        hold = rules.hold_of(row.as_state())
        if hold and hold.by != by:
            raise rules.HeldByAnother(hold.by, hold.until)
        self._become(session, row, rules.let_go(row.as_state()), by, "released", at)
        return row

    def hand_over(
        self, session: Session, callback_id: int, to: str, reason: str, by: str, at: datetime
    ) -> Callback:
        """Give it to another owner, who is told (N-01). Raises UnknownStaff, ReasonMissing.

        Whoever acts for the city may hand it to another agency;
        the call centre's own goes to the new owner's.
        """
        row = self._mine(session, callback_id, by, Action.CALLBACK_HAND_OVER, at)
        member = staff(session, to, at)
        moves = not member.roles & CITY_WIDE and member.agency != row.agency
        acted_for = member.agency if moves else row.acted_for
        self._may(session, by, Action.CALLBACK_HAND_OVER, at, acted_for)
        self._may(session, to, Action.CALLBACK_WORK, at, acted_for)
        is_superior = self._is_superior(session, by, row.acted_for, at)
        state = rules.hand_over(row.as_state(), by, reason, at, may_take=is_superior)
        before, row.owner = row.owner, to
        if moves:
            row.agency, row.section = member.agency, member.section
        detail, action = {"from": before, "to": to, "agency": row.agency}, Action.CALLBACK_HAND_OVER
        told = self._become(session, row, state, by, "handed-over", at, reason, detail, action)
        session.flush()
        event = f"callback:{row.id}:handed-over:{told.id}"
        notices.write(session, "N-01", event, [member.email or to], facts(row), at)
        return row

    def attempt(
        self,
        session: Session,
        callback_id: int,
        outcome: Outcome,
        by: str,
        at: datetime,
        *,
        note: str = "",
        key: str = "",
    ) -> bool:
        """Record a call to the citizen; False when this attempt (``key``) is known already.

        What the event log tells of one closed or taken over meanwhile is kept, and changes no state.
        """
        row = self._with_matter(session, callback_id, by, at, is_told=bool(key))
        if not key and not row.is_pending:
            raise rules.CallbackNotNow(CallbackState(row.state))
        if key and session.scalar(select(CallbackAttempt.id).where(CallbackAttempt.key == key)):
            return False
        next_by = self._callbacks.worktime(session).add(at, self._callbacks.limits.between)
        state = row.as_state()
        if row.is_pending:
            try:
                state = rules.attempt(
                    state, by, outcome, at, next_by=next_by, most=self._callbacks.limits.attempts
                )
            except HeldByAnother:
                if not key:
                    raise
        entry = {"callback_id": row.id, "at": at, "by": by, "outcome": outcome, "note": note}
        add_once(session, CallbackAttempt, [{"key": key or uuid4().hex, **entry}])
        if outcome is not Outcome.NOT_PLACED:
            row.first_attempt_at = min(row.first_attempt_at or at, at)
        detail = {"outcome": outcome, "first_attempt_at": row.first_attempt_at}
        self._become(session, row, state, by, "attempted", at, note, detail)
        return True

    def give_matter(self, session: Session, callback_id: int, matter: str, by: str, at: datetime) -> Callback:
        """Say what a promise without a word is about. Raises CallbackNotNow, HasMatter, UnfitText."""
        row = self._mine(session, callback_id, by, Action.CALLBACK_WORK, at)
        if not row.is_pending:
            raise rules.CallbackNotNow(CallbackState(row.state))
        if row.matter:
            raise HasMatter(row.id)
        row.matter = fit("matter", matter, LONGEST_MATTER)
        detail = {"matter": row.matter}
        self._become(session, row, row.as_state(), by, "matter-given", at, detail=detail)
        return row

    def extend(
        self, session: Session, callback_id: int, until: datetime, reason: str, by: str, at: datetime
    ) -> Callback:
        """One reasoned extension: N-03 waits for it, the statistics do not (§9.2)."""
        row = self._with_matter(session, callback_id, by, at)
        if not row.is_pending:
            raise rules.CallbackNotNow(CallbackState(row.state))
        refuse(wrong_extension(row, until, reason, at))
        row.extended_until = until
        detail = {"from": row.due_at, "to": until}
        self._become(session, row, row.as_state(), by, "extended", at, reason, detail)
        return row

    def close(self, session: Session, callback_id: int, result: str, by: str, at: datetime) -> Callback:
        """Close it with the answer told to the citizen; without an attempt on record, now is the first."""
        row = self._with_matter(session, callback_id, by, at)
        state = rules.answer(row.as_state(), by, result, at)
        if row.first_attempt_at is None:
            row.first_attempt_at = at
            entry = {"callback_id": row.id, "at": at, "by": by, "outcome": Outcome.REACHED, "note": ""}
            add_once(session, CallbackAttempt, [{"key": uuid4().hex, **entry}])
        row.owner = by
        on_time = rules.was_on_time(row.due_at, row.first_attempt_at, at)
        self._become(session, row, state, by, "closed", at, result, {"on_time": on_time})
        return row

    def cancel(self, session: Session, callback_id: int, reason: str, by: str, at: datetime) -> Callback:
        """Cancel it: the citizen called and was answered, or withdraws."""
        row = self._mine(session, callback_id, by, Action.CALLBACK_CANCEL, at)
        state = rules.cancel(row.as_state(), reason, at)
        self._become(session, row, state, by, "cancelled", at, reason, action=Action.CALLBACK_CANCEL)
        return row

    def pass_on(self, session: Session, at: datetime) -> int:
        """Give the open promises of closed agencies to their successors, whose liaisons are told (N-01);
        how many.

        Whoever moved to the successor keeps what is theirs; else it has yet to find its owner there.
        """
        pending = Callback.state.in_(rules.PENDING_STATES)
        owing = session.scalars(select(Callback.agency).where(pending, Callback.agency != "").distinct())
        moved = {agency: to for agency in owing if (to := ownership.successor(session, agency, at))}
        chosen = select(Callback).where(pending, Callback.agency.in_(moved)).order_by(Callback.id)
        rows = list(session.scalars(chosen.with_for_update(skip_locked=True)))
        for row in rows:
            self._pass_on(session, row, moved[row.agency], at)
        return len(rows)

    def _pass_on(self, session: Session, row: Callback, to: str, at: datetime) -> None:
        before, detail = row.state, {"from": row.agency, "to": to, "owner_before": row.owner}
        member = history.in_force(session, StaffRow, row.owner, at) if row.owner else None
        stays = member is not None and member.agency == to
        row.agency, row.section = to, member.section if member and stays else ""
        if not stays:
            row.owner = ""
            row.become(rules.let_go(row.as_state()))
        event = told(session, row, SYSTEM, "passed-on", before, at, detail=detail)
        session.flush()
        recipients = dict.fromkeys(
            (*ownership.owner_and_section(session, row, at), *liaisons(session, to, at))
        )
        notices.write(session, "N-01", f"callback:{row.id}:passed-on:{event.id}", recipients, facts(row), at)

    def sweep(self, session: Session, at: datetime) -> int:
        """Leases that have ended: nobody works on these any more; how many."""
        ended = select(Callback).where(Callback.holder != "", Callback.held_until <= at)
        rows = list(session.scalars(ended.order_by(Callback.id).with_for_update(skip_locked=True)))
        for row in rows:
            if row.is_pending:
                holder, before = row.holder, row.state
                row.become(rules.let_go(row.as_state()))
                told(session, row, SYSTEM, "lease-ended", before, at, f"no word from {holder}")
        return len(rows)

    def _claim(self, session: Session, row: Callback, by: str, at: datetime) -> None:
        hold = Hold(by, at + self._lease if self._lease else None)
        state = rules.start(row.as_state(), hold, at)
        detail = {"owner_before": row.owner, "until": hold.until}
        if self._lease is None:
            row.owner = by
        self._become(session, row, state, by, "claimed", at, detail=detail)

    def _mine(self, session: Session, callback_id: int, by: str, action: Action, at: datetime) -> Callback:
        """The row, locked, for somebody who may. Raises NoSuchCallback, NotPermitted, UnknownStaff."""
        row = callback(session, callback_id)
        self._may(session, by, action, at, row.acted_for)
        return row

    def _with_matter(
        self, session: Session, callback_id: int, by: str, at: datetime, *, is_told: bool = False
    ) -> Callback:
        """The row, as of ``_mine``, whose matter is known (P5.1.1). Raises MatterMissing.

        A program waits for nobody, and what the event log tells (``is_told``) has happened anyhow.
        """
        row = self._mine(session, callback_id, by, Action.CALLBACK_WORK, at)
        if row.wants_matter and self._lease is None and not is_told:
            raise MatterMissing(row.id)
        return row

    def _is_superior(self, session: Session, by: str, agency: str, at: datetime) -> bool:
        """Tell whether somebody may take a promise from its holder: their role may cancel for its agency."""
        try:
            return staff(session, by, at).may(Action.CALLBACK_CANCEL, agency)
        except UnknownStaff:
            return False

    def _become(
        self,
        session: Session,
        row: Callback,
        state: rules.Callback,
        by: str,
        kind: str,
        at: datetime,
        reason: str = "",
        detail: dict[str, Any] | None = None,
        action: Action = Action.CALLBACK_WORK,
    ) -> CallbackEvent:
        """Write the state with its event and, for a person's deed, the audit log's row."""
        before = row.state
        row.become(state)
        event = told(session, row, by, kind, before, at, reason, detail)
        flag_overdue(session, row, by, at)
        if self._lease is None:
            was, now = {"state": before}, {"did": kind, "state": row.state, **(detail or {})}
            audit(session, at, by, action, f"callback:{row.id}", before=was, after=now, reason=reason)
        if not row.is_pending:
            metrics.callbacks_closed.labels(row.state).inc()
        return event
