"""Addresses of servers by name, within a bound: a name server that hangs may keep nobody waiting.

The system's own look-up knows no limit. So it goes on beside the one who asks, one a name at a time, and what it
found serves everybody for a few seconds.
"""

import ipaddress
import socket
from collections.abc import Callable
from threading import Event, Lock, Thread

from hotline import clock

FRESH = 5.0
"""Seconds for which an answer is used again, good or bad."""


def of_the_system(host: str) -> str:
    """The first address of a name. Raises OSError."""
    return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])


class _Search:
    """One look-up under way, or over."""

    def __init__(self) -> None:
        self.over = Event()
        self.found: str | OSError = ""
        self.at = 0.0

    def run(self, look_up: Callable[[str], str], host: str) -> None:
        try:
            self.found = look_up(host)
        except OSError as error:
            self.found = error
        self.at = clock.monotonic()
        self.over.set()

    @property
    def is_old(self) -> bool:
        return self.over.is_set() and clock.monotonic() - self.at > FRESH


class Names:
    """``address(host, seconds)``; safe to ask from any thread."""

    def __init__(self, look_up: Callable[[str], str] = of_the_system) -> None:
        self._look_up = look_up
        self._searches: dict[str, _Search] = {}
        self._lock = Lock()

    def address(self, host: str, seconds: float) -> str:
        """An address of the name within so many seconds. Raises TimeoutError, or OSError when there is none."""
        if _is_address(host):
            return host
        search = self._search(host)
        if not search.over.wait(seconds):
            raise TimeoutError(f"the name {host} is not found in time")
        if isinstance(search.found, OSError):
            raise search.found
        return search.found

    def _search(self, host: str) -> _Search:
        with self._lock:
            search = self._searches.get(host)
            if search is None or search.is_old:
                search = self._searches[host] = _Search()
                Thread(target=search.run, args=(self._look_up, host), daemon=True).start()
            return search


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
