"""The call centre at this moment and today, for its supervisors;
every figure is counted from the rows and says how.

How agents' phones stand is Asterisk's to tell and is shown only; nothing on record depends on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.dispositions import count_untagged
from calls.store import OUTGOING, CallRow, Leg
from hotline.callbacks import find
from hotline.clock import TAIPEI, midnight
from hotline.ledger.history import all_in_force
from hotline.log_masking import masked
from hotline.numbers import national
from hotline.special_callers.store import SpecialCall
from hotline.staff.agent_state import OFF_DUTY, SIGNED_OFF
from hotline.staff.shifts import on_duty
from hotline.staff.store import Agent, StaffRow, agents
from hotline.tickets.faults import faults
from hotline.video.rules import SessionState
from hotline.video.store import of_state
from reporting.queue_metrics import Queue, QueueCall, counted, hour_of, hours, of_citizens, parted
from reporting.table import Row

LONGEST_CALL: Final = timedelta(hours=3)
"""A call without an end that began longer ago was lost with its Asterisk, and is not counted as up."""
WATCHED: Final = ("REVIEW", "SPECIAL")
BREAK: Final = "break"
"""State of an agent who rests for a reason of their own or of a supervisor's."""
OUT_OF_REACH: Final = ("unreachable", "not configured")
"""States of a phone at which nobody sits."""
FIRST_DUE: Final = 5
"""So many promises are shown one by one."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Edges at which a figure is as it should be no longer."""

    level: float = 0.8
    """Goal of the service level, 0 to 1."""
    warning: float = 20.0
    """Seconds of a wait that is long."""
    alarm: float = 60.0
    """Seconds of a wait that is too long."""

    def strain(self, seconds: float) -> str:
        """How a wait of so long is: ``alarm``, ``warning``, or empty where it is as it should be."""
        return "alarm" if seconds >= self.alarm else "warning" if seconds >= self.warning else ""


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that is up: ``since`` an agent's answer, else the queue; ``agent`` as long as one is at it."""

    id: str
    number: str
    language: str
    since: str
    agent: str = ""
    place: int = 0
    """In the queue of its language, from 1, while it waits."""


@dataclass(frozen=True, slots=True)
class LanguageQueue:
    """Callers who wait for a language; ``since``: whoever waits longest."""

    language: str
    waiting: int
    since: str


class Attendance(StrEnum):
    """Whether an agent is there, beside who is to be."""

    THERE = "there"
    MISSING = "missing"
    """A shift runs, and the agent is not there."""
    EXTRA = "extra"
    """There without a shift, while others have one."""
    UNKNOWN = ""
    """No shift and not there, or nobody can say."""


@dataclass(frozen=True, slots=True)
class AgentNow:
    """An agent at this moment; ``since``: the beginning of the state, empty where nobody knows it."""

    phone: str
    name: str
    alias: str
    """Name on a screen that everybody sees; empty = none was given."""
    state: str
    """As Asterisk says, or ``break``, or the work after a call; empty while Asterisk says nothing."""
    reason: str = ""
    """Of a break."""
    since: str = ""
    attendance: Attendance = Attendance.UNKNOWN
    shift_until: str = ""
    """End of the shift that runs; empty while there is none."""


@dataclass(frozen=True, slots=True)
class DuePromise:
    """A promise of a callback by its number, with the time by which its owner answers for it."""

    id: int
    due_at: str
    agency: str
    """Code; empty = the call centre's."""
    is_overdue: bool


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
    """Content of the board."""

    waiting: Sequence[WaitingCall] = ()
    queues: Sequence[LanguageQueue] = ()
    talking: Sequence[WaitingCall] = ()
    agents: Sequence[AgentNow] = ()
    """All of them, by phone."""
    due_on_shift: int = 0
    """People who are to be on duty now."""
    there_on_shift: int = 0
    """Of those: they are."""
    missing: Sequence[str] = ()
    """Of those: they are not, by name."""
    thresholds: Thresholds = Thresholds()
    calls: int = 0
    """Of today."""
    service_level: float | None = None
    """This and the next three: of today's calls, as of ``hours``."""
    answered: int = 0
    called_back: int = 0
    abandoned: int = 0
    due: int = 0
    """Promises that are still to be kept, whoever asked for them and whenever."""
    overdue: int = 0
    """Of those: the time has passed, and nobody has called yet."""
    due_soon: int = 0
    """Of those: nobody has called yet, and the time passes within the hour."""
    first_due: Sequence[DuePromise] = ()
    """The most urgent ones that nobody has called yet."""
    faults: int = 0
    """Of lines, phones and agencies' switchboards, told and not mended yet (P11)."""
    untagged: int = 0
    """Answered before today, and nobody has said what for (P3)."""
    judged: Sequence[Judged] = ()
    sign_waiting: int = 0
    """Who waits for an interpreter now (P6.4)."""
    sign_served: int = 0
    hours: Sequence[Hour] = ()

    def plain(self) -> dict[str, Any]:
        """Values for JSON."""
        return asdict(self)

    @property
    def longest_since(self) -> str:
        """The beginning of the longest wait; empty while nobody waits."""
        return self.waiting[0].since if self.waiting else ""

    @property
    def is_on_goal(self) -> bool | None:
        """Whether the service level has reached its goal; None while there is none."""
        return None if self.service_level is None else self.service_level >= self.thresholds.level


HOUR_COLUMNS: Final = "hour calls queued answered promised_callback abandoned within_20_s mean_wait_s".split()


def hour_rows(seen: Floor) -> list[Row]:
    """The hours of today under ``HOUR_COLUMNS``."""
    counts = attrgetter("hour", "calls", "queued", "answered", "called_back", "abandoned", "soon")
    return [
        (*map(str, counts(one)), "" if one.mean_wait is None else str(round(one.mean_wait, 1)))
        for one in seen.hours
    ]


def floor(
    session: Session, at: datetime, phones: Mapping[str, str], thresholds: Thresholds = Thresholds()
) -> Floor:
    """Floor at an instant; ``phones`` is how Asterisk sees the agents' phones."""
    begins = midnight(at)
    today = [one for _, one in of_citizens(session, begins, begins + timedelta(days=1))]
    whole = counted(today)
    pending = find.pending(session)
    up = _up(session, at)
    at_desks = _at_desks(session, up)
    waiting = _placed(_lines([row for row in up if row.queued_at and not row.agent_at], at_desks))
    talking = _lines([row for row in up if row.agent_at], at_desks)
    due = _on_duty(session, at)
    everybody = _agents(session, at, phones, talking, {one.phone: one for one in due if one.phone})
    there = {one.phone for one in everybody if one.attendance is Attendance.THERE}
    signing = [one.state for one in of_state(session, SessionState.WAITING, SessionState.ACTIVE)]
    return Floor(
        waiting=waiting,
        queues=_queues(waiting),
        talking=talking,
        agents=everybody,
        due_on_shift=len(due),
        there_on_shift=sum(one.phone in there for one in due),
        missing=[one.name for one in due if _is_missing(one, everybody)],
        thresholds=thresholds,
        calls=whole.calls,
        service_level=whole.level,
        answered=whole.answered,
        called_back=whole.called_back,
        abandoned=whole.abandoned,
        due=len(pending),
        overdue=sum(row.is_overdue(at) for row in pending),
        due_soon=sum(row.is_due_soon(at) for row in pending),
        first_due=[
            DuePromise(row.id, row.due_at.isoformat(), row.agency, row.is_overdue(at))
            for row in [row for row in pending if row.first_attempt_at is None][:FIRST_DUE]
        ],
        faults=len(faults(session)),
        untagged=count_untagged(session, begins),
        judged=_judged(session, {row.id: row for row in up}, at_desks),
        sign_waiting=signing.count(SessionState.WAITING),
        sign_served=signing.count(SessionState.ACTIVE),
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


@dataclass(frozen=True, slots=True)
class _OnDuty:
    """Somebody whose shift runs."""

    name: str
    phone: str
    """Empty: none is known."""
    until: datetime


def _on_duty(session: Session, at: datetime) -> list[_OnDuty]:
    rows = on_duty(session, at)
    logins = [row.login for row in rows]
    held = all_in_force(session, StaffRow, at, StaffRow.key.in_(logins)) if rows else []
    members = {row.key: row for row in held}
    found = ((members.get(row.login), row) for row in rows)
    return [
        _OnDuty(one.name if one else row.login, one.phone if one else "", row.until) for one, row in found
    ]


def _is_missing(one: _OnDuty, everybody: Sequence[AgentNow]) -> bool:
    """Nobody is called missing while Asterisk says nothing of the phone."""
    return all(seen.attendance is Attendance.MISSING for seen in everybody if seen.phone == one.phone)


def _agents(
    session: Session,
    at: datetime,
    phones: Mapping[str, str],
    talking: Sequence[WaitingCall],
    due: Mapping[str, _OnDuty],
) -> list[AgentNow]:
    unknown = "not configured" if phones else ""
    talks = {one.agent: one.since for one in talking}
    free = _last_talks(session, at)
    return [
        _with_shift(
            _agent(one, phones.get(one.phone, unknown), talks.get(one.phone, ""), free.get(one.phone)), due
        )
        for one in sorted(agents(session), key=lambda one: (len(one.phone), one.phone))
    ]


def _agent(one: Agent, said: str, talks_since: str, talked_until: datetime | None) -> AgentNow:
    """A break as long as nobody is at the phone; what Asterisk calls busy is a talk, if there is one."""
    seen = AgentNow(one.phone, one.name, one.alias, said)
    if one.resting and not talks_since:
        began = one.state_since.isoformat() if one.state_since else ""
        state = BREAK if one.paused else one.resting
        return replace(seen, state=state, reason=one.paused, since=began)
    if talks_since and said in ("busy", "in a call"):
        return replace(seen, state="in a call", since=talks_since)
    if said == "free":
        idle = max(filter(None, (one.state_since, talked_until)), default=None)
        return replace(seen, since=idle.isoformat() if idle else "")
    return seen


def _with_shift(seen: AgentNow, due: Mapping[str, _OnDuty]) -> AgentNow:
    shift = due.get(seen.phone)
    until = shift.until.isoformat() if shift else ""
    if seen.state in ("", "unknown"):
        return replace(seen, shift_until=until)
    is_there = seen.state not in OUT_OF_REACH and seen.reason not in (OFF_DUTY, SIGNED_OFF)
    attendance = Attendance.UNKNOWN
    if shift:
        attendance = Attendance.THERE if is_there else Attendance.MISSING
    elif due and is_there:
        attendance = Attendance.EXTRA
    return replace(seen, attendance=attendance, shift_until=until)


def _last_talks(session: Session, at: datetime) -> dict[str, datetime]:
    """The end of the latest talk of each agent's phone, of those that began not long ago."""
    chosen = select(Leg.phone, func.max(Leg.ended_at)).where(
        Leg.extension == "",
        Leg.started_at > at - LONGEST_CALL,
        Leg.kind == "agent",
        Leg.answered_at.is_not(None),
    )
    return {phone: ended for phone, ended in session.execute(chosen.group_by(Leg.phone)) if ended}


def _placed(waiting: Iterable[WaitingCall]) -> list[WaitingCall]:
    """Those who wait, each with the place in the queue of its language."""
    count, placed = dict[str, int](), list[WaitingCall]()
    for one in waiting:
        count[one.language] = count.get(one.language, 0) + 1
        placed.append(replace(one, place=count[one.language]))
    return placed


def _queues(waiting: Sequence[WaitingCall]) -> list[LanguageQueue]:
    """By language, whoever waits longest first."""
    first = {one.language: one.since for one in reversed(waiting)}
    count = {language: sum(one.language == language for one in waiting) for language in first}
    found = [LanguageQueue(language, count[language], since) for language, since in first.items()]
    return sorted(found, key=attrgetter("since"))


def _at_desks(session: Session, up: Sequence[CallRow]) -> dict[str, str]:
    """The agent's phone by call; empty once the agent has left, as after a transfer."""
    chosen = select(Leg.call_id, Leg.phone, Leg.ended_at).where(
        Leg.call_id.in_([row.id for row in up]), Leg.kind == "agent", Leg.answered_at.is_not(None)
    )
    found = {row.id: row.agent for row in up}
    for call, phone, ended in session.execute(chosen.order_by(Leg.ended_at.is_(None), Leg.started_at)):
        found[call] = "" if ended else phone
    return found


def _lines(rows: Sequence[CallRow], at_desks: Mapping[str, str]) -> list[WaitingCall]:
    lines = [
        WaitingCall(
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
