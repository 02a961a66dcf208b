"""`hotline prompts build` and `check`: the catalogue's texts become the files that callers hear.

A recorded/<language>/<id>.wav by a speaker wins over synthesis; what has not changed is left alone.
The rendered files are committed: no run, no test and no installation depends on a synthesiser.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.catalogue import HOME, Catalogue, CatalogueEntry
from ivr.numerals import Language
from ivr.speech import level, speak
from ivr.speech.typed import PACE
from tools.voices import music
from tools.voices.check import check
from tools.voices.files import Manifest, by_sox, read_sound, sha256_of, write_files

__all__ = ["build", "check"]

# Raised when the level chain changes: everything is rendered again.
CHAIN = 1
Say = Callable[[str], None]


@dataclass(frozen=True)
class SpeechJob:
    """One file to make: what is said, how, and the hash that tells whether it has been made."""

    name: str
    language: Language
    entry: CatalogueEntry
    master: Path | None = None

    @property
    def key(self) -> str:
        return f"{self.language}/{self.name}"

    @property
    def words(self) -> str:
        """Text for the synthesiser."""
        return self.entry.readings.get(self.language) or self.entry.texts[self.language]

    @property
    def pads(self) -> level.Pads:
        return level.Pads.for_prompt(self.entry.fragment, self.entry.pause)

    def source(self, phonemes: str) -> str:
        """`studio:<hash of the take>`,
        `tone:<hertz>` or `tts:<model>:<voice>:<hash of all that is heard>`.
        """
        if self.master:
            return f"studio:{sha256_of(self.master)[:16]}:{_hash(CHAIN, self.pads)}"
        if self.entry.tone:
            return f"tone:{self.entry.tone}:{_hash(CHAIN, self.pads)}"
        voice = speak.VOICES[self.language]
        heard = _hash(CHAIN, phonemes, self.speed, self.pads, *filter(None, [self.longest_pause]))
        return f"tts:{speak.MODEL}:{voice}:{heard}"

    @property
    def longest_pause(self) -> float | None:
        """Limit of a pause inside; None where there is none to shorten."""
        return level.LONGEST_PAUSE.get(self.language) if re.search("[、。]", self.words[:-1]) else None

    @property
    def speed(self) -> float:
        return self.entry.speed * PACE[self.language]


def build(
    home: Path = HOME, only: Iterable[str] = (), say: Say = lambda line: None, workers: int = 2
) -> list[str]:
    """Render what is new or changed (of the ids in `only`, if any); returns what was rendered."""
    catalogue = Catalogue.load(home / "catalog.toml")
    manifest = Manifest.load(home / "build")
    wanted = [job for job in jobs(catalogue, home) if not only or job.name in set(only)]
    stale = [(job, spoken) for job, spoken in with_phonemes(wanted) if _is_stale(job, spoken, manifest)]
    say(f"{len(wanted)} prompts, {len(stale)} to render")
    done: list[str] = []
    for job, spoken, rows in _rendered(stale, home / "build", workers):
        manifest.put(job.key, job.source(spoken), job.entry.texts[job.language], spoken, rows)
        done.append(job.key)
        say(f"{len(done)}/{len(stale)} {job.key} {rows['seconds']} s")
        if len(done) % 20 == 0:
            manifest.save()
    if not only:
        done += _hold_music(manifest, say)
        manifest.drop_all_but({job.key for job in wanted} | {music.KEY}, say)
    manifest.save()
    return done


def jobs(catalogue: Catalogue, home: Path = HOME) -> list[SpeechJob]:
    """List each promised file, and each studio recording of a language that has no voice yet."""
    found: dict[str, SpeechJob] = {}
    for name, language in catalogue.voiced():
        found[f"{language}/{name}"] = SpeechJob(name, language, catalogue.entries[name])
    for master in sorted((home / "recorded").glob("*/*.wav")):
        name, language = master.stem, Language(master.parent.name)
        found[f"{language}/{name}"] = SpeechJob(name, language, catalogue.entries[name], master)
    return list(found.values())


def with_phonemes(wanted: Iterable[SpeechJob]) -> Iterator[tuple[SpeechJob, str]]:
    for job in wanted:
        spoken = not (job.master or job.entry.tone)
        yield job, speak.phonemes(job.words, job.language) if spoken else ""


def _is_stale(job: SpeechJob, spoken: str, manifest: Manifest) -> bool:
    return manifest.source(job.key) != job.source(spoken) or not manifest.stands(job.key)


def _rendered(
    stale: list[tuple[SpeechJob, str]], folder: Path, workers: int
) -> Iterator[tuple[SpeechJob, str, dict[str, Any]]]:
    if not stale:
        return
    if any(spoken for _, spoken in stale):
        speak.prepare(speak.CACHE)
    names, spoken = zip(*stale, strict=True)
    places = [folder] * len(stale)
    if workers < 2:
        yield from zip(names, spoken, map(_render, names, spoken, places), strict=True)
        return
    with ProcessPoolExecutor(workers, initializer=_be_nice) as pool:
        yield from zip(names, spoken, pool.map(_render, names, spoken, places), strict=True)


_speaker: list[speak.Speaker] = []


def _be_nice() -> None:
    os.nice(10)


def _render(job: SpeechJob, spoken: str, folder: Path) -> dict[str, Any]:
    if job.master:
        sound, rate = read_sound(job.master)
    elif job.entry.tone:
        sound, rate = music.tone(job.entry.tone, speak.RATE), speak.RATE
    else:
        # Loaded once in each worker process, and only where something is synthesised.
        if not _speaker:
            _speaker.append(speak.Speaker.load(speak.CACHE))
        sound, rate = _speaker[0].say(spoken, job.language, job.speed), speak.RATE
        if job.longest_pause:
            sound = level.hurried(sound, rate, job.longest_pause)
    return write_files(folder / job.key, level.levelled(sound, rate, job.pads, by_sox))


def _hold_music(manifest: Manifest, say: Say) -> list[str]:
    source = f"score:{_hash(CHAIN, music.SCORE)}"
    if manifest.source(music.KEY) == source and manifest.stands(music.KEY):
        return []
    rows = write_files(manifest.folder / music.KEY, music.at_both_rates())
    manifest.put(music.KEY, source, "", "", rows)
    say(f"{music.KEY} {rows['seconds']} s")
    return [music.KEY]


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps([repr(part) for part in parts]).encode()).hexdigest()[:16]
