"""Sound to telephone level: band, silence, loudness and peaks of every prompt alike.

Active speech at -20 dBov, no peak above -3 dBFS. Not LUFS: its gates misjudge files of one second.
"""

import subprocess
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]

TARGET_DBOV = -20.0
PEAK = 10 ** (-3.05 / 20)
KNEE = PEAK / 2
FRAME = 0.02
ACTIVE_WITHIN_DB = 16.0
SILENT_BELOW_DB = 40.0
HIGHEST_TONE = {8000: 3400, 16000: 7000}


@dataclass(frozen=True, slots=True)
class Pads:
    """Seconds: kept of the natural onset and decay, and silence added before and after."""

    keep_before: float = 0.06
    keep_after: float = 0.10
    before: float = 0.05
    after: float = 0.15

    @classmethod
    def for_prompt(cls, fragment: bool, pause: float) -> "Pads":
        """Fragments are joined with others: together about a tenth of a second between two of them."""
        if not fragment:
            return cls(after=pause)
        return cls(keep_before=0.02, keep_after=0.03, before=0.01, after=pause if pause > 0.15 else 0.05)


def levelled(sound: NDArray[np.float32], rate: int, wanted: int, pads: Pads) -> Sound:
    """The whole chain: resampled and band-limited, trimmed, levelled, limited, padded."""
    speech = _trimmed(_in_band(sound, rate, wanted), wanted, pads)
    speech = _at_level(speech, wanted, TARGET_DBOV)
    return np.concatenate([np.zeros(int(pads.before * wanted)), speech, np.zeros(int(pads.after * wanted))])


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


def _in_band(sound: NDArray[np.float32], rate: int, wanted: int) -> Sound:
    raw = ["-t", "raw", "-e", "float", "-b", "32", "-c", "1"]
    filters = ["rate", "-v", str(wanted), "highpass", "200", "lowpass", str(HIGHEST_TONE[wanted])]
    # -G keeps loud input from clipping in the filters.
    command = ["sox", "-G", *raw, "-r", str(rate), "-", *raw, "-r", str(wanted), "-", *filters]
    done = subprocess.run(command, input=sound.astype("<f4").tobytes(), check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<f4").astype(np.float64)


def _trimmed(sound: Sound, rate: int, pads: Pads) -> Sound:
    heard = np.flatnonzero(np.abs(sound) > np.max(np.abs(sound)) * 10 ** (-SILENT_BELOW_DB / 20))
    first = max(0, heard[0] - int(pads.keep_before * rate))
    kept = sound[first : heard[-1] + int(pads.keep_after * rate)]
    fade = min(len(kept) // 4, int(0.005 * rate))
    ramp = np.linspace(0, 1, fade)
    kept = kept.copy()
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
