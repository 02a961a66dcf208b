"""Files of recorded sound: read, measured, mended and hashed, without ever holding one whole in memory.

Asterisk writes the sizes into a wav file's head when it closes it; if it dies they stay zero and players
refuse the file. All sound that reached the disk is there, and mending the head is all it needs. The folder is
written by Asterisk's user: a link in it is never followed.
"""

import hashlib
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Final

from recordings.policy import Direction

_PCM: Final = 1
_RIFF: Final = struct.Struct("<4sI4s")
_PART: Final = struct.Struct("<4sI")
_FORMAT: Final = struct.Struct("<HHIIHH")
_LARGEST: Final = 0xFFFF_FFFF
_SAFE: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_STEP: Final = 1 << 16
EMPTY: Final = 44
"""Bytes of the head that Asterisk, and we, write before any sound."""


class NotSound(Exception):
    """A file that is no wav file of plain samples; the text says why."""


@dataclass(frozen=True, slots=True)
class WavHead:
    """The head of a wav file, beside what is really there."""

    rate: int
    block: int
    begins: int
    claimed: int
    claimed_in_all: int
    size: int

    @property
    def held(self) -> int:
        """Bytes of whole samples that are really there, if nothing follows the sound."""
        return (self.size - self.begins) // self.block * self.block

    @property
    def is_whole(self) -> bool:
        """Tell whether the head tells the truth: the sound lies within the file, and the sizes agree.

        Sizes of zero with samples behind them are those of a file that was never closed.
        """
        fits = (
            self.claimed <= self.size - self.begins and self.claimed_in_all + 8 >= self.begins + self.claimed
        )
        return fits and (self.claimed > 0 or self.held == 0)

    @property
    def length(self) -> int:
        """Bytes of sound that players will find once the head is true."""
        return self.claimed if self.is_whole else self.held

    @property
    def seconds(self) -> float:
        """The same in seconds."""
        return self.length / self.block / self.rate


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A regular file as it stands."""

    size: int
    changed_at: datetime

    @property
    def is_empty(self) -> bool:
        """Tell whether it holds its head at most, as while nobody was recorded yet."""
        return self.size in (0, EMPTY)


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of one node's sound: of calls, and of spoken messages. ``node``: whose rows tell of it."""

    calls: Path
    messages: Path
    node: str

    def of(self, direction: str) -> Path:
        """The folder of a direction."""
        return self.messages if direction == Direction.MESSAGE else self.calls


def look(path: Path) -> SoundFile | None:
    """Size and last change; None when there is no regular file."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return SoundFile(status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def opened(path: Path) -> FileIO:
    """Open a regular file to be read. Raises NotSound, OSError."""
    file = os.open(path, os.O_RDONLY | _SAFE)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise NotSound("not a regular file")
    return open(file, "rb", buffering=0)


def wav_head(rate: int, size: int) -> bytes:
    """The head of a wav file that holds so many bytes of sound and nothing else: one channel, 16 bit."""
    form = _FORMAT.pack(_PCM, 1, rate, 2 * rate, 2, 16)
    parts = _PART.pack(b"fmt ", len(form)) + form + _PART.pack(b"data", size)
    return _RIFF.pack(b"RIFF", len(parts) + 4 + size, b"WAVE") + parts


def head(path: Path) -> WavHead:
    """Read a wav file's head. Raises NotSound, or OSError when the file cannot be read."""
    with _opened(path, os.O_RDONLY) as file:
        return head_of(file)


def repair(path: Path) -> bool:
    """Make a head tell the truth, in place; whether that was needed.

    Only the eight bytes of the two sizes are written, each flushed before the next, so that a crash in
    between leaves a file that is mended by the next call. Call it when nobody writes the file any more.
    """
    if head(path).is_whole:  # and a file that is need not be writable for us
        return False
    with _opened(path, os.O_RDWR) as file:
        found = head_of(file)
        written_at = os.fstat(file).st_mtime_ns
        held = min(found.held, _LARGEST - found.begins)
        for size, place in ((held, found.begins - 4), (found.begins + held - 8, 4)):
            os.pwrite(file, struct.pack("<I", size), place)
            os.fsync(file)
        _keep_date(file, written_at)
        return True


def silence(path: Path, spans: Iterable[tuple[float, float]]) -> None:
    """Write silence from second to second, in place; twice is as once, and the length stays. Raises like
    ``head``.
    """
    if not (wanted := list(spans)):
        return
    with _opened(path, os.O_RDWR) as file:
        found, written_at = head_of(file), os.fstat(file).st_mtime_ns
        for since, until in wanted:
            begins, ends = (min(found.held, round(at * found.rate) * found.block) for at in (since, until))
            for place in range(begins, ends, _STEP):
                os.pwrite(file, bytes(min(_STEP, ends - place)), found.begins + place)
        os.fsync(file)
        _keep_date(file, written_at)


def pieces(path: Path, size: int) -> Iterator[bytes]:
    """The sound that is really there, in whole pieces of ``size`` bytes. Raises like ``head``."""
    with _opened(path, os.O_RDONLY) as file:
        place = head_of(file).begins
        while len(piece := os.pread(file, size, place)) == size:
            yield piece
            place += size


def sha256(path: Path) -> str:
    """The file's hash, read in pieces."""
    with opened(path) as sound:
        return hashlib.file_digest(sound, "sha256").hexdigest()


@contextmanager
def _opened(path: Path, mode: int) -> Iterator[int]:
    file = os.open(path, mode | _SAFE)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise NotSound("not a regular file")
        yield file
    finally:
        os.close(file)


def _keep_date(file: int, written_at: int) -> None:
    """The last change of the sound is evidence, not that of the head or of a silence."""
    with suppress(PermissionError):
        os.utime(file, ns=(written_at, written_at))


def head_of(file: int) -> WavHead:
    """Read the head of an open wav file. Raises NotSound, OSError."""
    size = os.fstat(file).st_size
    start = os.pread(file, _RIFF.size, 0)
    if len(start) < _RIFF.size:
        raise NotSound(f"{size} bytes, not even a head")
    mark, in_all, kind = _RIFF.unpack(start)
    if (mark, kind) != (b"RIFF", b"WAVE"):
        raise NotSound("no wav file")
    place, block, rate = _RIFF.size, 0, 0
    while len(part := os.pread(file, _PART.size, place)) == _PART.size:
        name, length = _PART.unpack(part)
        place += _PART.size
        if name == b"data" and block:
            return WavHead(rate, block, place, length, in_all, size)
        if name == b"fmt ":
            block, rate = _format(os.pread(file, _FORMAT.size, place))
        place += length + length % 2
    raise NotSound("no sound in it")


def _format(raw: bytes) -> tuple[int, int]:
    if len(raw) < _FORMAT.size:
        raise NotSound("a torn head")
    kind, _channels, rate, _a_second, block, _bits = _FORMAT.unpack(raw)
    if kind != _PCM or not block or not rate:
        raise NotSound("not plain samples")
    return block, rate
