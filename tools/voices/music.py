"""The hold melody: sixteen quiet bars in G, composed for this line and computed,
so that nobody is owed for it.

Every note's decay wraps around the end, so that the loop has no seam; nothing in it could pass for a tone
of the telephone network, and it is softer than speech.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ivr.speech.level import Sound, active_dbov

KEY = "moh/hold"
DBOV = -24.0
BEAT = 60 / 64
ATTACK = 0.04
TONE, EDGE = 0.3, 0.01

# One bar a line: chord, then melody as note/beats; "-" is a rest.
SCORE = """
G   B4/1.5 D5/.5 E5/1 D5/1
Em  B4/2 A4/1 G4/1
C   E4/1 G4/1 A4/1.5 G4/.5
D   A4/3 -/1
G   B4/1.5 D5/.5 E5/1 G5/1
Em  E5/2 D5/1 B4/1
Am  A4/1 C5/1 B4/1 A4/1
G   G4/3 -/1
C   E5/1.5 G5/.5 E5/2
G   D5/1.5 E5/.5 D5/2
Am  C5/1 E5/1 D5/1 C5/1
D   A4/1 B4/1 D5/2
Em  G5/1.5 E5/.5 D5/1 B4/1
C   G4/1 A4/1 C5/1 E5/1
D   D5/1.5 B4/.5 A4/2
G   G4/3 -/1
"""
CHORDS = {
    "G": ("G3", "D4", "B3", "G4"),
    "Em": ("E3", "B3", "G3", "E4"),
    "C": ("C4", "G3", "E4", "G4"),
    "Am": ("A3", "E4", "C4", "A4"),
    "D": ("D4", "A3", "F#4", "A4"),
}
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
# Strength of each harmonic: a felt-hammered string for the tune, nearly a sine below it.
TUNE, UNDER = (1.0, 0.32, 0.1, 0.03), (1.0, 0.18)

Note = tuple[float, float, str, float]


def at_both_rates() -> Mapping[int, Sound]:
    return {rate: melody(rate) for rate in (8000, 16000)}


def melody(rate: int) -> Sound:
    """One minute at -24 dBov, to be played in a circle."""
    bars = SCORE.strip().splitlines()
    loop = np.zeros(round(len(bars) * 4 * BEAT * rate))
    for start, beats, name, strength in notes(bars):
        harmonics = TUNE if strength > 0.5 else UNDER
        sound = strength * _note(_hertz(name), beats * BEAT, harmonics, rate)
        places = (round(start * BEAT * rate) + np.arange(len(sound))) % len(loop)
        np.add.at(loop, places, sound)
    return np.asarray(loop * 10 ** ((DBOV - active_dbov(loop, rate)) / 20))


def tone(hertz: int, rate: int) -> NDArray[np.float32]:
    """The beep: 0.3 s of one tone, with edges of 10 ms so that it does not click."""
    time = np.arange(round(TONE * rate)) / rate
    edges = np.minimum(np.minimum(time, TONE - time) / EDGE, 1)
    return np.asarray(np.sin(2 * np.pi * hertz * time) * edges, np.float32)


def notes(bars: list[str]) -> Iterator[Note]:
    """(beat, length in beats, name, strength) of the tune and of the broken chords under it."""
    for number, bar in enumerate(bars):
        chord, *tune = bar.split()
        beat = float(number * 4)
        for step in range(8):
            yield beat + step / 2, 2.0, CHORDS[chord][step % 4], 0.2 if step else 0.28
        for written in tune:
            name, length = written.split("/")
            if name != "-":
                yield beat, float(length), name, 1.0
            beat += float(length)


def _note(hertz: float, seconds: float, harmonics: tuple[float, ...], rate: int) -> Sound:
    time = np.arange(round((seconds + 1.5) * rate)) / rate
    rise = np.sin(np.minimum(time / ATTACK, 1) * np.pi / 2) ** 2
    held = np.exp(-time / 1.1) * np.exp(-np.maximum(time - seconds, 0) / 0.25)
    fade = np.minimum((time[-1] - time) / 0.1, 1)
    waves = (
        strength * np.exp(-time * part / 2) * np.sin(2 * np.pi * hertz * (part + 1) * time)
        for part, strength in enumerate(harmonics)
    )
    return np.asarray(sum(waves) * rise * held * fade)


def _hertz(name: str) -> float:
    return float(440 * 2 ** ((NAMES.index(name[:-1]) - 9) / 12 + int(name[-1]) - 4))
