"""A collector of the city's log that a test plays: what it takes, by UDP, TCP or TLS, and its absence."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any

import trustme


class Collector:
    """Takes lines and keeps them; each is one object."""

    def __init__(self, port: int, authority: trustme.CA | None = None) -> None:
        self.lines = Queue[bytes]()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if authority else None
        if authority and self._context:
            authority.issue_cert("localhost").configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._taken: list[socket.socket] = []
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Go away, with every connection."""
        for one in (self._listener, *self._taken):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def told(self) -> dict[str, Any]:
        """The object of the next line."""
        return told(self.lines.get(timeout=20))

    def _serve(self) -> None:
        while True:
            try:
                line = self._listener.accept()[0]
                line = self._context.wrap_socket(line, server_side=True) if self._context else line
            except ssl.SSLError:
                continue
            except OSError:
                return
            self._taken.append(line)
            Thread(target=self._take, args=(line,), daemon=True).start()

    def _take(self, line: socket.socket) -> None:
        """Read lines with their lengths before them (RFC 6587, 3.4.1)."""
        try:
            with line, line.makefile("rb") as words:
                while size := b"".join(iter(lambda: words.read(1).strip(), b"")):
                    self.lines.put(words.read(int(size)))
        except OSError:
            pass


def told(line: bytes) -> dict[str, Any]:
    """The object of a line."""
    found: dict[str, Any] = json.loads(line[line.index(b"{") :])
    return found


@contextmanager
def collecting(port: int = 0, authority: trustme.CA | None = None) -> Iterator[Collector]:
    """A collector, for a while."""
    collector = Collector(port, authority)
    try:
        yield collector
    finally:
        collector.close()
