"""Texts with a title and a body, found by either: entries, messages. Asked without a database."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hotline.search import Match, Texts, plain

MOST: Final = 50
"""So many are found, at most."""
_SIGNS: Final = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Document:
    """A searchable document: by its ``titles`` as people ask, by its ``body`` as written or as it sounds."""

    key: str
    titles: tuple[str, ...]
    body: str = ""


@dataclass(frozen=True, slots=True)
class DocumentHit:
    """A document that fits; ``text`` is the words by which, a title's before a body's."""

    key: str
    match: Match
    in_body: bool
    score: float
    text: str

    @property
    def rank(self) -> tuple[int, bool, float, str]:
        """The best first."""
        return (self.match, self.in_body, -self.score, self.key)


class Documents:
    """Documents to be searched in."""

    def __init__(self, documents: Iterable[Document]) -> None:
        titles, bodies = dict[str, list[str]](), dict[str, list[str]]()
        for one in documents:
            for title in filter(None, map(_bare, one.titles)):
                titles.setdefault(title, []).append(one.key)
            if body := _bare(one.body):
                bodies.setdefault(body, []).append(one.key)
        self._keys = frozenset(key for keys in titles.values() for key in keys)
        self._titles = Texts({text: tuple(keys) for text, keys in titles.items()})
        self._bodies = Texts({text: tuple(keys) for text, keys in bodies.items()})

    def find(self, asked_for: str, most: int = MOST) -> list[DocumentHit]:
        """The best first; nothing for nothing. Of several words, first what fits all of them."""
        asked = _bare(asked_for)
        if not asked:
            return []
        found = self._fitting(asked, most)
        if len(parts := asked.split()) > 1:
            each = [self._fitting(part, most) for part in parts]
            for key in set[str].intersection(*(set(one) for one in each)):
                worst = max((one[key] for one in each), key=lambda hit: hit.rank)
                found[key] = min(found.get(key, worst), worst, key=lambda hit: hit.rank)
        return sorted(found.values(), key=lambda hit: hit.rank)[:most]

    def _fitting(self, asked: str, most: int) -> dict[str, DocumentHit]:
        """Find the documents that fit one word or phrase, each by its best way."""
        found = dict[str, DocumentHit]()
        if asked in self._keys:
            found[asked] = DocumentHit(asked, Match.NUMBER, False, 100.0, asked)
        for texts, in_body in ((self._titles, False), (self._bodies, True)):
            for match, score, text in texts.matches(asked, most):
                if match is Match.NEARLY and (in_body or found):
                    break  # long texts are nearly like everything, and a hit needs no guesses beside it
                for key in text.keys:
                    hit = DocumentHit(key, match, in_body, score, text.text)
                    found[key] = min(found.get(key, hit), hit, key=lambda one: one.rank)
        return found


def _bare(text: str) -> str:
    """Remove the signs between words: who asks types none."""
    return " ".join(_SIGNS.sub("", plain(text)).split())
