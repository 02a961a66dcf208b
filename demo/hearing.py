"""Recognition of our prompts in a recording: which are heard, when, and how much of each.

No speech recogniser: the prompts are our own files, so received sound is compared with them. Of prompts
that fit the same stretch of sound the one that explains most of it wins, so common beginnings are told apart.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from demo.following import HOP, Trail
from demo.openings import OPENING, WINDOW, Openings, PromptExcerpt, PromptSound, looks_of, loud_part
from demo.sound import SAMPLES_A_SECOND, Samples, read_wav

PORTION = WINDOW - OPENING  # samples searched at a time, at most
LEAST = 1200  # new samples worth a search: 0.15 s
SAME = 160  # two finds of one prompt nearer than this are one: 20 ms
KEPT = 8 * SAMPLES_A_SECOND  # older sound is needed by nobody
OVERLAP = 800  # prompts follow one another: more than this in common means that one of two is wrong


@dataclass(frozen=True)
class HeardPrompt:
    """A prompt heard from second ``at`` of the sound on; cut off after ``seconds`` unless ``whole``.

    ``also`` names files with the very same sound between their silences: nobody can tell them apart.
    """

    name: str
    at: float
    seconds: float
    whole: bool
    also: tuple[str, ...] = ()


class PromptSounds:
    """The prompts that may be heard; loading prepares their spectra, so load once and listen often."""

    def __init__(self, prompts: Mapping[str, Samples]) -> None:
        same: dict[bytes, list[str]] = {}
        for name, sound in prompts.items():
            onset, end = loud_part(sound)
            same.setdefault(hashlib.sha256(sound[onset:end].tobytes()).digest(), []).append(name)
        voices = [PromptSound(names[0], prompts[names[0]], tuple(names[1:])) for names in same.values()]
        self.openings = Openings([look for voice in voices for look in looks_of(voice)])

    @classmethod
    def load(cls, paths: Mapping[str, Path]) -> Self:
        """Read 8 kHz mono 16 bit wav files; any other raises ValueError with its path."""
        return cls({name: read_wav(path) for name, path in paths.items()})


class PromptListener:
    """Recogniser of prompts in sound that arrives piece by piece: ``feed`` it, look at ``heard`` and
    ``hearing``.
    """

    def __init__(self, catalogue: PromptSounds) -> None:
        self.catalogue = catalogue
        self.heard: list[HeardPrompt] = []
        self._trails: list[Trail] = []
        self._sound: Samples = np.zeros(0, np.int16)
        self._offset = 0  # the number of the first sample still kept
        self._searched = 0  # openings before this sample have been found

    @property
    def seconds(self) -> float:
        """Length of the sound that was fed."""
        return (self._offset + len(self._sound)) / SAMPLES_A_SECOND

    @property
    def settled(self) -> float:
        """The second before which everything is told: nothing that began earlier can still be found."""
        begun = (trail.began for trail in self._trails)
        return min([self._searched, *begun]) / SAMPLES_A_SECOND

    @property
    def hearing(self) -> tuple[HeardPrompt, ...]:
        """Prompts being said at this moment, best first: several while they still sound alike.

        A prompt is here from about half a second after its beginning on.
        """
        living = [trail for trail in self._trails if trail.alive and trail.believable and not trail.waiting]
        best = max((trail.worth for trail in living), default=0)
        living.sort(key=lambda trail: -trail.worth)
        return tuple(_told(trail) for trail in living if trail.worth >= best - HOP)

    def feed(self, samples: Samples) -> list[HeardPrompt]:
        """Take more sound; returns the prompts whose end it showed."""
        known = list(self.heard)
        for start in range(0, len(samples), PORTION):
            self._sound = np.concatenate([self._sound, samples[start : start + PORTION]])
            self._work(over=False)
        return [heard for heard in self.heard if heard not in known]

    def finish(self) -> list[HeardPrompt]:
        """End the sound: everything heard, in order."""
        self._sound = np.concatenate([self._sound, np.zeros(OPENING + LEAST, np.int16)])
        self._work(over=True)
        return self.heard

    def _work(self, over: bool) -> None:
        self._follow(over)
        while self._offset + len(self._sound) - self._searched >= OPENING + LEAST:
            self._search()
        self._follow(over)
        self._settle()
        surplus = max(0, len(self._sound) - KEPT)
        self._sound, self._offset = self._sound[surplus:], self._offset + surplus

    def _follow(self, over: bool) -> None:
        for trail in self._trails:
            trail.follow(self._sound, self._offset, over)
        self._trails = [trail for trail in self._trails if trail.alive or trail.believable]
        self._searched = max([self._searched, *(trail.sure_until for trail in self._trails)])

    def _search(self) -> None:
        start = self._searched - self._offset
        piece = self._sound[start : start + WINDOW]
        for look, place in self.catalogue.openings.find(piece):
            self._suspect(look, self._searched + place - look.place)
        self._searched += len(piece) - OPENING

    def _suspect(self, look: PromptExcerpt, start: int) -> None:
        own = (trail for trail in self._trails if trail.look.voice is look.voice)
        if all(abs(trail.start - start) > SAME for trail in own):
            self._trails.append(Trail(look, start))

    def _settle(self) -> None:
        """An ended suspicion better than all that overlap with it is the truth,
        once none of them lives on.
        """
        for trail in sorted(self._trails, key=lambda trail: -trail.worth):
            rivals = [other for other in self._trails if _overlap(trail, other)]
            better = max(rivals, key=lambda rival: rival.worth, default=None)
            if better is trail and not any(rival.alive for rival in rivals):
                self._trails = [other for other in self._trails if other not in rivals]
                self.heard.append(_told(trail))
        self.heard.sort(key=lambda heard: heard.at)


def _overlap(one: Trail, other: Trail) -> bool:
    common = min(one.span[1], other.span[1]) - max(one.span[0], other.span[0])
    return one is other or common > OVERLAP


def _told(trail: Trail) -> HeardPrompt:
    voice = trail.look.voice
    reached = len(voice.sound) if trail.whole else trail.reached
    at, seconds = (round(count / SAMPLES_A_SECOND, 3) for count in (trail.began, reached))
    return HeardPrompt(voice.name, at, seconds, trail.whole, voice.also)


def recognise(samples: Samples, catalogue: PromptSounds) -> list[HeardPrompt]:
    """List the prompts in a finished recording, in order."""
    listener = PromptListener(catalogue)
    listener.feed(samples)
    return listener.finish()
