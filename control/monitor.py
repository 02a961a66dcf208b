"""A supervisor at an agent's talk: listens, whispers to the agent alone, or joins (docs/decisions/0023).

The supervisor's own phone rings; a second attempt leads it on, without ringing again. An attempt is on record
before anything rings, and its outcome comes from the event log, so no process waits for a telephone. Who is
at which talk at this moment Asterisk tells, and it is shown only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from calls import monitor
from calls.carrier_handoff import call_of
from calls.cel import phone_of
from calls.monitor import AttemptOutcome, MonitorAttempt
from calls.store import OUTGOING
from control.ami import AMI, ActionRefused, ManagerAccount, ManagerGone, Message
from control.originate import dial_string
from control.pbx import Pbx
from control.supervisor_webrtc import user_of
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import UnknownStaff, permitted, staff
from hotline.staff.store import Agent

SLOW: Final = timedelta(seconds=5)
"""For Asterisk to give up a phone that was rung in vain, and for the event log to be loaded after that."""
SPY: Final = "ChanSpy"
RINGS: Final = "supervisor-rings"
AT_TALK: Final = "supervisor-at-talk"
"""Contexts of special.dialplan."""


class Mode(StrEnum):
    """Part that a supervisor takes in a talk."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """Heard by the agent alone."""
    JOIN = "join"
    """All three hear each other."""


OPTIONS: Final[Mapping[Mode, str]] = MappingProxyType(
    {Mode.LISTEN: "qE", Mode.WHISPER: "qwE", Mode.JOIN: "qBE"}
)
"""Of ChanSpy on the agent's channel: it ends with that channel."""
_MODES: Final = {options: mode for mode, options in OPTIONS.items()}


class NoTalk(HotlineError, code="no-talk"):
    """The agent talks with no caller now."""

    phone: str


class AlreadyRings(HotlineError, code="already-rings"):
    """The supervisor's own phone rings for the attempt before."""

    channel: str


@dataclass(frozen=True, slots=True)
class SupervisorAtTalk:
    """Supervisor who is at the talk of an agent's phone now, and how."""

    by: str
    phone: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class MonitorStart:
    """Attempt that is on its way: the supervisor's phone ``rings``, or was at a talk and is led on."""

    attempt: MonitorAttempt
    rings: bool


@dataclass(frozen=True, slots=True)
class MonitorStanding:
    """State of a supervisor, by name, at the talk of an agent's phone."""

    agent: str
    login: str
    by: str
    mode: Mode
    came: AttemptOutcome

    @property
    def state(self) -> Mode | AttemptOutcome:
        """Mode at the talk, or the outcome of the latest attempt."""
        return self.mode if self.came is AttemptOutcome.THERE else self.came


@dataclass(frozen=True, slots=True)
class _Talk:
    call_id: str
    channel: str
    """The agent's."""


def supervise(
    factory: Sessions, pbx: Pbx, phone: str, mode: Mode, *, by: str, at: datetime, page: bool = False
) -> MonitorStart:
    """Have ``by`` brought to the talk of an agent's phone;
    their own phone rings when this returns, or was led on.

    ``page``: the page in which they asked is their telephone.
    Raises NotPermitted, NoPhone, NoTalk, AlreadyRings, ActionRefused, ManagerGone.
    """
    with transaction(factory) as session:
        permitted(session, by, Action.CALL_LISTEN, at)
        own = f"PJSIP/{user_of(by)}" if page else own_phone(session, by, pbx.supervisors, at)
    fault: HotlineError = NoTalk(phone)
    for one in pbx.each():
        try:
            return _supervise(factory, one, own, phone, mode, by=by, at=at)
        except NoTalk:
            continue
        except ManagerGone as gone:
            fault = gone
    raise fault


def _supervise(
    factory: Sessions, pbx: Pbx, own: str, phone: str, mode: Mode, *, by: str, at: datetime
) -> MonitorStart:
    """Bring who is rung at ``own`` to a talk of one Asterisk. Raises NoTalk, and what ``supervise`` raises."""
    with pbx.manager(ManagerAccount.LIMITS) as ami:
        seen = ami.ask("Status")
        if _is_rung(seen, own):
            raise AlreadyRings(own)
        with transaction(factory) as session:
            talk = _talk(session, seen, phone)
            after = {"agent": phone, "mode": mode}
            audit(session, at, by, Action.CALL_LISTEN, f"call:{talk.call_id}", after=after)
            attempt = monitor.begin(session, talk.call_id, by=by, agent=phone, mode=mode, at=at)
        try:
            rings = _bring(ami, pbx, seen, own, talk.channel, attempt)
        except ActionRefused:  # a manager that broke off may have rung: then the event log tells
            with transaction(factory) as session:
                monitor.ended(session, attempt, AttemptOutcome.NOT_RUNG, at)
            raise
    return MonitorStart(attempt, rings)


def patience(pbx: Pbx) -> timedelta:
    """Time-out of an unconfirmed attempt: until then its phone may still be ringing."""
    return pbx.supervisor_ring + SLOW


def standing(
    session: Session, pbx: Pbx, here: Sequence[SupervisorAtTalk], at: datetime
) -> list[MonitorStanding]:
    """Supervisors at talks, as Asterisk tells, and the outcome of the latest attempt of everybody else."""
    there = {(one.by, one.phone): (one.mode, AttemptOutcome.THERE) for one in here}
    latest = {
        (one.by, one.agent): (Mode(one.mode), one.came)
        for one in monitor.attempts(session, at, patience(pbx))
    }
    others = {
        key: told for key, told in latest.items() if key not in there and told[1] is not AttemptOutcome.THERE
    }
    return [
        MonitorStanding(agent, by, _name(session, by, at), mode, came)
        for (by, agent), (mode, came) in {**there, **others}.items()
    ]


def listeners(pbx: Pbx) -> list[SupervisorAtTalk]:
    """Everybody who is at a talk by ``supervise``. Raises ManagerGone."""

    def ask(one: Pbx) -> list[SupervisorAtTalk]:
        with one.manager(ManagerAccount.LIMITS, patience=1.0) as ami:
            return listening(ami.ask("Status"))

    return [found for told in pbx.everywhere(ask) for found in told]


def listening(seen: Sequence[Message]) -> list[SupervisorAtTalk]:
    """The same, of what Asterisk told of its channels."""
    found = []
    for one in seen:
        spied, _, options = one.get("Data", "").partition(",")
        if one.get("Application") == SPY and one.get("AccountCode") and options in _MODES:
            found.append(SupervisorAtTalk(one["AccountCode"], phone_of(spied), _MODES[options]))
    return found


def own_phone(session: Session, login: str, supervisors: Sequence[str], at: datetime) -> str:
    """Dial string of a supervisor's phone: where they answer as an agent, the page of the desk too; else the
    supervisors' SIP phone that bears their login; else the extension of their row.

    Raises UnknownStaff, NoPhone.
    """
    if session.get(Agent, staff(session, login, at).phone):
        return dial_string(session, login, supervisors)
    return f"PJSIP/{login}" if login in supervisors else dial_string(session, login, supervisors)


def _talk(session: Session, seen: Sequence[Message], phone: str) -> _Talk:
    """The agent's channel that is bridged in a call on record."""
    for one in seen:
        if phone_of(one.get("Channel", "")) == phone and one.get("BridgeID"):
            call_id = _call_of(session, one["Linkedid"])
            if call_id:
                return _Talk(call_id, one["Channel"])
    raise NoTalk(phone)


def _call_of(session: Session, linked: str) -> str:
    """Call of a linked id; empty for 1999's own calls."""
    row = call_of(session, linked)
    return row.id if row and row.line != OUTGOING else ""


def _name(session: Session, login: str, at: datetime) -> str:
    try:
        return staff(session, login, at).name
    except UnknownStaff:
        return login


def _is_rung(seen: Sequence[Message], own: str) -> bool:
    """True if the supervisor's phone is being rung for an attempt of theirs."""
    return any(
        one.get("Application") == "Dial"
        and one.get("Context") == RINGS
        and one.get("Data", "").partition(",")[0] == own
        and not one.get("BridgeID")
        for one in seen
    )


def _bring(
    ami: AMI, pbx: Pbx, seen: Sequence[Message], own: str, channel: str, attempt: MonitorAttempt
) -> bool:
    """Lead the supervisor on; True if a phone rings for it."""
    variables = {
        "SPIED": channel,
        "JOINS": OPTIONS[Mode(attempt.mode)],
        "SUPERVISING": attempt.token,
        "AGENT": attempt.agent,
    }
    there = [one for one in seen if one.get("Application") == SPY and one.get("AccountCode") == attempt.by]
    for one in there[:1]:
        for name, value in variables.items():
            ami.ask("Setvar", Channel=one["Channel"], Variable=name, Value=value)
        ami.ask("Redirect", Channel=one["Channel"], Context=AT_TALK, Exten="s", Priority=1)
        return False
    inherited = (f"__{name}={value}" for name, value in {**variables, "RINGS": own}.items())
    ami.originate(
        f"Local/s@{RINGS}/n",
        AT_TALK,
        patience(pbx).total_seconds(),
        inherited,
        Account=attempt.by,
        Async="true",
        CallerID=pbx.caller_id,
    )
    return True
