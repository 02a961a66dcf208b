"""Kept sound as it is played: a wav file that is computed as it is read, so that every place begins at once.

Of a talk the caller is on the left and all others on the right; of a message there is one channel. What was
silenced is zeros in both, and stays as it was in what is kept.
"""

import struct
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from typing import Final

import numpy as np

from hotline.terms import named
from recordings.archive import Archive, SoundNotKept, SoundSource
from recordings.codecs import Samples
from recordings.policy import BOTH_WAYS, Direction

HEAD: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
WIDTH: Final = 2
"""Bytes of a sample."""


@named("sound-track")
class Track(StrEnum):
    """What of a call is played as one."""

    TALK = "talk"
    MESSAGE = "message"


DIRECTIONS: Final = {Track.TALK: BOTH_WAYS, Track.MESSAGE: (Direction.MESSAGE,)}


@dataclass(frozen=True, slots=True)
class SoundSpan:
    """From one second of a sound to another."""

    begins: float
    ends: float


class PlayedSound:
    """A wav file of one or two sources; one that is lacking is silent. ``size``: its bytes."""

    def __init__(self, sources: Sequence[SoundSource | None], silenced: Iterable[SoundSpan] = ()) -> None:
        there = [one for one in sources if one is not None]
        self._sources, self._silenced = sources, tuple(silenced)
        self.rate = max(one.rate for one in there)
        self.frames = max(one.frames * self.rate // one.rate for one in there)
        self._block = WIDTH * len(sources)
        self.size = HEAD.size + self.frames * self._block

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.frames / self.rate

    def read(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` to before ``end``."""
        start, end = max(0, start), min(end, self.size)
        head = self._head()[start:end]
        begins = max(0, start - HEAD.size)
        ends = end - HEAD.size
        if ends <= begins:
            return head
        first = begins // self._block
        count = -(-ends // self._block) - first
        return head + self._sound(first, count)[begins - first * self._block : ends - first * self._block]

    def span(self, start: int, end: int) -> SoundSpan:
        """The seconds of sound within some bytes."""
        edges = (max(0, place - HEAD.size) // self._block / self.rate for place in (start, end))
        return SoundSpan(*(min(one, self.seconds) for one in edges))

    def place(self, seconds: float) -> int:
        """The first byte of a second."""
        return HEAD.size + round(seconds * self.rate) * self._block

    def close(self) -> None:
        """Give its files back."""
        for one in self._sources:
            if one is not None:
                one.close()

    def _head(self) -> bytes:
        sound, channels = self.size - HEAD.size, len(self._sources)
        a_second = self.rate * self._block
        form = (16, 1, channels, self.rate, a_second, self._block, 8 * WIDTH)
        return HEAD.pack(b"RIFF", HEAD.size - 8 + sound, b"WAVE", b"fmt ", *form, b"data", sound)

    def _sound(self, first: int, count: int) -> bytes:
        mixed = np.zeros((count, len(self._sources)), "<i2")
        for channel, source in enumerate(self._sources):
            if source is not None:
                self._fill(mixed[:, channel], source, first)
        for one in self._silenced:
            begins, ends = floor(one.begins * self.rate) - first, ceil(one.ends * self.rate) - first
            mixed[max(0, begins) : max(0, ends)] = 0
        return mixed.tobytes()

    def _fill(self, channel: Samples, source: SoundSource, first: int) -> None:
        """One source's samples; of a lower rate than the other's, each as often as it lasts."""
        if source.rate == self.rate:
            found = source.read(first, len(channel))
        else:
            start = first * source.rate // self.rate
            places = (first + np.arange(len(channel))) * source.rate // self.rate - start
            kept = source.read(start, int(places[-1]) + 1)
            found = kept[places[places < len(kept)]]
        channel[: len(found)] = found


def played(archive: Archive, call_id: str, track: Track, silenced: Iterable[SoundSpan] = ()) -> PlayedSound:
    """Open what of a call is played as one, to be closed. Raises SoundNotKept, StorageAway."""
    sources = list[SoundSource | None]()
    with ExitStack() as opened:
        for direction in DIRECTIONS[track]:
            source = None
            with suppress(SoundNotKept):
                source = archive.open(call_id, direction)
                opened.callback(source.close)
            sources.append(source)
        if all(one is None for one in sources):
            raise SoundNotKept(call_id, track)
        opened.pop_all()
    return PlayedSound(sources, silenced)
