"""What Asterisk told a moment ago, asked anew only when that is long past, however many pages show it."""

from collections.abc import Callable
from datetime import timedelta
from threading import Condition
from typing import TypeVar

from cachetools import TTLCache, cached

from hotline import clock
from hotline.errors import HotlineError

Told = TypeVar("Told")


def fresh(ask: Callable[[], Told], nothing: Told, every: timedelta) -> Callable[[], Told]:
    """``ask``, called by one thread at a time and at most so often; while it raises HotlineError, ``nothing``."""

    @cached(TTLCache(1, every.total_seconds(), timer=clock.monotonic), condition=Condition())
    def told() -> Told:
        try:
            return ask()
        except HotlineError:
            return nothing

    return told
