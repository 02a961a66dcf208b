"""A fact as a line of bytes, and bytes of a file as facts and damage."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final, TypeAlias, Union

from hotline.keys.ring import KeyRing

JSON: TypeAlias = Union[None, bool, int, float, str, Sequence["JSON"], Mapping[str, "JSON"]]  # noqa: UP007

SUFFIX: Final = ".journal"
PURPOSE: Final = "journal"
"""Of the seals of its bodies."""
_HEAD: Final = re.compile(r'(?=[0-9a-f]{16} \{"at":")')
"""Where a line may begin: looked for at every byte, for what stands before it may look like a part of it. No
text that a caller sent can look like it: a quotation mark in it has a backslash before it.
"""
_MARK: Final = 16
_JSON: Final = json.JSONDecoder()


@dataclass(frozen=True)
class JournalEntry:
    """A fact as it was written, and the position to store once it is applied; ``sealed``: not opened yet."""

    file: str
    offset_after: int
    key: str
    at: datetime
    body: Mapping[str, Any]
    sealed: str = ""

    def opened(self, keys: KeyRing | None) -> "JournalEntry":
        """The same with its body. Raises KeyMissing, SealBroken."""
        if not self.sealed:
            return self
        if keys is None:
            raise TypeError("a sealed journal is read by its keys: keys=ring")
        return replace(self, body=json.loads(keys.open_text(PURPOSE, self.sealed)), sealed="")


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a file, from ``offset`` on, that are no whole lines: what they said is lost."""

    file: str
    offset: int
    content: bytes


def encoded(key: str, at: datetime, body: Mapping[str, JSON], keys: KeyRing | None = None) -> bytes:
    """One whole line, its body sealed by ``keys``; a NaN, a type JSON lacks or an instant without zone is the
    caller's mistake.
    """
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no zone")
    told: JSON = body if keys is None else keys.seal_text(PURPOSE, _json(body))
    text = _json({"at": at.astimezone(UTC).isoformat(), "key": key, "body": told}).encode()
    return checksum(text) + b" " + text + b"\n"


def decoded(line: bytes, file: str, offset_after: int) -> JournalEntry | None:
    """The fact of a whole line, or None when a byte of it has changed."""
    mark, _, text = line.rstrip(b"\n").partition(b" ")
    if mark != checksum(text):
        return None
    return _entry(json.loads(text), file, offset_after)


def salvaged(line: bytes, file: str, offset: int) -> Iterator[JournalEntry | Damage]:
    """The facts that are still whole in a line that is not, and what lies around them.

    The end of the line before it may be what changed, so a fact may begin and end at any byte.
    """
    text, lost = line.decode("latin-1"), 0
    while (start := _next_head(text, lost)) is not None:
        fact, end = start
        if damage := _damage(line[lost : end - len(fact)], file, offset + lost):
            yield damage
        # The line break belongs to the fact: the position behind it is the one of an undamaged file.
        lost = end + (line[end : end + 1] == b"\n")
        yield _entry(json.loads(fact[_MARK + 1 :]), file, offset + lost)
    if damage := _damage(line[lost:], file, offset + lost):
        yield damage


def _next_head(text: str, place: int) -> tuple[str, int] | None:
    """The next whole fact from ``place`` on, as text with its checksum, and where it ends."""
    for found in _HEAD.finditer(text, place):
        start = found.start()
        try:
            _, end = _JSON.raw_decode(text, start + _MARK + 1)
        except (ValueError, RecursionError):
            continue
        if checksum(text[start + _MARK + 1 : end].encode("latin-1")) == text[start : start + _MARK].encode():
            return text[start:end], end
    return None


def _damage(content: bytes, file: str, offset: int) -> Damage | None:
    return Damage(file, offset, content) if content.strip(b"\n") else None


def _entry(fact: Mapping[str, Any], file: str, offset_after: int) -> JournalEntry:
    at, body = datetime.fromisoformat(fact["at"]), fact["body"]
    plain, sealed = ({}, body) if isinstance(body, str) else (body, "")
    return JournalEntry(file, offset_after, fact["key"], at, plain, sealed)


def _json(value: JSON) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def checksum(text: bytes) -> bytes:
    """The mark before a line."""
    return blake2b(text, digest_size=8).hexdigest().encode()
