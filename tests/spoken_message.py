"""Sound for tests of spoken messages, made of committed prompts and of noise that is always the same."""

import wave
from collections.abc import Iterator, Sequence
from functools import cache
from math import log

import numpy as np
from numpy.typing import NDArray

from ivr.prompts import HOME
from recordings.policy import RATE
from recordings.speech import FRAME_BYTES

Sound = NDArray[np.float64]
MANDARIN = ("zh-TW/V-08", "zh-TW/V-09", "zh-TW/V-06", "zh-TW/technical-trouble", "zh-TW/we-have-no-number")
ENGLISH = ("en/V-08", "en/V-09", "en/V-06", "en/technical-trouble", "en/we-have-no-number")
TONES = {
    "ringback": ((440, 480), 1.0, 2.0),
    "busy": ((480, 620), 0.5, 0.5),
    "reorder": ((480, 620), 0.25, 0.25),
    "dial": ((350, 440), 1.0, 0.0),
    "fax": ((1100,), 0.5, 3.0),
    "a key held": ((770, 1336), 0.5, 0.5),
}
"""Hertz, then seconds on and off."""


@cache
def prompt(name: str) -> Sound:
    """A prompt as it was rendered, without the silence at its ends."""
    with wave.open(str(HOME / "build" / f"{name}.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    loud = np.flatnonzero(np.abs(sound) > 0.003)
    return sound[loud[0] : loud[-1] + 1]


def at_level(sound: Sound, dbov: float) -> Sound:
    """A prompt at another level: all are rendered at an active speech level of -20 dBov."""
    return sound * 10 ** ((dbov + 20) / 20)


def message(
    seed: int, dbov: float = -24.0, names: Sequence[str] = (*MANDARIN, *ENGLISH)
) -> tuple[Sound, float]:
    """Half a second, three to six sentences with pauses for thought (median 0.6 s),
    eight seconds; when it ended.
    """
    chance = np.random.default_rng(seed)
    parts: list[Sound] = [np.zeros(RATE // 2)]
    for _ in range(chance.integers(3, 7)):
        pause = min(2.2, chance.lognormal(log(0.6), 0.5))
        parts += [at_level(prompt(names[chance.integers(len(names))]), dbov), np.zeros(int(RATE * pause))]
    ended = sum(map(len, parts[:-1])) / RATE
    return np.concatenate([*parts[:-1], np.zeros(8 * RATE)]), ended


def pink(seconds: float, dbov: float, seed: int = 1999) -> Sound:
    """Noise as of a street or a fan."""
    count = int(seconds * RATE)
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    noise = np.fft.irfft(white / np.sqrt(np.maximum(1, np.arange(len(white)))), count)
    return noise * 10 ** (dbov / 20) / np.sqrt(np.mean(noise**2))


def babble(seconds: float, dbov: float, seed: int = 1999) -> Sound:
    """Six people, or a television, in the background."""
    chance, count = np.random.default_rng(seed), int(seconds * RATE)
    voices = np.zeros(count)
    for _ in range(6):
        said = np.concatenate([prompt((*MANDARIN, *ENGLISH)[n]) for n in chance.integers(0, 10, 12)])
        voices += np.roll(np.resize(said, count), chance.integers(count))
    return voices * 10 ** (dbov / 20) / np.sqrt(np.mean(voices**2))


def tone(name: str, seconds: float, dbov: float = -15.0) -> Sound:
    """A tone of the network, as long as it goes on."""
    hertz, on, off = TONES[name]
    time = np.arange(int(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * one * time) for one in hertz) / len(hertz) * 10 ** (dbov / 20)
    return np.asarray(sound * ((time % (on + off)) < on))


def pcm(sound: Sound) -> bytes:
    """As the audio socket brings it."""
    return bytes(np.clip(sound * 32767, -32768, 32767).astype("<i2").tobytes())


def frames(sound: Sound) -> Iterator[bytes]:
    """Whole frames of 20 ms."""
    raw = pcm(sound)
    return (raw[at : at + FRAME_BYTES] for at in range(0, len(raw) - FRAME_BYTES + 1, FRAME_BYTES))
