"""What Asterisk told a moment ago, asked anew only when that is long past, however many pages show it."""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Generic, TypeVar

from hotline import clock
from hotline.errors import HotlineError

Told = TypeVar("Told")


class Fresh(Generic[Told]):
    """``ask`` is called by one thread at a time; while it raises HotlineError, ``nothing`` is told."""

    def __init__(self, ask: Callable[[], Told], nothing: Told, every: timedelta) -> None:
        self._ask, self._nothing, self._every = ask, nothing, every.total_seconds()
        self._lock = Lock()
        self._told, self._asked_at = nothing, -self._every

    def now(self) -> Told:
        """What was told last."""
        with self._lock:
            if clock.monotonic() - self._asked_at >= self._every:
                try:
                    self._told = self._ask()
                except HotlineError:
                    self._told = self._nothing
                self._asked_at = clock.monotonic()
            return self._told
