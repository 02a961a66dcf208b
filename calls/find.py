"""Finding calls by time, agent, outcome, extension, service, topic, caller; and all that is known of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from calls.dispositions import IS_UNTAGGED, is_answered_by
from calls.store import OUTGOING, CallEvent, CallRow, Leg, NoSuchCall
from hotline.callbacks.find import all_of_call
from hotline.callbacks.store import Callback
from hotline.errors import existing
from hotline.keys.finding import has
from hotline.ledger.looks import look
from hotline.ledger.pseudonyms import CITIZEN
from hotline.log_masking import is_text
from recordings import gaps
from recordings.gaps import SoundGap
from recordings.store import Recording

UP: Final = "up"
"""Asked for instead of an outcome: calls that have no end yet."""
UNTAGGED: Final = "untagged"
"""Asked for instead of a service type: answered calls that nobody has given one."""


class CallDirection(StrEnum):
    """Direction of a call."""

    IN = "in"
    """From a citizen."""
    OUT = "out"
    """Placed by 1999."""


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Calls that are wanted; what is empty is not asked for."""

    since: datetime | None = None
    until: datetime | None = None
    agent: str = ""
    """Phone of an agent who answered, as the first or after others."""
    outcome: str = ""
    """A ``CallResult``, or ``UP``."""
    extension: str = ""
    """Wanted by the caller or rung, also in another's place."""
    service: str = ""
    """A ``ServiceType``, ``NONE`` or ``UNTAGGED``."""
    topic: str = ""
    """A ``Topic``, as it is kept."""
    caller: str = ""
    """E.164."""
    direction: CallDirection = CallDirection.IN


def found(session: Session, asked: CallQuery, *, skip: int = 0, most: int) -> list[CallRow]:
    """Calls, the latest first."""
    chosen = _chosen(asked, select(CallRow)).order_by(CallRow.started_at.desc(), CallRow.id)
    return list(session.scalars(chosen.offset(skip).limit(most)))


def how_many(session: Session, asked: CallQuery) -> int:
    """How many there are."""
    return session.scalar(_chosen(asked, select(func.count()).select_from(CallRow))) or 0


def topics(session: Session, asked: CallQuery, *, most: int) -> list[str]:
    """Topics of the calls of the time that is asked for, the most frequent first."""
    within = CallQuery(since=asked.since, until=asked.until)
    chosen = _chosen(within, select(CallRow.topic)).where(CallRow.topic != "").group_by(CallRow.topic)
    return list(session.scalars(chosen.order_by(func.count().desc(), CallRow.topic).limit(most)))


def _chosen(asked: CallQuery, of: Select[Any]) -> Select[Any]:
    is_placed = CallRow.line == OUTGOING
    wanted = [
        CallRow.started_at.is_not(None),
        is_placed if asked.direction is CallDirection.OUT else ~is_placed,
    ]
    if asked.since:
        wanted.append(CallRow.started_at >= asked.since)
    if asked.until:
        wanted.append(CallRow.started_at < asked.until)
    if asked.agent:
        wanted.append(is_answered_by(asked.agent))
    if asked.outcome:
        wanted.append(CallRow.ended_at.is_(None) if asked.outcome == UP else CallRow.outcome == asked.outcome)
    if asked.extension:
        rung = or_(Leg.extension == asked.extension, Leg.asked == asked.extension)
        wanted.append(select(Leg.call_id).where(Leg.call_id == CallRow.id, rung).exists())
    if asked.service == UNTAGGED:
        wanted += IS_UNTAGGED
    elif asked.service:
        wanted.append(CallRow.service.contains(asked.service, autoescape=True))
    if asked.topic:
        wanted.append(CallRow.topic == asked.topic)
    if asked.caller:
        wanted.append(has(CallRow.caller_hash, asked.caller))
    return of.where(*wanted)


def look_up(session: Session, number: str, *, most: int, at: datetime, by: str, reason: str) -> list[CallRow]:
    """The latest calls from a number in E.164: each is a look at a citizen, on record under its reason.

    Raises NoReadingReason.
    """
    rows = found(session, CallQuery(caller=number), most=most)
    for subject in [f"call:{row.id}" for row in rows] or [f"{CITIZEN}:{number}"]:
        look(session, at, by, subject, reason, "number")
    return rows


@dataclass(frozen=True, slots=True)
class CallStory:
    """All that is known of a call, each part in order of time; of its sound only that it is there."""

    row: CallRow
    events: Sequence[CallEvent]
    legs: Sequence[Leg]
    recordings: Sequence[Recording]
    gaps: Sequence[SoundGap]
    promises: Sequence[Callback]


def story(session: Session, call_id: str) -> CallStory:
    """Everything about one call, also one that 1999 placed. Raises NoSuchCall."""
    row = existing(session.get(CallRow, call_id) if is_text(call_id) else None, NoSuchCall(call_id))
    events = select(CallEvent).where(CallEvent.call_id == call_id).order_by(CallEvent.at, CallEvent.id)
    legs = select(Leg).where(Leg.call_id == call_id).order_by(Leg.started_at, Leg.channel)
    kept = select(Recording).where(Recording.call_id == call_id)
    return CallStory(
        row,
        session.scalars(events).all(),
        session.scalars(legs).all(),
        session.scalars(kept.order_by(Recording.started_at, Recording.direction)).all(),
        gaps.of_call(session, call_id),
        all_of_call(session, call_id),
    )
