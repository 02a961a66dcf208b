"""The FastAGI listener: a thread a session, limits, an allow-list, and a drain on SIGTERM.

A caller who listens, waits or talks has no thread here. Whatever goes wrong, the
connection is closed without an answer, and the dialplan goes on by itself.
"""

import socketserver
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BufferedReader, RawIOBase
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Any, cast

import structlog

from agi_scripts.head import ForgedHead, Head
from agi_scripts.line import GoneAway, Line
from agi_scripts.variables import TURN
from hotline import metrics

log = structlog.get_logger()

Decide = Callable[[Head], str]


class Gate:
    """How many sessions may be under way at once, and how many may begin in a second."""

    def __init__(self, at_once: int, a_second: int, elapsed: Callable[[], float]) -> None:
        self._at_once, self._a_second, self._elapsed = at_once, a_second, elapsed
        self._lock, self._inside = Lock(), 0
        self._allowance, self._filled_at = float(a_second), elapsed()

    @property
    def inside(self) -> int:
        """Sessions under way."""
        return self._inside

    def enter(self) -> bool:
        """Whether one more may begin now; who may must leave."""
        with self._lock:
            now = self._elapsed()
            gained = (now - self._filled_at) * self._a_second
            self._allowance, self._filled_at = min(self._a_second, self._allowance + gained), now
            if self._inside >= self._at_once or self._allowance < 1:
                return False
            self._allowance -= 1
            self._inside += 1
            return True

    def leave(self) -> None:
        """One session is over."""
        with self._lock:
            self._inside -= 1


class Server(socketserver.ThreadingTCPServer):
    """Listens on one address. ``stop_listening`` ends that; sessions under way go on to their end."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(
        self,
        address: tuple[str, int],
        decide: Decide,
        gate: Gate,
        *,
        peers: Sequence[str],
        limit: float,
        elapsed: Callable[[], float],
    ) -> None:
        self.decide, self.gate, self.limit, self.elapsed = decide, gate, limit, elapsed
        self._peers = [ip_network(peer) for peer in peers]
        super().__init__(address, Session)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """FastAGI has no authentication: only the networks listed may ask, and only so many at once."""
        peer = ip_address(client_address[0])
        if not any(peer in network for network in self._peers):
            metrics.security_events.labels("agi_peer").inc()
            log.warning("agi.peer_refused", peer=str(peer))
            return False
        if not self.gate.enter():
            metrics.decisions.labels("over_limit").inc()
            log.warning("agi.over_limit", inside=self.gate.inside)
            return False
        return True

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread a session; without a thread to be had the place is given back."""
        try:
            super().process_request(request, client_address)
        except RuntimeError:
            self.gate.leave()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """A session and its place at the gate end together."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.gate.leave()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing of a session may print to standard error."""
        log.exception("agi.session_failed")

    def stop_listening(self) -> None:
        """Refuse new sessions at once: the dialplan goes to the second process."""
        self.shutdown()
        self.socket.close()


class Within(RawIOBase):
    """Reads a connection for ``limit`` seconds in all: who drips bytes ends like who says nothing."""

    def __init__(self, connection: Any, limit: float, elapsed: Callable[[], float]) -> None:
        self._connection, self._until, self._elapsed = connection, elapsed() + limit, elapsed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._connection.gettimeout() == 0:
            with suppress(BlockingIOError):
                return int(self._connection.recv_into(buffer))
            return None
        left = self._until - self._elapsed()
        if left <= 0:
            raise TimeoutError("too slow")
        self._connection.settimeout(left)
        return int(self._connection.recv_into(buffer))


class Session(socketserver.StreamRequestHandler):
    """One decision on one connection."""

    server: Server
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """As usual, but all reading together has one limit."""
        super().setup()
        self.rfile.close()
        self.rfile = BufferedReader(Within(self.connection, self.server.limit, self.server.elapsed))

    def handle(self) -> None:
        """Answer, or close without a word."""
        began = self.server.elapsed()
        self.connection.settimeout(self.server.limit)
        with metrics.sessions.track_inprogress():
            result = self._answer()
        metrics.decisions.labels(result).inc()
        if result == "made":
            metrics.decision_seconds.observe(self.server.elapsed() - began)

    def _abandoned(self) -> bool:
        """Whether Asterisk has stopped waiting: a question that lay here too long must leave no trace."""
        try:
            # Between head and answer Asterisk sends nothing but HANGUP or the end of the connection.
            self.connection.setblocking(False)
            return bool(cast(BufferedReader, self.rfile).peek(1)) or self.connection.recv(1) == b""
        except BlockingIOError:
            return False
        finally:
            self.connection.settimeout(self.server.limit)

    def _answer(self) -> str:
        try:
            line = Line(self.rfile, self.wfile)
            if self._abandoned():
                return "abandoned"
            turn = self._decided(line.head)
            if turn is None:
                return "failed"
            line.set_variable(TURN, turn)
            return "made"
        except EOFError:
            return "probe"
        except ForgedHead as error:
            metrics.security_events.labels("agi_head").inc()
            log.warning("agi.head_refused", why=str(error))
            return "forged"
        except (GoneAway, OSError) as error:
            log.info("agi.gone", why=repr(error))
            return "gone"
        except Exception:
            log.exception("agi.answer_failed")
            return "failed"

    def _decided(self, head: Head) -> str | None:
        """The decision, or None: an OSError here is a fault of ours, not of the connection."""
        try:
            return self.server.decide(head)
        except Exception:
            log.exception("agi.decision_failed")
            return None
