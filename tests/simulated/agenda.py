"""Deeds of a simulated city in the order of their instants, each of which may put down further ones."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Deed = Callable[[datetime], object]


class Agenda:
    """What is to be done, when; of the same instant what was put down first."""

    def __init__(self) -> None:
        self._heap = list[tuple[datetime, int, Deed]]()
        self._numbers = count()

    def put(self, at: datetime, deed: Deed) -> None:
        """Put a deed down."""
        heappush(self._heap, (at, next(self._numbers), deed))

    def run(self, until: datetime) -> int:
        """Do all that is due before an instant; how many deeds."""
        done = 0
        while self._heap and self._heap[0][0] < until:
            at, _number, deed = heappop(self._heap)
            deed(at)
            done += 1
        return done
