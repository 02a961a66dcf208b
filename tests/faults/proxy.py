"""Between our processes and PostgreSQL: passes on, refuses, hangs, or cuts the line behind a COMMIT."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread

COMMIT = b"COMMIT"


class Proxy:
    """A TCP proxy on a port of its own; what it does can be changed at any moment,
    also for open connections.
    """

    def __init__(self, to: int) -> None:
        self.to, self._lock = to, Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._hangs = self._cuts = False
        self.cut = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._listen()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """The port is closed and every connection with it."""
        self.close()
        yield
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Connections stay and come up, and no byte passes; afterwards all are cut."""
        self._hangs = True
        yield
        self._hangs = False
        self._cut_all()

    @contextmanager
    def cutting(self) -> Iterator[None]:
        """A COMMIT reaches the server, and its answer never the client."""
        self._cuts = True
        yield
        self._cuts = False

    def close(self) -> None:
        """No more connections, and the end of those there are."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut_all()

    def _listen(self) -> None:
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:  # nobody is there at this moment
                client.close()
                continue
            with self._lock:
                self._pairs.append((client, server))
            Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while piece := one.recv(65536):
                if self._hangs:
                    continue
                if self._cuts and asks and COMMIT in piece:
                    self.cut += 1
                    _shut(one)
                other.sendall(piece)
        _shut(other)

    def _cut_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _shut(end)
                end.close()


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
