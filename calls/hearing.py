"""Calls whose sound somebody wants to hear (P9): those of a case, and those of a supervisor's own agents."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from calls.dispositions import is_answered_by
from calls.store import CallRow, NoSuchCall, refuse_unknown
from hotline.cases.find import by_number
from hotline.cases.moving import NoSuchCase
from hotline.cases.referrals import calls_of
from hotline.errors import HotlineError, existing
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import staff, with_role
from recordings import standing_purposes
from recordings.policy import Direction
from recordings.retrieval_store import ChosenCall
from recordings.store import Recording

BACK: Final = timedelta(days=30)
"""A standing purpose is for calls that began no longer ago."""


class NotTheirCall(HotlineError, code="not-their-call"):
    """A call of another's agents, of none, or from longer ago than a standing purpose reaches."""

    call_id: str
    days: int = BACK.days


class NothingToDraw(HotlineError, code="nothing-to-draw"):
    """No recorded call of one's agents within the time."""

    days: int = BACK.days


def calls_asked(
    session: Session, case: str, named: Sequence[str], since: datetime | None, until: datetime | None
) -> list[str]:
    """Ids of the calls of a case that began within a period, and of those named, in order of time.

    Raises NoSuchCase, NoSuchCall.
    """
    refuse_unknown(session, named)
    found = list(named)
    if case:
        row = existing(by_number(session, case), NoSuchCase(case))
        within: list[ColumnElement[bool]] = [CallRow.id.in_(calls_of(session, row))]
        within += [CallRow.started_at >= since] if since else []
        within += [CallRow.started_at < until] if until else []
        found += session.scalars(select(CallRow.id).where(*within))
    chosen = select(CallRow.id).where(CallRow.id.in_(found)).order_by(CallRow.started_at, CallRow.id)
    return list(session.scalars(chosen))


def choose(session: Session, call_id: str, reason: str, *, by: str, at: datetime) -> ChosenCall:
    """Choose a call of one's own agents for a reason, under a standing purpose in force. Audited.

    Raises NotPermitted, NoPurpose, NoSuchCall, NotTheirCall, UnfitText.
    """
    existing(session.get(CallRow, call_id), NoSuchCall(call_id))
    if not is_theirs(session, call_id, staff(session, by, at), at):
        raise NotTheirCall(call_id)
    return standing_purposes.choose(session, call_id, reason, by=by, at=at)


def draw(session: Session, pick: Callable[[int], int], *, by: str, at: datetime) -> ChosenCall:
    """Draw a recorded call of one's own agents; ``pick`` takes one of so many. Audited.

    Raises NotPermitted, NoPurpose, NothingToDraw.
    """
    standing_purposes.in_force(session, by, at)
    recorded = select(Recording.call_id).where(
        Recording.call_id == CallRow.id,
        Recording.direction == Direction.CALLER,
        Recording.seconds > 0,
        Recording.destroyed_at.is_(None),
    )
    chosen = select(CallRow.id).where(_theirs(session, staff(session, by, at), at), recorded.exists())
    many = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    if not many:
        raise NothingToDraw
    drawn = chosen.order_by(CallRow.started_at, CallRow.id).offset(pick(many)).limit(1)
    return standing_purposes.choose(session, session.scalars(drawn).one(), "", by=by, at=at)


def is_theirs(session: Session, call_id: str, member: Staff, at: datetime) -> bool:
    """Tell whether one of somebody's own agents answered a call of the last days."""
    theirs = select(CallRow.id).where(CallRow.id == call_id, _theirs(session, member, at))
    return session.scalar(theirs) is not None


def _theirs(session: Session, member: Staff, at: datetime) -> ColumnElement[bool]:
    """Own agents: those of the same section of the same agency."""
    phones = [
        one.phone
        for one in with_role(session, Role.AGENT, at)
        if one.phone and (one.agency, one.section) == (member.agency, member.section)
    ]
    return and_(CallRow.started_at >= at - BACK, or_(false(), *map(is_answered_by, phones)))
