"""One picture for many pages: taken while anybody looks, told to all as soon as it changes.

Every stream begins with the whole picture, so whoever comes back after a break of the line sees what everybody sees.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from threading import Condition, Thread
from typing import Any, Final

import structlog

from hotline import clock
from hotline.db import is_away
from hotline.errors import HotlineError

log = structlog.get_logger()
EVERY: Final = 0.4
"""Seconds between two pictures."""
STILL_HERE: Final = 10.0
"""Seconds after which a stream says that it is there, and at most after which it asks whether its page may still look."""
MOST: Final = 60
"""Streams at once; each holds a thread of the server."""


class TooMany(HotlineError):
    """No more streams."""

    def __init__(self) -> None:
        super().__init__("Too many boards are open; close one, or look again in a moment")


class Live:
    """``take`` makes the picture; it is called by one thread, and only while somebody looks."""

    def __init__(self, take: Callable[[], Mapping[str, Any]], most: int = MOST) -> None:
        self._take, self._most = take, most
        self._news = Condition()
        self._picture, self._number, self._looking = "", 0, 0
        self._is_taking = self._is_away = False

    def stream(self, may_look: Callable[[], bool]) -> "Stream":
        """Server-sent events, until ``may_look`` says no. Raises TooMany."""
        with self._news:
            if self._looking >= self._most:
                raise TooMany
            self._looking += 1
            if not self._is_taking:
                self._is_taking = True
                Thread(target=self._go_on, name="live", daemon=True).start()
        return Stream(self, may_look)

    def wait(self, seen: int) -> tuple[int, str]:
        """The newest picture with its number; the same number when there is none for a while."""
        with self._news:
            self._news.wait_for(lambda: self._number != seen, STILL_HERE)
            return self._number, self._picture

    def leave(self) -> None:
        """A stream has ended."""
        with self._news:
            self._looking -= 1
            self._news.notify_all()

    def _go_on(self) -> None:
        while True:
            picture = self._taken() or self._picture
            with self._news:
                if picture != self._picture:
                    self._picture, self._number = picture, self._number + 1
                    self._news.notify_all()
                if self._news.wait_for(lambda: not self._looking, EVERY):
                    self._is_taking = False
                    return

    def _taken(self) -> str:
        """The picture now; empty when none can be taken: pages keep what they show, and the log is told once."""
        try:
            picture = json.dumps(self._take(), ensure_ascii=False)
        except Exception as error:
            if not is_away(error):
                log.exception("live.failed")
            elif not self._is_away:
                log.warning("live.database_away", why=str(error).partition("\n")[0])
            self._is_away = True
            return ""
        self._is_away = False
        return picture


class Stream:
    """What one page is told; ``close`` must follow, however it ends."""

    def __init__(self, live: Live, may_look: Callable[[], bool]) -> None:
        self._live, self._may_look = live, may_look
        self._seen, self._is_begun, self._is_over = 0, False, False
        self._asked_at = clock.monotonic()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._is_over:
            raise StopIteration
        if not self._is_begun:
            self._is_begun = True
            return b"retry: 2000\n\n"
        number, picture = self._live.wait(self._seen)
        is_news, self._seen = number != self._seen, number
        if clock.monotonic() - self._asked_at >= STILL_HERE:  # also while there is always news
            self._asked_at = clock.monotonic()
            if self._is_refused():
                raise StopIteration
        return f"data: {picture}\n\n".encode() if is_news else b": still here\n\n"

    def _is_refused(self) -> bool:
        """While the database is away nobody can say, and there is nothing new to tell."""
        try:
            return not self._may_look()
        except Exception as error:
            if not is_away(error):
                raise
            return False

    def close(self) -> None:
        """Leave; harmless to repeat."""
        if not self._is_over:
            self._is_over = True
            self._live.leave()
