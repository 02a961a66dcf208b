"""Calls of citizens' pages, as the managers of all nodes tell of them while they go on: where each is, its
captions, and the text line between citizen and agent.

The pages of both may be served by two machines: what one writes or reads is told by the manager of the call's
node to both. Nothing of it is on record, and what was written is forgotten with the call.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count, takewhile
from threading import Event, Lock, Thread
from typing import Final

import structlog
from cachetools import LRUCache

from control.ami import ManagerAccount, ManagerGone, Message
from control.pbx import Pbx
from control.text_line import Party, TextLine, TextLineClosed, TextMessage
from hotline import clock

log = structlog.get_logger()
PAGES, LINES = 500, 200
"""So many pages are remembered, the latest ones, with so many sayings each."""
AGAIN: Final = 2.0
"""Seconds until Asterisk is asked for again."""
NODES: Final = 5.0
"""Seconds after which a node that has come is heard."""
READ: Final = 15.0
"""Seconds after which a desk that asked for no texts shows none: a telephone answers, or the page is gone."""
READ_AGAIN: Final = 5.0
"""Seconds after which the other pages are told again that a desk reads."""
PIECE: Final = 200
"""Characters of a text in one line of Asterisk's manager, which holds 1,024 bytes."""
Tell = Callable[[str, Mapping[str, str]], None]
"""Tells a user event at a node, which all who follow it hear, also who told it. Raises ManagerGone."""


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

    node: str = ""
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

    def __init__(self, tell: Tell, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._lock, self._tell, self._monotonic = Lock(), tell, monotonic
        self._pages = LRUCache[str, _PageCall](PAGES)
        self._names = LRUCache[str, str](PAGES)
        """The page of each call."""

    def hear(self, message: Message, node: str = "") -> None:
        """One event of a node's manager; what tells of no page is passed over."""
        page = message.get("Page", "")
        if not page:
            return
        with self._lock:
            match message.get("UserEvent"):
                case "Said":
                    self._hear_said(page, node, message)
                case "Read":
                    if known := self._pages.get(page):
                        known.read_at = self._monotonic()
                case "Wrote":
                    if (known := self._pages.get(page)) and known.is_read(self._monotonic()):
                        with suppress(KeyError, ValueError):  # torn
                            known.line.add(Party(message["By"]), _whole(message))

    def _hear_said(self, page: str, node: str, message: Message) -> None:
        known = self._of(page, message.get("Call", ""))
        known.node = node
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
        """Texts of a call after one with this number, for the desk of its agent, which shows them.

        Raises ManagerGone.
        """
        with self._lock:
            page = self._names.get(call_id, "")
            known, at = self._pages.get(page), self._monotonic()
            if known is None:
                return ()
            is_told = known.read_at is not None and at - known.read_at < READ_AGAIN
            node, texts = known.node, known.line.since(after)
        if not is_told:
            self._tell(node, {"UserEvent": "Read", "Page": page})
        return texts

    def writes(self, page: str, text: str) -> None:
        """The citizen writes to the agent. Raises TextLineClosed, BadText, TextTooFast, ManagerGone."""
        self._write(page, Party.CITIZEN, text)

    def answers(self, call_id: str, text: str) -> None:
        """The agent writes to the citizen. Raises TextLineClosed, BadText, TextTooFast, ManagerGone."""
        with self._lock:
            page = self._names.get(call_id, "")
        self._write(page, Party.AGENT, text)

    def _write(self, page: str, by: Party, text: str) -> None:
        with self._lock:
            known, at = self._pages.get(page), self._monotonic()
            if known is None or not known.is_read(at):
                raise TextLineClosed
            node, words = known.node, known.line.take(by, text, at)
        self._tell(node, {"UserEvent": "Wrote", "Page": page, "By": by, **_pieces(words)})

    def put_through(self, call_id: str) -> None:
        """The agent joined caller and officer, and left; the page is told where its node can be asked."""
        with self._lock:
            page = self._names.get(call_id, "")
            known = self._pages.get(page)
        if known is None:
            return
        with suppress(ManagerGone):
            self._tell(known.node, {"UserEvent": "Said", "Page": page, "State": CallState.THROUGH})

    def lose(self, node: str = "") -> None:
        """A node tells nothing more, so no end of its calls is heard of: what was written is forgotten."""
        with self._lock:
            for known in self._pages.values():
                if known.node == node:
                    self._names.pop(known.call_id, None)
                    known.call_id = ""
                    known.line.forget()


def _pieces(words: str) -> dict[str, str]:
    """A text over several lines; in quotes, for spaces at a line's ends are cut."""
    starts = range(0, len(words), PIECE)
    return {
        f"Text{number}": json.dumps(words[start : start + PIECE], ensure_ascii=False)
        for number, start in enumerate(starts)
    }


def _whole(message: Message) -> str:
    pieces = takewhile(bool, (message.get(f"Text{number}", "") for number in count()))
    return "".join(json.loads(piece) for piece in pieces)


def _prompts(told: str) -> tuple[str, ...]:
    return tuple(name.removeprefix("hotline/") for name in told.split("&") if "/" in name)


def told_by(pbx: Pbx) -> Tell:
    """Tell by the manager of the node."""

    def tell(node: str, event: Mapping[str, str]) -> None:
        with pbx.of(node).manager(ManagerAccount.CAPTIONS) as ami:
            ami.ask("UserEvent", **event)

    return tell


def follow(pbx: Pbx, calls: PageCalls, stopping: Event) -> Thread:
    """Listen to every node, a thread each, until ``stopping``; one that is away is tried again."""
    thread = Thread(target=_follow_all, args=(pbx, calls, stopping), name="page-calls", daemon=True)
    thread.start()
    return thread


def _follow_all(pbx: Pbx, calls: PageCalls, stopping: Event) -> None:
    followed = set[str]()
    while not stopping.is_set():
        for one in pbx.each():
            if one.node not in followed:
                followed.add(one.node)
                name = f"page-calls-{one.node}"
                Thread(target=_follow, args=(one, calls, stopping), name=name, daemon=True).start()
        stopping.wait(NODES)


def _follow(pbx: Pbx, calls: PageCalls, stopping: Event) -> None:
    while not stopping.is_set():
        try:
            with pbx.manager(ManagerAccount.CAPTIONS, events="user") as ami:
                while not stopping.is_set():
                    for message in ami.events(1.0):
                        calls.hear(message, pbx.node)
        except ManagerGone as error:
            log.info("page_calls.not_heard", node=pbx.node, why=str(error))
        calls.lose(pbx.node)
        stopping.wait(AGAIN)
