"""Texts with a title and a body, found by either: entries, messages. Asked without a database."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hotline.search import Found, Match, Texts, bare

MOST: Final = 50
"""So many are found, at most."""
EVERY: Final = 1_000
"""So many, where only some of those found are shown."""


@dataclass(frozen=True, slots=True)
class Document:
    """A searchable document: by its ``titles`` as people ask, by its ``body`` as written or as it sounds."""

    key: str
    titles: tuple[str, ...]
    body: str = ""


class Documents:
    """Documents to be searched in."""

    def __init__(self, documents: Iterable[Document]) -> None:
        titles, bodies = dict[str, list[str]](), dict[str, list[str]]()
        for one in documents:
            for title in dict.fromkeys(filter(None, map(bare, one.titles))):
                titles.setdefault(title, []).append(one.key)
            if body := bare(one.body):
                bodies.setdefault(body, []).append(one.key)
        self._keys = frozenset(key for keys in titles.values() for key in keys)
        self._texts = Texts(titles, bodies)

    def find(self, asked_for: str, most: int = MOST) -> list[Found]:
        """The best first: what is sure, then what is similar; nothing for nothing."""
        asked = bare(asked_for)
        number = [Found(asked, Match.NUMBER, 100.0, asked)] if asked in self._keys else []
        found = [one for one in self._texts.find(asked, most) if one.key not in {hit.key for hit in number}]
        return [*number, *found][:most]
