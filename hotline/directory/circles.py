"""Forwards that would lead back to where they began, found before they are written (P5.1.2).

An extension follows its own forward; without one, who covers its section while that is away. Both hold for a
time, so a circle is one whose every step holds at one instant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hotline.errors import HotlineError
from hotline.ledger.history import DatedRow, held
from hotline.ledger.periods import Period

LEADING: Final = frozenset(("forward", "booking", "desk"))
"""The kinds of rows that say who follows whom."""
Fact = tuple[Period, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Circle:
    """Extensions of which each follows the next, the first one again at the end; since when."""

    extensions: tuple[str, ...]
    since: datetime

    @property
    def way(self) -> str:
        """Once around."""
        return " → ".join(self.extensions)


class Circular(HotlineError, code="circular"):
    """A change by which an extension would follow itself."""

    way: str
    since: datetime


class StatedFacts:
    """Facts stated by rows, and by a change that is planned."""

    def __init__(self, rows: Callable[[str, str], Iterable[DatedRow]]) -> None:
        self._rows, self._said = rows, dict[tuple[str, str], list[Fact]]()

    def of(self, kind: str, key: str) -> list[Fact]:
        """List everything that is said of a key."""
        if (kind, key) not in self._said:
            self.restate(kind, key, [(row.period, row.says()) for row in self._rows(kind, key)])
        return self._said[kind, key]

    def restate(self, kind: str, key: str, facts: list[Fact]) -> None:
        """Set all that holds of a key."""
        self._said[kind, key] = facts

    def say(self, kind: str, key: str, says: Mapping[str, Any], period: Period) -> bool:
        """Add a fact; an open end lasts to the next planned change. False when it is said already."""
        before = self.of(kind, key)
        period = held(period, (there for there, _ in before))
        if any(there.covers(period) and {**said, **says} == said for there, said in before):
            return False
        others = [(left, said) for there, said in before for left in there.without(period)]
        self.restate(kind, key, [*others, (period, says)])
        return True

    def end(self, kind: str, key: str, since: datetime) -> None:
        """End all facts of a key at an instant."""
        left = [(rest, said) for there, said in self.of(kind, key) for rest in there.without(Period(since))]
        self.restate(kind, key, left)


def refuse_circles(facts: StatedFacts, kind: str, key: str) -> None:
    """Refuse a key whose rows would lead in a circle. Raises Circular."""
    found = circle_of(facts, kind, key)
    if found:
        raise Circular(found.way, found.since)


def circle_of(facts: StatedFacts, kind: str, key: str) -> Circle | None:
    """The first circle of which a row of this key is a part."""
    for period, says in facts.of(kind, key) if kind in LEADING else ():
        begin = says["cover"] if kind == "booking" else key
        if begin and (found := _circle(facts, begin, period)):
            return found
    return None


def _circle(facts: StatedFacts, begin: str, period: Period) -> Circle | None:
    ways: list[tuple[tuple[str, ...], Period]] = [((begin,), period)]
    while ways:
        path, meanwhile = ways.pop()
        for following, common in _followed(facts, path[-1], meanwhile):
            if following == begin:
                return Circle((*path, begin), common.since)
            if following not in path:
                ways.append(((*path, following), common))
    return None


def _followed(facts: StatedFacts, extension: str, period: Period) -> Iterator[tuple[str, Period]]:
    """Whom an extension follows, and when within a period."""
    own = facts.of("forward", extension)
    for there, says in own:
        yield from ((says["target"], common) for common in there.common(period))
    for there, says in facts.of("desk", extension):
        for away, booking in facts.of("booking", says["section"]):
            if booking["cover"] not in ("", extension):
                for common in (both for one in there.common(away) for both in one.common(period)):
                    yield from ((booking["cover"], left) for left in _left(common, [one for one, _ in own]))


def _left(period: Period, holes: Iterable[Period]) -> list[Period]:
    left = [period]
    for hole in holes:
        left = [rest for one in left for rest in one.without(hole)]
    return left
