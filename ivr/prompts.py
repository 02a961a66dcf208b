"""Prompts: what the line is asked to say, and the shelf of rendered files that says it.

Nothing here plays a sound, and no menu, number rule or clock enters.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.announcements import Announcements
from ivr.catalogue import FALLBACK, HOME, Catalogue, CatalogueError
from ivr.numerals import Language

__all__ = ["Catalogue", "CatalogueError", "Language", "Prompt", "Shelf"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to say. Without a language it is said in the caller's own."""

    id: str
    language: Language | None = None


MOST = 1000
"""Lists of prompts remembered as found."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """A list of which no file was missing, and when its folders had changed last."""

    names: tuple[str, ...]
    folders: tuple[tuple[str, int], ...]


def _changed_at(folder: str) -> int:
    """Nanoseconds; a file that comes or goes changes its folder. 0 for no folder."""
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


class Shelf:
    """The rendered files of a catalogue, looked up each time, so that no restart is ever needed.

    A list that was found whole is taken for whole as long as nothing came into its folders or went from them.

    ``played``: where the line takes them from, if it has copies of its own: what is lost there is lost.
    ``own``: the call centre's announcements, which are kept elsewhere.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        folder: Path = HOME / "build",
        missing: Callable[[str, Language], None] = lambda name, language: None,
        root: str = "hotline",
        played: Path | None = None,
        own: Announcements | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.folder = folder
        self.missing = missing
        self.root = root
        self._played = played or folder
        self._own = own
        self._manifest: tuple[float, dict[str, Any]] = (0.0, {})
        self._whole: dict[tuple[tuple[Prompt, ...], Language], _Whole] = {}

    def names(self, prompts: Sequence[Prompt], language: Language) -> list[str]:
        """Asterisk sound names, in order; a lost file is told to `missing` and replaced.

        Replaced by the same prompt in Mandarin, else once by the fallback prompt, else by nothing.
        A prompt its language has no voice for goes to Mandarin without a word.
        """
        asked = tuple(prompts), language
        if known := self._known(asked):
            return [*known]
        folders = {f"{self._played}/{prompt.language or language}" for prompt in prompts}
        seen = tuple((folder, _changed_at(folder)) for folder in sorted(folders))
        said: list[str] = []
        for prompt in prompts:
            name = self._find(prompt.id, prompt.language or language)
            if name and not (name in said and name == self._fallback(language)):
                said.append(name)
        if said == [f"{self.root}/{prompt.language or language}/{prompt.id}" for prompt in prompts]:
            if len(self._whole) >= MOST:
                self._whole.clear()
            self._whole[asked] = _Whole(tuple(said), seen)
        return said

    def _known(self, asked: tuple[tuple[Prompt, ...], Language]) -> tuple[str, ...]:
        """Names that were all found before, while nothing in their folders has changed."""
        whole = self._whole.get(asked)
        return whole.names if whole and all(_changed_at(one) == at for one, at in whole.folders) else ()

    def whole(self, prompts: Sequence[Prompt], language: Language) -> list[str]:
        """The same, but nothing at all where a file is lost, and nobody is told."""
        if known := self._known((tuple(prompts), language)):
            return [*known]
        stand = all(self._stands(prompt.id, prompt.language or language) for prompt in prompts)
        return self.names(prompts, language) if stand else []

    def lost(self) -> list[tuple[str, Language]]:
        """Promised pairs (id, language) whose file is not there now."""
        return [pair for pair in self.catalogue.voiced() if not self._stands(*pair)]

    def seconds(self, name: str, language: Language) -> float:
        """Length as built; of the Mandarin file where the language has none; 0.0 if unknown."""
        if self._own and name in self._own:
            return self._own[name].max_seconds
        files = self._read_manifest()
        for tag in (language, Language.MANDARIN):
            if found := files.get(f"{tag}/{name}"):
                return float(found["seconds"])
        return 0.0

    def digest(self, place: str) -> str:
        """SHA-256 of a file as built, by its place (``zh-TW/V-01``); empty for one that was not."""
        language, _, name = place.partition("/")
        if self._own and name in self._own:
            return self._own.digest(name, language)
        listed = self._read_manifest().get(place)
        return str(listed["sha256"][".wav"]) if listed else ""

    def place(self, digest: str) -> str:
        """The place of the built file with this SHA-256; empty when none has it."""
        for own in self._own.all().values() if self._own else ():
            for language, known in own.digests.items():
                if known == digest:
                    return f"{language}/{own.name}"
        files = self._read_manifest()
        return next((place for place, listed in files.items() if listed["sha256"].get(".wav") == digest), "")

    def file(self, place: str) -> Path:
        """The sound of a place, as built or as an announcement of the call centre's own is kept."""
        language, _, name = place.partition("/")
        if self._own and name in self._own:
            return self._own.folder / language / f"{name}.wav"
        return self.folder / f"{place}.wav"

    def _find(self, name: str, language: Language) -> str:
        for tag in dict.fromkeys((language, Language.MANDARIN)):
            if self._stands(name, tag):
                return f"{self.root}/{tag}/{name}"
            if name not in self.catalogue or self.catalogue.has_voice(name, tag):
                self.missing(name, tag)
        return self._fallback(language)

    def _fallback(self, language: Language) -> str:
        tags = (tag for tag in (language, Language.MANDARIN) if self._stands(FALLBACK, tag))
        return next((f"{self.root}/{tag}/{FALLBACK}" for tag in tags), "")

    def _stands(self, name: str, language: Language) -> bool:
        if self._own and name in self._own:
            return self._own.place(name, language).exists()
        return os.path.exists(f"{self._played}/{language}/{name}.wav")

    def _read_manifest(self) -> dict[str, Any]:
        path = self.folder / "MANIFEST.json"
        changed = path.stat().st_mtime if path.exists() else 0.0
        if changed != self._manifest[0]:
            self._manifest = (changed, json.loads(path.read_text("utf-8"))["files"] if changed else {})
        return self._manifest[1]
