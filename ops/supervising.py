"""A supervisor at an agent's talk: listens, whispers to the agent alone, or joins (docs/decisions/0023).

The supervisor's own phone rings; a second deed leads it on, without ringing again. Who is at which talk now is
Asterisk's to tell and is shown only: the record is the call's event and the audit log.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.auditlog.service import audit
from hotline.db import add_once, transaction
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.staff.rules import Action
from hotline.staff.service import permitted, staff
from hotline.staff.store import Agent
from ivr.store import CallEvent, CallRow
from ops.ami import AMI, ActionRefused, Message
from ops.calling import NoPhone, channel_of
from ops.capping import ACCOUNT
from ops.passwords import secret
from ops.wiring import House

SUPERVISED: Final = "Supervised"
"""Kind of the event in a call's record."""
SPY: Final = "ChanSpy"


class Mode(StrEnum):
    """What a supervisor does at a talk."""

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


class NoTalk(HotlineError):
    """The agent talks with no caller now."""

    def __init__(self, phone: str) -> None:
        self.phone = phone
        super().__init__(f"{phone} talks with no caller now; see: hotline agents list")


class NotAnswered(HotlineError):
    """The supervisor's own phone was busy, silent or away."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        super().__init__(
            f"Your phone ({channel}) was not answered, so nobody listens; try again at the phone"
        )


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is at the talk of an agent's phone now, and how."""

    by: str
    phone: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class _Talk:
    call_id: str
    channel: str
    """The agent's."""


def supervise(house: House, phone: str, mode: Mode, *, by: str, at: datetime) -> str:
    """Bring ``by`` to the talk of an agent's phone; returns once their own phone is answered: the call's id.

    Raises NotPermitted, NoPhone, NoTalk, NotAnswered, ManagerGone.
    """
    patience = house.settings.supervisor_ring.total_seconds() + 5
    with transaction(house.factory) as session:
        permitted(session, by, Action.CALL_LISTEN, at)
        own = own_phone(session, by, house, at)
    with closing(_account(house.settings, patience)) as ami:
        seen = ami.ask("Status")
        with transaction(house.factory) as session:
            talk = _talk(session, seen, phone)
            audit(
                session, at=at, by=by, action=Action.CALL_LISTEN, subject=f"call:{talk.call_id}",
                after={"agent": phone, "mode": mode},
            )  # fmt: skip
        _bring(ami, house, seen, own, by, talk, mode)
        _tone(ami, talk)
    _remember(house, talk, phone, mode, by, at)
    return talk.call_id


def listeners(settings: Settings, patience: float = 1.0) -> list[Listener]:
    """Everybody who is at a talk by ``supervise``. Raises ManagerGone."""
    with closing(_account(settings, patience)) as ami:
        return listening(ami.ask("Status"))


def listening(seen: Sequence[Message]) -> list[Listener]:
    """The same, of what Asterisk told of its channels."""
    found = []
    for one in seen:
        spied, _, options = one.get("Data", "").partition(",")
        if one.get("Application") == SPY and one.get("AccountCode") and options in _MODES:
            found.append(Listener(one["AccountCode"], _phone(spied), _MODES[options]))
    return found


def own_phone(session: Session, login: str, house: House, at: datetime) -> str:
    """As Asterisk names it: where they answer as an agent, the page of the desk too; else the supervisors' SIP phone
    that bears their login; else the extension of their row. Raises UnknownStaff, NoPhone.
    """
    if session.get(Agent, staff(session, login, at).phone):
        return channel_of(session, login, house)
    return f"PJSIP/{login}" if login in house.settings.supervisors else channel_of(session, login, house)


def _talk(session: Session, seen: Sequence[Message], phone: str) -> _Talk:
    """The agent's channel that is bridged in a call on record."""
    for one in seen:
        if _phone(one.get("Channel", "")) == phone and one.get("BridgeID"):
            call_id = _call_of(session, one["Linkedid"])
            if call_id:
                return _Talk(call_id, one["Channel"])
    raise NoTalk(phone)


def _call_of(session: Session, linked: str) -> str:
    """Of our own line the linked id itself, of a visit of another line's call that call's."""
    if session.get(CallRow, linked):
        return linked
    visit = select(CallEvent.call_id).where(CallEvent.key == f"began:{linked}")
    return session.scalar(visit) or ""


def _bring(
    ami: AMI, house: House, seen: Sequence[Message], own: str, by: str, talk: _Talk, mode: Mode
) -> None:
    variables = {"SPIED": talk.channel, "JOINS": OPTIONS[mode]}
    there = next(
        (one for one in seen if one.get("Application") == SPY and one.get("AccountCode") == by), None
    )
    try:
        if there:
            for name, value in variables.items():
                ami.ask("Setvar", Channel=there["Channel"], Variable=name, Value=value)
            ami.ask("Redirect", Channel=there["Channel"], Context="supervisor-joins", Exten="s", Priority=1)
            return
        ami.ask(
            "Originate", Channel=own, Context="supervisor-joins", Exten="s", Priority=1, Account=by,
            Timeout=int(house.settings.supervisor_ring.total_seconds() * 1000),
            CallerID=f'"1999" <{house.settings.numbers[0]}>',
            Variable=",".join(f"{name}={value}" for name, value in variables.items()),
        )  # fmt: skip
    except ActionRefused as error:
        raise NotAnswered(own) from error


def _tone(ami: AMI, talk: _Talk) -> None:
    ami.ask(
        "Originate", Channel="Local/s@supervisor-tone/n", Context="warning-whispers", Exten="s", Priority=1,
        Async="true", Timeout=5000, Variable=f"__SPIED={talk.channel}",
    )  # fmt: skip


def _remember(house: House, talk: _Talk, phone: str, mode: Mode, by: str, at: datetime) -> None:
    told = {
        "key": f"supervised:{talk.call_id}:{by}:{at.timestamp():.6f}", "call_id": talk.call_id, "at": at,
        "kind": SUPERVISED, "detail": {"by": by, "mode": mode, "agent": phone},
    }  # fmt: skip
    with transaction(house.factory) as session:
        add_once(session, CallEvent, [told])


def _phone(channel: str) -> str:
    """``agent-1`` of ``PJSIP/agent-1-0000002a``."""
    return channel.removeprefix("PJSIP/").rpartition("-")[0]


def _account(settings: Settings, patience: float) -> AMI:
    return AMI("127.0.0.1", settings.ami_port, ACCOUNT, secret(settings, "ami-limits"), patience=patience)


__all__ = ["Listener", "Mode", "NoPhone", "NoTalk", "NotAnswered", "listeners", "listening", "supervise"]
