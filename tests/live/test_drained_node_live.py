"""A node that somebody drains by its row: no new calls, the talk that is up goes on, until it is resumed."""

import os
import signal
from collections.abc import Callable

import pytest

from hotline import clock
from hotline.cluster import nodes
from hotline.cluster.nodes import ClusterNode
from hotline.db import transaction
from tests.faults.citizens import citizens
from tests.house.test_asterisk_live import invite
from tests.live.system import System
from tests.live.test_ends_live import is_bridged, talking

pytestmark = pytest.mark.live
TALKS, REFUSED, SERVED = (f"098600000{n}" for n in range(3))


def command_node(system: System, act: Callable[..., ClusterNode]) -> None:
    """As the command does."""
    with transaction(system.house.factory) as session:
        act(session, system.settings.node, "admin-1", clock.now())


def test_no_new_calls_while_the_talk_goes_on(system: System) -> None:
    """503 within seconds, whatever dies meanwhile; who calls after it is resumed is in the menu."""
    with talking(system, TALKS) as one:
        command_node(system, nodes.drain)
        system.until(lambda: "the node is drained" in system.ready()[1], 10, "it is drained")
        assert invite(system.home, "127.0.0.2", REFUSED, "1999").startswith("SIP/2.0 503 ")
        os.kill(system.supervisor.pid("jobs"), signal.SIGKILL)
        system.supervisor.resume("jobs")
        assert is_bridged(system, TALKS)
        command_node(system, nodes.resume)
        system.until(lambda: "drained" not in system.ready()[1], 20, "it is resumed")
        assert is_bridged(system, TALKS)
        one.hang_up()
    assert system.row(TALKS).outcome == "talked"
    assert system.row(REFUSED).end_reason == "system"
    with citizens(system, [SERVED]) as (one,):
        one.dial(system)
        system.in_menu(SERVED)
