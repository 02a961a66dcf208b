"""Server-sent events: one picture for many open pages, told to all as soon as it changes.

Every stream begins with the whole picture,
so a page that comes back after a break of the line sees what all see.
"""

from collections.abc import Callable, Hashable, Iterator
from threading import Condition, Thread
from typing import Final

import structlog
from flask import Response

from hotline import clock
from hotline.accounts.service import SessionHolder
from hotline.accounts.service import present as present_with
from hotline.db import is_away, looking
from hotline.errors import HotlineError
from web.console.gate import factory, present
from web.console.language import in_words
from web.serving import passing_over_absence, serving

log = structlog.get_logger()
AGAIN: Final = b"retry: 2000\n\n"
OVER: Final = b"event: over\ndata: 1\n\n"


class TooManyStreams(HotlineError, code="full"):
    """No more streams: each holds a thread of the server, and the pages need the rest."""


class Broadcast:
    """An event for all streams, told whenever it changes.

    ``take`` makes it: called by one thread, ``every`` so many seconds, and only while there is a stream. Each
    stream that had no news for ``beat`` seconds says that it is there, and at most after so long asks whether
    it still may.
    """

    def __init__(
        self,
        name: str,
        take: Callable[[], str],
        *,
        every: float,
        beat: float,
        most: int,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._name, self._take, self._every, self.beat, self._most = name, take, every, beat, most
        self.monotonic = monotonic
        self._news = Condition()
        self._event, self._number = "", 0
        self._streams = dict[Hashable, Stream]()
        self._is_taking = self._is_away = False

    def stream(self, may_look: Callable[[], bool], of: Hashable = None) -> "Stream":
        """A stream that lasts until ``may_look`` says no. Raises TooManyStreams.

        It ends the one before of the same ``of``, which would hold its thread until somebody notices.
        """
        stream = Stream(self, may_look, of or object())
        with self._news:
            if stream.of not in self._streams and len(self._streams) >= self._most:
                raise TooManyStreams
            self._streams[stream.of] = stream
            self._news.notify_all()
            if not self._is_taking:
                self._is_taking = True
                Thread(target=self._go_on, name=self._name, daemon=True).start()
        return stream

    def wait(self, stream: "Stream", seen: int) -> tuple[int, str]:
        """Newest event with its number; the same number if there is none for a while, or the stream's end."""
        with self._news:
            self._news.wait_for(lambda: self._number != seen or not self.holds(stream), self.beat)
            return self._number, self._event

    def holds(self, stream: "Stream") -> bool:
        """Tell whether a stream has neither left nor been ended by a newer one."""
        return self._streams.get(stream.of) is stream

    def leave(self, stream: "Stream") -> None:
        """A stream has ended. Idempotent."""
        with self._news:
            if self.holds(stream):
                del self._streams[stream.of]
            if not self._streams:  # whoever comes next is told what is, not what was
                self._event, self._number = "", 0
            self._news.notify_all()

    def _go_on(self) -> None:
        while True:
            event = self._taken() or self._event
            with self._news:
                if event != self._event:
                    self._event, self._number = event, self._number + 1
                    self._news.notify_all()
                if self._news.wait_for(lambda: not self._streams, self._every):
                    self._is_taking = False
                    return

    def _taken(self) -> str:
        """The event now; empty when none can be made: pages keep what they show, and the log is told once."""
        try:
            event = self._take()
        except Exception as error:
            if not is_away(error):
                log.exception("stream.failed", of=self._name)
            elif not self._is_away:
                log.warning("stream.database_away", of=self._name, why=str(error).partition("\n")[0])
            self._is_away = True
            return ""
        self._is_away = False
        return event


class Stream:
    """Stream of events to one page; ``close`` must follow, however it ends."""

    def __init__(self, broadcast: Broadcast, may_look: Callable[[], bool], of: Hashable) -> None:
        self._broadcast, self._may_look, self.of = broadcast, may_look, of
        self._seen, self._is_begun = 0, False
        self._asked_at = broadcast.monotonic()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._is_begun:
            self._is_begun = True
            return AGAIN
        number, event = self._broadcast.wait(self, self._seen)
        if not self._broadcast.holds(self):
            raise StopIteration
        is_news, self._seen, at = number != self._seen, number, self._broadcast.monotonic()
        if at - self._asked_at >= self._broadcast.beat:  # also while there is always news
            self._asked_at = at
            if self._is_refused():
                self.close()
                return OVER
        return event.encode() if is_news else b": still here\n\n"

    def _is_refused(self) -> bool:
        """While the database is away nobody can say, and there is nothing new to tell."""
        with passing_over_absence():
            return not self._may_look()
        return False

    def close(self) -> None:
        """Leave. Idempotent."""
        self._broadcast.leave(self)


def answer(
    broadcast: Broadcast, may: Callable[[SessionHolder], bool], *, one_a_session: bool = False
) -> Response:
    """Stream for this request's session while it lasts and ``may`` look."""
    found, session_of, at = present(), factory(), serving().clock
    token = found.token if found else ""

    def may_look() -> bool:
        with looking(session_of) as session:
            still = present_with(session, token, at())
        return still is not None and may(still)

    return told(broadcast, may_look, token if one_a_session else None)


def told(broadcast: Broadcast, may_look: Callable[[], bool], of: Hashable = None) -> Response:
    """Stream that lasts until ``may_look`` says no; 503 when there are too many."""
    try:
        stream = broadcast.stream(may_look, of)
    except TooManyStreams as error:
        return Response(in_words(error), 503, {"Retry-After": "10"}, content_type="text/plain; charset=utf-8")
    streamed = Response(stream, content_type="text/event-stream; charset=utf-8")
    streamed.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    streamed.implicit_sequence_conversion = False
    return streamed
