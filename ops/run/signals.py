"""Signals that ask for the end, as a file descriptor."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def endings() -> Iterator[int]:
    """File descriptor that becomes readable when the end is asked for.

    A pipe, since a handler that takes a lock could wait for the very thread it interrupts.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = {number: signal.signal(number, lambda *_: _written(writing)) for number in ENDING}
    try:
        yield reading
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def has_come(ending: int, *more: int, within: float = 0.0) -> bool:
    """Wait so many seconds until the end is asked for, or another descriptor is readable."""
    return bool(select.select([ending, *more], [], [], within)[0])


def _written(writing: int) -> None:
    with suppress(BlockingIOError):
        os.write(writing, b".")
