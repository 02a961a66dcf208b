"""A WebSocket opens nothing by the address it is seen at: who has no account of a browser is refused."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from control.presence import asterisk_state
from hotline import clock
from hotline.settings import Settings
from ops.machine.users import create_users
from ops.pbx.asterisk import find_or_install
from ops.pbx.configuration import write
from ops.pbx.home import AsteriskHome
from ops.pbx.prompts import put_prompts
from ops.run.processes import Spec, Supervisor
from tests.house.configured import AGENTS
from tests.nginx import many_files
from tests.ports import free_ports
from tests.websocket import WebSocket

pytestmark = pytest.mark.live
WIDEST = ("0.0.0.0/0", "127.0.0.0/8", "localhost")
"""Address matches that take in everybody."""
SOURCES = ("127.0.0.1", "127.0.0.2", "127.0.0.4", "127.0.0.9")
SOUND = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 29999 RTP/AVP 0\r\n"
IDLE = 501
LONG = f'"{"a" * 4200}" <sip:me@evil.invalid>'
"""A Contact too long for Asterisk to look into."""
CONTACTS = {
    "plain": "<sip:me@evil.invalid;transport=ws>",
    "as over UDP": "<sip:me@127.0.0.2:5060;transport=udp>",
    "two": "<sip:me@evil.invalid>, <sip:me@evil.invalid>",
    "too long": LONG,
}


@pytest.fixture(scope="module", params=["trunk_match", "twilio_match"])
def asterisk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AsteriskHome]:
    """One that takes every address for the carrier, or for Twilio; an exchange of officers beside it."""
    create_users()
    folder = tmp_path_factory.mktemp("hotline")
    folder.chmod(0o711)
    sip_port, ami_port, browser_port = free_ports(3)
    chosen = Settings(
        home=folder,
        browser_phones=True,
        sip_port=sip_port,
        rtp_from=23200,
        rtp_to=23299,
        ami_port=ami_port,
        browser_port=browser_port,
        **{request.param: WIDEST},
    )
    home = AsteriskHome.of(chosen, find_or_install(chosen.cache))
    write(home, AGENTS)
    put_prompts(chosen.prompts, chosen.sounds)
    supervisor = Supervisor(
        [Spec("asterisk", home.command("TERM"))], folder / "log", lambda _line: None
    ).start()
    by = clock.monotonic() + 30
    while clock.monotonic() < by and asterisk_state(chosen):
        pass
    home.rx("core waitfullybooted")
    yield home
    supervisor.stop()


def invite(number: str, user: str, contact: str, via: str = "WS", here: str = "evil.invalid") -> str:
    """A call without any credentials."""
    lines = [
        f"INVITE sip:{number}@hotline SIP/2.0",
        f"Via: SIP/2.0/{via} {here};branch=z9hG4bK{os.urandom(6).hex()}",
        f"From: <sip:{user}@{here}>;tag=1",
        f"To: <sip:{number}@hotline>",
        f"Call-ID: {os.urandom(6).hex()}",
        "CSeq: 1 INVITE",
        f"Contact: {contact}",
        "Max-Forwards: 70",
        "Content-Type: application/sdp",
        f"Content-Length: {len(SOUND)}",
    ]
    return "\r\n".join([*lines, "", ""]) + SOUND


def over_websocket(home: AsteriskHome, source: str, message: str) -> int:
    """The status of the final answer."""
    address = ("127.0.0.1", home.settings.browser_port)
    with WebSocket.open(address, source=source, headers={"Origin": "https://evil.example"}) as line:
        line.send(message)
        while (status := int(line.receive().split(" ", 2)[1])) < 200:
            pass
    return status


@pytest.mark.parametrize("contact", CONTACTS.values(), ids=CONTACTS)
@pytest.mark.parametrize("source", SOURCES)
def test_a_websocket_is_not_the_carrier(asterisk: AsteriskHome, source: str, contact: str) -> None:
    """From whatever address,
    under whatever name and with whatever is written where a transport is named: 401 or 403.
    """
    answers = {
        (user, via): over_websocket(asterisk, source, invite("1999", user, contact, via))
        for user in ("0912345678", "trunk", "officers", "twilio", "strangers", "anonymous")
        for via in ("WS", "WSS", "UDP")
    }
    assert set(answers.values()) <= {401, 403}, answers
    assert "0 active channels" in asterisk.rx("core show channels count").splitlines()


@pytest.mark.parametrize("number", ["2222", "5112", "agent", "0912345678"])
def test_a_websocket_without_an_account_learns_no_number(asterisk: AsteriskHome, number: str) -> None:
    """What there is to be called is told to nobody: no 404."""
    assert over_websocket(asterisk, "127.0.0.1", invite(number, "0912345678", CONTACTS["plain"])) == 401


@pytest.mark.parametrize("asterisk", ["trunk_match"], indirect=True)
def test_a_call_by_udp_from_this_machine_is_answered(asterisk: AsteriskHome) -> None:
    """As the README says, where the trunk match takes this machine in."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(5)
        line.connect(("127.0.0.1", asterisk.settings.sip_port))
        here = f"127.0.0.1:{line.getsockname()[1]}"
        line.send(invite("1999", "0912345678", f"<sip:me@{here}>", "UDP", here).encode())
        assert line.recv(65536).startswith(b"SIP/2.0 100 ")
        assert line.recv(65536).startswith(b"SIP/2.0 200 ")


@pytest.mark.parametrize(
    "path", ["/", "/ari/channels", "/httpstatus", "/static/x", "/manager", "/ws/x", "/phoneprov"]
)
def test_its_web_server_has_nothing_but_the_websocket(asterisk: AsteriskHome, path: str) -> None:
    """No ARI, no status, no files, no manager."""
    with closing(HTTPConnection("127.0.0.1", asterisk.settings.browser_port, timeout=10)) as line:
        line.request("GET", path)
        assert line.getresponse().status == 404


@pytest.mark.parametrize("asterisk", ["trunk_match"], indirect=True)
def test_five_hundred_idle_websockets_shut_nobody_out(asterisk: AsteriskHome) -> None:
    """The next one is opened, and is answered."""
    address = ("127.0.0.1", asterisk.settings.browser_port)
    with many_files(), ExitStack() as stack:
        for _ in range(IDLE):
            stack.enter_context(WebSocket.open(address, headers={"Origin": "https://evil.example"}))
        assert over_websocket(asterisk, "127.0.0.1", invite("1999", "0912345678", CONTACTS["plain"])) == 401


def test_sip_comes_by_udp_and_by_websocket_alone(asterisk: AsteriskHome) -> None:
    """Nothing listens for SIP over TCP, and the WebSocket's own door is on loopback only."""
    listening = {
        (fields[1].partition(":")[0], int(fields[1].partition(":")[2], 16))
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if (fields := line.split())[3] == "0A"
    }
    assert asterisk.settings.sip_port not in {port for _, port in listening}
    assert {address for address, port in listening if port == asterisk.settings.browser_port} == {"0100007F"}
