"""Text line of a talk: short texts both ways between citizen and agent, kept for as long as the talk goes on.

For who does not hear, and for names. A text is words on one line and nothing else: no page shows it as HTML.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal
from unicodedata import category

from hotline.errors import HotlineError

LONGEST: Final = 500
"""Characters of one text."""
MOST: Final = 200
"""Texts of one talk."""
BURST, WITHIN = 8, 10.0
"""So many texts of one side within so many seconds: faster is no hand."""
JOINER: Final = "\u200d"
"""Makes one sign of several; other marks that are not seen could turn a text round or hide some of it."""


class Party(StrEnum):
    """Writer of a text."""

    CITIZEN = "citizen"
    AGENT = "agent"


class TextLineClosed(HotlineError, code="text-line-closed"):
    """No talk of a citizen's page with an agent."""


class BadText(HotlineError, code="bad-text", varies_by="why"):
    """A text that is not passed on."""

    why: Literal["empty", "long"]
    most: int = LONGEST


class TextTooFast(HotlineError, code="text-too-fast"):
    """More texts than a hand writes, or than one talk holds."""


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text; ``number`` counts those of a talk."""

    number: int
    by: Party
    text: str


def plain(text: str) -> str:
    """The words of a text on one line. Raises BadText."""
    if len(text) > 4 * LONGEST:
        raise BadText("long")
    kept = (one if one == JOINER or category(one)[0] != "C" else " " for one in text)
    words = " ".join("".join(kept).split())
    if len(words) > LONGEST:
        raise BadText("long")
    if not words.strip(JOINER):
        raise BadText("empty")
    return words


@dataclass(slots=True)
class TextLine:
    """Texts of one talk; not safe to use from several threads."""

    texts: list[TextMessage] = field(default_factory=list)
    _written: dict[Party, deque[float]] = field(default_factory=dict)

    def take(self, by: Party, text: str, at: float) -> str:
        """The words of a text that may be added at a monotonic instant. Raises BadText, TextTooFast."""
        words, lately = plain(text), self._written.setdefault(by, deque(maxlen=BURST))
        if len(self.texts) >= MOST or len(lately) == BURST and at - lately[0] < WITHIN:
            raise TextTooFast
        lately.append(at)
        return words

    def add(self, by: Party, words: str) -> None:
        """Add what was taken; what came at the same moment as the last one of a talk is left out."""
        if len(self.texts) < MOST:
            self.texts.append(TextMessage(len(self.texts) + 1, by, words))

    def since(self, number: int) -> Sequence[TextMessage]:
        """Texts after one with this number."""
        return self.texts[number:]

    def forget(self) -> None:
        """Forget every text."""
        self.texts.clear()
