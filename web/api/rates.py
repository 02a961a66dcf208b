"""How often each key may ask: pure but for its memory, which this process keeps."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

FORGOTTEN: Final = timedelta(minutes=10)
"""Who asked nothing for so long may ask all at once again in any case."""


class Rates:
    """So many requests a minute for each name; who saved some up may ask them at once."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute, self._lock = a_minute, Lock()
        self._left = dict[str, tuple[float, datetime]]()

    def wait(self, name: str, at: datetime) -> timedelta | None:
        """None when one may ask now, which counts; else how long to wait."""
        with self._lock:
            left = self._left_at(name, at)
            if left < 1:
                return timedelta(minutes=(1 - left) / self._a_minute)
            self._left[name] = (left - 1, at)
            if len(self._left) > 10_000:
                self._forget(at)
        return None

    def _left_at(self, name: str, at: datetime) -> float:
        left, seen = self._left.get(name, (float(self._a_minute), at))
        passed = max(at - seen, timedelta())
        return min(float(self._a_minute), left + passed / timedelta(minutes=1) * self._a_minute)

    def _forget(self, at: datetime) -> None:
        self._left = {name: kept for name, kept in self._left.items() if at - kept[1] < FORGOTTEN}
