"""The call centre at this moment and today, for its supervisors; every figure is counted from the rows and says how.

How agents' phones stand is Asterisk's to tell and is shown only; nothing on record depends on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.audit import masked
from hotline.callbacks import find
from hotline.callbacks.rules import is_overdue
from hotline.clock import TAIPEI
from hotline.numbers import national
from hotline.special.store import SpecialCall
from hotline.staff.store import Agent, agents
from hotline.tickets.faults import faults
from ivr.record import Outcome
from ivr.store import OUTGOING, CallRow, Leg

SOON_ENOUGH: Final = timedelta(seconds=20)
"""Service level: the share of today's queued calls, answered or over, that an agent answered within so long; who was
promised a callback instead was not answered."""
LONGEST_CALL: Final = timedelta(hours=3)
"""A call without an end that began longer ago was lost with its Asterisk, and is not counted as up."""
WATCHED: Final = ("REVIEW", "SPECIAL")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that is up: ``since`` an agent's answer, else the queue; ``agent`` as long as one is at it."""

    id: str
    number: str
    language: str
    since: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A call somebody asked about (REVIEW) or that must end (SPECIAL)."""

    id: str
    state: str
    number: str
    agent: str
    guidances: int
    cap_at: str


@dataclass(frozen=True, slots=True)
class Hour:
    """Calls that began in an hour of the day: of those that joined the queue, who was answered, promised a callback
    instead, or gave up.
    """

    hour: int
    calls: int = 0
    queued: int = 0
    answered: int = 0
    promised: int = 0
    abandoned: int = 0
    soon: int = 0
    waited: float = 0.0
    """Seconds in the queue of those answered, in all."""


@dataclass(frozen=True)
class Floor:
    """All of it."""

    waiting: Sequence[Waiting] = ()
    talking: Sequence[Waiting] = ()
    agents: Mapping[str, str] = field(default_factory=dict)
    """Phone to ``break: reason`` or what Asterisk says of it; empty while it says nothing."""
    service_level: float | None = None
    answered: int = 0
    promised: int = 0
    """Callers of the queue who were promised a callback; ``due`` are all promises, whoever asked for them."""
    abandoned: int = 0
    due: int = 0
    overdue: int = 0
    faults: int = 0
    """Of lines, phones and agencies' switchboards, told and not mended yet (P11)."""
    judged: Sequence[Judged] = ()
    hours: Sequence[Hour] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def floor(session: Session, at: datetime, phones: Mapping[str, str]) -> Floor:
    """As of an instant; ``phones`` is how Asterisk sees the agents' phones."""
    midnight = at.astimezone(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
    of_citizens = select(CallRow).where(CallRow.started_at >= midnight, CallRow.line != OUTGOING)
    rows = list(session.scalars(of_citizens))
    hours = by_hour(rows)
    pending = find.pending(session)
    up = [
        row for row in rows if row.ended_at is None and row.started_at and at - row.started_at < LONGEST_CALL
    ]
    at_desks = _at_desks(session, up)
    unknown = "not configured" if phones else ""
    return Floor(
        waiting=_lines([row for row in up if row.queued_at and not row.agent_at], at_desks),
        talking=_lines([row for row in up if row.agent_at], at_desks),
        agents={
            one.phone: _stands(one, phones.get(one.phone, unknown), one.phone in at_desks.values())
            for one in agents(session)
        },
        service_level=level(hours),
        answered=sum(one.answered for one in hours),
        promised=sum(one.promised for one in hours),
        abandoned=sum(one.abandoned for one in hours),
        due=len(pending),
        overdue=sum(is_overdue(row.due_at, row.first_attempt_at, at) for row in pending),
        faults=len(faults(session)),
        judged=_judged(session, {row.id: row for row in up}, at_desks),
        hours=hours,
    )


def by_hour(rows: Sequence[CallRow]) -> list[Hour]:
    """Calls of one day by the hour in which they began, from the first hour with a call to the last."""
    found: dict[int, list[CallRow]] = {}
    for row in rows:
        if row.started_at:
            found.setdefault(row.started_at.astimezone(TAIPEI).hour, []).append(row)
    spans = range(min(found, default=0), max(found, default=-1) + 1)
    return [_hour(hour, found.get(hour, [])) for hour in spans]


def _hour(hour: int, rows: Sequence[CallRow]) -> Hour:
    queued = [row for row in rows if row.queued_at]
    answered = [row for row in queued if row.agent_at]
    unmet = [row for row in queued if not row.agent_at and row.ended_at]
    promised = sum(row.outcome == Outcome.PROMISED for row in unmet)
    soon = [
        row
        for row in answered
        if row.queued_at and row.agent_at and row.agent_at - row.queued_at <= SOON_ENOUGH
    ]
    waited = sum(row.queue_seconds or 0.0 for row in answered)
    return Hour(
        hour, len(rows), len(queued), len(answered), promised, len(unmet) - promised, len(soon), round(waited, 1)
    )  # fmt: skip


def level(hours: Sequence[Hour]) -> float | None:
    """The service level of some hours, 0 to 1; None without a call that counts."""
    counted = sum(one.answered + one.promised + one.abandoned for one in hours)
    return sum(one.soon for one in hours) / counted if counted else None


def _stands(agent: Agent, said: str, talks: bool) -> str:
    """A break as long as nobody is at the phone; what Asterisk calls busy is a talk, if there is one."""
    if agent.resting and not talks:
        return f"break: {agent.resting}"
    return "in a call" if talks and said == "busy" else said


def _at_desks(session: Session, up: Sequence[CallRow]) -> dict[str, str]:
    """The agent's phone by call; empty once the agent has left, as after a transfer."""
    chosen = select(Leg.call_id, Leg.phone, Leg.ended_at).where(
        Leg.call_id.in_([row.id for row in up]), Leg.kind == "agent", Leg.answered_at.is_not(None)
    )
    found = {row.id: row.agent for row in up}
    for call, phone, ended in session.execute(chosen.order_by(Leg.ended_at.is_(None), Leg.started_at)):
        found[call] = "" if ended else phone
    return found


def _lines(rows: Sequence[CallRow], at_desks: Mapping[str, str]) -> list[Waiting]:
    lines = [
        Waiting(
            row.id, _number(row), row.wanted, (row.agent_at or row.queued_at or row.started_at or _never).isoformat(),
            at_desks[row.id],
        )
        for row in rows
    ]  # fmt: skip
    return sorted(lines, key=lambda one: one.since)


_never = datetime.fromtimestamp(0, TAIPEI)


def _judged(session: Session, up: Mapping[str, CallRow], at_desks: Mapping[str, str]) -> list[Judged]:
    """Those that wait for a judgement first."""
    chosen = select(SpecialCall).where(SpecialCall.call_id.in_(up), SpecialCall.state.in_(WATCHED))
    return [
        Judged(
            one.call_id, one.state, _number(up[one.call_id]), at_desks[one.call_id], one.guidances,
            one.cap_at.isoformat() if one.cap_at else "",
        )
        for one in session.scalars(chosen.order_by(SpecialCall.state, SpecialCall.call_id))
    ]  # fmt: skip


def _number(row: CallRow) -> str:
    return masked(national(row.caller) or row.caller)
