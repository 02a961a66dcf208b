"""Telephone sound in memory: 8 kHz, one channel, 16 bit; wav files that may still be growing."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SAMPLES_A_SECOND = 8000
HEAD = 44  # bytes of the plainest RIFF head

Samples = NDArray[np.int16]


def read_wav(path: Path, since: int = 0) -> Samples:
    """The samples from ``since`` on, whatever sizes the head tells (a file still open tells none).

    Raises ValueError for anything but 8 kHz, one channel, 16 bit.
    """
    content = path.read_bytes()
    if not content:
        return np.zeros(0, np.int16)
    start = _start_of_sound(content, path)
    return np.frombuffer(content, np.int16, offset=start, count=(len(content) - start) // 2)[since:]


def _start_of_sound(content: bytes, path: Path) -> int:
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        if name == b"fmt " and struct.unpack_from("<HHI6xH", content, place + 8) != (1, 1, 8000, 16):
            raise ValueError(f"{path} is not 8 kHz mono 16 bit sound")
        if name == b"data":
            return place + 8
        place += 8 + size + size % 2
    raise ValueError(f"{path} is no wav file")


def write_wav(path: Path, *parts: Samples) -> float:
    """Write the parts one after another; returns the seconds."""
    sound = np.concatenate(parts).astype("<i2").tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16
    )
    path.write_bytes(head + struct.pack("<4sI", b"data", len(sound)) + sound)
    return len(sound) / 2 / SAMPLES_A_SECOND


def murmur(seconds: float, level: float = -36.0) -> Samples:
    """Quiet noise that swells and ebbs like speech, at ``level`` dB under full scale; always the same."""
    count = int(seconds * SAMPLES_A_SECOND)
    noise = np.random.default_rng(1999).standard_normal(count)
    noise = np.convolve(noise, np.ones(8) / np.sqrt(8), "same")  # most of it under 1 kHz
    swell = 0.6 + 0.4 * np.sin(
        np.arange(count) * (2 * np.pi * 3 / SAMPLES_A_SECOND)
    )  # three syllables a second
    sound: Samples = np.clip(noise * swell * 32768 * 10 ** (level / 20), -32768, 32767).astype(np.int16)
    return sound


class Tape:
    """Reads a growing recording piece by piece."""

    def __init__(self, path: Path) -> None:
        self.path, self.read = path, 0

    def new(self) -> Samples:
        """Sound recorded since the last look; nothing while the file does not exist."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size < HEAD + 2 * self.read + 2:
            return np.zeros(0, np.int16)
        piece = read_wav(self.path, self.read)
        self.read += len(piece)
        return piece
