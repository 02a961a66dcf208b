"""The waiting callers at one Asterisk: seen, told who waits elsewhere, their agents lent to others or not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from control.ami import AMI, Message
from control.presence import TURN, pause_reason
from hotline.cluster.waiting_line import WaitingCaller
from ivr.numerals import Language

HIGHEST: Final = 2_000_000_000
"""The priority in a queue is this less the ticket (``[in-line]`` of the dialplan)."""
RINGING: Final = "6"
DIALLED: Final = "AppQueue"
"""Application, in CoreShowChannels, of a telephone's channel while a queue rings it."""
UNANSWERED: Final = ("Down", "Ring", "Ringing")
QUEUES: Final = tuple(f"agents-{language}" for language in Language)

Members = Mapping[str, Mapping[str, str]]
"""Why each member rests, by telephone and queue; empty = it can be rung."""


@dataclass(frozen=True)
class LineSeen:
    """Waiting callers at this Asterisk, and the members of its queues."""

    waiting: Sequence[WaitingCaller]
    members: Members


def is_empty(ami: AMI) -> bool:
    """Tell cheaply whether nobody waits here, not even to hear the place."""
    found = (one for one in ami.ask("QueueSummary") if one.get("Event") == "QueueSummary")
    return not any(int(one["Callers"]) for one in found) and not any(_listening(ami).values())


def look(ami: AMI, node: str) -> LineSeen:
    """See the line as it is. Raises ManagerGone."""
    status = ami.ask("QueueStatus")
    is_rung = any(one.get("Event") == "QueueMember" and one["Status"] == RINGING for one in status)
    channels = ami.ask("CoreShowChannels") if is_rung else ()
    return seen(status, channels, _listening(ami), node)


def seen(
    status: Iterable[Message], channels: Iterable[Message], listening: Mapping[str, Sequence[int]], node: str
) -> LineSeen:
    """Read the line from the manager's answers."""
    rung = {one["Linkedid"] for one in channels if _is_rung_by_a_queue(one)}
    members: dict[str, dict[str, str]] = defaultdict(dict)
    waiting = [
        WaitingCaller(ticket, node, queue, False)
        for queue, tickets in listening.items()
        for ticket in tickets
    ]
    for one in status:
        if one.get("Event") == "QueueEntry":
            ticket = HIGHEST - int(one["Priority"])
            waiting.append(WaitingCaller(ticket, node, one["Queue"], one["Uniqueid"] not in rung))
        elif one.get("Event") == "QueueMember":
            members[one["Name"]][one["Queue"]] = pause_reason(one)
    return LineSeen(waiting, members)


def lend(ami: AMI, members: Members, is_ours: bool) -> int:
    """Have the members be rung from here, or by others first; how many changes that took. Harmless to repeat.

    Who rests for another reason is left alone.
    """
    before, after = (TURN, "") if is_ours else ("", TURN)
    actions = [fields for phone in members for fields in _paused(phone, members[phone], before, after)]
    for fields in actions:
        ami.ask("QueuePause", **fields)
    return len(actions)


def tell_elsewhere(ami: AMI, queue: str, tickets: Iterable[int]) -> None:
    """Tell the dialplan who waits for a queue at other nodes, for the places that it counts."""
    ami.ask("Setvar", Variable=f"ELSEWHERE-{queue}", Value="".join(f"{ticket}&" for ticket in tickets))


def tell_held_back(ami: AMI, members: Members, at: datetime | None) -> None:
    """Tell the dialplan which members are not ours, and when that was said: long ago, it lends them itself.

    Without ``at`` none is held back.
    """
    held = [phone for phone, reasons in members.items() if {"", TURN} & {*reasons.values()}]
    value = "&".join((f"{at.timestamp():.0f}", *held)) if at else ""
    ami.ask("Setvar", Variable="HELD_BACK", Value=value)


def _paused(
    phone: str, reasons: Mapping[str, str], before: str, after: str
) -> Iterator[dict[str, str | int]]:
    """All queues at once where they agree."""
    chosen = [queue for queue, reason in reasons.items() if reason == before]
    for queue in chosen if len(chosen) < len(reasons) else chosen[:1]:
        one = {"Queue": queue} if len(chosen) < len(reasons) else {}
        paused = "true" if after else "false"
        yield {**one, "Interface": f"PJSIP/{phone}", "Paused": paused, "Reason": after}


def _listening(ami: AMI) -> dict[str, list[int]]:
    """Tickets of who hears the place, by queue: ``[in-line] listen`` keeps the list."""
    told = {queue: ami.ask("Getvar", Variable=f"OUT-{queue}")[0].get("Value", "") for queue in QUEUES}
    return {queue: [int(one) for one in value.split("&") if one.isdecimal()] for queue, value in told.items()}


def _is_rung_by_a_queue(channel: Message) -> bool:
    return channel.get("Application") == DIALLED and channel.get("ChannelStateDesc") in UNANSWERED
