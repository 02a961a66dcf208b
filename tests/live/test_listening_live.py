"""Sockets of a running hotline are those of the firewall table in docs/hardening.md."""

from collections.abc import Iterator

import pytest

from ops.run.preflight import ports_of
from ops.run.supervisor import specs
from tests import sockets
from tests.chosen import is_plain
from tests.live.conftest import everyday
from tests.live.system import System

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """A hotline as it is every day."""
    if is_plain(request):
        yield request.getfixturevalue("everyday")
        return
    with everyday() as one:
        yield one


def test_nothing_listens_that_the_table_does_not_name(system: System) -> None:
    """All processes; what the table names and this hotline has is there."""
    pids = [system.supervisor.pid(spec.name) for spec in specs(system.home)]
    listening = {(one.kind, one.port) for one in sockets.of(pids) if one.address not in sockets.ANY}
    listening |= {(one.kind, one.port) for one in sockets.of(pids) if one.kind == "tcp"}
    named = {
        (protocol, int(port))
        for protocol, _setting, ports in ports_of(system.settings)
        if "-" not in ports
        for port in ports.split(", ")
    }
    assert listening == named
