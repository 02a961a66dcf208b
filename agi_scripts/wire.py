"""One connection in lines: read for so many seconds in all, written in one piece."""

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from agi_scripts.head import KEYS

PIECE = 8192
LEAST_BYTES = sum(len(f"{key}: ") for key in KEYS) + len(KEYS)
"""No head is shorter: before so many bytes are there, or the end of the connection, nobody is woken."""


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
