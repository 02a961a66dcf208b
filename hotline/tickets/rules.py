"""States of tickets, and whose a fault is. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hotline.errors import HotlineError
from hotline.permissions import Role
from hotline.terms import named

LONGEST: Final = 2000


@named("ticket-state")
class TicketState(StrEnum):
    """The states of a ticket: open until somebody answers, answered until the asker is content (P4.1.2)."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"


@named("ticket-about")
class About(StrEnum):
    """Subject of a ticket: a case, or a message that did not arrive."""

    CASE = "case"
    NOTICE = "notice"


@named("fault-kind")
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


class TicketNotNow(HotlineError, code="ticket-not-now"):
    """A step that its state does not allow."""

    number: int
    state: TicketState


def answered(number: int, state: TicketState) -> TicketState:
    """The state after an answer: it may follow an answer, nothing follows the end. Raises TicketNotNow."""
    if state is TicketState.CLOSED:
        raise TicketNotNow(number, state)
    return TicketState.ANSWERED


def closed(number: int, state: TicketState) -> TicketState:
    """The state after the end: an open ticket may be closed without an answer. Raises TicketNotNow."""
    if state is TicketState.CLOSED:
        raise TicketNotNow(number, state)
    return TicketState.CLOSED
