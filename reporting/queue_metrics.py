"""Outcomes of citizens' calls in the agents' queue: counted here alone, for the board and for past days.

A call counts where it began, in Taipei's time. Each figure says beside its name how it is counted.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.cdr import CallResult
from calls.store import OUTGOING, CallRow
from hotline.clock import TAIPEI

SOON_ENOUGH: Final = timedelta(seconds=20)
"""Longest wait, from joining the queue, of a call answered soon (service level)."""


@dataclass(frozen=True, slots=True)
class QueueCall:
    """Call as it counts; what other rows than its own tell is not read for the queue alone."""

    at: datetime
    queued_at: datetime | None = None
    agent_at: datetime | None = None
    ended_at: datetime | None = None
    queue_seconds: float | None = None
    talk_seconds: float | None = None
    promised: bool = False
    """It came to a promise of a callback."""
    informed: bool = False
    """An information was heard to its end, and nothing else was waited for."""
    left: bool = False
    """It ended in the notice, a menu or a ring, without anything that it was for."""
    put_through: bool = False
    """An office's phone was rung for the caller."""
    connected: bool = False
    """And one of them was answered."""
    taken_by: str = ""
    """The kind of phone that was answered first."""
    special: bool = False
    ended_by_rule: bool = False
    service: str = ""
    """Service types, or none; empty while nobody has said it."""
    topic: str = ""
    reasons: frozenset[str] = frozenset()
    """For which it was put through (P5.1.1)."""
    read: frozenset[bool] = frozenset()
    """Whether the book answered, each time it was asked."""
    id: str = ""

    @property
    def is_answered(self) -> bool:
        """True if it joined the queue, and an agent answered."""
        return bool(self.queued_at and self.agent_at)

    @property
    def is_unmet(self) -> bool:
        """True if it joined the queue, and is over without an agent."""
        return bool(self.queued_at and not self.agent_at and self.ended_at)

    @property
    def is_soon(self) -> bool:
        """True if it was answered within ``SOON_ENOUGH``."""
        return bool(self.queued_at and self.agent_at and self.agent_at - self.queued_at <= SOON_ENOUGH)


@dataclass(frozen=True, slots=True)
class Queue:
    """Counts of some calls of citizens. Whoever still waits is in ``queued``, and in no outcome."""

    calls: int = 0
    """All of them, also who only heard the menus; none that 1999 placed."""
    informed: int = 0
    """Not of the queue: heard an information to its end."""
    left: int = 0
    """Not of the queue: over, and neither talked, promised a callback nor informed."""
    queued: int = 0
    """Joined the agents' queue."""
    answered: int = 0
    """Of the queue: an agent answered."""
    called_back: int = 0
    """Of the queue: over, not answered, and promised a callback."""
    abandoned: int = 0
    """Of the queue: over, neither answered nor promised a callback."""
    soon: int = 0
    """Of those answered: within ``SOON_ENOUGH`` of joining."""
    waited: float = 0.0
    """Total queue seconds of answered calls, to the millisecond; both waits of a call that joined again."""

    @property
    def level(self) -> float | None:
        """Service level, 0 to 1: share answered soon of all answered or over; None if there are none."""
        counted = self.answered + self.called_back + self.abandoned
        return self.soon / counted if counted else None

    @property
    def mean_wait(self) -> float | None:
        """Seconds in the queue of a call that was answered; of none, None."""
        return self.waited / self.answered if self.answered else None


def counted(calls: Iterable[QueueCall]) -> Queue:
    """Counts of these calls."""
    calls = list(calls)
    answered = [one for one in calls if one.is_answered]
    unmet = [one for one in calls if one.is_unmet]
    called_back = sum(one.promised for one in unmet)
    return Queue(
        calls=len(calls),
        informed=sum(one.informed for one in calls),
        left=sum(one.left for one in calls),
        queued=sum(one.queued_at is not None for one in calls),
        answered=len(answered),
        called_back=called_back,
        abandoned=len(unmet) - called_back,
        soon=sum(one.is_soon for one in answered),
        waited=round(sum(one.queue_seconds or 0.0 for one in answered), 3),
    )


def of_citizens(session: Session, since: datetime, until: datetime) -> Iterator[tuple[str, QueueCall]]:
    """The calls of citizens that began in a time, by their ids, as their own rows tell of them."""
    # Columns, not rows of a class: to make objects of them is most of the CPU of reading them.
    wanted = select(
        CallRow.id,
        CallRow.started_at,
        CallRow.queued_at,
        CallRow.agent_at,
        CallRow.ended_at,
        CallRow.queue_seconds,
        CallRow.talk_seconds,
        CallRow.outcome,
        CallRow.service,
        CallRow.topic,
    ).where(CallRow.started_at >= since, CallRow.started_at < until, CallRow.line != OUTGOING)
    for row in session.execute(wanted):
        yield (
            row.id,
            QueueCall(
                row.started_at,
                row.queued_at,
                row.agent_at,
                row.ended_at,
                row.queue_seconds,
                row.talk_seconds,
                row.outcome == CallResult.PROMISED,
                row.outcome == CallResult.INFORMED,
                row.outcome == CallResult.ABANDONED and row.queued_at is None,
                service=row.service,
                topic=row.topic,
            ),
        )


class Countable(Protocol):
    """Something that counts where it began."""

    @property
    def at(self) -> datetime: ...


One = TypeVar("One", bound=Countable)
Part = int | date
"""An hour of the day, 0 to 23, or a day; both of Taipei."""


def parted(of: Callable[[datetime], Part], several: Iterable[One]) -> dict[Part, list[One]]:
    """Group by the part in which each began."""
    found: dict[Part, list[One]] = {}
    for one in several:
        found.setdefault(of(one.at), []).append(one)
    return found


def hour_of(at: datetime) -> Part:
    """The hour of the day."""
    return at.astimezone(TAIPEI).hour


def day_of(at: datetime) -> Part:
    """The day."""
    return at.astimezone(TAIPEI).date()


def hours(found: Iterable[Part]) -> range:
    """From the first hour among these to the last, none left out between."""
    known = [one for one in found if isinstance(one, int)]
    return range(min(known, default=0), max(known, default=-1) + 1)
