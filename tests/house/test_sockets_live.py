"""Every socket of Asterisk is one of a short list,
and each on any address is explained (docs/operations.md).
"""

import os
import random
import socket
from pathlib import Path

import pytest

from ops.machine.views import can_unshare
from ops.pbx.asterisk import find_or_install
from ops.pbx.configuration import write
from ops.pbx.home import AsteriskHome
from ops.pbx.prompts import put_prompts
from ops.run.processes import Spec, Supervisor
from tests import sockets
from tests.house.configured import AGENTS, settings
from tests.house.test_asterisk_live import invite
from tests.sockets import ANY, Socket

pytestmark = pytest.mark.live
NAME_SERVER = "127.99.0.53"
NO_SUCH_NAME = b"\x81\x83"


def known(home: AsteriskHome) -> set[Socket]:
    return {
        Socket("tcp", "127.0.0.1", home.settings.ami_port),
        Socket("udp", "127.0.0.1", home.settings.sip_port),
    }


def test_it_listens_on_loopback_but_for_two_sockets_that_are_not_used(
    home: AsteriskHome, running: Supervisor
) -> None:
    """SIP and manager; elsewhere nothing but what its SIP library makes for asking name servers,
    of IPv4 and of IPv6.
    """
    found = sockets.of([running.pid("asterisk")])
    assert known(home) <= found
    others = found - known(home)
    assert sorted((one.kind, one.address) for one in others) in ([], [("udp", "0.0.0.0"), ("udp", "::")])
    rtp = range(home.settings.rtp_from, home.settings.rtp_to + 1)
    assert not [one for one in others if one.port in rtp]


@pytest.mark.skipif(os.geteuid() != 0 or not can_unshare(), reason="needs root and mount namespaces")
def test_names_are_not_even_asked_from_there(tmp_path: Path) -> None:
    """Each name is asked from a socket of the moment;
    the two of the SIP library's own client are made and not used.
    """
    names = tmp_path / "resolv.conf"
    names.write_text(f"nameserver {NAME_SERVER}\n")
    names.chmod(0o644)
    tmp_path.chmod(0o755)
    chosen = settings(tmp_path / "home").model_copy(update={"officers_contact": "exchange.test:5060"})
    home = AsteriskHome.of(chosen, find_or_install(chosen.cache))
    write(home, AGENTS)
    put_prompts(chosen.prompts, chosen.sounds)
    seen = (
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-ec",
        'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"',
        "sh",
        str(names),
    )
    spec = Spec("asterisk", (*seen, *home.command("TERM")))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((NAME_SERVER, 53))
        server.settimeout(30)
        supervisor = Supervisor([spec], tmp_path / "log", lambda _line: None).start()
        try:
            asked = set()
            while len(asked) < 3:
                question, source = server.recvfrom(4096)
                server.sendto(question[:2] + NO_SUCH_NAME + question[4:], source)
                if b"exchange" in question:
                    asked.add(source[1])
            found = sockets.of([supervisor.pid("asterisk")])
        finally:
            supervisor.stop()
    on_any = {one.port for one in found if one.address in ANY}
    assert len(on_any) == 2 and not asked & on_any


def test_what_nobody_asked_for_does_nothing_there(home: AsteriskHome, running: Supervisor) -> None:
    """Noise and answers to no question, from anybody: calls are answered as before, no other socket opens."""
    before = sockets.of([running.pid("asterisk")])
    dice = random.Random(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        for asking in [one for one in before if one.address == "0.0.0.0"]:
            for number in range(2000):
                answer = number.to_bytes(2, "big") + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
                line.sendto(answer + dice.randbytes(dice.randrange(64)), ("127.0.0.1", asking.port))
                line.sendto(dice.randbytes(dice.randrange(1, 600)), ("127.0.0.1", asking.port))
    assert invite(home, "127.0.0.2", "0912345678").startswith("SIP/2.0 404 ")
    assert sockets.of([running.pid("asterisk")]) == before
