"""Which emergency bulletins are on, told to every open page within seconds (P4.8).

One thread looks at the database once a second while anybody listens; every stream waits for what it found. A stream
begins with all that is on, so whoever comes back after a break of the line knows as much as whoever stayed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Condition, Thread
from typing import Final

import structlog

from hotline.accounts.service import present
from hotline.db import Sessions, is_away, looking
from hotline.errors import HotlineError
from hotline.news.alerts import alerts

log = structlog.get_logger()
EVERY: Final = 1.0
"""Seconds between two looks."""
STILL_HERE: Final = 15.0
"""Seconds after which a stream without news says so: proxies keep the line, and we notice who is gone."""
MOST: Final = 96
"""Streams at once. Each holds a thread of the server, and the pages need the rest."""
SESSIONS: Final = 5
"""At so many looks once, whether the sessions of the streams are still alive: that takes a question for each."""
AGAIN: Final = b"retry: 2000\n\n"
OVER: Final = b"event: over\ndata: 1\n\n"


class Full(HotlineError):
    """No more streams; a page looks again later."""

    def __init__(self) -> None:
        super().__init__("Too many pages listen at once; this one looks again in a moment")


class Board:
    """What is on, and who listens."""

    def __init__(self, factory: Sessions, now: Callable[[], datetime], most: int = MOST) -> None:
        self._factory, self._now, self._most = factory, now, most
        self._news = Condition()
        self._number, self._on = 0, tuple[int, ...]()
        self._streams, self._over = dict[str, Stream](), frozenset[str]()
        self._is_looked_after = self._is_away = False
        self._looks = 0

    def listen(self, token: str) -> "Stream":
        """A stream for the session of a token. Raises Full.

        It ends the one this session had: the newest page of a browser listens for all, and one that was left
        would hold its thread until somebody notices.
        """
        with self._news:
            if token not in self._streams and len(self._streams) >= self._most:
                raise Full
            self._streams[token] = stream = Stream(self, token)
            self._news.notify_all()
            if not self._is_looked_after:
                self._is_looked_after = True
                Thread(target=self._look_on, name="board", daemon=True).start()
        return stream

    def wait(self, stream: "Stream", seen: int) -> "News":
        """What is on, once that is other than what was seen; the same after a while without news."""
        with self._news:
            self._news.wait_for(lambda: self._number != seen or self._is_done(stream), STILL_HERE)
            is_over = stream.token in self._over
            return News(self._number, self._on, is_over, not is_over and self._is_done(stream))

    def leave(self, stream: "Stream") -> None:
        """A stream has ended."""
        with self._news:
            if self._streams.get(stream.token) is stream:
                del self._streams[stream.token]
            self._news.notify_all()

    def _is_done(self, stream: "Stream") -> bool:
        return stream.token in self._over or self._streams.get(stream.token) is not stream

    def _look_on(self) -> None:
        """Until nobody listens any more."""
        while True:
            self._look()
            with self._news:
                if self._news.wait_for(lambda: not self._streams, EVERY):
                    self._is_looked_after, self._number = False, 0
                    return

    def _look(self) -> None:
        self._looks += 1
        with self._news:
            asked = list(self._streams) if self._looks % SESSIONS == 0 else []
        try:
            with looking(self._factory) as session:
                on = tuple(sorted(row.id for row in alerts(session, is_on=True)))
                over = frozenset(token for token in asked if present(session, token, self._now()) is None)
        except Exception as error:
            if not is_away(error):
                log.exception("board.failed")
            elif not self._is_away:  # told once; pages keep what they show, and the next look tells all
                log.warning("board.database_away", why=str(error).partition("\n")[0])
            self._is_away = True
            return
        self._is_away = False
        with self._news:
            if on != self._on or not self._number:
                self._on, self._number = on, self._number + 1
                self._news.notify_all()
            if asked and over != self._over:
                self._over = over
                self._news.notify_all()


@dataclass(frozen=True, slots=True)
class News:
    """What a stream learns: the number of the news with what is on, or that it is at its end."""

    number: int
    on: tuple[int, ...]
    is_over: bool
    """The session is."""
    is_displaced: bool
    """A newer page of the same browser listens."""


class Stream:
    """Server-sent events for one page; ``close`` must follow, however it ends."""

    def __init__(self, board: Board, token: str) -> None:
        self.token = token
        self._board, self._seen = board, 0
        self._is_begun = self._is_over = self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._is_over or self._is_closed:
            raise StopIteration
        if not self._is_begun:
            self._is_begun = True
            return AGAIN
        told = self._board.wait(self, self._seen)
        if told.is_displaced:
            raise StopIteration
        if told.is_over:
            self._is_over = True
            return OVER
        is_news, self._seen = told.number != self._seen, told.number
        return told_as(told.on) if is_news else b": still here\n\n"

    def close(self) -> None:
        """Leave the board; harmless to repeat."""
        if not self._is_closed:
            self._is_closed = True
            self._board.leave(self)


def told_as(on: tuple[int, ...]) -> bytes:
    """What is on, as an event."""
    return f"event: alerts\ndata: {json.dumps(name_of(on))}\n\n".encode()


def name_of(on: tuple[int, ...]) -> str:
    """A word for exactly these bulletins: a page compares it with the one it shows."""
    return ",".join(map(str, sorted(on)))
