"""A call of another line that our Asterisk takes for a while: for a wait in the queue, or to ring one phone.

There the event log sees a call of its own; it tells (HELD) whose it is, and all of it is filed under that
call. What the carrier has told already is not written again: its own times, its end, and the phones it rang
itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.cdr import CallDetailRecord, witnessed
from calls.cel import ChannelEvent
from calls.kept_sound import of_spans
from calls.legs import legs_of
from calls.rings import AGENT
from calls.store import CallEvent, CallRow, HeldCall, Leg
from calls.timeline import TimelineEntry, told
from calls.webhook_cdr import settled
from hotline.cluster.nodes import ClusterNode
from hotline.db import add_once
from hotline.spans import Span, joined
from ivr.steps import RecordingAwaited
from recordings.service import RecordedCall, expect_anew

HELD: Final = "HELD"
"""Our dialplan's event on the call's own channel: the call's name on its line."""
VISIT: Final = "Visit"
"""Kind of the event that sums a visit up when it is over."""
BEGAN: Final = "VisitBegan"
_NAME: Final = re.compile(r"[A-Za-z0-9]{8,64}")


def handed(events: Sequence[ChannelEvent]) -> tuple[str, tuple[ChannelEvent, ...]] | None:
    """The visit's own name, and its events as those of the call it belongs to; None if it belongs to none."""
    own = next((event for event in events if event.kind == HELD and event.channel == event.call_id), None)
    if own is None or not _NAME.fullmatch(own.said):
        return None
    visit, call = own.call_id, own.said
    return visit, tuple(
        replace(event, call_id=call, channel=call if event.channel == visit else event.channel)
        for event in events
    )


def channel_of(session: Session, call_id: str) -> str:
    """The call's channel in our Asterisk now: the latest visit's, or its own if it is of our own line."""
    query = select(CallEvent.detail).where(CallEvent.call_id == call_id, CallEvent.kind == BEGAN)
    latest = session.scalars(query.order_by(CallEvent.at.desc()).limit(1)).first()
    return str(latest["channel"]) if latest else call_id


def node_of(session: Session, channel: str) -> str:
    """The node whose Asterisk has a channel, by its record or its name; empty where no node is known."""
    row = session.get(CallRow, channel)
    if row and row.node:
        return row.node
    name = channel.partition("-")[0]
    return name if session.get(ClusterNode, name) else ""


def call_of(session: Session, linked: str) -> CallRow | None:
    """The call of a linked id: on our own line its own, else that of the visit; None if nobody knows it."""
    visit = select(CallRow).join(CallEvent, CallEvent.call_id == CallRow.id)
    found = session.get(CallRow, linked)
    return found or session.scalars(visit.where(CallEvent.key == f"began:{linked}")).first()


def is_kept_by_talks(session: Session, call_id: str) -> bool:
    """Tell whether of a call's sound its talks alone are kept."""
    awaited = CallEvent.call_id == call_id, CallEvent.kind == RecordingAwaited.__name__
    return session.scalar(select(CallEvent.id).where(*awaited).limit(1)) is not None


def seen_of(events: Sequence[ChannelEvent]) -> CallDetailRecord:
    """The record of a visit, under the call's name.

    Only the queue rings phones of itself; any other was rung for the carrier, who tells of it.
    """
    found = witnessed(events)
    return found if found.queued_at else replace(found, legs=(), agent="", agent_at=None)


def stories(visit: str, events: Sequence[ChannelEvent], found: CallDetailRecord) -> list[TimelineEntry]:
    """Events of it for a person to read; its end is the visit's, not the call's."""
    several = [one for one in told(events, found) if one.kind != "CallEnded"]
    several.append(TimelineEntry(f"began:{visit}", found.started_at, BEGAN, {"channel": visit}))
    if found.end:
        detail = {
            "agent": found.agent,
            "agent_at": found.agent_at and found.agent_at.isoformat(),
            "queue_seconds": found.queue_seconds or 0.0,
            "talk_seconds": found.talk_seconds or 0.0,
            "talks": [[since.isoformat(), until.isoformat()] for since, until in _talks(events, found)],
            "said": found.end.said,
        }
        several.append(TimelineEntry(f"visit:{visit}", found.end.at, VISIT, detail))
    return several


def _talks(events: Sequence[ChannelEvent], found: CallDetailRecord) -> list[Span]:
    """When the caller talked with anybody here, also with a phone that was rung for the carrier."""
    legs = legs_of(events, found.end.at if found.end else None)
    return joined(span for leg in legs for span in leg.talks)


def file(
    session: Session, visit: str, events: Sequence[ChannelEvent], leg_rows: Sequence[Mapping[str, Any]]
) -> bool:
    """Write a visit's rows once more; False while its call is not known."""
    found = seen_of(events)
    row = session.get(CallRow, found.id)
    if row is None:
        return False
    for leg in leg_rows:
        session.merge(Leg(call_id=found.id, **leg))
    add_once(session, CallEvent, [one.row(found.id) for one in stories(visit, events, found)])
    session.flush()
    summed(session, row)
    return True


def summed(session: Session, row: CallRow) -> None:
    """The columns of a call that only our Asterisk's visits know; the end, too, if a rule brought it."""
    visits = sorted(_told(session, row.id, VISIT), key=lambda one: str(one["agent_at"] or "9"))
    _sound(session, row, visits)
    if not visits:
        return
    first = next((one for one in visits if one["agent"]), None)
    if first:
        row.agent, row.agent_at = first["agent"], datetime.fromisoformat(first["agent_at"])
    waited = timedelta(seconds=sum(one["queue_seconds"] for one in visits))
    talked = sum(one["talk_seconds"] for one in visits)
    row.queue_seconds = round(waited.total_seconds(), 3)
    row.talk_seconds = round(talked, 3) if talked else row.talk_seconds
    held = session.get(HeldCall, row.id)
    if row.ended_at and held:
        said = next((one["said"] for one in visits if one["said"]), "")
        row.end_reason, row.outcome = settled(
            held.ending, said, row.end_reason, row.outcome, talked=talked > 0
        )


def _sound(session: Session, row: CallRow, visits: Sequence[Mapping[str, Any]]) -> None:
    """Keep of a carrier's recording its talks alone: those here, and with phones that the carrier rang."""
    if not is_kept_by_talks(session, row.id):
        return
    here = [span for one in visits for span in one.get("talks", ())]
    rung = select(Leg.answered_at, Leg.ended_at).where(Leg.call_id == row.id, Leg.kind != AGENT)
    talks = [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in here]
    talks += [(since, until) for since, until in session.execute(rung) if since and until]
    if sound := of_spans(talks, row.ended_at):
        row.recorded_at = sound.began_at
        if row.ended_at:  # a visit may be told late, and before others that came before it
            known = RecordedCall(row.id, row.node, sound.began_at, row.ended_at, gaps=sound.gaps)
            expect_anew(session, known)


def _told(session: Session, call_id: str, kind: str) -> list[dict[str, Any]]:
    query = select(CallEvent.detail).where(CallEvent.call_id == call_id, CallEvent.kind == kind)
    return list(session.scalars(query))
