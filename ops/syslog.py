"""Lines for a collector of the city's log: RFC 5424, each with a JSON object, by UDP, TCP, TLS or locally.

Nobody who calls or reads a page waits for a collector: lines of the security log are put on a queue, rows of
the audit log are sent by a job. A line is one event; what is too long for collectors is left out and named.
"""

import json
import socket
import ssl
import termios
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from fcntl import ioctl
from logging.handlers import SocketHandler
from pathlib import Path
from queue import Full, Queue
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

from hotline import metrics
from hotline.settings import Settings

PATIENCE: Final = 3.0
"""Seconds for one try to connect or to send."""
UNHEARD: Final = 15_000
"""Milliseconds after which a connection that acknowledges nothing is given up."""
LONGEST: Final = 7_500
"""Bytes of an object: rsyslog takes lines of 8,096, where nobody says otherwise."""
QUEUED: Final = 1_000
AUDIT, SECURITY = "audit", "security"
PRIORITIES: Final[Mapping[str, int]] = {AUDIT: 13 * 8 + 5, SECURITY: 10 * 8 + 4}
"""Facility log audit, level notice; facility authpriv, level warning (RFC 5424, 6.2.1)."""
TELLS_OF_SECURITY: Final = (
    "signin.failed",
    "sso.",
    "audit.",
    "phones.refused",
    "video.sign_in_failed",
    "video.not_theirs",
    "console.refused",
    "console.foreign_form",
    "sockets.refused",
    "agi.head_refused",
    "agi.peer_refused",
    "listener.refused",
    "listener.peer_refused",
    "twilio.not_signed",
    "twilio.other_account",
    "track.too_many_missed",
    "phone.too_many",
    "outbound.limit",
    "deletions.log_lost",
    "database.put_back",
)
"""Events of our own log, or how several begin, that make up the security log."""


class SyslogSocket(SocketHandler):
    """Connection to a collector, made anew when it breaks, more and more seldom while it is away."""

    def __init__(self, url: str, authority: Path | None = None) -> None:
        self._parts, self._authority = urlsplit(url), authority
        super().__init__(self._parts.hostname or self._parts.path, self._parts.port)

    def makeSocket(self, timeout: float = PATIENCE) -> socket.socket:
        """Connect. Raises OSError."""
        match self._parts.scheme:
            case "unix":
                return _datagrams(socket.AF_UNIX, self._parts.path, timeout)
            case "udp":
                family, _, _, _, place = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
                return _datagrams(family, place, timeout)
        line = socket.create_connection((self.host, self.port), timeout)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD)
        if self._parts.scheme == "tcp":
            return line
        try:
            trusted = ssl.create_default_context(cafile=self._authority and str(self._authority))
            return trusted.wrap_socket(line, server_hostname=self._parts.hostname)
        except OSError:
            line.close()
            raise

    def send(self, s: bytes) -> None:  # type: ignore[override]
        """Hand a line over. Raises OSError: it is not on its way."""
        framed = f"{len(s)} ".encode() + s if self._parts.scheme in ("tcp", "tls") else s
        super().send(framed)
        if self.sock is None:
            raise ConnectionError(f"no connection to {self._parts.geturl()}")

    @property
    def is_local(self) -> bool:
        """Tell whether lines are for the machine's own log, which has a form of its own."""
        return self._parts.scheme == "unix"

    def is_open(self) -> bool:
        """Tell whether the collector is still there: it says nothing, and does not hang up."""
        if (line := self.sock) is None:
            return False
        line.setblocking(False)
        try:
            return bool(line.recv(64))
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        finally:
            line.settimeout(PATIENCE)

    def unheard(self) -> int:
        """Count the bytes that the collector's machine has not acknowledged."""
        if self.sock is None:
            return 0
        return int.from_bytes(ioctl(self.sock.fileno(), termios.TIOCOUTQ, bytes(4)), "little")

    def hang_up(self) -> None:
        """Close the connection; the next line opens another."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None


def socket_of(settings: Settings) -> SyslogSocket | None:
    """The connection to the collector that is set, if one is."""
    return SyslogSocket(settings.syslog, settings.syslog_authority_file) if settings.syslog else None


def _datagrams(family: socket.AddressFamily, place: Any, timeout: float) -> socket.socket:
    line = socket.socket(family, socket.SOCK_DGRAM)
    line.settimeout(timeout)
    try:
        line.connect(place)
    except OSError:
        line.close()
        raise
    return line


def written(
    kind: str, facts: Mapping[str, Any], at: datetime, node: str, process: str, *, is_local: bool = False
) -> bytes:
    """Write an event as a line of a log; plain ASCII, for a byte-order mark is read as text by many."""
    told = _fitting(facts)
    if is_local:
        return f"<{PRIORITIES[kind]}>hotline: {told}".encode()
    return f"<{PRIORITIES[kind]}>1 {at.isoformat()} {node} hotline {process} {kind} - {told}".encode()


def _fitting(facts: Mapping[str, Any]) -> str:
    """The facts as JSON, without the longest ones where all are too long."""
    parts = {name: json.dumps(told, default=str) for name, told in facts.items()}
    out = list[str]()
    while sum(len(name) + len(told) + 6 for name, told in parts.items()) > LONGEST:
        out.append(max(parts, key=lambda name: len(parts[name])))
        parts.pop(out[-1])
    if out:
        parts["left_out"] = json.dumps(out)
    return "{" + ", ".join(f"{json.dumps(name)}: {told}" for name, told in parts.items()) + "}"


class SecurityLog:
    """structlog processor that hands events of the security log to a thread; it never waits."""

    def __init__(self, collector: SyslogSocket, node: str, process: str) -> None:
        self._collector, self._node, self._process = collector, node, process
        self._lines = Queue[bytes](QUEUED)
        Thread(target=self._send, name="syslog", daemon=True).start()

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        if str(event["event"]).startswith(TELLS_OF_SECURITY):
            at = datetime.fromisoformat(str(event["timestamp"]))
            line = written(SECURITY, event, at, self._node, self._process, is_local=self._collector.is_local)
            try:
                self._lines.put_nowait(line)
            except Full:
                metrics.syslog_lost.inc()
        return event

    def _send(self) -> None:
        while True:
            line = self._lines.get()
            try:
                if not self._collector.is_open():
                    self._collector.hang_up()
                self._collector.send(line)
            except OSError:
                metrics.syslog_lost.inc()
