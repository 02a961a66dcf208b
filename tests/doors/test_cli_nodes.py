"""``hotline node``: which machines there are, and one that takes no new calls."""

from datetime import timedelta

import pytest

from hotline import clock
from hotline.cluster import nodes
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.settings.addresses import MachineRole
from ops.wiring import House
from tests.doors.conftest import Typed

BY = ("--by", "admin-1")


def signs(house: House, name: str, *roles: MachineRole) -> None:
    with transaction(house.factory) as session:
        nodes.sign(session, name, roles, "1.0", clock.now())


def test_a_node_is_drained_and_resumed_on_record(house: House, typed: Typed) -> None:
    """Both are harmless twice; who did it is told, and stands in the audit log once."""
    signs(house, "ntpc2", MachineRole.NODE)
    for command in ("drain", "drain", "resume", "resume"):
        typed(f"node {command} ntpc2", *BY)
    typed("node drain ntpc2", *BY)
    assert "drained by admin-1" in typed("node list").output
    with transaction(house.factory) as session:
        told = [row.after for row in audit_rows(session) if row.action == "node.drain"]
    assert told == [{"drained": one} for one in (True, False, True)]


@pytest.mark.matrix
def test_what_takes_no_calls_cannot_be_drained(house: House, typed: Typed) -> None:
    """Nor what nobody knows, nor by whoever may not."""
    signs(house, "pages1", MachineRole.CONSOLE)
    assert "takes no calls" in typed("node drain pages1", *BY, refused=True).output
    assert "there are: pages1" in typed("node drain ntpc9", *BY, refused=True).output
    signs(house, "ntpc2", MachineRole.NODE)
    typed("node drain ntpc2", "--by", "agent-1", refused=True)


@pytest.mark.matrix
def test_a_machine_without_a_sign_of_life_is_shown_so(house: House, typed: Typed) -> None:
    """Ten seconds are enough."""
    with transaction(house.factory) as session:
        late = clock.now() - nodes.SILENT - timedelta(seconds=1)
        nodes.sign(session, "ntpc3", (MachineRole.NODE,), "1.0", late)
    assert "silent" in typed("node list").output
