"""One line over several nodes: the same turn for each, true places, and members lent without harm."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from control import queue_line
from control.presence import TURN, changes
from control.queue_line import HIGHEST
from hotline.cluster.waiting_line import (
    TOLD_MOST,
    WaitingCaller,
    tickets_elsewhere,
    whose_turn,
    with_those_between,
)
from hotline.staff.store import Agent

QUEUE = "agents-zh-TW"
callers = some.builds(
    WaitingCaller,
    some.integers(500_000_000, 500_000_020),
    some.sampled_from(("ntpc1", "ntpc2", "ntpc3")),
    some.sampled_from((QUEUE, "agents-en")),
    some.booleans(),
)
lines = some.lists(callers, max_size=12, unique_by=lambda one: (one.ticket, one.node))


@given(lines, some.randoms())
def test_every_node_works_out_the_same_turn(line: list[WaitingCaller], chance: object) -> None:
    """In whatever order the rows come: that of the earliest caller for whom no phone rings yet."""
    other = list(line)
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert whose_turn(line) == whose_turn(other)
    left = [(one.ticket, one.node) for one in line if one.can_be_rung]
    assert whose_turn(line) == (min(left)[1] if left else "")


@given(lines)
def test_a_place_counts_everybody_who_came_before(line: list[WaitingCaller]) -> None:
    """Those of one's own node and of others; of two tickets of one moment one is before the other."""
    for me in line:
        ahead = [
            one for one in line if one.queue == me.queue and (one.ticket, one.node) < (me.ticket, me.node)
        ]
        here = sum(one.node == me.node for one in ahead)
        told = tickets_elsewhere(line, me.node, me.queue)
        assert here + sum(ticket < me.ticket for ticket in told) == len(ahead)


def test_who_is_between_the_queue_and_the_place_is_not_lost() -> None:
    """For one look; nobody can be rung there."""
    one, two = (WaitingCaller(n, "ntpc1", QUEUE) for n in (1, 2))
    assert with_those_between([two], [one, two]) == (replace(one, can_be_rung=False), two)
    assert with_those_between([replace(one, can_be_rung=False), two], [two]) == (
        replace(one, can_be_rung=False),
        two,
    )
    assert with_those_between([], []) == ()


def test_the_list_that_a_node_is_told_fits_into_a_variable_of_asterisk() -> None:
    """It has four kilobytes; the earliest stand on it."""
    line = [WaitingCaller(500_000_000 + n, "ntpc2", QUEUE) for n in range(1000)]
    told = tickets_elsewhere(reversed(line), "ntpc1", QUEUE)
    assert told == tuple(range(500_000_000, 500_000_000 + TOLD_MOST))
    assert sum(len(f"{ticket}&") for ticket in told) < 4000


@given(some.lists(some.sampled_from(("ntpc1", "ntpc2")), max_size=15), some.integers(1, 3))
def test_nobody_is_overtaken_where_each_look_is_fresh(arrivals: list[str], free: int) -> None:
    """Each free telephone rings for the first caller of the node whose turn it is."""
    line = [WaitingCaller(500_000_000 + n, node, QUEUE) for n, node in enumerate(arrivals)]
    served: list[int] = []
    while line:
        for _ in range(free):
            if turn := whose_turn(line):
                first = min(one for one in line if one.node == turn)
                line.remove(first)
                served.append(first.ticket)
    assert served == sorted(served)


def member(phone: str, reason: str = "", status: str = "1", queue: str = QUEUE) -> dict[str, str]:
    return {
        "Event": "QueueMember",
        "Queue": queue,
        "Name": phone,
        "Status": status,
        "Paused": "1" if reason else "0",
        "PausedReason": reason,
        "Membership": "static",
        "Penalty": "0",
    }


def waits(ticket: int, call: str) -> dict[str, str]:
    return {"Event": "QueueEntry", "Queue": QUEUE, "Uniqueid": call, "Priority": str(HIGHEST - ticket)}


def test_who_is_rung_or_listens_keeps_the_place_and_not_the_turn() -> None:
    """A phone that rings for somebody else's call counts for nobody."""
    channels = [
        {"Application": "AppQueue", "ChannelStateDesc": "Ringing", "Linkedid": "ntpc1-1.1"},
        {"Application": "AppDial", "ChannelStateDesc": "Ringing", "Linkedid": "ntpc1-1.2"},
        {"Application": "AppQueue", "ChannelStateDesc": "Up", "Linkedid": "ntpc1-1.3"},
    ]
    status = [waits(7, "ntpc1-1.1"), waits(8, "ntpc1-1.2"), waits(9, "ntpc1-1.3"), member("agent-1", "lunch")]
    line = queue_line.seen(status, channels, {QUEUE: [6]}, "ntpc1")
    assert [(one.ticket, one.can_be_rung) for one in sorted(line.waiting)] == [
        (6, False),
        (7, False),
        (8, True),
        (9, True),
    ]
    assert line.members == {"agent-1": {QUEUE: "lunch"}}


@dataclass
class Manager:
    """Asterisk's queues, as far as breaks go."""

    members: dict[str, dict[str, str]]
    asked: list[dict[str, str | int]] = field(default_factory=list)

    def ask(self, action: str, **fields: str | int) -> list[dict[str, str]]:
        assert action == "QueuePause"
        self.asked.append(fields)
        reasons = self.members[str(fields["Interface"]).removeprefix("PJSIP/")]
        for queue in [str(fields["Queue"])] if "Queue" in fields else list(reasons):
            reasons[queue] = str(fields["Reason"])
        return [{}]


def test_members_are_lent_and_come_back_and_breaks_stay_breaks() -> None:
    """All queues of a telephone at once where they agree."""
    ami = Manager(
        {
            "agent-1": {"a": "", "b": ""},
            "agent-2": {"a": "lunch", "b": "lunch"},
            "agent-3": {"a": TURN, "b": ""},
        }
    )
    assert queue_line.lend(ami, ami.members, False) == 2  # type: ignore[arg-type]
    assert ami.asked[0] == {"Interface": "PJSIP/agent-1", "Paused": "true", "Reason": TURN}
    assert ami.asked[1]["Queue"] == "b"
    assert ami.members["agent-2"] == {"a": "lunch", "b": "lunch"} and ami.members["agent-3"]["b"] == TURN
    assert queue_line.lend(ami, ami.members, False) == 0  # type: ignore[arg-type]
    assert queue_line.lend(ami, ami.members, True) == 2  # type: ignore[arg-type]
    assert ami.members["agent-1"] == ami.members["agent-3"] == {"a": "", "b": ""}


@pytest.mark.parametrize("rests", ["", "lunch"])
def test_a_member_that_is_lent_has_no_break(rests: str) -> None:
    """What brings breaks to the queues leaves the turn alone, and sets a break that begins meanwhile."""
    agent = Agent(phone="agent-1", name="one", secret="x", languages=["zh-TW"], paused=rests)
    asked = [
        fields for action, fields in changes([member("agent-1", TURN)], [agent]) if action == "QueuePause"
    ]
    in_it = [fields for fields in asked if fields["Queue"] == QUEUE]
    assert [fields["Reason"] for fields in in_it] == ([rests] if rests else [])
