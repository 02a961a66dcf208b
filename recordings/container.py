"""Sealed files: encrypted in segments, each of which opens by itself, so that any place can be read.

Every segment (AES-256-GCM) is bound to the file's head, its place, and whether it is the last: one that was
changed, moved, left out or cut off is refused. That is the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár (2015). A key seals one sound only; a random beginning of each nonce lets it be sealed once
more after a crash.
"""

import os
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotline.keys.ring import SealBroken

MAGIC: Final = b"HOTSEAL1"
SOUND: Final = "sound"
"""What a seal that is broken was for."""
SEGMENT: Final = 1 << 16
"""Plain bytes of a segment: a jump into an hour of sound opens a handful."""
TAG: Final = 16
PREFIX: Final = 7
CACHED: Final = 16
_HEAD: Final = struct.Struct(f">8sI{PREFIX}sx")
_PLACE: Final = struct.Struct(">IB")

RangeReader = Callable[[int, int], bytes]
"""Reads bytes of a sealed file by start and count; fewer only at its end."""


class SealedWriter:
    """Writer of a sealed file, from its beginning to its end."""

    def __init__(self, key: bytes, out: BinaryIO) -> None:
        self._cipher, self._out = AESGCM(key), out
        self._head = _HEAD.pack(MAGIC, SEGMENT, os.urandom(PREFIX))
        self._waiting, self._sealed = bytearray(), 0
        out.write(self._head)

    def write(self, piece: bytes) -> None:
        """Add bytes. Raises OSError."""
        self._waiting += piece
        while len(self._waiting) > SEGMENT:  # the last one, even if it is whole, waits for ``finish``
            self._seal(bytes(self._waiting[:SEGMENT]), is_last=False)
            del self._waiting[:SEGMENT]

    def finish(self) -> None:
        """Write the last segment. Raises OSError."""
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._head, self._sealed, is_last=is_last)
        self._out.write(self._cipher.encrypt(nonce, plain, self._head))
        self._sealed += 1


class UnsealedFile:
    """A sealed file as the plain one that it was: read from any place."""

    def __init__(self, key: bytes, read: RangeReader, size: int) -> None:
        """Raises SealBroken, and what ``read`` raises."""
        self._cipher, self._read = AESGCM(key), read
        self._head = read(0, _HEAD.size)
        body = size - _HEAD.size
        if len(self._head) < _HEAD.size or body < TAG or self._head[: len(MAGIC)] != MAGIC:
            raise SealBroken(SOUND)
        self._segment = int(_HEAD.unpack(self._head)[1])
        if not TAG <= self._segment <= 16 * SEGMENT:
            raise SealBroken(SOUND)
        self._segments = -(-body // (self._segment + TAG))
        self.size = body - self._segments * TAG
        self._open = lru_cache(CACHED)(self._opened)
        self._open(self._segments - 1)  # only its end tells that a file was not cut off between two segments

    def read(self, start: int, count: int) -> bytes:
        """Bytes from a place on; fewer at the end. Raises SealBroken, and what reading the file raises."""
        return b"".join(self._parts(start, min(start + count, self.size)))

    def _parts(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            number, place = divmod(start, self._segment)
            part = self._open(number)[place : place + end - start]
            yield part
            start += len(part)

    def _opened(self, number: int) -> bytes:
        is_last = number == self._segments - 1
        sealed = self._read(_HEAD.size + number * (self._segment + TAG), self._segment + TAG)
        try:
            return self._cipher.decrypt(_nonce(self._head, number, is_last=is_last), sealed, self._head)
        except InvalidTag:
            raise SealBroken(SOUND) from None


def _nonce(head: bytes, number: int, *, is_last: bool) -> bytes:
    prefix: bytes = _HEAD.unpack(head)[2]
    return prefix + _PLACE.pack(number, is_last)
