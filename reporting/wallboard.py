"""The call centre at this moment and today, for its supervisors;
every figure is counted from the rows and says how.

How agents' phones stand is Asterisk's to tell and is shown only; nothing on record depends on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.dispositions import count_untagged
from calls.store import OUTGOING, CallRow, Leg
from hotline.callbacks import find
from hotline.clock import TAIPEI, midnight
from hotline.log_masking import masked
from hotline.numbers import national
from hotline.special_callers.store import SpecialCall
from hotline.staff.store import Agent, agents
from hotline.tickets.faults import faults
from reporting.queue_metrics import Queue, QueueCall, counted, hour_of, hours, of_citizens, parted
from reporting.table import Row

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
    """A call with an emergency, or that somebody asked about (REVIEW), or that must end (SPECIAL)."""

    id: str
    state: str
    number: str
    agent: str
    guidances: int
    cap_at: str
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour(Queue):
    """Figures of the calls that began in an hour of the day."""

    hour: int


@dataclass(frozen=True)
class Floor:
    """Content of the wallboard."""

    waiting: Sequence[Waiting] = ()
    talking: Sequence[Waiting] = ()
    agents: Mapping[str, str] = field(default_factory=dict)
    """Phone to ``break: reason`` or what Asterisk says of it; empty while it says nothing."""
    service_level: float | None = None
    """This and the next three: of today's calls, as of ``hours``."""
    answered: int = 0
    called_back: int = 0
    abandoned: int = 0
    due: int = 0
    """Promises that are still to be kept, whoever asked for them and whenever."""
    overdue: int = 0
    """Of those: the time has passed, and nobody has called yet."""
    faults: int = 0
    """Of lines, phones and agencies' switchboards, told and not mended yet (P11)."""
    untagged: int = 0
    """Answered before today, and nobody has said what for (P3)."""
    judged: Sequence[Judged] = ()
    hours: Sequence[Hour] = ()

    def plain(self) -> dict[str, Any]:
        """Values for JSON."""
        return asdict(self)


HOUR_COLUMNS: Final = "hour calls queued answered promised_callback abandoned within_20_s mean_wait_s".split()


def hour_rows(seen: Floor) -> list[Row]:
    """The hours of today under ``HOUR_COLUMNS``."""
    counts = attrgetter("hour", "calls", "queued", "answered", "called_back", "abandoned", "soon")
    return [
        (*map(str, counts(one)), "" if one.mean_wait is None else str(round(one.mean_wait, 1)))
        for one in seen.hours
    ]


def floor(session: Session, at: datetime, phones: Mapping[str, str]) -> Floor:
    """Floor at an instant; ``phones`` is how Asterisk sees the agents' phones."""
    begins = midnight(at)
    today = [one for _, one in of_citizens(session, begins, begins + timedelta(days=1))]
    whole = counted(today)
    pending = find.pending(session)
    up = _up(session, at)
    at_desks = _at_desks(session, up)
    unknown = "not configured" if phones else ""
    return Floor(
        waiting=_lines([row for row in up if row.queued_at and not row.agent_at], at_desks),
        talking=_lines([row for row in up if row.agent_at], at_desks),
        agents={
            one.phone: _stands(one, phones.get(one.phone, unknown), one.phone in at_desks.values())
            for one in agents(session)
        },
        service_level=whole.level,
        answered=whole.answered,
        called_back=whole.called_back,
        abandoned=whole.abandoned,
        due=len(pending),
        overdue=sum(row.is_overdue(at) for row in pending),
        faults=len(faults(session)),
        untagged=count_untagged(session, begins),
        judged=_judged(session, {row.id: row for row in up}, at_desks),
        hours=by_hour(today),
    )


def by_hour(calls: Iterable[QueueCall]) -> list[Hour]:
    """Calls of one day by the hour in which they began, from the first hour with a call to the last."""
    found = parted(hour_of, calls)
    return [Hour(**asdict(counted(found.get(hour, ()))), hour=hour) for hour in hours(found)]


def _up(session: Session, at: datetime) -> list[CallRow]:
    """Citizens' calls without an end, also those that began before midnight."""
    of_citizens = (CallRow.line != OUTGOING, CallRow.ended_at.is_(None))
    return list(session.scalars(select(CallRow).where(*of_citizens, CallRow.started_at > at - LONGEST_CALL)))


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
            row.id,
            _number(row),
            row.wanted,
            (row.agent_at or row.queued_at or row.started_at or _never).isoformat(),
            at_desks[row.id],
        )
        for row in rows
    ]
    return sorted(lines, key=lambda one: one.since)


_never = datetime.fromtimestamp(0, TAIPEI)


def _judged(session: Session, up: Mapping[str, CallRow], at_desks: Mapping[str, str]) -> list[Judged]:
    """Emergencies first, then those that wait for a judgement."""
    watched = SpecialCall.state.in_(WATCHED) | SpecialCall.emergency
    chosen = select(SpecialCall).where(SpecialCall.call_id.in_(up), watched)
    order = SpecialCall.emergency.desc(), SpecialCall.state, SpecialCall.call_id
    return [
        Judged(
            one.call_id,
            one.state,
            _number(up[one.call_id]),
            at_desks[one.call_id],
            one.guidances,
            one.cap_at.isoformat() if one.cap_at else "",
            one.emergency,
        )
        for one in session.scalars(chosen.order_by(*order))
    ]


def emergencies(session: Session, at: datetime) -> list[str]:
    """Calls that are up in which there was an emergency: asked each second for every open page."""
    chosen = (
        select(CallRow.id)
        .join(SpecialCall, SpecialCall.call_id == CallRow.id)
        .where(SpecialCall.emergency, CallRow.ended_at.is_(None), CallRow.started_at > at - LONGEST_CALL)
    )
    return list(session.scalars(chosen.order_by(CallRow.id)))


def _number(row: CallRow) -> str:
    return masked(national(row.caller) or row.caller)
