"""Places that waiting callers were told, and when they were answered: the measure of the queue's pace."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import CallEvent, CallRow
from ivr.numerals import Language
from ivr.queue_pace import Advance, advances

TOLD = "WaitAnnounced"
"""Kind of the event that tells which place a caller was told."""


def measured(session: Session, since: datetime, until: datetime) -> Mapping[Language, Sequence[Advance]]:
    """Advances of the callers of each language, in calls that began in this stretch of time."""
    query = (
        select(CallRow.id, CallRow.wanted, CallRow.agent_at, CallEvent.at, CallEvent.detail)
        .join(CallEvent, CallEvent.call_id == CallRow.id)
        .where(CallRow.started_at >= since, CallRow.started_at < until, CallEvent.kind == TOLD)
        .order_by(CallRow.id, CallEvent.at)
    )
    places: dict[tuple[str, str, datetime | None], list[tuple[datetime, int]]] = defaultdict(list)
    for call_id, wanted, agent_at, at, detail in session.execute(query):
        if agent_at is None or at < agent_at:  # who waits again after a talk came back before everybody
            places[call_id, wanted, agent_at].append((at, int(detail["position"])))
    found: dict[Language, list[Advance]] = defaultdict(list)
    for (_, wanted, agent_at), told in places.items():
        with suppress(ValueError):
            found[Language(wanted)] += advances(told, agent_at)
    return found
