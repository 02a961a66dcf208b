"""The TURN server for video, as the hotline configures it: whom it serves, what it reaches, how it is kept
up.
"""

import os
import signal
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta

import pytest

from hotline import clock
from hotline.settings import Settings
from hotline.video.turn import LIFETIME, TurnServer
from ops.run import turn
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import running
from tests.ports import free_port, free_ports
from tests.turn_servers import certified, demand_coturn, turn_server
from tools.bench.turn_client import TurnRefused, client

pytestmark = pytest.mark.live
ADDRESS = "127.0.0.1"


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """One alone, as it is configured beside the hotline."""
    port, tls = free_ports(2)
    with (
        certified("turn.test") as certificate,
        turn_server(ADDRESS, turn_port=port, turn_tls_port=tls, **certificate) as one,
    ):
        yield one


def credentials(settings: Settings, before: timedelta = timedelta(0)) -> tuple[str, str]:
    """Those that a page would get now, or would have got some time before."""
    made = TurnServer(settings.turn_reached, lambda: secret(settings))
    (server,) = made.servers("1-citizen", clock.now() - before)
    return str(server["username"]), str(server["credential"])


def secret(settings: Settings) -> str:
    return (settings.home / "secrets" / "turn").read_text()


def test_it_serves_whom_a_page_gave_credentials(settings: Settings) -> None:
    """It gives an address of the ports that are set."""
    with client((ADDRESS, settings.turn_port), *credentials(settings)) as one:
        one.allocate()
        address, port = one.lent
    assert address == ADDRESS
    assert settings.turn_media_from <= port <= settings.turn_media_to


@pytest.mark.parametrize("why", ["expired", "forged", "stretched", "nobody"])
def test_whoever_has_none_is_refused(settings: Settings, why: str) -> None:
    """Those of an hour ago, a wrong password, a later end under the old password, and none."""
    name, word = credentials(settings, LIFETIME + timedelta(seconds=2) if why == "expired" else timedelta(0))
    end, _, whose = name.partition(":")
    given = {
        "expired": (name, word),
        "forged": (name, word[::-1]),
        "stretched": (f"{int(end) + 3600}:{whose}", word),
        "nobody": ("", ""),
    }[why]
    with client((ADDRESS, settings.turn_port), *given) as one:
        with pytest.raises(TurnRefused, match="401"):
            one.allocate()


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"]
)
def test_nothing_that_is_not_public_is_reached_through_it(settings: Settings, peer: str) -> None:
    """Neither this machine's own services nor an intranet's; 403 (Forbidden IP)."""
    with client((ADDRESS, settings.turn_port), *credentials(settings)) as one:
        one.allocate()
        for ask in (one.permit, one.bind):
            with pytest.raises(TurnRefused, match="403"):
                ask((peer, settings.sip_port))


def test_it_listens_by_tls_and_says_so_in_its_urls(settings: Settings) -> None:
    """A network that lets nothing but TLS out is enough."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((ADDRESS, settings.turn_tls_port), 5) as line:
        with context.wrap_socket(line) as told:
            assert told.version() in ("TLSv1.2", "TLSv1.3")
    ways = [url.partition("transport=")[2] for url in settings.turn_reached]
    assert ways == ["udp", "tcp", "tcp"] and settings.turn_reached[2].startswith("turns:")


def test_it_runs_beside_the_hotline_and_is_started_again_when_it_died() -> None:
    """With the credentials of the hotline's own pages. Down, readiness says so and calls are served."""
    refuse_or_go_on()
    demand_coturn()
    port = free_port()
    with running(turn_address=ADDRESS, turn_port=port) as system:
        for _life in range(2):
            system.until(lambda: not list(turn.silent(ADDRESS, port)), 20, "the TURN server answers")
            assert "turn:" not in system.ready()[1]
            with client((ADDRESS, port), *credentials(system.settings)) as one:
                one.allocate()
            os.kill(system.supervisor.pid("turn"), signal.SIGKILL)
        system.supervisor.halt("turn")
        status, told = system.ready()
        assert status == 200 and f"turn: nobody answers on UDP {ADDRESS}:{port}" in told
        assert_clean(system)
