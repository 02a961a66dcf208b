"""Callers who wait at several nodes as one line, and whose turn it is (decision 0053): pure rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

TOLD_MOST: Final = 300
"""Tickets of others that a node is told; places far behind are spoken without a number anyway."""


@dataclass(frozen=True, order=True, slots=True)
class WaitingCaller:
    """A caller who waits for an agent. The lower ticket came first, and the node's name breaks a tie."""

    ticket: int
    node: str
    queue: str
    can_be_rung: bool = True
    """Not so while an agent's telephone rings for them, nor while they hear their place."""


def whose_turn(waiting: Iterable[WaitingCaller]) -> str:
    """The node that may ring agents, because its caller came first; empty = every node."""
    first = min((one for one in waiting if one.can_be_rung), default=None)
    return first.node if first else ""


def with_those_between(
    now: Iterable[WaitingCaller], before: Iterable[WaitingCaller]
) -> Sequence[WaitingCaller]:
    """List the waiting callers, earliest first, and those whom only the look before found.

    Such a caller has been answered, or has left the queue for a moment to hear the place.
    """
    found = {(one.queue, one.ticket): replace(one, can_be_rung=False) for one in before}
    return tuple(sorted((found | {(one.queue, one.ticket): one for one in now}).values()))


def tickets_elsewhere(waiting: Iterable[WaitingCaller], node: str, queue: str) -> tuple[int, ...]:
    """Tickets of a queue at other nodes, so that each which is less than one of ``node`` is before it.

    The tie is broken here: the tickets of a node with an earlier name are told as one less.
    """
    others = (one for one in waiting if one.queue == queue and one.node != node)
    return tuple(sorted(one.ticket - (one.node < node) for one in others)[:TOLD_MOST])
