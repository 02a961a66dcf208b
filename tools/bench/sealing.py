"""Time to seal kept sound on one core, and until playing begins in an hour-long call."""

import os
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hotline import clock
from recordings import vault
from recordings.codecs import DecodedSound, SoundCodec
from recordings.container import UnsealedFile
from recordings.sealing import seal
from tools.bench.plan import BenchPlan
from tools.bench.processes import cpu_ms
from tools.bench.report import BenchFigure, BenchPart, BenchTable

RATE: Final = 8000
KEY: Final = bytes(32)
PLACES: Final = (0.0, 0.31, 0.5, 0.77, 0.999)
"""Places of a sound from which it is played."""


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """One direction of an hour-long call: compressed, encrypted, written and read back; then played."""
    path = scratch / "hour.wav"
    with path.open("wb") as file:
        minute = talk(60).tobytes()
        file.write(vault.wav_head(RATE, len(minute) * plan.sound_minutes))
        for _ in range(plan.sound_minutes):
            file.write(minute)
    rows, figures = list[tuple[str, ...]](), list[BenchFigure]()
    for codec in (SoundCodec.FLAC, SoundCodec.OPUS):
        draft = scratch / f"hour.{codec}"
        before = cpu_ms(os.getpid())
        seal(path, draft, KEY, codec)
        speed = plan.sound_minutes * 60_000 / (cpu_ms(os.getpid()) - before)
        first = max(_first_second(draft, place) for place in PLACES)
        share = draft.stat().st_size / path.stat().st_size
        rows.append((codec, f"{speed:.0f}", f"{share:.2f}", f"{first:.0f}"))
        figures.append(BenchFigure(f"sealing with {codec}, x real time a core", speed, at_least=100))
        figures.append(BenchFigure(f"first sound of {codec} from any place", first, "ms", at_most=300))
    head = ("codec", "x real time a core", "x wav", "first sound, ms")
    note = f"One direction of {plan.sound_minutes} minutes; read back before it counts as sealed."
    return BenchPart((BenchTable("Kept sound", head, tuple(rows), note),), tuple(figures))


def talk(seconds: int) -> NDArray[np.int16]:
    """Sound that swells and pauses as a talk does, with the noise of a line."""
    chance, places = np.random.default_rng(1), np.arange(seconds * RATE) / RATE
    voice = sum(np.sin(2 * np.pi * 140 * n * places) / n for n in range(1, 12))
    swell = np.clip(np.sin(2 * np.pi * 0.4 * places) + np.sin(2 * np.pi * 3.1 * places), 0, None)
    return np.asarray(swell * voice * 4000 + chance.normal(0, 60, len(places)), "<i2")


def _first_second(draft: Path, place: float) -> float:
    """Milliseconds to open it, go there, and have the first second."""
    began = clock.monotonic()
    file = os.open(draft, os.O_RDONLY)
    try:
        size = os.fstat(file).st_size
        sound = DecodedSound(UnsealedFile(KEY, lambda start, count: os.pread(file, count, start), size))
        sound.read(int(sound.frames * place), RATE)
        sound.close()
    finally:
        os.close(file)
    return (clock.monotonic() - began) * 1000
