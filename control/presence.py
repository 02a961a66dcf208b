"""Presence of agents: the queues' members and breaks, brought to what the rows say, and seen as they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from control.ami import AMI, ManagerAccount, Message
from control.pbx import Pbx
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.staff.store import Agent
from ivr.numerals import Language

Action = tuple[str, dict[str, str | int]]
GONE = "no longer an agent"
TURN: Final = "turn"
"""Why a member is not rung here that a caller of another node comes before: nobody's break."""
NOT_CONFIGURED = "4"
STATES = {
    "1": "free",
    "2": "in a call",
    "3": "busy",
    NOT_CONFIGURED: "not configured",
    "5": "unreachable",
    "6": "ringing",
    "7": "in a call",
    "8": "on hold",
}
"""Asterisk's device states that a member can have; any other is ``unknown``."""
IDLE: Final = ("not configured", "unknown", "unreachable", "free")
"""States in which a phone has no call, the one that tells least first."""


@dataclass(frozen=True)
class Presence:
    """One agent's phone as Asterisk sees it."""

    phone: str
    state: str
    on_break: str
    calls: int


def bring_members(pbx: Pbx, agents: Sequence[Agent]) -> None:
    """``apply_members`` at every Asterisk that can be asked. Raises ManagerGone when none can."""
    pbx.everywhere(lambda one: bring_own_members(one, agents))


def bring_own_members(pbx: Pbx, agents: Sequence[Agent]) -> None:
    """``apply_members`` at one Asterisk. Raises ManagerGone when it is down."""
    with pbx.manager(ManagerAccount.JOBS) as ami:
        apply_members(ami, agents)


def apply_members(ami: AMI, agents: Sequence[Agent]) -> int:
    """Bring every queue to the rows; how many changes that took. Harmless to repeat."""
    actions = changes(ami.ask("QueueStatus"), agents)
    for action, fields in actions:
        ami.ask(action, **fields)
    return len(actions)


def changes(status: Iterable[Message], agents: Sequence[Agent]) -> list[Action]:
    """Actions to ask of Asterisk so that its queues are as the rows say.

    A member that came with the configuration cannot be removed while Asterisk
    runs, so one without a row is put on a break until the next start. A queue
    looks at a phone when it joins and when it registers, so one that joined
    before Asterisk had its configuration joins anew.
    """
    there = {(one["Queue"], one["Name"]): one for one in status if one.get("Event") == "QueueMember"}
    wanted = {(f"agents-{language}", agent.phone): agent for language in Language for agent in agents}
    actions: list[Action] = []
    for (queue, phone), agent in wanted.items():
        actions += _member(
            there.get((queue, phone)), queue, agent, penalty(agent, queue.removeprefix("agents-"))
        )
    for queue, phone in sorted(there.keys() - wanted.keys()):
        if there[queue, phone]["Membership"] == "dynamic":
            actions.append(("QueueRemove", {"Queue": queue, "Interface": f"PJSIP/{phone}"}))
        elif there[queue, phone]["PausedReason"] != GONE:
            actions.append(_pause(queue, phone, GONE))
    return actions


def _member(there: Message | None, queue: str, agent: Agent, wanted: int) -> list[Action]:
    interface = f"PJSIP/{agent.phone}"
    actions: list[Action] = []
    if there and there["Membership"] == "dynamic" and there["Status"] == NOT_CONFIGURED:
        actions.append(("QueueRemove", {"Queue": queue, "Interface": interface}))
        there = None
    if there is None:
        named = {"Queue": queue, "Interface": interface, "MemberName": agent.phone}
        actions.append(("QueueAdd", {**named, "Penalty": wanted}))
    elif int(there["Penalty"]) != wanted:
        actions.append(("QueuePenalty", {"Queue": queue, "Interface": interface, "Penalty": wanted}))
    if _break(there) != agent.resting:
        actions.append(_pause(queue, agent.phone, agent.resting))
    return actions


def pause_reason(member: Message) -> str:
    """Why a member of a queue is not rung; empty = it is."""
    return "" if member["Paused"] == "0" else member.get("PausedReason", "") or "unknown"


def _break(there: Message | None) -> str:
    reason = pause_reason(there) if there else ""
    return "" if reason == TURN else reason


def _pause(queue: str, phone: str, reason: str) -> Action:
    fields: dict[str, str | int] = {"Queue": queue, "Interface": f"PJSIP/{phone}", "Reason": reason}
    return "QueuePause", fields | {"Paused": "true" if reason else "false"}


def agents_state(ami: AMI) -> dict[str, Presence]:
    """Members of the queues by phone; calls are those of all queues together."""
    members = [one for one in ami.ask("QueueStatus") if one.get("Event") == "QueueMember"]
    calls: dict[str, int] = {}
    for one in members:
        calls[one["Name"]] = calls.get(one["Name"], 0) + int(one["CallsTaken"])
    return {
        one["Name"]: Presence(
            one["Name"], STATES.get(one["Status"], "unknown"), _break(one), calls[one["Name"]]
        )
        for one in members
    }


def busiest(told: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """State of each phone over all nodes: what one knows of a call counts more than that another has none."""
    found = dict[str, str]()
    for states in told:
        for phone, state in states.items():
            found[phone] = max(state, found.get(phone, state), key=_weight)
    return found


def _weight(state: str) -> int:
    return IDLE.index(state) if state in IDLE else len(IDLE)


class QueuesMissing(HotlineError, code="queues-missing"):
    """Queues of agents that Asterisk does not know."""

    queues: tuple[str, ...]


def asterisk_state(settings: Settings) -> HotlineError | None:
    """Reason why Asterisk cannot take a call now; None when it can."""
    try:
        with AMI.of(settings, patience=1.0) as ami:
            queues = {one["Queue"] for one in ami.ask("QueueSummary") if one.get("Event") == "QueueSummary"}
    except HotlineError as error:
        return error
    missing = tuple(f"agents-{language}" for language in Language if f"agents-{language}" not in queues)
    return QueuesMissing(missing) if missing else None


OTHER_LANGUAGE = 10
"""Penalty of an agent in the queue of a language they do not speak: rung only when nobody else can be."""


def penalty(agent: Agent, language: str) -> int:
    """0 in the queue of a language the agent speaks."""
    return 0 if language in agent.languages else OTHER_LANGUAGE
