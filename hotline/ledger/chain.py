"""The audit log as a chain: each link covers a row and the link before it (P0-a). Pure.

Whoever changes, drops, adds or reorders rows in the database would have to make all later links anew, the
head, and the anchors that lie elsewhere.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

START: Final = "0" * 64
"""What the first link stands upon."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The length of the chain, and its newest link."""

    position: int = 0
    hash: str = START


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A link as it is kept, and the digest of its row as that is now; None: the row is gone."""

    position: int
    row: int
    hash: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A place where the log is not as it was written."""

    what: str

    def __str__(self) -> str:
        return self.what


def digest(words: Mapping[str, Any]) -> str:
    """SHA-256 of a row: canonical JSON, instants in UTC."""
    plain = {
        name: word.astimezone(UTC).isoformat() if isinstance(word, datetime) else word
        for name, word in words.items()
    }
    written = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()


def link(before: str, digest: str) -> str:
    """SHA-256 of the link before and of the row."""
    return sha256(f"{before}{digest}".encode()).hexdigest()


def broken(
    links: Iterable[ChainLink],
    head: ChainHead,
    anchors: Mapping[str, ChainHead],
    start: ChainHead | None = None,
) -> Iterator[ChainFault]:
    """Each place where the chain does not hold, the first one first; ``anchors`` by what they are called.

    ``start``: the links up to that one are no more; they were verified before they went.
    """
    start = start or ChainHead()
    start = start or ChainHead()
    last, row = start, 0
    anchors = {name: anchor for name, anchor in anchors.items() if anchor.position >= start.position}
    there = {anchor.position: anchor.position == start.position for anchor in anchors.values()}
    yield from _contradicting(start, row, anchors)
    for one in links:
        if one.position != last.position + 1:
            yield ChainFault(f"between row {row} and row {one.row} something was removed, links and all")
        elif one.digest is None:
            yield ChainFault(f"row {one.row} was removed")
        elif link(last.hash, one.digest) != one.hash:
            yield ChainFault(f"row {one.row} is not what was written there, or not in its place")
        last, row = ChainHead(one.position, one.hash), one.row
        if last.position in there:
            there[last.position] = True
            yield from _contradicting(last, row, anchors)
    if last != head:
        yield ChainFault(f"the chain ends at row {row}, link {last.position}, but had {head.position} links")
    for name, anchor in anchors.items():
        if not there[anchor.position]:
            yield ChainFault(f"anchor {name} tells of link {anchor.position}, which is not there")


def _contradicting(last: ChainHead, row: int, anchors: Mapping[str, ChainHead]) -> Iterator[ChainFault]:
    for name, anchor in anchors.items():
        if anchor.position == last.position and anchor != last:
            yield ChainFault(f"anchor {name} knows another log up to row {row}: the chain was made anew")
