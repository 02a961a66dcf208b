"""Which Asterisk an act goes to: that of the call's node, each of them, or any."""

import pytest

from control.ami import ManagerGone
from control.pbx import Pbx
from control.presence import busiest
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole

PLACES = {"ntpc2": ("10.0.0.2", 5038), "ntpc1": ("10.0.0.1", 5038)}


def pbx(*roles: MachineRole, places: dict[str, tuple[str, int]] = PLACES) -> Pbx:
    """Of a machine that is called ntpc1 if it is a node."""
    settings = Settings(node="ntpc1" if MachineRole.NODE in roles else "pages1", roles=roles)
    return Pbx(lambda: settings, lambda: places)


def test_a_node_asks_its_own_first_and_itself_once() -> None:
    """Then the others."""
    assert [one.node for one in pbx(MachineRole.NODE).each()] == ["ntpc1", "ntpc2"]


def test_a_machine_of_pages_asks_the_nodes_alone() -> None:
    """It places its calls at the first that takes some; with none it says so."""
    assert [one.node for one in pbx(MachineRole.CONSOLE).each()] == ["ntpc2", "ntpc1"]
    assert pbx(MachineRole.CONSOLE).any().node == "ntpc2"
    with pytest.raises(ManagerGone):
        pbx(MachineRole.CONSOLE, places={}).any()


def test_one_that_is_away_hides_no_other() -> None:
    """Unless all are away."""

    def ask(one: Pbx) -> str:
        if one.node == "ntpc2":
            raise ManagerGone("down")
        return one.node

    assert pbx(MachineRole.CONSOLE).everywhere(ask) == ["ntpc1"]
    with pytest.raises(ManagerGone, match="down"):
        pbx(MachineRole.CONSOLE, places={"ntpc2": PLACES["ntpc2"]}).everywhere(ask)


def test_a_phone_is_as_busy_as_the_node_says_that_has_its_call() -> None:
    """Another node, which has none, does not make it free."""
    one = {"agent-1": "free", "agent-2": "unreachable", "agent-3": "ringing"}
    two = {"agent-1": "in a call", "agent-2": "free", "agent-3": "free"}
    assert busiest((one, two)) == {"agent-1": "in a call", "agent-2": "free", "agent-3": "ringing"}
    assert busiest((two, one)) == busiest((one, two))
