"""The shipped proxy before the pages: a real nginx with TLS, the pages as they are served,
and Asterisk's port played.
"""

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from control.citizen_webrtc import new_account
from hotline import clock
from hotline.settings import Settings
from ops.cli.main import main
from ops.run.proxy import configuration
from tests.doors.console import Console, console
from tests.nginx import HOST, Nginx, behind_a_proxy, many_files, proxied
from tests.ports import free_port, free_ports
from tests.served import served
from tests.websocket import NotOpened, WebSocket
from web.console.app import create_console
from web.console.browser import PHONE, SESSION

HALF_OPEN = 1010
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


@dataclass
class Asterisk:
    """Its WebSocket's port: takes whoever comes, and keeps what came."""

    port: int
    came: list[bytes] = field(default_factory=list)


@contextmanager
def asterisk() -> Iterator[Asterisk]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        one = Asterisk(door.getsockname()[1])

        def answer() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                lines.append(line)
                one.came.append(line.recv(65536))
                line.sendall(ANSWER)

        lines: list[socket.socket] = []
        threading.Thread(target=answer, daemon=True).start()
        yield one
        door.shutdown(socket.SHUT_RDWR)
        for line in lines:
            line.close()


@dataclass
class Site:
    """All of it."""

    nginx: Nginx
    console: Console
    asterisk: Asterisk

    def cookie(self, login: str) -> str:
        """What the browser of somebody who is signed in shows."""
        kept = self.console.signed_in(login).client.get_cookie(SESSION, "console.test")
        assert kept
        return f"{SESSION}={kept.value}"

    def opened(self, cookie: str) -> WebSocket:
        """The telephones' WebSocket, by a page of ours. Raises NotOpened."""
        headers = {"Cookie": cookie, "Origin": self.nginx.origin}
        return WebSocket.open(
            ("127.0.0.1", self.nginx.port), tls=self.nginx.trust, host=HOST, headers=headers
        )

    def upgrade(self, cookie: str, origin: str) -> int:
        """The status of an attempt to open the telephones' WebSocket."""
        headers = {"Cookie": cookie, "Origin": origin}
        told = {name: text for name, text in headers.items() if text}
        try:
            with WebSocket.open(
                ("127.0.0.1", self.nginx.port), tls=self.nginx.trust, host=HOST, headers=told
            ):
                return 101
        except NotOpened as error:
            return error.status


def get(nginx: Nginx, path: str, **headers: str) -> tuple[int, str, str]:
    """A page, by a browser of this machine: status, type and text."""
    with closing(http.client.HTTPSConnection(HOST, nginx.port, timeout=10, context=nginx.trust)) as line:
        line.request("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = line.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as stack:
        behind, tls, plain = behind_a_proxy()
        played = stack.enter_context(asterisk())
        port = free_port()
        made = console(
            tmp_path_factory.mktemp("proxy") / "home", console_port=port, browser_port=played.port, **behind
        )
        stack.enter_context(served(create_console(made.house, made.clock, hops=1), threads=8, port=port))
        yield Site(stack.enter_context(proxied(made.house.settings, tls, plain)), made, played)


def test_a_websocket_is_opened_for_whom_the_pages_know(site: Site) -> None:
    """Somebody who is signed in and a citizen's page with an account, on a page of ours;
    nobody else, and Asterisk never sees them.
    """
    settings, at, ours = site.console.house.settings, site.console.clock.at, site.nginx.origin
    staff = site.cookie("agent-1")
    account = f"{PHONE}={new_account(settings, at).word}"
    opened = [(staff, ours), (account, ours), (f"a=b; {account}", ours)]
    refused = [
        ("", ours),
        (f"{SESSION}=made-up", ours),
        (f"{account[:-1]}x", ours),
        (f"{PHONE}={'0' * 82}", ours),
        (staff, "https://evil.example"),
        (account, "https://evil.example"),
        (staff, ""),
        (account, "null"),
        (staff, f"{ours}.evil.example"),
        (staff, ours.replace("https", "http")),
    ]
    assert [site.upgrade(*one) for one in opened] == [101] * len(opened)
    assert len(site.asterisk.came) == len(opened)
    assert [site.upgrade(*one) for one in refused] == [401] * len(refused)
    assert len(site.asterisk.came) == len(opened)
    assert all(SESSION.encode() not in head and PHONE.encode() not in head for head in site.asterisk.came)


def test_a_citizens_browser_has_two_websockets_and_staff_any_number(site: Site) -> None:
    """By its account, whatever else its cookies hold;
    another browser, and one that closed, have room again.
    """
    settings, at, ours = site.console.house.settings, site.console.clock.at, site.nginx.origin
    mine, other = (f"{PHONE}={new_account(settings, at).word}" for _ in range(2))
    staff = f"{site.cookie('agent-1')}; {mine}"
    with ExitStack() as stack:
        open_ = [stack.enter_context(site.opened(mine)) for _ in range(settings.visitor_sockets)]
        assert site.upgrade(mine, ours) == site.upgrade(f"{SESSION}=made-up; {mine}", ours) == 429
        assert site.upgrade(other, ours) == 101
        for _ in range(4):
            stack.enter_context(site.opened(staff))
        open_[0].line.close()
        by = clock.monotonic() + 10
        while (status := site.upgrade(mine, ours)) != 101 and clock.monotonic() < by:
            time.sleep(0.1)
        assert status == 101


def test_whose_time_is_over_opens_no_websocket(site: Site) -> None:
    """A session that was ended, and an account that has ended."""
    leaver = site.console.signed_in("agent-2")
    kept = leaver.client.get_cookie(SESSION, "console.test")
    assert kept
    cookie = f"{SESSION}={kept.value}"
    account = new_account(site.console.house.settings, site.console.clock.at)
    assert site.upgrade(cookie, site.nginx.origin) == 101
    assert leaver.post("/sign-out").status_code == 302
    assert site.upgrade(cookie, site.nginx.origin) == 401
    before = site.console.clock.at
    site.console.clock.at = account.ends_at
    try:
        assert site.upgrade(f"{PHONE}={account.word}", site.nginx.origin) == 401
    finally:
        site.console.clock.at = before


def test_while_the_database_is_away_a_session_is_not_looked_at(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent's page that comes back may telephone: Asterisk asks for its password, as always."""
    from sqlalchemy.exc import OperationalError

    from hotline.accounts import service as accounts

    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("connection refused"), connection_invalidated=True)

    monkeypatch.setattr(accounts, "present", away)
    assert site.upgrade(f"{SESSION}=anything", site.nginx.origin) == 101
    assert site.upgrade("", site.nginx.origin) == 401


@pytest.mark.matrix
def test_half_open_requests_do_not_stop_the_pages(site: Site) -> None:
    """1,010 that never end, a third each in TLS, in the head and in the body:
    pages come at once, and they are sent away.
    """
    with many_files(), ExitStack() as stack:
        lines = list[socket.socket]()
        for number in range(HALF_OPEN):  # each at once as far as it goes: a line that is late is sent away
            line = socket.create_connection(("127.0.0.1", site.nginx.port), 10)
            lines.append(stack.enter_context(closing(line)))
            if number % 3:
                lines[number] = secure = site.nginx.trust.wrap_socket(line, server_hostname=HOST)
                stack.enter_context(closing(secure))
                length = "Content-Length: 100000\r\n\r\ncsrf=" if number % 3 == 2 else "X-Slow: "
                secure.sendall(f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\n{length}".encode())
        began = clock.monotonic()
        assert [get(site.nginx, "/sign-in")[0] for _ in range(5)] == [200] * 5
        assert site.upgrade("", site.nginx.origin) == 401
        assert clock.monotonic() - began < 5
        assert _left(lines, within=40) == 0


def _left(lines: Iterable[socket.socket], within: float) -> int:
    """How many are still open when the time is over."""
    by, open_ = clock.monotonic() + within, list(lines)
    while open_ and clock.monotonic() < by:
        line = open_[-1]
        line.settimeout(max(0.1, by - clock.monotonic()))
        try:
            while line.recv(65536):
                pass
        except TimeoutError:
            break
        except OSError:
            pass
        open_.pop()
    return len(open_)


def test_who_asks_for_a_page_is_told_by_the_proxy_alone(tmp_path: Path) -> None:
    """Address, name and scheme are the proxy's words, whatever a browser writes;
    without TLS it is sent to TLS.
    """
    seen: list[dict[str, Any]] = []

    def keeps(environment: dict[str, Any], start: Any) -> list[bytes]:
        seen.append(environment)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"here"]

    behind, tls, plain = behind_a_proxy()
    port = free_port()
    made = console(tmp_path / "home", console_port=port, **behind)
    forged = {
        "X_Forwarded_For": "203.0.113.1",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "http",
    }
    with served(keeps, port=port), proxied(made.house.settings, tls, plain) as nginx:
        assert get(nginx, "/a", Host="evil.example", **forged)[0] == 200
        (told,) = seen
        assert (
            told["HTTP_X_FORWARDED_FOR"],
            told["HTTP_X_FORWARDED_HOST"],
            told["HTTP_X_FORWARDED_PROTO"],
        ) == (
            "127.0.0.1",
            f"{HOST}:{tls}",
            "https",
        )
        assert told["HTTP_HOST"] == f"{HOST}:{tls}"
        with closing(http.client.HTTPConnection("127.0.0.1", plain, timeout=10)) as unsafe:
            unsafe.request("GET", "/a?b=c", headers={"Host": "evil.example"})
            sent_on = unsafe.getresponse()
            assert (sent_on.status, sent_on.getheader("Location")) == (301, f"{nginx.origin}/a?b=c")


@contextmanager
def named(port: int) -> Iterator[None]:
    """A machine with pages that answers with its port."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(port).encode())

    with ThreadingHTTPServer(("127.0.0.1", port), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def test_a_browser_stays_with_a_machine_while_it_is_there(tmp_path: Path) -> None:
    """Sessions are spread over the machines, and each comes to another only while its own is away."""
    behind, tls, plain = behind_a_proxy()
    made = console(tmp_path / "home", **behind)
    ports = free_ports(2)

    def machine_of(session: int) -> int:
        cookie = f"a=b; {SESSION}={session}; {PHONE}={next(others)}"
        return int(get(nginx, "/", Cookie=cookie)[2])

    others, pages = count(), tuple(f"127.0.0.1:{port}" for port in ports)
    with proxied(made.house.settings, tls, plain, pages=pages) as nginx:
        with named(ports[0]):
            with named(ports[1]):
                own = {session: machine_of(session) for session in range(20)}
                assert set(own.values()) == set(ports)
                assert {session: machine_of(session) for session in own} == own
            assert {machine_of(session) for session in own} == {ports[0]}


def test_while_the_pages_are_away_it_says_so_in_words(tmp_path: Path) -> None:
    """And that calls are answered."""
    behind, tls, plain = behind_a_proxy()
    port = free_port()
    made = console(tmp_path / "home", console_port=port, **behind)
    with proxied(made.house.settings, tls, plain) as nginx:
        status, kind, told = get(nginx, "/")
    assert (status, kind) == (503, "text/html; charset=utf-8")
    assert "請撥 1999" in told and "dial 1999" in told


def test_a_page_that_its_address_opens_is_named_in_no_log(tmp_path: Path) -> None:
    """While the pages are away each request is a line, but for those."""
    behind, tls, plain = behind_a_proxy()
    made = console(tmp_path / "home", console_port=free_port(), **behind)
    with proxied(made.house.settings, tls, plain) as nginx:
        for path in ("/invitation/Q3dWord", "/hearing/Q3dWord", "/hearing/Q3dWord/1/in.wav", "/directory"):
            assert get(nginx, path)[0] == 503
        lines = nginx.log.read_text("utf-8")
    assert "/directory" in lines and "Q3dWord" not in lines


def test_connections_are_counted_by_the_64_of_ipv6(tmp_path: Path) -> None:
    """As the configuration's pattern sees addresses, which nginx holds as bytes."""
    behind, _tls, _plain = behind_a_proxy()
    pattern = r'"~(.+)" \$(\w+);'
    text = configuration(Settings(home=tmp_path, **behind), tmp_path / "c", tmp_path / "k")
    cases = [
        (re.compile(case.encode().decode("unicode_escape").encode("latin-1").replace(b"(?<", b"(?P<")), to)
        for case, to in re.findall(
            pattern, text.partition("map $binary_remote_addr")[2].partition("default")[0]
        )
    ]

    def network(address: str) -> bytes:
        packed = ip_address(address).packed
        for case, to in cases:
            if found := case.match(packed):
                return found.group("prefix") if to == "prefix" else packed
        return packed

    assert network("2001:db8::a:1") == network("2001:db8::ffff:ffff:ffff:ffff") != network("2001:db8:0:1::1")
    assert network("::ffff:192.0.2.1") != network("::ffff:192.0.2.2")
    assert network("192.0.2.1") != network("192.0.2.2")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"HOTLINE_CONSOLE_URL": ""}, "set HOTLINE_CONSOLE_URL=https://NAME"),
        ({"HOTLINE_CONSOLE_HOPS": "0"}, "set HOTLINE_CONSOLE_HOPS=1"),
        ({"HOTLINE_CONSOLE_HOPS": "2"}, "set HOTLINE_CONSOLE_HOPS=1"),
        ({"HOTLINE_BROWSER_URL": ""}, "set HOTLINE_BROWSER_URL=wss://console.example/ws"),
        (
            {"HOTLINE_BROWSER_URL": "wss://other.example/ws"},
            "set HOTLINE_BROWSER_URL=wss://console.example/ws",
        ),
        (
            {"HOTLINE_CONSOLE_URL": "https://a;b", "HOTLINE_BROWSER_URL": "wss://a;b/ws"},
            "cannot stand in nginx's",
        ),
    ],
)
def test_settings_that_do_not_go_with_a_proxy(tmp_path: Path, wrong: dict[str, str], told: str) -> None:
    """`hotline proxy` says what to set, and writes nothing."""
    (tmp_path / "both.pem").touch()
    files = ("--certificate", str(tmp_path / "both.pem"), "--key", str(tmp_path / "both.pem"))
    environment = {
        "HOTLINE_HOME": str(tmp_path),
        "HOTLINE_CONSOLE_URL": "https://console.example",
        "HOTLINE_CONSOLE_HOPS": "1",
        "HOTLINE_BROWSER_PHONES": "yes",
        "HOTLINE_BROWSER_URL": "wss://console.example/ws",
    }
    written = CliRunner().invoke(main, ["proxy", *files], env=environment)
    assert written.exit_code == 0 and "auth_request /phone/socket;" in written.output
    refused = CliRunner().invoke(main, ["proxy", *files], env={**environment, **wrong})
    assert refused.exit_code == 1 and told in refused.output and "http {" not in refused.output
