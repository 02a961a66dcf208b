"""Attended transfer by command: the agent's phone is led where its own keys would lead it (0011).

Where a talk stands is read from Asterisk's channels whenever somebody looks;
nothing is kept of it but the legs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from calls.carrier_handoff import channel_of, node_of
from calls.cel import phone_of
from control.ami import AMI, ActionRefused, ManagerAccount, Message
from control.blind_transfer import NotInTalk, Transfers, in_talk
from control.call_limits import NotUp
from control.pbx import Pbx
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.terms import named


@named("consult")
class TalkPlace(StrEnum):
    """Whom an agent talks with while a call is up."""

    CALLER = "caller"
    RINGING = "ringing"
    """An officer's phone rings for the agent; the caller hears music."""
    OFFICER = "officer"
    """The agent and an officer talk; the caller hears music."""
    THREE = "three"
    THROUGH = "through"
    """The agent has left, and the caller talks with somebody else."""
    HUNTING = "hunting"
    """The agent has left, and the caller talks with nobody yet."""
    OVER = "over"


class Way(StrEnum):
    """Choice of an agent after the talk with an officer."""

    JOIN = "join"
    """The three talk together."""
    LEAVE = "leave"
    """Caller and officer are joined, the agent leaves."""
    BACK = "back"
    """The officer is left, the caller is with the agent again."""


KEYS: Final[Mapping[Way, str]] = MappingProxyType({Way.JOIN: "*3", Way.LEAVE: "*2", Way.BACK: "*1"})
"""As features.conf has them."""
AT_IT: Final = frozenset((TalkPlace.CALLER, TalkPlace.RINGING, TalkPlace.OFFICER, TalkPlace.THREE))
"""Where the call is the agent's still."""


class NotConferring(HotlineError, code="not-conferring"):
    """No officer is asked for this call, so there is no way on from it."""

    call_id: str


def consult(
    transfers: Transfers, call_id: str, extension: str, why: str, *, urgent: bool, by: str, at: datetime
) -> None:
    """Ring ``extension`` for the agent ``by``, while the caller hears music;
    on record with its reason (P5.1.1).

    Raises NotPermitted, Unknown, NotUp, NotInTalk, ManagerGone.
    """
    with transaction(transfers.factory) as session:
        phone = permitted(session, by, Action.CALL_TRANSFER, at).phone
        here = channel_of(session, call_id)
        pbx = transfers.pbx.of(node_of(session, here))
    transfers.known(extension, urgent=urgent, at=at)
    with pbx.manager(ManagerAccount.TRANSFERS) as ami:
        in_talk(ami, call_id, here)
        lines = _lines(ami)
        if talk_place(lines, here, phone) is not TalkPlace.CALLER:
            raise NotInTalk(call_id)
        transfers.record(call_id, {"asks": extension, "urgent": urgent, "why": why}, by, at)
        own, asked = _agents(lines, here, phone), f"{'*' if urgent else ''}{extension}#"
        _ask(ami, call_id, "Atxfer", Channel=own, Exten=asked, Context="from-transfer")


def go_on(factory: Sessions, pbx: Pbx, call_id: str, way: Way, *, by: str, at: datetime) -> None:
    """Join, leave or go back. Raises NotPermitted, NotConferring, NotUp, ManagerGone."""
    with transaction(factory) as session:
        phone = permitted(session, by, Action.CALL_TRANSFER, at).phone
        here = channel_of(session, call_id)
        pbx = pbx.of(node_of(session, here))
    with pbx.manager(ManagerAccount.TRANSFERS) as ami:
        lines = _lines(ami)
        place = talk_place(lines, here, phone)
        if place is not TalkPlace.OFFICER and not (place is TalkPlace.RINGING and way is Way.BACK):
            raise NotConferring(call_id)
        channel = _agents(lines, here, phone)
        for key in KEYS[way]:
            _ask(ami, call_id, "PlayDTMF", Channel=channel, Digit=key, Receive="true")


def look(factory: Sessions, pbx: Pbx, call_id: str, phone: str) -> TalkPlace:
    """State of a talk now, for the agent of a phone. Raises ManagerGone."""
    with looking(factory) as session:
        here = channel_of(session, call_id)
        pbx = pbx.of(node_of(session, here))
    with pbx.manager(ManagerAccount.TRANSFERS) as ami:
        return talk_place(_lines(ami), here, phone)


def talk_place(lines: Sequence[Message], here: str, phone: str) -> TalkPlace:
    """State of a talk by Asterisk's channels; ``here``: the unique id of the caller's."""
    caller = next((line for line in lines if line["Uniqueid"] == here), None)
    if caller is None:
        return TalkPlace.OVER
    own = _own(lines, caller, phone)
    up = [one for one in lines if one not in (caller, own) and _talks(one, caller)]
    with_caller = [one for one in up if one["BridgeID"] == caller["BridgeID"]]
    if own is None:
        return TalkPlace.THROUGH if with_caller else TalkPlace.HUNTING
    if own["BridgeID"] and own["BridgeID"] == caller["BridgeID"]:
        return TalkPlace.THREE if with_caller else TalkPlace.CALLER
    return TalkPlace.OFFICER if any(one["Channel"].startswith("PJSIP/") for one in up) else TalkPlace.RINGING


def _own(lines: Sequence[Message], caller: Message, phone: str) -> Message | None:
    """The agent's channel, once it is answered."""
    linked = (
        one for one in lines if one["Linkedid"] == caller["Linkedid"] and one["ChannelStateDesc"] == "Up"
    )
    return next((one for one in linked if phone_of(one["Channel"]) == phone), None)


def _talks(line: Message, caller: Message) -> bool:
    is_up = line["ChannelStateDesc"] == "Up" and line.get("BridgeID", "")
    return bool(is_up) and line["Linkedid"] == caller["Linkedid"]


def _agents(lines: Sequence[Message], here: str, phone: str) -> str:
    """The agent's channel, which is known to be there."""
    caller = next(line for line in lines if line["Uniqueid"] == here)
    own = _own(lines, caller, phone)
    return own["Channel"] if own else ""


def _lines(ami: AMI) -> list[Message]:
    """Channels that are whole; one that is just going may lack its names."""
    _, *lines = ami.ask("Status")
    return [
        one
        for one in lines
        if one.keys() >= {"Channel", "Uniqueid", "Linkedid", "ChannelStateDesc", "BridgeID"}
    ]


def _ask(ami: AMI, call_id: str, action: str, **fields: str) -> None:
    try:
        ami.ask(action, **fields)
    except ActionRefused as error:
        raise NotUp(call_id) from error
