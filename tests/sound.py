"""Sound for tests: files as Asterisk writes them, and what a store holds, read by its key."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000


def speech(seconds: float, seed: int = 1) -> NDArray[np.int16]:
    """Something as loud and as varied as a voice: the same for the same seed."""
    places = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).normal(0, 300, len(places))
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * 2.3 * places)
    tones = np.sin(2 * np.pi * 180 * places) + 0.5 * np.sin(2 * np.pi * 730 * places)
    return (swell * tones * 6000 + noise).astype(np.int16)


def write_wav(path: Path, samples: NDArray[np.int16], *, channels: int = 1) -> Path:
    """A closed wav file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path
