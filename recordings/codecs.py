"""Compression of kept sound: FLAC, of which every sample comes back, or Opus, which is smaller.

A sound is a row of pieces, each compressed by itself, and an index: any place is found by opening one piece.
This file alone knows libsndfile; it is given files in memory, never callbacks, which need memory that is
writable and executable at once: our systemd units forbid that.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from io import FileIO
from itertools import accumulate
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from recordings import vault
from recordings.container import SealedWriter, UnsealedFile
from recordings.vault import NotSound

BLOCK: Final = 1 << 17
"""Bytes of a file in memory at once."""
SAMPLE: Final = 2
"""Bytes of a sample."""
PIECE_SECONDS: Final = 30
_GLANCE: Final = 800
"""Samples of a piece that are looked at where it is not decompressed whole."""
_END: Final = struct.Struct(">8sIQII")
"""Mark, rate, samples in all, samples of a piece, number of pieces; before it the length of each piece."""
_MARK: Final = b"HOTSOUND"
_LENGTH: Final = struct.Struct(">I")


class SoundCodec(StrEnum):
    """The formats of kept sound; ``WAV``: the very bytes, for what is no plain wav file too."""

    WAV = "wav"
    FLAC = "flac"
    OPUS = "opus"


_FORMATS: Final = {SoundCodec.FLAC: ("FLAC", "PCM_16"), SoundCodec.OPUS: ("OGG", "OPUS")}
OPUS_RATES: Final = (8000, 12000, 16000, 24000, 48000)
Samples = NDArray[np.int16]


def fit(path: Path, wanted: SoundCodec) -> SoundCodec:
    """The codec for a file: the wanted one, if samples and rate are all that its bytes tell.

    Raises OSError.
    """
    try:
        head = vault.head(path)
        with vault.opened(path) as file:
            is_plain = file.read(head.begins) == vault.wav_head(head.rate, head.claimed)
    except NotSound:
        return SoundCodec.WAV
    is_plain &= head.size == head.begins + head.claimed and head.claimed > 0
    if not is_plain or (wanted is SoundCodec.OPUS and head.rate not in OPUS_RATES):
        return SoundCodec.WAV
    return wanted


def encode(path: Path, codec: SoundCodec, out: SealedWriter) -> str:
    """Write a file's sound; the hash of the file, all of which was read. Raises NotSound, OSError."""
    digest = hashlib.sha256()
    with vault.opened(path) as source:
        if codec is SoundCodec.WAV:
            for block in _blocks(source, BLOCK, digest):
                out.write(block)
        else:
            head = vault.head(path)
            digest.update(source.read(head.begins))
            most, lengths, samples = PIECE_SECONDS * head.rate, bytearray(), 0
            for block in _blocks(source, most * SAMPLE, digest):
                piece = _compressed(np.frombuffer(block, "<i2"), head.rate, codec)
                out.write(piece)
                lengths += _LENGTH.pack(len(piece))
                samples += len(block) // SAMPLE
            end = _END.pack(_MARK, head.rate, samples, most, len(lengths) // _LENGTH.size)
            out.write(bytes(lengths) + end)
    out.finish()
    return digest.hexdigest()


def _blocks(source: FileIO, size: int, digest: "hashlib._Hash") -> Iterator[bytes]:
    while block := source.read(size):
        digest.update(block)
        yield block


def _compressed(samples: Samples, rate: int, codec: SoundCodec) -> bytes:
    kind, form = _FORMATS[codec]
    with _in_memory() as file:
        try:
            with soundfile.SoundFile(file, "w", rate, 1, form, format=kind, closefd=False) as sound:
                sound.write(samples)
        except soundfile.LibsndfileError as error:
            raise NotSound(str(error)) from error
        return os.pread(file, os.fstat(file).st_size, 0)


def _decompressed(piece: bytes, count: int) -> Samples:
    """So many samples of a piece: Opus may give some fewer."""
    with _in_memory(piece) as file:
        try:
            with soundfile.SoundFile(file, closefd=False) as sound:
                found: Samples = sound.read(count, dtype="int16")
        except soundfile.LibsndfileError as error:
            raise NotSound(str(error)) from error
    return np.pad(found, (0, count - len(found)))


def _claimed(piece: bytes) -> int:
    """Samples that a piece says it has, of which the first ones can be heard. Raises NotSound."""
    with _in_memory(piece) as file:
        try:
            with soundfile.SoundFile(file, closefd=False) as sound:
                sound.read(_GLANCE, dtype="int16")
                return int(sound.frames)
        except soundfile.LibsndfileError as error:
            raise NotSound(str(error)) from error


@contextmanager
def _in_memory(content: bytes = b"") -> Iterator[int]:
    """A file that lies on no disk, at its beginning."""
    file = os.memfd_create("sound", os.MFD_CLOEXEC)
    try:
        os.pwrite(file, content, 0)
        yield file
    finally:
        os.close(file)


class DecodedSound:
    """Samples of a compressed sound, from any place."""

    def __init__(self, file: UnsealedFile) -> None:
        """Raises NotSound, and what reading the file raises."""
        self._file = file
        end = file.read(file.size - _END.size, _END.size)
        if len(end) < _END.size or not end.startswith(_MARK):
            raise NotSound("no compressed sound")
        _mark, self.rate, self.frames, self._most, count = _END.unpack(end)
        index = file.read(file.size - _END.size - count * _LENGTH.size, count * _LENGTH.size)
        self._begins = [0, *accumulate(length for (length,) in _LENGTH.iter_unpack(index))]
        self._piece = lru_cache(2)(self._opened)

    def read(self, frame: int, count: int) -> Samples:
        """Samples from a place on; fewer at the end. Raises NotSound, and what reading the file raises."""
        parts = list(self._parts(max(frame, 0), min(frame + count, self.frames)))
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def claims_all(self) -> bool:
        """Tell whether each piece begins to sound and says it has all its samples: where they differ from
        those that were compressed, decompressing them all would prove no more. Raises as ``read`` does.
        """
        numbers = range(len(self._begins) - 1)
        return all(_claimed(self._compressed(number)) == self._count(number) for number in numbers)

    def close(self) -> None:
        """Let go of what is held in memory."""
        self._piece.cache_clear()

    def _parts(self, frame: int, end: int) -> Iterator[Samples]:
        while frame < end:
            number, place = divmod(frame, self._most)
            part = self._piece(number)[place : place + end - frame]
            yield part
            frame += len(part)

    def _opened(self, number: int) -> Samples:
        return _decompressed(self._compressed(number), self._count(number))

    def _compressed(self, number: int) -> bytes:
        begins, ends = self._begins[number : number + 2]
        return self._file.read(begins, ends - begins)

    def _count(self, number: int) -> int:
        return int(min(self._most, self.frames - number * self._most))


class PlainSound:
    """Samples of a plain wav file, from any place."""

    def __init__(self, file: FileIO) -> None:
        """Take over an open file. Raises NotSound, OSError."""
        self._file = file
        try:
            head = vault.head_of(file.fileno())
            if head.block != SAMPLE:
                raise NotSound("not one channel of 16 bit")
        except (NotSound, OSError):
            file.close()
            raise
        self._begins = head.begins
        self.rate, self.frames = head.rate, head.length // SAMPLE

    def read(self, frame: int, count: int) -> Samples:
        """Samples from a place on; fewer at the end."""
        count = max(0, min(count, self.frames - frame))
        raw = os.pread(self._file.fileno(), count * SAMPLE, self._begins + frame * SAMPLE)
        return np.frombuffer(raw, "<i2").astype(np.int16)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def decoded(file: UnsealedFile, codec: SoundCodec) -> DecodedSound | PlainSound:
    """The sound of a sealed file. Raises NotSound, and what reading the file raises."""
    if codec is not SoundCodec.WAV:
        return DecodedSound(file)
    memory = open(os.memfd_create("sound", os.MFD_CLOEXEC), "w+b", buffering=0)
    for start in range(0, file.size, BLOCK):
        memory.write(file.read(start, BLOCK))
    return PlainSound(memory)
