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


def listening(system: System) -> set[tuple[str, int]]:
    """Protocol and port of what all processes listen on; but for two sockets of UDP that nobody uses
    (docs/operations.md).
    """
    pids = [system.supervisor.pid(spec.name) for spec in specs(system.home)]
    return {
        (one.kind, one.port)
        for one in sockets.of(pids)
        if one.kind == "tcp" or one.address not in sockets.ANY
    }


def test_what_listens_is_what_the_table_names(system: System) -> None:
    """No more, and once all have begun no less."""
    named = {
        (protocol, int(port))
        for protocol, _setting, ports in ports_of(system.settings)
        if "-" not in ports
        for port in ports.split(", ")
    }
    system.until(lambda: named <= listening(system), 30, "every process listens")
    assert listening(system) == named
