"""A fact as a line of bytes, and a line of bytes as a fact or as damage."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final, TypeAlias, Union

JSON: TypeAlias = Union[None, bool, int, float, str, Sequence["JSON"], Mapping[str, "JSON"]]  # noqa: UP007

SUFFIX: Final = ".journal"


@dataclass(frozen=True)
class Entry:
    """A fact as it was written, and the position to store once it is applied."""

    file: str
    offset_after: int
    key: str
    at: datetime
    body: Mapping[str, Any]


def encoded(key: str, at: datetime, body: Mapping[str, JSON]) -> bytes:
    """One whole line; a NaN, a type JSON lacks or an instant without zone is the caller's mistake."""
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no zone")
    fact = {"at": at.astimezone(UTC).isoformat(), "key": key, "body": body}
    text = json.dumps(fact, allow_nan=False, separators=(",", ":")).encode()
    return _checksum(text) + b" " + text + b"\n"


def decoded(line: bytes, file: str, offset_after: int) -> Entry | None:
    """The fact of a whole line, or None when a byte of it has changed."""
    mark, _, text = line.rstrip(b"\n").partition(b" ")
    if mark != _checksum(text):
        return None
    fact = json.loads(text)
    return Entry(file, offset_after, fact["key"], datetime.fromisoformat(fact["at"]), fact["body"])


def _checksum(text: bytes) -> bytes:
    return blake2b(text, digest_size=8).hexdigest().encode()
