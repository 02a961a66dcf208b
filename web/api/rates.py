"""Limit on how often each key or address may ask: pure but for its memory, which this process keeps."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from cachetools import LRUCache
from werkzeug import Request

from hotline.networks import network_of

MOST: Final = 10_000
"""Names that are remembered; the one that asked longest ago may ask all at once again."""


class Rates:
    """Token bucket for each name: so many requests a minute; what was saved up may be asked at once."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute, self._lock = a_minute, Lock()
        self._left = LRUCache[str, tuple[float, datetime]](MOST)

    def wait(self, name: str, at: datetime) -> timedelta | None:
        """None when one may ask now, which counts; else how long to wait."""
        with self._lock:
            left = self._left_at(name, at)
            if left < 1:
                return timedelta(minutes=(1 - left) / self._a_minute)
            self._left[name] = (left - 1, at)
        return None

    def _left_at(self, name: str, at: datetime) -> float:
        left, seen = self._left.get(name, (float(self._a_minute), at))
        passed = max(at - seen, timedelta())
        return min(float(self._a_minute), left + passed / timedelta(minutes=1) * self._a_minute)


def address_of(request: Request) -> str:
    """Name that a request without key is counted by: its address, of IPv6 the /64."""
    return f"address {network_of(request.remote_addr or '')}"
