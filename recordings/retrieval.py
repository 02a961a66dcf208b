"""Retrieval of recordings and records (P9): what may follow what, who decides, who may hear. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from hotline.errors import HotlineError
from hotline.terms import named
from recordings.playing import SoundSpan

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 30
"""Days for which a page is open."""


@named("retrieval-state")
class RetrievalState(StrEnum):
    """Requested, then approved or refused; approved, then provided, until it expires or is revoked."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    PROVIDED = "PROVIDED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class RetrievalStep(StrEnum):
    """What is done with a request."""

    APPROVE = "approve"
    REFUSE = "refuse"
    PROVIDE = "provide"
    REVOKE = "revoke"
    EXPIRE = "expire"


_S = RetrievalState
STEPS: Final[Mapping[RetrievalStep, tuple[tuple[RetrievalState, ...], RetrievalState]]] = {
    RetrievalStep.APPROVE: ((_S.REQUESTED,), _S.APPROVED),
    RetrievalStep.REFUSE: ((_S.REQUESTED,), _S.REFUSED),
    RetrievalStep.PROVIDE: ((_S.APPROVED,), _S.PROVIDED),
    RetrievalStep.REVOKE: ((_S.APPROVED, _S.PROVIDED), _S.REVOKED),
    RetrievalStep.EXPIRE: ((_S.PROVIDED,), _S.EXPIRED),
}
"""From which states a step is taken, and to which it leads."""


class RetrievalNotNow(HotlineError, code="retrieval-not-now", varies_by="state"):
    """A step that cannot be taken with a request as it stands."""

    number: int
    state: RetrievalState


class OwnRetrieval(HotlineError, code="own-retrieval"):
    """A decision by who asked, or by who would hear: another person decides."""

    number: int


class OpenDaysOutside(HotlineError, code="open-days-outside"):
    """A page that would be open for no day, or for more than it may."""

    days: int
    most: int = MOST_DAYS


class PartOutside(HotlineError, code="part-outside"):
    """A part to be silenced that is none of the sound."""

    begins: float
    ends: float
    seconds: float


@dataclass(frozen=True, slots=True)
class RetrievalRequest:
    """What is asked for: calls of a case within a period, or calls by id; by which law, for what and whom."""

    person: str
    ground: str
    purpose: str
    case: str = ""
    since: datetime | None = None
    until: datetime | None = None
    wants_copy: bool = False


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page that was provided: in which state, for whom of which agency, until when."""

    state: RetrievalState
    person: str
    agency: str
    until: datetime | None


Denial = Literal["unknown", "foreign", "closed", "expired", "revoked"]
"""Why somebody is shown nothing."""


class NotShown(HotlineError, code="not-shown", varies_by="why"):
    """A page or a sound that is not shown to who asks."""

    why: Denial


def following(number: int, state: RetrievalState, step: RetrievalStep) -> RetrievalState:
    """The state after a step. Raises RetrievalNotNow."""
    before, after = STEPS[step]
    if state not in before:
        raise RetrievalNotNow(number, state)
    return after


def refuse_own(number: int, by: str, concerned: Iterable[str]) -> None:
    """Refuse a decision of one of those whom it concerns. Raises OwnRetrieval."""
    if by in concerned:
        raise OwnRetrieval(number)


def closes_at(opened_at: datetime, days: int) -> datetime:
    """The first instant at which a page is closed again. Raises OpenDaysOutside."""
    if not 1 <= days <= MOST_DAYS:
        raise OpenDaysOutside(days)
    return opened_at + timedelta(days=days)


def state_at(state: RetrievalState, until: datetime | None, at: datetime) -> RetrievalState:
    """The state at an instant: what was provided expires by itself, whether or not anybody wrote it down."""
    is_past = state is RetrievalState.PROVIDED and until is not None and until <= at
    return RetrievalState.EXPIRED if is_past else state


def denial(opening: OpenedPage, login: str, agency: str, at: datetime) -> Denial | None:
    """Why a page is not shown to somebody; None when it is. Who left the agency is a stranger."""
    if (login, agency) != (opening.person, opening.agency):
        return "foreign"
    match state_at(opening.state, opening.until, at):
        case RetrievalState.PROVIDED:
            return None
        case RetrievalState.EXPIRED:
            return "expired"
        case RetrievalState.REVOKED:
            return "revoked"
        case _:
            return "closed"


def part_of(begins: float, ends: float, seconds: float) -> SoundSpan:
    """A part of a sound of that length. Raises PartOutside."""
    if not 0 <= begins < ends or begins >= seconds:
        raise PartOutside(begins, ends, seconds)
    return SoundSpan(begins, min(ends, seconds))
