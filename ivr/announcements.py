"""Prompts of the call centre's own: announcements (V-03) and phrases of menus (V-02) that were typed and
spoken, or recorded, with their sound.

Files beside the calls, as the bulletins that are on: read without a database, and every process sees a new
one within a second. None is ever changed: another text is another one, so what is fetched or played by name
is what it was, and menus that name a phrase play it whenever they are brought back.
"""

import hashlib
import json
import os
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from hotline.terms import named
from ivr.bulletins import PREFIX
from ivr.catalogue import CatalogueEntry
from ivr.numerals import Language

OWN: Final = f"{PREFIX}own-"
PHRASES: Final = "V-02.own-"
"""Beginnings of the names of these prompts; no prompt of the catalogue begins so."""
DIGITS: Final = {OWN: 8, PHRASES: 12}
WAV, WIDE = ".wav", ".sln16"
NARROW: Final = 8000
RATES: Final = {WAV: NARROW, WIDE: 16000}


@named("announcement-source")
class AnnouncementSource(StrEnum):
    """Where the sound of an announcement is from."""

    TYPED = "typed"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class StoredAnnouncement:
    """One announcement; ``heard_by``: who listened to it, by language, before it is switched on."""

    name: str
    source: AnnouncementSource
    texts: Mapping[Language, str]
    seconds: Mapping[Language, float]
    digests: Mapping[Language, str]
    made_at: datetime
    made_by: str
    heard_by: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)

    @property
    def entry(self) -> CatalogueEntry:
        """The announcement as a prompt."""
        longest = max(self.seconds.values(), default=0.0)
        use = "menu phrase" if self.name.startswith(PHRASES) else "bulletin"
        return CatalogueEntry(self.name, f"{use} of the call centre's own", longest, texts=self.texts)

    def was_heard_by(self, login: str) -> bool:
        """Tell whether somebody has listened to it in each of its languages."""
        return all(login in self.heard_by.get(language, ()) for language in self.texts)


class Announcements(Mapping[str, CatalogueEntry]):
    """The folder, as prompts by id. Looked at once a second; a damaged file counts as none.

    ``played``: where the line takes its copies from, if it has copies of its own.
    """

    def __init__(
        self, folder: Path, elapsed: Callable[[], float], played: Callable[[], Path | None] = lambda: None
    ) -> None:
        self.folder, self._elapsed, self._played = folder, elapsed, played
        self._looked_at, self._stamp = -1.0, -1
        self._known: dict[str, StoredAnnouncement] = {}

    def __getitem__(self, name: str) -> CatalogueEntry:
        return self.all()[name].entry

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.startswith((OWN, PHRASES)) and name in self.all()

    def all(self) -> Mapping[str, StoredAnnouncement]:
        """All announcements, the latest first."""
        if self._looked_at < 0 or self._elapsed() - self._looked_at >= 1.0:
            self._looked_at = self._elapsed()
            stamp = _changed_at(self.folder)
            if stamp != self._stamp:
                self._stamp, self._known = stamp, self._read()
        return self._known

    def file(self, name: str, language: Language, suffix: str = WAV) -> Path:
        """The sound of an announcement."""
        return self.folder / language / f"{name}{suffix}"

    def place(self, name: str, language: str) -> Path:
        """The file that the line plays, its own copy if it has copies."""
        return (self._played() or self.folder) / language / f"{name}{WAV}"

    def digest(self, name: str, language: str) -> str:
        """SHA-256 of the sound; empty for none."""
        found = self.all().get(name)
        return found.digests.get(Language(language), "") if found and language in set(Language) else ""

    def keep(
        self,
        source: AnnouncementSource,
        texts: Mapping[Language, str],
        sounds: Mapping[Language, Mapping[int, bytes]],
        at: datetime,
        by: str,
        *,
        prefix: str = OWN,
    ) -> StoredAnnouncement:
        """Keep an announcement, or by its ``prefix`` a phrase, with its sounds, 16-bit samples by their rate.

        The sounds come first: nobody is led to a file that is not there.
        """
        content = {
            language: {WAV: _as_wav(both[NARROW]), WIDE: both[RATES[WIDE]]}
            for language, both in sounds.items()
        }
        whole = hashlib.sha256("".join(texts.values()).encode())
        for files in content.values():
            whole.update(files[WAV])
        name = f"{prefix}{whole.hexdigest()[: DIGITS[prefix]]}"
        for language, files in content.items():
            for suffix, data in files.items():
                self.put(name, language, suffix, data)
        made = StoredAnnouncement(
            name,
            source,
            texts,
            {language: round(len(both[NARROW]) / 2 / NARROW, 2) for language, both in sounds.items()},
            {language: hashlib.sha256(files[WAV]).hexdigest() for language, files in content.items()},
            at,
            by,
        )
        self._write(made)
        return made

    def put(self, name: str, language: Language, suffix: str, data: bytes) -> None:
        """Put one sound where it is kept and where the line plays it."""
        for folder in filter(None, (self.folder, self._played())):
            _put(folder / language / f"{name}{suffix}", data)

    def restore(self, made: StoredAnnouncement) -> None:
        """Note a prompt again that was made on another machine, once its sounds are put."""
        self._write(made)

    def hear(self, name: str, language: Language, by: str) -> bool:
        """Note who has listened to it; False when that is known."""
        known = self.all()[name]
        before = known.heard_by.get(language, ())
        if by in before:
            return False
        self._write(replace(known, heard_by={**known.heard_by, language: (*before, by)}))
        return True

    def drop(self, name: str) -> None:
        """Remove an announcement and its sounds; its words stand in the audit log."""
        known = self.all()[name]
        self._note(name).unlink(missing_ok=True)
        for language in known.texts:
            for suffix in RATES:
                for folder in filter(None, (self.folder, self._played())):
                    (folder / language / f"{name}{suffix}").unlink(missing_ok=True)
        self._looked_at = -1.0

    def _write(self, one: StoredAnnouncement) -> None:
        _put(self._note(one.name), json.dumps(_plain(one), ensure_ascii=False, indent=1).encode())
        self._looked_at = -1.0

    def _note(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _read(self) -> dict[str, StoredAnnouncement]:
        files = (file for file in self.folder.glob("*.json") if file.name.startswith((OWN, PHRASES)))
        found = filter(None, map(_announcement, files))
        return {one.name: one for one in sorted(found, key=lambda one: one.made_at, reverse=True)}


def _changed_at(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _put(file: Path, data: bytes) -> None:
    """Whole or not at all, where Asterisk's own user can read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.parent.chmod(0o755)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.chmod(0o644)
    draft.replace(file)


def _as_wav(data: bytes) -> bytes:
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(NARROW)
        file.writeframes(data)
    return made.getvalue()


def _plain(one: StoredAnnouncement) -> dict[str, Any]:
    return {**asdict(one), "made_at": one.made_at.isoformat()}


def _announcement(file: Path) -> StoredAnnouncement | None:
    try:
        body = json.loads(file.read_text("utf-8"))
        return StoredAnnouncement(
            name=file.stem,
            source=AnnouncementSource(body["source"]),
            texts=_by_language(body["texts"]),
            seconds=_by_language(body["seconds"]),
            digests=_by_language(body["digests"]),
            made_at=datetime.fromisoformat(body["made_at"]),
            made_by=body["made_by"],
            heard_by={language: tuple(who) for language, who in _by_language(body["heard_by"]).items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _by_language(body: Mapping[str, Any]) -> dict[Language, Any]:
    return {Language(tag): value for tag, value in body.items()}
