"""Tones of the telephone network (ringback, busy, fax, a key held down),
told from speech by their steadiness.

A window whose energy lies in one or two peaks is a candidate; it is a tone when the same peaks, at the same
level, stand in several windows in a row. Vowels fill two harmonics too, but no voice holds them so still.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAME: Final = 160
WINDOW_FRAMES: Final = 5
HOP_FRAMES: Final = 2
STEADY_WINDOWS: Final = 4
EDGE_FRAMES: Final = 5
"""A tone swells and ebbs so long outside the windows that prove it."""

BINS: Final = 2048
HERTZ: Final = 8000 / BINS
LOWEST, HIGHEST = round(250 / HERTZ), round(3500 / HERTZ)
LOBE: Final = 6
SHARE: Final = 0.85
DRIFT_HERTZ: Final = 3.0
DRIFT_DB: Final = 1.0
HANN: Final = np.hanning(FRAME * WINDOW_FRAMES)

Samples = NDArray[np.int16]
Peaks = tuple[tuple[float, float], ...]
"""Frequency in Hz and level in dB of each, the lower first."""


class Tones:
    """Fed with frames of 20 ms; tells after each how many of the last frames belong to a tone."""

    def __init__(self) -> None:
        self._sound = np.zeros(FRAME * WINDOW_FRAMES, np.int16)
        self._fed = self._steady = self._after = 0
        self._last: Peaks = ()

    def feed(self, frame: Samples) -> int:
        """0 when no tone is heard now."""
        self._sound = np.concatenate((self._sound[FRAME:], frame))
        self._fed += 1
        self._after = max(0, self._after - 1)
        if self._fed % HOP_FRAMES == 0:
            peaks = strongest(self._sound)
            self._steady = self._steady + 1 if same(peaks, self._last) else 1 if peaks else 0
            self._last = peaks
        if self._steady < STEADY_WINDOWS:
            return 1 if self._after else 0
        self._after = EDGE_FRAMES + HOP_FRAMES
        return WINDOW_FRAMES + (self._steady - 1) * HOP_FRAMES + EDGE_FRAMES


def strongest(sound: Samples) -> Peaks:
    """The one or two peaks that hold nearly all the energy of a window; nothing when no two do."""
    power = np.abs(np.fft.rfft(sound * HANN, BINS)) ** 2
    power[:LOWEST] = power[HIGHEST:] = 0.0
    total = float(power.sum())
    if total <= 0.0:
        return ()
    held, peaks = 0.0, list[tuple[float, float]]()
    while held < SHARE * total:
        if len(peaks) == 2:
            return ()
        top = int(power.argmax())
        lobe = slice(max(0, top - LOBE), top + LOBE + 1)
        energy = float(power[lobe].sum())
        peaks.append((_between(power, top) * HERTZ, 10 * float(np.log10(energy))))
        power[lobe] = 0.0
        held += energy
    return tuple(sorted(peaks))


def _between(power: NDArray[np.float64], top: int) -> float:
    """The place of a peak between the bins, by the parabola through its logarithms."""
    below, at, above = np.log(power[top - 1 : top + 2] + 1e-9)
    bend = below - 2 * at + above
    return top + (0.5 * float((below - above) / bend) if bend else 0.0)


def same(peaks: Peaks, before: Peaks) -> bool:
    """Tell whether two windows hold one tone."""
    return (
        bool(peaks)
        and len(peaks) == len(before)
        and all(
            abs(hertz - earlier) <= DRIFT_HERTZ and abs(level - former) <= DRIFT_DB
            for (hertz, level), (earlier, former) in zip(peaks, before, strict=True)
        )
    )
