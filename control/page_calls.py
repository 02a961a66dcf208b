"""Calls of citizens' pages, as Asterisk's manager tells of them while they go on: where each is, its
captions, and the text line between citizen and agent.

Nothing of it is on record, and what was written is forgotten with the call.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock, Thread
from typing import Final

import structlog
from cachetools import LRUCache

from control.ami import AMI, ManagerAccount, ManagerGone, Message
from control.text_line import Party, TextLine, TextLineClosed, TextMessage
from hotline import clock
from hotline.settings import Settings

log = structlog.get_logger()
PAGES, LINES = 500, 200
"""So many pages are remembered, the latest ones, with so many sayings each."""
AGAIN: Final = 2.0
"""Seconds until Asterisk is asked for again."""
READ: Final = 15.0
"""Seconds after which a desk that asked for no texts shows none: a telephone answers, or the page is gone."""


class CallState(StrEnum):
    """State of a page's call, as its page tells it."""

    MENUS = "menus"
    WAITING = "waiting"
    RINGING = "ringing"
    """An agent's phone rings."""
    TALKING = "talking"
    HUNTING = "hunting"
    """An officer's phone is rung."""
    THROUGH = "through"
    """The caller talks with an officer."""
    MESSAGE = "message"
    ENDING = "ending"
    OVER = "over"


STEPS: Final = {
    "ask": CallState.MENUS,
    "queue": CallState.WAITING,
    "agent": CallState.RINGING,
    "ring": CallState.HUNTING,
    "message": CallState.MESSAGE,
    "end": CallState.ENDING,
}
"""Where each step of the dialplan leads the call."""
UNANSWERED: Final = "unanswered"
"""The dialplan's word for an agent's phone that has rung and was not answered."""


def followed(state: CallState, told: str) -> CallState:
    """State after what the dialplan told: a step, a state, or that a phone was not answered."""
    if state is CallState.OVER:
        return state
    if told == UNANSWERED:
        return CallState.WAITING if state is CallState.RINGING else state
    if told in STEPS:
        return STEPS[told]
    return CallState(told) if told in set(CallState) else state


@dataclass(frozen=True, slots=True)
class Saying:
    """Prompts said one after the other; ``number`` counts those of a page."""

    number: int
    prompts: tuple[str, ...]
    """``zh-TW/V-02.1``: language and name."""


@dataclass(slots=True)
class _PageCall:
    """The call of one page; ``why``: the dialplan's reason for an end that neither side chose."""

    call_id: str = ""
    state: CallState = CallState.MENUS
    why: str = ""
    sayings: deque[Saying] = field(default_factory=lambda: deque(maxlen=LINES))
    line: TextLine = field(default_factory=TextLine)
    read_at: float | None = None
    """When an agent's desk asked for the texts last."""

    def is_read(self, at: float) -> bool:
        """Tell whether an agent talks with the caller who sees what is written."""
        is_seen = self.read_at is not None and at - self.read_at < READ
        return bool(self.call_id) and self.state is CallState.TALKING and is_seen


@dataclass(frozen=True, slots=True)
class PageCallSeen:
    """A page's call at one moment, with what is new to who asks."""

    state: CallState
    why: str
    writes: bool
    """Whether an agent reads what the citizen writes."""
    sayings: Sequence[Saying]
    texts: Sequence[TextMessage]


class PageCalls:
    """The calls of the latest pages; safe to ask from any thread.

    A citizen names the call by the page's own word, which nobody guesses; an agent by its name, which opens
    nothing by itself.
    """

    def __init__(self, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._lock, self._monotonic = Lock(), monotonic
        self._pages = LRUCache[str, _PageCall](PAGES)
        self._names = LRUCache[str, str](PAGES)
        """The page of each call."""

    def hear(self, message: Message) -> None:
        """One event of Asterisk's manager; what tells of no page is passed over."""
        page = message.get("Page", "")
        if message.get("UserEvent") != "Said" or not page:
            return
        with self._lock:
            known = self._of(page, message.get("Call", ""))
            was, known.state = known.state, followed(known.state, message.get("State", ""))
            if known.state is CallState.OVER and was is not CallState.OVER:
                known.why = message.get("Why", "")
                known.line.forget()
            if "Prompts" in message:
                number = known.sayings[-1].number + 1 if known.sayings else 1
                known.sayings.append(Saying(number, _prompts(message["Prompts"])))

    def _of(self, page: str, call_id: str) -> _PageCall:
        """The call of a page; of another name it is another call."""
        known = self._pages.setdefault(page, _PageCall())
        if call_id and known.call_id and known.call_id != call_id:
            known = self._pages[page] = _PageCall()
        if call_id:
            known.call_id, self._names[call_id] = call_id, page
        return known

    def seen(self, page: str, said: int, written: int) -> PageCallSeen:
        """State of a page's call, sayings after one and texts after another number."""
        with self._lock:
            known = self._pages.get(page) or _PageCall()
            new = [one for one in known.sayings if one.number > said]
            writes = known.is_read(self._monotonic())
            return PageCallSeen(known.state, known.why, writes, new, known.line.since(written))

    def is_page(self, call_id: str) -> bool:
        """Tell whether a call that goes on is a page's."""
        with self._lock:
            known = self._pages.get(self._names.get(call_id, ""))
            return known is not None and known.state is not CallState.OVER

    def texts(self, call_id: str, after: int) -> Sequence[TextMessage]:
        """Texts of a call after one with this number, for the desk of its agent, which shows them."""
        with self._lock:
            known = self._pages.get(self._names.get(call_id, ""))
            if known is None:
                return ()
            known.read_at = self._monotonic()
            return known.line.since(after)

    def writes(self, page: str, text: str) -> None:
        """The citizen writes to the agent. Raises TextLineClosed, BadText, TextTooFast."""
        self._write(page, Party.CITIZEN, text)

    def answers(self, call_id: str, text: str) -> None:
        """The agent writes to the citizen. Raises TextLineClosed, BadText, TextTooFast."""
        with self._lock:
            page = self._names.get(call_id, "")
        self._write(page, Party.AGENT, text)

    def _write(self, page: str, by: Party, text: str) -> None:
        with self._lock:
            known = self._pages.get(page)
            at = self._monotonic()
            if known is None or not known.is_read(at):
                raise TextLineClosed
            known.line.write(by, text, at)

    def put_through(self, call_id: str) -> None:
        """The agent joined caller and officer, and left."""
        with self._lock:
            known = self._pages.get(self._names.get(call_id, ""))
            if known:
                known.state = followed(known.state, CallState.THROUGH)

    def lose(self) -> None:
        """Asterisk tells nothing more, so no end of a call would be heard of: what was written is
        forgotten.
        """
        with self._lock:
            for known in self._pages.values():
                known.call_id = ""
                known.line.forget()
            self._names.clear()


def _prompts(told: str) -> tuple[str, ...]:
    return tuple(name.removeprefix("hotline/") for name in told.split("&") if "/" in name)


def follow(settings: Settings, calls: PageCalls, stopping: Event) -> Thread:
    """Listen in a thread of its own until ``stopping``; while Asterisk is away, try again."""
    thread = Thread(target=_follow, args=(settings, calls, stopping), name="page-calls", daemon=True)
    thread.start()
    return thread


def _follow(settings: Settings, calls: PageCalls, stopping: Event) -> None:
    while not stopping.is_set():
        try:
            for message in _heard(settings, stopping):
                calls.hear(message)
        except ManagerGone as error:
            log.info("page_calls.not_heard", why=str(error))
        calls.lose()
        stopping.wait(AGAIN)


def _heard(settings: Settings, stopping: Event) -> Iterator[Message]:
    with AMI.of(settings, ManagerAccount.CAPTIONS, events="user") as ami:
        while not stopping.is_set():
            yield from ami.events(1.0)
