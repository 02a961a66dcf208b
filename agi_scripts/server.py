"""The FastAGI listener: a thread a session, limits, an allow-list, and a drain on SIGTERM.

Threads wait for sessions: each takes its connection by itself, for to begin a thread or to hand one a
connection costs more than a whole decision. A caller who listens, waits or talks has no thread here. Whatever
goes wrong, the connection is closed without an answer, and the dialplan goes on by itself.
"""

import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address, ip_network
from threading import Event, Lock, Thread

import structlog

from agi_scripts.head import KEYS, AgiHead, ForgedHead
from agi_scripts.line import GoneAway, Line
from agi_scripts.variables import TURN
from hotline import metrics

log = structlog.get_logger()

Decide = Callable[[AgiHead], str]
BACKLOG = 1024
SPARE = 8
"""Threads that wait for a session; more of them end after theirs."""
PAUSE = 0.05
"""Seconds before the next try when no connection can be taken (no descriptor is left)."""
PIECE = 8192
LEAST_BYTES = sum(len(f"{key}: ") for key in KEYS) + len(KEYS)
"""No head is shorter: before so many bytes are there, or the end of the connection, nobody is woken."""


class Admission:
    """Limit of sessions under way at once, and of those that begin in a second."""

    def __init__(self, at_once: int, a_second: int, elapsed: Callable[[], float]) -> None:
        self._at_once, self._a_second, self._elapsed = at_once, a_second, elapsed
        self._lock, self._inside = Lock(), 0
        self._allowance, self._filled_at = float(a_second), elapsed()

    @property
    def inside(self) -> int:
        """Sessions under way."""
        return self._inside

    def enter(self) -> bool:
        """Admit one more session, or False; who is admitted must leave."""
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

    def drain(self, seconds: float) -> None:
        """Wait for the sessions under way, at most so long."""
        until, pause = self._elapsed() + seconds, Event()
        while self._inside and self._elapsed() < until:
            pause.wait(0.02)


class Wire:
    """Reader and writer; dripped bytes and silence alike end at ``limit`` seconds with a TimeoutError."""

    def __init__(self, connection: socket.socket, limit: float, elapsed: Callable[[], float]) -> None:
        self._connection, self._elapsed, self._until = connection, elapsed, elapsed() + limit
        self._lines, self._torn, self._reads = deque[bytes](), b"", 0
        connection.settimeout(limit)

    def readline(self, limit: int = -1, /) -> bytes:
        """The next line; less when the connection ends or the line has ``limit`` bytes."""
        while not self._lines:
            piece = self._receive()
            if not piece or 0 <= limit <= len(self._torn) + len(piece) and b"\n" not in piece:
                rest, self._torn = self._torn + piece, b""
                return rest
            *whole, self._torn = (self._torn + piece).split(b"\n")
            self._lines.extend(line + b"\n" for line in whole)
        return self._lines.popleft()

    def has_more(self) -> bool:
        """True if something was said, or the other side is gone, beyond what was read."""
        if self._lines or self._torn:
            return True
        self._connection.settimeout(0)
        with suppress(BlockingIOError):
            self._connection.recv(1, socket.MSG_PEEK)
            return True
        self._connection.settimeout(self._left())
        return False

    def write(self, words: bytes, /) -> None:
        """Send all of it, or raise OSError."""
        self._connection.sendall(words)

    def flush(self) -> None:
        """Do nothing: writes are not buffered."""

    def _receive(self) -> bytes:
        if self._reads:
            self._connection.settimeout(self._left())
        if self._reads == 1:  # what is less than a head counts from now on
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        self._reads += 1
        return self._connection.recv(PIECE)

    def _left(self) -> float:
        """Seconds; none would mean not to wait at all."""
        return max(0.001, self._until - self._elapsed())


class AgiServer:
    """Server on one address from ``start`` to ``stop_listening``; sessions under way go on to their end."""

    def __init__(
        self,
        address: tuple[str, int],
        decide: Decide,
        gate: Admission,
        *,
        peers: Sequence[str],
        limit: float,
        elapsed: Callable[[], float],
    ) -> None:
        self._decide, self.gate, self._limit, self._elapsed = decide, gate, limit, elapsed
        networks = [ip_network(peer) for peer in peers]
        self._may_ask = lru_cache(1024)(lambda peer: any(ip_address(peer) in network for network in networks))
        self._socket = socket.create_server(address, backlog=BACKLOG)
        # Each connection inherits it: Asterisk writes its head in some thirty pieces, and nobody needs to
        # wake for each.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, LEAST_BYTES)
        self.server_address: tuple[str, int] = self._socket.getsockname()
        self._lock, self._waiting, self._stopped = Lock(), 0, Event()

    def start(self) -> None:
        """Take sessions from now on."""
        for _ in range(SPARE):
            self._one_more()

    def stop_listening(self) -> None:
        """Refuse new sessions at once: the dialplan goes to the second process."""
        self._stopped.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the threads that wait
        self._socket.close()

    def _one_more(self) -> None:
        """One more thread that waits; without one to be had those that are there go on."""
        with self._lock:
            self._waiting += 1
        try:
            Thread(target=self._wait, daemon=True).start()
        except RuntimeError:
            with self._lock:
                self._waiting -= 1
            log.exception("agi.no_thread")

    def _wait(self) -> None:
        """A thread's life: a session, and the next, until there are enough others."""
        while not self._stopped.is_set():
            try:
                connection, peer = self._socket.accept()
            except OSError as error:
                if not self._stopped.wait(PAUSE):
                    log.error("agi.no_connection", why=repr(error))
                continue
            if self._leaves_nobody_waiting():
                self._one_more()
            with connection:
                self._admit(connection, peer[0])
            if self._are_enough():
                return

    def _leaves_nobody_waiting(self) -> bool:
        with self._lock:
            self._waiting -= 1
            return not self._waiting

    def _are_enough(self) -> bool:
        with self._lock:
            if self._waiting >= SPARE:
                return True
            self._waiting += 1
            return False

    def _admit(self, connection: socket.socket, peer: str) -> None:
        """FastAGI has no authentication: only the networks listed may ask, and only so many at once."""
        if not self._may_ask(peer):
            metrics.security_events.labels("agi_peer").inc()
            log.warning("agi.peer_refused", peer=peer)
        elif not self.gate.enter():
            metrics.decisions.labels("over_limit").inc()
            log.warning("agi.over_limit", inside=self.gate.inside)
        else:
            try:
                self._hold(connection)
            except Exception:  # nothing of a session may print to standard error
                log.exception("agi.session_failed")
            finally:
                self.gate.leave()

    def _hold(self, connection: socket.socket) -> None:
        """One decision on one connection: answered, or closed without a word."""
        began = self._elapsed()
        metrics.sessions.inc()
        try:
            result = self._answer(Wire(connection, self._limit, self._elapsed))
        finally:
            metrics.sessions.dec()
        metrics.decisions.labels(result).inc()
        if result == "made":
            metrics.decision_seconds.observe(self._elapsed() - began)

    def _answer(self, wire: Wire) -> str:
        try:
            line = Line(wire, wire)
            if wire.has_more():
                # Between head and answer Asterisk sends nothing but HANGUP or the end of the connection: it
                # has stopped waiting, and a question that lay here too long must leave no trace.
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

    def _decided(self, head: AgiHead) -> str | None:
        """The decision, or None: an OSError here is a fault of ours, not of the connection."""
        try:
            return self._decide(head)
        except Exception:
            log.exception("agi.decision_failed")
            return None
