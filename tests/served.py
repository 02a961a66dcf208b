"""An application on a port of this machine, by the server that serves it in earnest."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import waitress
from waitress import wasyncore

LOOK = 0.2
"""Seconds between two looks whether the server shall end."""
_LEFT: list[Any] = []
"""The pipes of servers that ended: an answer that flows on (events) may still write there."""


@contextmanager
def served(app: Any, threads: int = 4, port: int = 0, address: str = "127.0.0.1") -> Iterator[str]:
    """Its URL, on any free port unless one is given, until nobody asks it any more.

    The server is left, not closed: its threads would write to a number of a file that by then may be another
    one's, the next test's database among them.
    """
    channels: dict[int, Any] = {}
    over = threading.Event()
    with socket.create_server((address, port)) as listening:
        waitress.create_server(
            app, channels, sockets=[listening], threads=threads, clear_untrusted_proxy_headers=False
        )
        loop = threading.Thread(target=_loop, args=(channels, over), daemon=True)
        loop.start()
        try:
            yield f"http://{address}:{listening.getsockname()[1]}"
        finally:
            over.set()
            loop.join()
            _LEFT.append(channels)


def _loop(channels: dict[int, Any], over: threading.Event) -> None:
    while not over.is_set():
        wasyncore.loop(LOOK, True, channels, 1)
