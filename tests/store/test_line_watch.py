"""The job of the line at a node: an earlier caller elsewhere holds its agents back while that is known."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from control.presence import TURN
from control.queue_line import HIGHEST, QUEUES
from hotline.db import Sessions
from ops.jobs.waiting_line import SILENT, LineWatch, OthersLines, OwnLine

pytestmark = pytest.mark.dialects
QUEUE = QUEUES[0]
EARLY, LATER = 500_000_001, 500_000_002


@dataclass
class Queues:
    """Asterisk of one node as its manager answers: tickets that wait, and why each agent rests."""

    waiting: list[int] = field(default_factory=list)
    rests: dict[str, str] = field(default_factory=lambda: {"agent-1": "", "agent-2": "lunch"})
    variables: dict[str, str] = field(default_factory=dict)

    def ask(self, action: str, **fields: Any) -> list[dict[str, str]]:
        match action:
            case "QueueSummary":
                return [{"Event": action, "Queue": QUEUE, "Callers": str(len(self.waiting))}]
            case "QueueStatus":
                return [*map(self._entry, self.waiting), *map(self._member, self.rests)]
            case "Setvar":
                self.variables[fields["Variable"]] = fields["Value"]
            case "QueuePause":
                self.rests[fields["Interface"].removeprefix("PJSIP/")] = fields["Reason"]
        return [{}]

    def close(self) -> None:
        """Nothing is open."""

    def _entry(self, ticket: int) -> dict[str, str]:
        told = {"Queue": QUEUE, "Uniqueid": str(ticket), "Priority": str(HIGHEST - ticket)}
        return {"Event": "QueueEntry", **told}

    def _member(self, name: str) -> dict[str, str]:
        why = self.rests[name]
        told = {
            "Queue": QUEUE,
            "Name": name,
            "Status": "1",
            "Paused": str(int(why != "")),
            "PausedReason": why,
        }
        return {"Event": "QueueMember", **told}


class Node:
    """A node with its job; its database may be away."""

    def __init__(self, factory: Sessions, name: str) -> None:
        self.factory, self.queues = factory, Queues()
        self.seconds, self.is_away = 0.0, False
        others = OthersLines(self._sessions, name, lambda: self.seconds)  # type: ignore[arg-type]
        own = OwnLine(self._sessions, name, lambda: self.seconds)  # type: ignore[arg-type]
        self.watch = LineWatch(self, others, own)  # type: ignore[arg-type]

    def manager(self, *_: object, **__: object) -> Queues:
        """The way to its Asterisk."""
        return self.queues

    def looks(self, after: float = 0.25) -> str:
        self.seconds += after
        return self.watch.run()

    def _sessions(self) -> Any:
        if self.is_away:
            raise OperationalError("", {}, Exception("away"))
        return self.factory()


@pytest.fixture
def both(factory: Sessions) -> tuple[Node, Node]:
    """The first has the earlier caller; both have looked."""
    one, two = Node(factory, "ntpc1"), Node(factory, "ntpc2")
    one.queues.waiting, two.queues.waiting = [EARLY], [LATER]
    for node in (one, two, one):
        node.looks()
    return one, two


def test_the_node_of_the_earlier_caller_rings_and_the_other_waits(both: tuple[Node, Node]) -> None:
    """Until that caller is answered; a break stays a break, and the place counts both."""
    one, two = both
    assert one.queues.rests == {"agent-1": "", "agent-2": "lunch"}
    assert two.queues.rests == {"agent-1": TURN, "agent-2": "lunch"}
    assert two.queues.variables[f"ELSEWHERE-{QUEUE}"] == f"{EARLY - 1}&"
    assert two.queues.variables["HELD_BACK"].endswith("&agent-1")
    one.queues.waiting = []
    for node in (one, one, two):
        node.looks()
    assert two.queues.rests["agent-1"] == "" and two.queues.variables["HELD_BACK"] == ""
    assert two.queues.variables[f"ELSEWHERE-{QUEUE}"] == ""


def test_a_node_that_dies_with_its_callers_holds_nobody_back(both: tuple[Node, Node]) -> None:
    """Three seconds after it told something for the last time."""
    _, two = both
    two.looks(SILENT - 0.5)
    assert two.queues.rests["agent-1"] == TURN
    two.looks(0.5)
    assert two.queues.rests["agent-1"] == ""


def test_rows_that_cannot_be_read_hold_nobody_back(both: tuple[Node, Node]) -> None:
    """Also while the other node lives."""
    one, two = both
    two.is_away = True
    for _ in range(int(SILENT / 0.5) + 1):
        one.looks(0.5)
        two.looks(0.5)
    assert two.queues.rests["agent-1"] == ""


def test_while_nobody_waits_every_node_may_ring(both: tuple[Node, Node]) -> None:
    """Nobody asks for the members then."""
    one, two = both
    one.queues.waiting = two.queues.waiting = []
    for node in (one, one, two, two, one):
        assert node.looks() in ("", "ntpc1", "ntpc2")
    assert (one.looks(), two.looks()) == ("", "")
    assert [node.queues.rests["agent-1"] for node in both] == ["", ""]
