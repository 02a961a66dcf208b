"""States of tickets, and whose a fault is. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hotline.errors import HotlineError
from hotline.permissions import Role

LONGEST: Final = 2000


class State(StrEnum):
    """Open until somebody answers, answered until the asker is content (P4.1.2)."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"


class About(StrEnum):
    """What went wrong: a case, or a message that did not arrive."""

    CASE = "case"
    NOTICE = "notice"


class FaultKind(StrEnum):
    """Which of the two telephone systems fails (P11)."""

    SWITCHBOARD = "switchboard"
    """The main building's."""
    INTERNET = "internet"
    """Internet telephony."""


QUEUES: Final[Mapping[FaultKind, Role]] = MappingProxyType(
    {FaultKind.SWITCHBOARD: Role.SECRETARIAT, FaultKind.INTERNET: Role.INFORMATION_CENTRE}
)
"""Who mends it: the Secretariat's campus section, the Information Centre's communications section."""


class NotNow(HotlineError):
    """A step that its state does not allow."""

    def __init__(self, number: int, state: State, step: str) -> None:
        self.number, self.state, self.step = number, state, step
        super().__init__(f"Ticket {number} is {state.lower()}; it cannot be {step} now")


def answered(number: int, state: State) -> State:
    """An answer may follow an answer, nothing follows the end. Raises NotNow."""
    if state is State.CLOSED:
        raise NotNow(number, state, "answered")
    return State.ANSWERED


def closed(number: int, state: State) -> State:
    """An open ticket may be closed without an answer. Raises NotNow."""
    if state is State.CLOSED:
        raise NotNow(number, state, "closed")
    return State.CLOSED
