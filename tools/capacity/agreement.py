"""Agreement of the simulated line with calls that were made: the same callers, the model's waits.

Reads the records of an installation: when each caller joined the queue, was answered and left. Whatever the
model does not know (what Asterisk takes to notice a free agent, to ring, to bridge) shows as a difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.store import CallEvent, CallRow, Leg
from tools.capacity.line import SimulatedCaller, SimulatedLine, Site, waits

ENTERED, LEFT = "QueueEntered", "QueueWasLeft"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Mean waits in seconds, as measured and as simulated, of so many calls."""

    calls: int
    measured: float
    simulated: float

    @property
    def difference(self) -> float:
        """Share by which the model is off."""
        return abs(self.simulated - self.measured) / self.measured


def recorded(session: Session) -> tuple[list[SimulatedCaller], list[float]]:
    """Callers who talked to an agent, and how long each had waited, in order of arrival."""
    rows = session.execute(
        select(CallRow.queued_at, CallRow.agent_at, CallRow.ended_at)
        .where(CallRow.queued_at.is_not(None), CallRow.agent_at.is_not(None), CallRow.ended_at.is_not(None))
        .order_by(CallRow.queued_at)
    ).all()
    if not rows:
        return [], []
    first = rows[0].queued_at.replace(microsecond=0)
    return [
        SimulatedCaller(
            (row.queued_at - first).total_seconds(), 0.0, (row.ended_at - row.agent_at).total_seconds()
        )
        for row in rows
    ], [(row.agent_at - row.queued_at).total_seconds() for row in rows]


def announced(session: Session) -> float:
    """Mean seconds from one stay in the queue to the next of the same call: the announcement between."""
    rows = session.execute(
        select(CallEvent.call_id, CallEvent.kind, CallEvent.at)
        .where(CallEvent.kind.in_((LEFT, ENTERED)))
        .order_by(CallEvent.call_id, CallEvent.at)
    ).all()
    took = [
        (to.at - of.at).total_seconds()
        for of, to in pairwise(rows)
        if of.call_id == to.call_id and (of.kind, to.kind) == (LEFT, ENTERED)
    ]
    return fmean(took) if took else 0.0


def rang(session: Session) -> float:
    """Mean seconds that an agent's phone rang before it was answered."""
    answered = Leg.kind == "agent", Leg.answered_at.is_not(None)
    return session.scalar(select(func.avg(Leg.ring_seconds)).where(*answered)) or 0.0


def compare(callers: Sequence[SimulatedCaller], waited: Sequence[float], site: Site) -> Agreement:
    """The model's wait of the same callers at this site."""
    return Agreement(len(waited), fmean(waited), fmean(waits(SimulatedLine(site).run(callers))))
