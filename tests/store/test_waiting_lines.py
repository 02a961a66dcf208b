"""Who waits at each node as rows: told and read by the others, and not believed when it grows old."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from hotline.cluster.waiting_line import WaitingCaller
from hotline.cluster.waiting_store import WaitingLine
from hotline.db import Sessions, looking
from ops.jobs.waiting_line import AGAIN, SILENT, OthersLines, OwnLine

pytestmark = pytest.mark.dialects
FIRST, SECOND = (WaitingCaller(500_000_000 + n, "ntpc1", "agents-zh-TW", n == 0) for n in range(2))


@dataclass
class Pair:
    """A node that tells, another that reads, each over a database that may be away."""

    factory: Sessions
    seconds: float = 0.0
    is_away: bool = False
    own: OwnLine = field(init=False)
    others: OthersLines = field(init=False)

    def __post_init__(self) -> None:
        clock: Callable[[], float] = lambda: self.seconds  # noqa: E731
        self.own = OwnLine(self._sessions, "ntpc1", clock)  # type: ignore[arg-type]
        self.others = OthersLines(self._sessions, "ntpc2", clock)  # type: ignore[arg-type]

    def _sessions(self) -> Any:
        if self.is_away:
            raise OperationalError("", {}, Exception("away"))
        return self.factory()

    def beats(self) -> list[int]:
        with looking(self.factory) as session:
            return list(session.scalars(select(WaitingLine.beats)))


@pytest.fixture
def pair(factory: Sessions) -> Pair:
    return Pair(factory)


def test_what_one_tells_the_other_reads(pair: Pair) -> None:
    """Until nobody waits any more; a node reads nothing of itself."""
    assert pair.own.tell((FIRST, SECOND))
    assert pair.others.read() == [FIRST, SECOND]
    assert OthersLines(pair.factory, "ntpc1", lambda: 0.0).read() == []
    assert pair.own.tell(())
    assert pair.others.read() == []


def test_the_same_is_told_again_while_somebody_waits(pair: Pair) -> None:
    """So that it is believed; of nobody it is told once."""
    told = [pair.own.tell((FIRST,)), pair.own.tell((FIRST,))]
    pair.seconds += AGAIN
    assert [*told, pair.own.tell((FIRST,))] == [True, False, True] and pair.beats() == [2]
    pair.own.tell(())
    pair.seconds += 10 * AGAIN
    assert not pair.own.tell(()) and pair.beats() == [3]


def test_a_node_that_tells_nothing_more_holds_nobody_back(pair: Pair) -> None:
    """Three seconds later its callers count for nothing; once it tells again they do."""
    pair.own.tell((FIRST,))
    pair.others.read()
    pair.seconds += SILENT - 0.1
    assert pair.others.read() == [FIRST]
    pair.seconds += 0.1
    assert pair.others.read() == []
    pair.own.tell((FIRST,))
    assert pair.others.read() == [FIRST]


def test_rows_that_cannot_be_read_are_believed_for_three_seconds(pair: Pair) -> None:
    """And what could not be told is told when the database is back."""
    pair.own.tell((FIRST,))
    pair.others.read()
    pair.is_away = True
    pair.seconds += SILENT / 2
    assert pair.others.read() == [FIRST] and not pair.own.tell((FIRST, SECOND))
    pair.seconds += SILENT / 2
    assert pair.others.read() == []
    pair.is_away = False
    assert pair.own.tell((FIRST, SECOND)) and pair.others.read() == [FIRST, SECOND]
