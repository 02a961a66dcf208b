"""Sound to telephone level: band, silence, loudness and peaks of every prompt alike.

Active speech at -20 dBov, no peak above -3 dBFS. Not LUFS: its gates misjudge files of one second.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ivr.numerals import Language

Sound = NDArray[np.float64]

TARGET_DBOV = -20.0
PEAK = 10 ** (-3.05 / 20)
KNEE = PEAK / 2
FRAME = 0.02
ACTIVE_WITHIN_DB = 16.0
SILENT_BELOW_DB = 40.0
LONGEST_PAUSE = {Language.JAPANESE: 0.55}
"""The Japanese voice rests long at each comma and full stop: seconds left of such a rest."""
HIGHEST_TONE = {8000: 3400, 16000: 7000}
LOWEST_TONE: Final = 200
SLOPE: Final = 100
"""Hertz over which a band ends: at once, it would ring."""
Band = Callable[[NDArray[np.float32], int, int], Sound]
"""Sound of a rate at another one, with the tones of a telephone of that rate alone."""


@dataclass(frozen=True, slots=True)
class Pads:
    """Seconds: kept of the natural onset and decay, and silence added before and after."""

    keep_before: float = 0.06
    keep_after: float = 0.10
    before: float = 0.05
    after: float = 0.15

    @classmethod
    def for_prompt(cls, fragment: bool, pause: float) -> "Pads":
        """Pads of a prompt; fragments are joined with others: together about a seventh of a second between
        two of them.
        """
        if not fragment:
            return cls(after=pause)
        return cls(keep_before=0.05, keep_after=0.05, before=0.0, after=pause if pause > 0.15 else 0.04)


def in_band(sound: NDArray[np.float32], rate: int, wanted: int) -> Sound:
    """Limit a sound to a telephone's band by its spectrum, and take it to that rate."""
    spectrum, tones = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / rate)
    above = np.clip((tones - LOWEST_TONE) / SLOPE + 1, 0, 1)
    below = np.clip((HIGHEST_TONE[wanted] - tones) / SLOPE, 0, 1)
    length = max(2, round(len(sound) * wanted / rate))
    kept = np.zeros(length // 2 + 1, complex)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = (spectrum * above * below)[:shared]
    return np.asarray(np.fft.irfft(kept, length) * (length / len(sound)), np.float64)


def levelled(
    sound: NDArray[np.float32], rate: int, pads: Pads, limited_to: Band = in_band
) -> dict[int, Sound]:
    """The whole chain for both rates: band-limited, trimmed, levelled, limited, padded."""
    bands = {wanted: limited_to(sound, rate, wanted) for wanted in HIGHEST_TONE}
    # Trimmed by what the wide band hears: the hiss that opens 三 and 星 is faint below 3400 Hz.
    start, end = _heard(bands[max(bands)], max(bands))
    made: dict[int, Sound] = {}
    for wanted, band in bands.items():
        speech = _at_level(_cut(band, wanted, start, end, pads), wanted, TARGET_DBOV)
        silence = [np.zeros(int(seconds * wanted)) for seconds in (pads.before, pads.after)]
        made[wanted] = np.concatenate([silence[0], speech, silence[1]])
    return made


def hurried(sound: NDArray[np.float32], rate: int, longest: float) -> NDArray[np.float32]:
    """The same with the middle of each pause taken out that lasts longer than so many seconds."""
    size, kept, at = int(FRAME * rate), list[NDArray[np.float32]](), 0
    for begin, end in pauses(sound.astype(np.float64), rate):
        surplus = (end - begin) * size - int(longest * rate)
        if surplus > 0:
            middle = (begin + end) * size // 2
            kept.append(sound[at : middle - surplus // 2])
            at = middle - surplus // 2 + surplus
    return np.concatenate([*kept, sound[at:]])


def pauses(sound: Sound, rate: int) -> list[tuple[int, int]]:
    """First and last frame of each pause between two words, in which nobody speaks."""
    level = _frame_db(sound, rate)
    spoken = np.flatnonzero(level > np.max(level) - SILENT_BELOW_DB)
    return [(int(a) + 1, int(b)) for a, b in itertools.pairwise(spoken) if b - a > 1]


def active_dbov(sound: Sound, rate: int) -> float:
    """Level of the frames within 16 dB of the loud ones: a short stand-in for ITU-T P.56."""
    frames = _frame_db(sound, rate)
    loud = frames[frames > np.percentile(frames, 95) - ACTIVE_WITHIN_DB]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def peak_dbfs(sound: Sound) -> float:
    return float(20 * np.log10(np.max(np.abs(sound)) + 1e-9))


def pcm(sound: Sound) -> bytes:
    """Signed 16-bit little-endian samples."""
    return (np.clip(sound, -1, 1) * 32767).round().astype("<i2").tobytes()


def _heard(sound: Sound, rate: int) -> tuple[float, float]:
    """Seconds at which something is first and last heard."""
    loud = np.flatnonzero(np.abs(sound) > np.max(np.abs(sound)) * 10 ** (-SILENT_BELOW_DB / 20))
    return float(loud[0] / rate), float(loud[-1] / rate)


def _cut(sound: Sound, rate: int, start: float, end: float, pads: Pads) -> Sound:
    first = max(0, int((start - pads.keep_before) * rate))
    kept = sound[first : int((end + pads.keep_after) * rate)].copy()
    fade = min(len(kept) // 4, int(0.005 * rate))
    ramp = np.linspace(0, 1, fade)
    kept[:fade] *= ramp
    kept[len(kept) - fade :] *= ramp[::-1]
    return kept


def _at_level(sound: Sound, rate: int, dbov: float) -> Sound:
    """Gain and limiter in turn, since the limiter takes a little of the level away."""
    gain = 1.0
    for _ in range(6):
        gain *= 10 ** ((dbov - active_dbov(_limited(sound * gain), rate)) / 20)
    return _limited(sound * gain)


def _limited(sound: Sound) -> Sound:
    """Untouched up to the knee, bent softly above it, never over the peak."""
    size = np.abs(sound)
    bent = KNEE + (PEAK - KNEE) * np.tanh((size - KNEE) / (PEAK - KNEE))
    return np.where(size > KNEE, np.sign(sound) * bent, sound)


def _frame_db(sound: Sound, rate: int) -> Sound:
    size = int(FRAME * rate)
    whole = sound[: len(sound) // size * size].reshape(-1, size)
    return np.asarray(10 * np.log10(np.mean(whole**2, axis=1) + 1e-10))
