"""Captions for citizens' pages, from Asterisk's manager as it speaks; kept for a while, never on record."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Final

import structlog
from cachetools import LRUCache

from control.ami import AMI, ManagerAccount, ManagerGone, Message
from hotline.settings import Settings

log = structlog.get_logger()
PAGES, LINES = 500, 200
"""So many pages are remembered, the latest ones, with so many sayings each."""
AGAIN: Final = 2.0
"""Seconds until Asterisk is asked for again."""


@dataclass(frozen=True, slots=True)
class Saying:
    """Prompts said one after the other; ``number`` counts those of a page."""

    number: int
    prompts: tuple[str, ...]
    """``zh-TW/V-02.1``: language and name."""


class Captions:
    """The sayings of the latest pages; safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages = LRUCache[str, deque[Saying]](PAGES)

    def hear(self, message: Message) -> None:
        """One event of Asterisk's manager; what is no saying is passed over."""
        page = message.get("Page", "")
        if message.get("UserEvent") != "Said" or not page:
            return
        prompts = tuple(
            name.removeprefix("hotline/") for name in message.get("Prompts", "").split("&") if "/" in name
        )
        with self._lock:
            said = self._pages.setdefault(page, deque(maxlen=LINES))
            said.append(Saying(said[-1].number + 1 if said else 1, prompts))

    def since(self, page: str, number: int) -> Sequence[Saying]:
        """Sayings to a page after one with this number."""
        with self._lock:
            return [one for one in self._pages.get(page, ()) if one.number > number]


def follow(settings: Settings, captions: Captions, stopping: Event) -> Thread:
    """Listen in a thread of its own until ``stopping``; while Asterisk is away, try again."""
    thread = Thread(target=_follow, args=(settings, captions, stopping), name="captions", daemon=True)
    thread.start()
    return thread


def _follow(settings: Settings, captions: Captions, stopping: Event) -> None:
    while not stopping.is_set():
        try:
            for message in _heard(settings, stopping):
                captions.hear(message)
        except ManagerGone as error:
            log.info("captions.not_heard", why=str(error))
        stopping.wait(AGAIN)


def _heard(settings: Settings, stopping: Event) -> Iterator[Message]:
    with AMI.of(settings, ManagerAccount.CAPTIONS, events="user") as ami:
        while not stopping.is_set():
            yield from ami.events(1.0)
