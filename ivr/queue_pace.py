"""Expected wait for an agent, measured: how fast callers of a language move up, lately and at that hour.

A caller who was told place 5 and half a minute later place 3 has moved up two places in 30 s; to be answered
is to move up the rest. What a wait would have come to that a hang-up cut short, nobody knows: it counts for
nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, exp
from typing import Final

from hotline.clock import TAIPEI
from ivr.numerals import Language

TRUST: Final = 3.0
"""What was expected before counts as so many places."""
LATELY: Final = timedelta(minutes=15)
"""An advance so old counts for 1/e of a new one."""
FORGOTTEN: Final = 8 * LATELY
"""And one so old for nothing; so does what nobody measured anew since."""


@dataclass(frozen=True, slots=True)
class Advance:
    """From ``at`` on a caller moved up ``places`` in ``seconds``."""

    at: datetime
    seconds: float
    places: int


@dataclass(frozen=True, slots=True)
class Advances:
    """Sum of advances, each by its weight."""

    seconds: float = 0.0
    places: float = 0.0

    def pace(self, expected: float) -> float:
        """Seconds a place, beginning with what was ``expected``."""
        return (self.seconds + TRUST * expected) / (self.places + TRUST)


Hours = Mapping[int, Advances]


@dataclass(frozen=True)
class Pace:
    """Pace at ``measured_at``; until there is one, a wait is expected from the length of a ``talk``."""

    talk: timedelta = timedelta(minutes=4)
    lately: Mapping[Language, Advances] = field(default_factory=dict)
    hourly: Mapping[Language, Hours] = field(default_factory=dict)
    measured_at: datetime | None = None

    def minutes(self, position: int, language: Language, agents: int, at: datetime) -> int:
        """Whole minutes until the caller at ``position`` is answered, rounded up, one at least."""
        return max(1, ceil(position * self.seconds_a_place(language, agents, at) / 60 - 1e-9))

    def seconds_a_place(self, language: Language, agents: int, at: datetime) -> float:
        """By the latest advances, beginning with those of the hour, these with ``agents`` and their talks."""
        first = self.talk.total_seconds() / max(1, agents)
        usual = self.hourly.get(language, {}).get(hour_of(at), Advances()).pace(first)
        if self.measured_at is None or at - self.measured_at > FORGOTTEN:
            return usual
        return self.lately.get(language, Advances()).pace(usual)


def hour_of(at: datetime) -> int:
    """Hour of the day in Taipei."""
    return at.astimezone(TAIPEI).hour


def advances(places: Sequence[tuple[datetime, int]], answered_at: datetime | None) -> Iterator[Advance]:
    """Advances of one caller, who was told these places in this order, and then answered or not."""
    known = [*places, *([(answered_at, 0)] if answered_at and places else [])]
    for (since, before), (until, after) in zip(known, known[1:], strict=False):
        if until > since:  # who comes back from a transfer goes before everybody: no place is won then
            yield Advance(since, (until - since).total_seconds(), max(0, before - after))


def lately(found: Iterable[Advance], at: datetime) -> Advances:
    """Sum in which the latest count most."""
    seconds = places = 0.0
    for one in found:
        age = at - one.at
        if timedelta(0) <= age <= FORGOTTEN:
            weight = exp(-age / LATELY)
            seconds, places = seconds + weight * one.seconds, places + weight * one.places
    return Advances(seconds, places)


def hourly(found: Iterable[Advance]) -> Hours:
    """Sum of each hour of the day."""
    sums: dict[int, Advances] = {}
    for one in found:
        was = sums.get(hour := hour_of(one.at), Advances())
        sums[hour] = Advances(was.seconds + one.seconds, was.places + one.places)
    return sums
