"""Our own prompts at addresses that name their content, so that whoever fetches one may keep it for good.

Only what the catalogue promises is ever served: no recording lies here, and no path is put together from what
was asked.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from ivr.numerals import Language
from ivr.prompts import Shelf
from ivr.steps import Prompts

FOLDER: Final = "/twilio/prompts"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
DIGITS: Final = 16
"""Of the file's SHA-256 that stand in its address."""


class Sounds:
    """The shelf as Twilio hears it: 8 kHz wav files under ``base``."""

    def __init__(self, shelf: Shelf, base: str) -> None:
        self._shelf, self._base = shelf, base

    def names(self, prompts: Prompts, language: Language) -> Sequence[str]:
        """``zh-TW/V-01``, in order; what is lost is replaced as for every line."""
        return [name.removeprefix(f"{self._shelf.root}/") for name in self._shelf.names(prompts, language)]

    def addresses(self, prompts: Prompts, language: Language) -> Sequence[str]:
        """Address at which those files are fetched."""
        return self.of(self.names(prompts, language))

    def of(self, names: Sequence[str]) -> Sequence[str]:
        """The addresses of files by name; one that is not built is left out."""
        digests = {name: self._shelf.digest(name) for name in names}
        return [
            f"{self._base}{FOLDER}/{digests[name][:DIGITS]}/{name}.wav" for name in names if digests[name]
        ]

    def content(self, digest: str, language: str, name: str) -> bytes | None:
        """The file of an address; None unless it is promised, there, and what its address says."""
        if language not in frozenset(Language) or name not in self._shelf.catalogue:
            return None
        try:
            sound = self._shelf.file(f"{language}/{name}").read_bytes()
        except OSError:
            return None
        return sound if hashlib.sha256(sound).hexdigest()[:DIGITS] == digest else None
