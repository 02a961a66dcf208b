"""What a screen on a wall shows of the floor: no number, no name of a citizen, agents by alias.

The same figures as the supervisors' board, counted there alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from hotline.staff.store import AFTER_CALL, RECOVERY
from reporting.board import BREAK, Floor, LanguageQueue, Thresholds


class WallState(StrEnum):
    """How an agent stands, as far as everybody may know: a break, and not for what."""

    FREE = "free"
    RINGING = "ringing"
    TALKING = "talking"
    AFTER_CALL = "after-call"
    BREAK = "break"
    AWAY = "away"
    """Not signed on, or out of reach, or not known."""


STATES: Final[Mapping[str, WallState]] = MappingProxyType(
    {
        "free": WallState.FREE,
        "ringing": WallState.RINGING,
        "in a call": WallState.TALKING,
        "busy": WallState.TALKING,
        "on hold": WallState.TALKING,
        AFTER_CALL: WallState.AFTER_CALL,
        RECOVERY: WallState.AFTER_CALL,
        BREAK: WallState.BREAK,
    }
)
"""By the board's states; the others are away."""


@dataclass(frozen=True, slots=True)
class AgentOnWall:
    """An agent by alias, or by the number of the seat where there is none."""

    seat: int
    alias: str
    state: WallState
    since: str


@dataclass(frozen=True, slots=True)
class Wall:
    """Content of the wallboard."""

    queues: Sequence[LanguageQueue]
    waiting: int
    since: str
    """The beginning of the longest wait; empty while nobody waits."""
    talking: int
    agents: Sequence[AgentOnWall]
    due_on_shift: int
    there_on_shift: int
    thresholds: Thresholds
    service_level: float | None
    is_on_goal: bool | None
    calls: int
    answered: int
    called_back: int
    abandoned: int
    due: int
    due_soon: int
    overdue: int

    def plain(self) -> dict[str, Any]:
        """Values for JSON."""
        return asdict(self)

    def standing(self, state: WallState) -> list[AgentOnWall]:
        """The agents in a state, who has been in it longest first."""
        found = [one for one in self.agents if one.state is state]
        return sorted(found, key=lambda one: (not one.since, one.since, one.seat))


def wall(seen: Floor) -> Wall:
    """What may be seen of a floor by everybody in the room."""
    return Wall(
        queues=seen.queues,
        waiting=len(seen.waiting),
        since=seen.longest_since,
        talking=len(seen.talking),
        agents=[
            AgentOnWall(seat, one.alias, STATES.get(one.state, WallState.AWAY), one.since)
            for seat, one in enumerate(seen.agents, 1)
        ],
        due_on_shift=seen.due_on_shift,
        there_on_shift=seen.there_on_shift,
        thresholds=seen.thresholds,
        service_level=seen.service_level,
        is_on_goal=seen.is_on_goal,
        calls=seen.calls,
        answered=seen.answered,
        called_back=seen.called_back,
        abandoned=seen.abandoned,
        due=seen.due,
        due_soon=seen.due_soon,
        overdue=seen.overdue,
    )
