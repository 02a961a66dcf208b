"""The name of a node belongs to one machine: another is refused while the first lives, and may follow it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from control.pbx import Pbx
from hotline.cluster.nodes import LAST_SIGN, SIGNS, ClusterNode, NodeTaken
from hotline.db import Sessions, looking, transaction
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from ops.jobs.node_signs import NodeSigns, machine_of, why_drained
from ops.run.naming import have_name
from tests.promises import TEN

pytestmark = pytest.mark.dialects


class Machine:
    """One with a home of its own, no Asterisk, and a clock that goes on when it is told."""

    def __init__(self, folder: Path, factory: Sessions) -> None:
        self.settings = Settings(home=folder, node="ntpc1", roles=(MachineRole.JOBS,))
        self.factory, self.seconds = factory, 0.0
        self.signs = NodeSigns(factory, Pbx(lambda: self.settings), self.settings, "1", lambda: self.seconds)

    def lives(self, seconds: float) -> bool:
        """Whether it leaves a sign of life after so long."""
        self.seconds += seconds
        return self.signs.run(TEN + timedelta(seconds=self.seconds))

    @property
    def has_the_row(self) -> bool:
        with looking(self.factory) as session:
            row = session.get(ClusterNode, "ntpc1")
            return row is not None and row.machine == machine_of(self.settings)


@pytest.fixture
def both(tmp_path: Path, factory: Sessions) -> tuple[Machine, Machine]:
    return Machine(tmp_path / "one", factory), Machine(tmp_path / "two", factory)


def test_the_later_of_two_leaves_no_sign_while_the_first_lives(both: tuple[Machine, Machine]) -> None:
    """And says why it takes no calls; once the first is gone it has the name."""
    one, two = both
    assert one.lives(0)
    for _ in range(3):
        assert one.lives(SIGNS.total_seconds()) and not two.lives(SIGNS.total_seconds())
    assert one.has_the_row and "another machine lives under the name ntpc1" in why_drained(two.settings)
    assert two.lives(LAST_SIGN) and two.has_the_row and not why_drained(two.settings)


def test_a_machine_that_starts_anew_has_its_name(both: tuple[Machine, Machine]) -> None:
    """It is known by its home, whatever process runs."""
    one, _ = both
    one.lives(0)
    again = Machine(one.settings.home, one.factory)
    assert again.lives(SIGNS.total_seconds()) and again.has_the_row


def test_a_look_at_the_row_asks_once(both: tuple[Machine, Machine], database: Engine) -> None:
    """Each machine of the cluster looks each second."""
    one, _ = both
    one.lives(0)
    asked = list[str]()
    event.listen(database, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert not one.lives(SIGNS.total_seconds() / 2)
    assert sum("FROM node" in words for words in asked) == 1


def starts(machine: Machine, meanwhile: Callable[[], object]) -> None:
    """As `hotline up` looks at the name, while something goes on each half second."""

    def pause(seconds: float) -> None:
        machine.seconds += seconds
        meanwhile()

    opened: Callable[[], AbstractContextManager[Session]] = partial(transaction, machine.factory)
    at, elapsed = TEN + timedelta(seconds=machine.seconds), lambda: machine.seconds
    have_name(machine.settings, opened, lambda told: None, at, elapsed=elapsed, pause=pause)


def test_no_start_under_the_name_of_one_that_lives(both: tuple[Machine, Machine]) -> None:
    """It is told at the next sign of the first."""
    one, two = both
    one.lives(0)
    with pytest.raises(NodeTaken):
        starts(two, lambda: one.lives(0.5))
    assert one.has_the_row


def test_a_start_waits_until_one_that_is_gone_is_known_to_be(both: tuple[Machine, Machine]) -> None:
    """As after a copy was put back on another machine; then the name is taken at once."""
    one, two = both
    one.lives(0)
    starts(two, lambda: None)
    assert two.seconds >= LAST_SIGN and two.has_the_row and two.lives(0)
