"""Addresses of servers by name, within a bound: a name server that hangs may keep nobody waiting.

The system's own look-up knows no limit. So it goes on beside the one who asks, one a name at a time, and what
it found serves everybody for a few seconds.
"""

import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from threading import Lock, Thread

from cachetools import TTLCache

from hotline import clock

FRESH = 5.0
"""Seconds for which an answer is used again, good or bad."""


def of_the_system(host: str) -> str:
    """The first address of a name. Raises OSError."""
    return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])


class Names:
    """``address(host, seconds)``; safe to ask from any thread."""

    def __init__(self, look_up: Callable[[str], str] = of_the_system) -> None:
        self._look_up, self._lock = look_up, Lock()
        self._begun = dict[str, Future[str]]()
        self._found = TTLCache[str, Future[str]](64, FRESH, timer=lambda: clock.monotonic())

    def address(self, host: str, seconds: float) -> str:
        """Find an address of the name in so many seconds. Raises TimeoutError, or OSError for none."""
        if _is_address(host):
            return host
        with self._lock:
            search = self._found.get(host) or self._begun.get(host) or self._begin(host)
        if not wait([search], seconds).done:
            raise TimeoutError(f"the name {host} is not found in time")
        return search.result()

    def _begin(self, host: str) -> Future[str]:
        """Look up in a thread that ends with the process, whose end an executor's pool would hold up."""
        search = Future[str]()
        Thread(target=self._search, args=(host, search), daemon=True).start()
        self._begun[host] = search
        return search

    def _search(self, host: str, search: Future[str]) -> None:
        try:
            tell = partial(search.set_result, self._look_up(host))
        except Exception as error:
            tell = partial(search.set_exception, error)
        with self._lock:
            self._found[host] = self._begun.pop(host)
        tell()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
