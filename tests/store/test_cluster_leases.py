"""A lease on what runs once: one holder, another when it is dead, and nothing written by one that lost it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import DBAPIError

from hotline import outages
from hotline.cluster.leases import BEAT, DEAD, ClusterLease, LeaseLost
from hotline.db import Sessions, looking, sessions, transaction
from hotline.outages import Outage, OutagePart
from ops.jobs.schedule import while_held
from tests.promises import TEN

pytestmark = pytest.mark.dialects


@dataclass
class Machine:
    """A machine with a clock of its own and sessions that its lease guards."""

    database: Engine
    name: str
    seconds: float = 0.0
    lease: ClusterLease = field(init=False)
    guarded: Sessions = field(init=False)

    def __post_init__(self) -> None:
        self.starts()

    def starts(self) -> None:
        """Its process begins and remembers nothing."""
        self.lease = ClusterLease(sessions(self.database), "work", self.name, lambda: self.seconds)
        self.guarded = sessions(self.database)
        self.lease.guard(self.guarded)

    def keeps(self, after: float = BEAT) -> bool:
        self.seconds += after
        return self.lease.keep()

    def writes(self, minute: int) -> None:
        """Do one piece of work, named by its minute."""
        with transaction(self.guarded) as session:
            outages.begin(session, self.name, OutagePart.PAGES, TEN + timedelta(minutes=minute))


@pytest.fixture
def machine(database: Engine) -> Callable[[str, float], Machine]:
    """Make a machine whose clock shows something."""
    return lambda name, seconds=0.0: Machine(database, name, seconds)


def written(database: Engine) -> list[str]:
    """Who did each piece, in order."""
    with looking(sessions(database)) as session:
        return list(session.scalars(select(Outage.node).order_by(Outage.began_at)))


def test_one_holds_it_and_the_other_waits(machine: Callable[..., Machine]) -> None:
    """As long as the first beats, whatever the second one's clock shows."""
    one, two = machine("a"), machine("b", 1e6)
    assert one.keeps()
    for _ in range(12):
        assert not two.keeps()
        assert one.keeps()
    assert one.lease.is_held and not two.lease.is_held


def test_another_takes_it_when_its_holder_is_dead(machine: Callable[..., Machine]) -> None:
    """After ``DEAD`` seconds without a beat, by its own clock, and no earlier."""
    one, two = machine("a"), machine("b")
    assert one.keeps() and not two.keeps(0)
    assert not two.keeps(DEAD - 0.1)
    assert two.keeps(0.2) and two.lease.is_held


def test_who_lost_it_writes_nothing(machine: Callable[..., Machine], database: Engine) -> None:
    """A machine that was halted goes on in mid-work: its commit is refused, and it learns that it lost it."""
    one, two = machine("a"), machine("b")
    one.keeps()
    two.keeps()
    two.keeps(DEAD)
    two.writes(1)
    with pytest.raises(LeaseLost), transaction(one.guarded) as session:
        outages.begin(session, "a", OutagePart.PAGES, TEN)
    assert written(database) == ["b"]
    assert not one.keeps() and not one.lease.is_held


def test_who_could_not_beat_stops_by_itself(machine: Callable[..., Machine], database: Engine) -> None:
    """Nobody took it, the database was away: no work begins, until a beat is told again."""
    one, done = machine("a"), []
    one.keeps()
    one.seconds += DEAD
    assert while_held(one.lease, lambda: done.append(1)) is None and not done
    assert one.keeps()
    while_held(one.lease, lambda: done.append(1))
    assert done == [1]


def test_work_that_was_taken_over_is_no_failure(machine: Callable[..., Machine], database: Engine) -> None:
    """The job ends quietly: the other machine does it."""
    one, two = machine("a"), machine("b")
    one.keeps()
    two.keeps()
    two.keeps(DEAD)
    assert while_held(one.lease, lambda: one.writes(1)) is None
    assert written(database) == []


def test_one_that_begins_anew_has_its_own_back_at_once(machine: Callable[..., Machine]) -> None:
    """Under a new number, so that its earlier life writes no more."""
    one = machine("a")
    one.keeps()
    before = one.guarded
    one.starts()
    assert one.keeps()
    with pytest.raises(LeaseLost), transaction(before) as session:
        outages.begin(session, "a", OutagePart.PAGES, TEN)


def test_one_given_back_is_taken_at_once(machine: Callable[..., Machine]) -> None:
    """At an orderly end nobody waits."""
    one, two = machine("a"), machine("b")
    one.keeps()
    two.keeps()
    one.lease.give_back()
    assert two.keeps() and not one.lease.is_held


@pytest.mark.dialects("postgresql")
def test_one_halted_in_the_middle_of_a_beat_keeps_it_from_nobody(
    machine: Callable[..., Machine], database: Engine
) -> None:
    """Before its commit, with the row locked: the server ends that session, and another takes it."""
    one, two, beats = machine("a"), machine("b"), sessions(database)
    one.lease = ClusterLease(beats, "work", "a", lambda: one.seconds)
    one.keeps()
    two.keeps()
    two.seconds += DEAD
    event.listen(beats, "before_commit", lambda session: two.keeps(0))
    with pytest.raises(DBAPIError):
        one.keeps()
    assert two.lease.is_held


def test_whoever_only_looks_is_not_refused(machine: Callable[..., Machine], database: Engine) -> None:
    """Reading needs no lease."""
    one = machine("a")
    with looking(one.guarded) as session:
        assert session.scalar(select(Outage.id)) is None
