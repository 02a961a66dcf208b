"""AudioSocket frames: a byte of kind, two of length, the payload. Anything else ends the connection."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

HEAD_BYTES: Final = 3
LARGEST: Final = 2048
"""Bytes of one frame's payload; 20 ms of sound are 320."""


class FrameKind(IntEnum):
    """Kind of a frame."""

    HANG_UP = 0x00
    ID = 0x01
    KEY = 0x03
    SOUND = 0x10
    FAULT = 0xFF


SIZES: Final = {
    FrameKind.HANG_UP: range(0, 1),
    FrameKind.ID: range(16, 17),
    FrameKind.KEY: range(1, 2),
    FrameKind.SOUND: range(2, LARGEST + 1, 2),
    FrameKind.FAULT: range(0, LARGEST + 1),
}


class BadFrame(ValueError):
    """Not what Asterisk sends."""


class Frames:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, received: bytes) -> Iterator[tuple[FrameKind, bytes]]:
        """Yield the frames that are whole now. Raises BadFrame at the first that cannot be one."""
        self._rest += received
        while len(self._rest) >= HEAD_BYTES:
            kind, size = _head(self._rest)
            if len(self._rest) < HEAD_BYTES + size:
                return
            payload = self._rest[HEAD_BYTES : HEAD_BYTES + size]
            self._rest = self._rest[HEAD_BYTES + size :]
            yield kind, payload


def _head(received: bytes) -> tuple[FrameKind, int]:
    try:
        kind = FrameKind(received[0])
    except ValueError:
        raise BadFrame(f"no kind of frame: 0x{received[0]:02x}") from None
    size = int.from_bytes(received[1:HEAD_BYTES], "big")
    if size not in SIZES[kind]:
        raise BadFrame(f"{size} bytes in a frame of kind {kind.name}")
    return kind, size


def frame(kind: FrameKind, payload: bytes = b"") -> bytes:
    """A frame as it is sent."""
    return bytes((kind,)) + len(payload).to_bytes(2, "big") + payload
