"""Placing calls, so many a day, and keeping what became of them; noting who took a report (P5.3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks.outbound_lock import RUNG
from hotline.callbacks.rules import Outcome
from hotline.callbacks.store import CallbackEvent
from hotline.clock import midnight
from hotline.db import add_once, locked, numbered
from hotline.directory.owners import CALL_CENTRE
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.outbound_calls.rules import (
    NobodyNamed,
    OutboundEvent,
    OutboundState,
    Phase,
    PlacedNotNow,
    Purpose,
    Target,
    after,
)
from hotline.outbound_calls.store import PlacedCall, PlacedRing
from hotline.outbox import service as notices
from hotline.permissions import Action, Role
from hotline.staff.service import permitted, with_role
from hotline.texts import fit

log = structlog.get_logger()
LONGEST: Final = timedelta(hours=2)
"""A call that nobody said is over counts as over after this: its Asterisk is dead."""
LONGEST_NAME: Final = 64
LONGEST_MATTER: Final = 200
"""Of what is told in a few words, and written to whoever was not reached."""


class NoSuchPlaced(HotlineError, code="no-such-placed"):
    """No placed call has this number."""

    number: int


class NothingToNotify(HotlineError, code="nothing-to-notify"):
    """A call to an agency about nothing."""


def placed(session: Session, placed_id: int) -> PlacedCall:
    """A placed call, locked until the end of the transaction. Raises NoSuchPlaced."""
    return existing(locked(session, PlacedCall, placed_id), NoSuchPlaced(placed_id))


def add_call(session: Session, purpose: Purpose, by: str, at: datetime, **more: Any) -> PlacedCall:
    """Write a call down before a phone rings."""
    begun = {"purpose": purpose, "state": OutboundState.CALLING, "by": by, "placed_at": at}
    row = numbered(session, PlacedCall(token=uuid4().hex, **begun, **more))
    return row


def told_matter(matter: str) -> str:
    """What an agency is told, as it is kept. Raises NothingToNotify, UnfitText."""
    if not matter.strip():
        raise NothingToNotify
    return fit("matter", matter, LONGEST_MATTER)


def begin_notify(
    session: Session,
    targets: Sequence[Target],
    *,
    call_id: str,
    agency: str,
    extension: str,
    matter: str,
    by: str,
    at: datetime,
) -> PlacedCall:
    """Begin a call to an agency, on record before a ring. Raises NotPermitted, NothingToNotify, UnfitText."""
    permitted(session, by, Action.CALL_NOTIFY, at)
    matter, phones = told_matter(matter), [one.as_row() for one in targets]
    words = {"call_id": call_id, "agency": agency, "extension": extension, "matter": matter}
    row = add_call(session, Purpose.NOTIFY, by, at, targets=phones, **words)
    after = {"call": call_id, "extension": extension, "agency": agency}
    audit(session, at, by, Action.CALL_NOTIFY, f"placed:{row.id}", after=after)
    return row


def not_placed(session: Session, token: str, at: datetime) -> None:
    """Break off a call that rang nobody: the agent's own phone did not answer, or Asterisk is away."""
    row = _by_token(session, token)
    if row and row.state == OutboundState.CALLING:
        row.state, row.ended_at = OutboundState.BROKEN_OFF, at


def over(session: Session, token: str, at: datetime) -> None:
    """End a call whose agent's channel is gone, whatever the dialplan could report: nobody waits for it."""
    row = _by_token(session, token)
    if row:
        row.ended_at = at
        row.state = OutboundState.BROKEN_OFF if row.state == OutboundState.CALLING else row.state


def heard(session: Session, one: OutboundEvent) -> PlacedCall | None:
    """Keep what the event log tells, each line once, in any order; None for a call that is not known."""
    row = _by_token(session, one.token)
    if row is None:
        return None
    if one.phase is not Phase.OVER:
        ring = {"token": row.token, "place": one.place, "outcome": one.outcome, "at": one.at}
        add_once(session, PlacedRing, [ring])
    if one.phase is Phase.RUNG:  # who answered may have put down while told who calls
        session.get_one(PlacedRing, (row.token, one.place)).outcome = one.outcome
    met = next((ring for ring in reversed(rings(session, row)) if ring.outcome == Outcome.REACHED), None)
    state = after(OutboundState(row.state), one, is_met=met is not None)
    if state is not OutboundState.NOTIFIED:
        row.reached, row.answered_at = (met.place, met.at) if met else (None, None)
    if one.phase is Phase.ANSWERED and row.ended_at and row.ended_at < one.at:
        row.ended_at = None  # given up only because Asterisk's answer was lost
    if one.phase is Phase.OVER:
        row.ended_at = row.ended_at or one.at
        if state is OutboundState.UNREACHED and row.purpose == Purpose.NOTIFY:
            _tell_of_unreached(session, row, one.at)
    row.state = state
    return row


def _tell_of_unreached(session: Session, row: PlacedCall, at: datetime) -> None:
    """N-30 to the agency's liaison and manager, else to the supervisors; never to nobody (P5.3)."""
    named = [one for role in (Role.LIAISON, Role.MANAGER) for one in with_role(session, role, at, row.agency)]
    told = (named if row.agency else []) or with_role(session, Role.SUPERVISOR, at)
    recipients = [one.email or one.login for one in told] or [CALL_CENTRE]
    notices.write(session, "N-30", f"placed:{row.id}:unreached", recipients, {"matter": row.matter}, at)
    log.warning("notify.unreached", placed=row.id, agency=row.agency)


def taken(session: Session, placed_id: int, person: str, *, by: str, at: datetime) -> PlacedCall:
    """Record who took the report, by name; the time is when the phone was answered. Audited.

    Raises NoSuchPlaced, NotPermitted, NobodyNamed, UnfitText, PlacedNotNow.
    """
    permitted(session, by, Action.CALL_NOTIFY, at)
    row = placed(session, placed_id)
    if not person:
        raise NobodyNamed
    person = fit("person", person, LONGEST_NAME)
    if row.purpose != Purpose.NOTIFY or row.state not in (OutboundState.ANSWERED, OutboundState.NOTIFIED):
        raise PlacedNotNow(placed_id, OutboundState(row.state))
    before = {"state": row.state, "person": row.person}
    row.state, row.person, row.notified_at = OutboundState.NOTIFIED, person, row.answered_at
    after = {"state": row.state, "person": row.person, "notified_at": row.notified_at}
    audit(session, at, by, Action.CALL_NOTIFY, f"placed:{row.id}", before=before, after=after)
    return row


def rings(session: Session, row: PlacedCall) -> list[PlacedRing]:
    """The phones rung for a call, in order."""
    chosen = select(PlacedRing).where(PlacedRing.token == row.token)
    return list(session.scalars(chosen.order_by(PlacedRing.place)))


def placed_since(session: Session, since: datetime, *, by: str = "") -> list[PlacedCall]:
    """Placed calls, the latest first; of one agent, if named."""
    chosen = select(PlacedCall).where(PlacedCall.placed_at >= since)
    if by:
        chosen = chosen.where(PlacedCall.by == by)
    return list(session.scalars(chosen.order_by(PlacedCall.id.desc())))


def of_call(session: Session, call_id: str) -> list[PlacedCall]:
    """List the calls placed because of a citizen's call, in order."""
    chosen = select(PlacedCall).where(PlacedCall.call_id == call_id)
    return list(session.scalars(chosen.order_by(PlacedCall.id)))


def _by_token(session: Session, token: str) -> PlacedCall | None:
    return session.scalars(
        select(PlacedCall).where(PlacedCall.token == token).with_for_update()
    ).one_or_none()


DAY = timedelta(days=1)


class PersonalLimit(HotlineError, code="personal-limit"):
    """A person for whom today's calls are used up."""

    by: str
    most: int


def refuse_too_many(session: Session, by: str, most: int, at: datetime) -> None:
    """Let a call be placed for somebody, unless today's are used up. Raises PersonalLimit."""
    if placed_today(session, by, at) >= most:
        metrics.outbound_refused.labels("person").inc()
        raise PersonalLimit(by, most)


def placed_today(session: Session, by: str, at: datetime) -> int:
    """Calls placed for somebody on this day of Taipei: to agencies, to petitioners, to keep promises."""
    begins = midnight(at)
    placed = select(func.count()).where(
        PlacedCall.by == by, PlacedCall.placed_at >= begins, PlacedCall.placed_at < begins + DAY
    )
    kept = select(func.count()).where(
        CallbackEvent.by == by,
        CallbackEvent.kind == RUNG,
        CallbackEvent.at >= begins,
        CallbackEvent.at < begins + DAY,
    )
    return (session.scalar(placed) or 0) + (session.scalar(kept) or 0)
