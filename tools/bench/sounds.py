"""Prompts of a length that suits a measurement, under the names of the real ones:
a tone from the first sample.
"""

import math
import struct
import wave
from functools import cache
from pathlib import Path

NOTICE, MENU = 0.2, 1.0
RATE = 8000
LOUDNESS = 8000


@cache
def tone(seconds: float) -> bytes:
    """16-bit samples of 440 Hz, loud from the first sample on, so that the first packet can be told."""
    samples = (int(LOUDNESS * math.cos(2 * math.pi * 440 * n / RATE)) for n in range(int(seconds * RATE)))
    return b"".join(struct.pack("<h", sample) for sample in samples)


def write_wav(path: Path, sound: bytes) -> None:
    """One mono file; replaced whole, since a caller may be hearing it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    with wave.open(str(draft), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)
    draft.chmod(0o644)
    draft.replace(path)


def short_copies(real: Path, copies: Path, notice: float = NOTICE, menu: float = MENU) -> None:
    """A tone for every real prompt: greeting and notice are heard out, a key cuts a menu's first phrase off.

    A key by SIP INFO that falls between two files of a list waits for the caller's next sound, and our
    callers send none; so a phrase is longer than the pause before the key.
    """
    for file in real.rglob("*.wav"):
        is_notice = file.stem in ("V-00", "V-01")
        write_wav(copies / file.relative_to(real), tone(notice if is_notice else menu))
    for folder in (copies, *(path for path in copies.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
