"""Search for openings of many prompts in a stretch of sound: correlation by spectra, all at once.

Only the band from 156 Hz to 2 kHz is compared: the correlation then comes out at half the sampling rate and
at half the cost, and hum and hiss do not matter. A find is a suspicion; ``demo.following`` looks closer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.sound import Samples

Floats = NDArray[np.float32]
Spectra = NDArray[np.complex64]

WINDOW = 8192  # samples transformed at once
OPENING = 2400  # samples of a prompt that are searched for, 0.3 s; less if it is shorter
LOWEST, HIGHEST = 160, WINDOW // 4  # bins kept
HALF_RATE = 2 * HIGHEST  # the length of a window at half the sampling rate
ALIKE = 0.6  # correlation in the band that deserves a closer look
SILENT = 16  # root mean square under which sound is silence: -66 dB under full scale
BLOCK = 800  # of each 0.2 s only the best place is taken
LATER = 5600  # a long prompt is searched for again 0.7 s in: its opening may have been torn


@dataclass(frozen=True)
class PromptSound:
    """One prompt's sound and where in it silence ends and begins again; ``also`` names equal files."""

    name: str
    sound: Samples
    also: tuple[str, ...] = ()

    @property
    def loud(self) -> tuple[int, int]:
        """See ``loud_part``."""
        return loud_part(self.sound)


def loud_part(sound: Samples) -> tuple[int, int]:
    """First and last sample but one that is less than 36 dB under the loudest; (0, 0) for digital silence."""
    level = np.abs(sound.astype(np.int32))
    places = np.flatnonzero(level * 64 > level.max(initial=0))
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)


@dataclass(frozen=True)
class PromptExcerpt:
    """A piece of a prompt to look for: ``length`` samples from ``place`` on."""

    voice: PromptSound
    place: int
    length: int


def looks_of(voice: PromptSound) -> list[PromptExcerpt]:
    """Its opening and, if long enough, a second piece; none for a prompt of silence."""
    onset, end = voice.loud
    places = [onset, onset + LATER] if end - onset > LATER + OPENING else [onset] * (end > onset)
    return [PromptExcerpt(voice, place, min(OPENING, -(-(end - place) // BLOCK) * BLOCK)) for place in places]


class Openings:
    """The spectra of all looks, grouped by length, ready to be compared with any sound."""

    def __init__(self, looks: Sequence[PromptExcerpt]) -> None:
        self._groups: list[tuple[int, list[PromptExcerpt], Spectra]] = []
        for length in sorted({look.length for look in looks}):
            same = [look for look in looks if look.length == length]
            self._groups.append((length, same, np.stack([_template(look) for look in same])))

    def find(self, sound: Samples) -> Iterator[tuple[PromptExcerpt, int]]:
        """Each look with the sample where it seems to begin; the last OPENING samples begin nothing yet."""
        spectrum = _band(sound)
        band = np.fft.irfft(spectrum, HALF_RATE).astype(np.float64)
        energy = np.concatenate([[0.0], np.cumsum(np.square(band))])
        places = (len(sound) - OPENING) // 2
        for length, looks, templates in self._groups:
            samples = length // 2
            around = energy[samples : samples + places] - energy[:places]
            if places <= 0 or around.max() < samples * (2 * SILENT) ** 2:
                continue
            likeness: Floats = np.fft.irfft(templates * spectrum, HALF_RATE)[:, :places].astype(np.float32)
            likeness /= np.sqrt(np.maximum(around, samples * (2 * SILENT) ** 2)).astype(np.float32)
            for row, place in _peaks(likeness):
                yield looks[row], place * 2


def _template(look: PromptExcerpt) -> Spectra:
    """Conjugate and of unit energy in the band, so that its product with a spectrum is a correlation."""
    spectrum = _band(look.voice.sound[look.place : look.place + look.length])
    energy = np.square(np.fft.irfft(spectrum, HALF_RATE)).sum()
    template: Spectra = (np.conj(spectrum) / np.sqrt(energy or 1)).astype(np.complex64)
    return template


def _band(sound: Samples) -> Spectra:
    spectrum: Spectra = np.fft.rfft(sound.astype(np.float32), WINDOW)[: HIGHEST + 1].astype(np.complex64)
    spectrum[:LOWEST] = 0
    return spectrum


def _peaks(likeness: Floats) -> list[tuple[int, int]]:
    """(row, place) of the best place of every block that is alike enough."""
    found = []
    for start in range(0, likeness.shape[1], BLOCK):
        block = likeness[:, start : start + BLOCK]
        best = block.argmax(axis=1)
        rows = np.flatnonzero(block[np.arange(len(best)), best] > ALIKE)
        found += [(int(row), start + int(best[row])) for row in rows]
    return found
