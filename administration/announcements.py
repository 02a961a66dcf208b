"""Announcements of the call centre's own (V-03) and phrases of its menus: typed and spoken, or recorded;
heard, and dropped.

Each deed is under a name and on record; each sound is at the level of all prompts before anybody hears it.
"""

import io
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from administration import announcement_rows
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit
from ivr.announcements import OWN, PHRASES, Announcements, AnnouncementSource, StoredAnnouncement
from ivr.bulletins import Bulletins
from ivr.numerals import Language
from ivr.speech import typed
from ivr.speech.level import Pads, active_dbov, levelled, pcm

SHORTEST: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Kind of words that the call centre makes itself: the right to make them, and their longest length."""

    prefix: str
    subject: str
    action: Action
    longest: timedelta
    longest_text: int
    is_shared: bool
    """All machines have them at once; else with the menus that name them."""

    def prompt(self, name: str) -> str:
        """Prompt of a name as pages and commands say it."""
        return f"{self.prefix.removesuffix(SHORT)}{name}"

    def name(self, prompt: str) -> str:
        """Name of a prompt as pages and commands say it."""
        return prompt.removeprefix(self.prefix.removesuffix(SHORT))


SHORT: Final = "own-"
ANNOUNCEMENT: Final = OwnWords(OWN, "announcement", Action.BULLETIN_SWITCH, timedelta(seconds=40), 300, True)
"""Every caller hears it before anything else."""
PHRASE: Final = OwnWords(PHRASES, "phrase", Action.MENU_CHANGE, timedelta(seconds=15), 100, False)
"""Says what a key of a menu does; a caller waits for it to end before the next."""
QUIETEST: Final = -45.0
"""dBov of active speech below which raising it would raise its noise too."""
CLIPPED: Final = 0.001
"""Share of samples at full scale from which a recording is distorted."""
FULL: Final = 0.999
LOUDEST_RATE: Final = 48000
Speak = Callable[[str, Language], NDArray[np.float32]]


class UnfitSound(HotlineError, code="unfit-sound", varies_by="why"):
    """A recording that callers would not understand, or that cannot be read."""

    why: Literal["format", "short", "long", "quiet", "clipped"]
    most: int = 0


class NoAnnouncement(HotlineError, code="no-announcement"):
    """No announcement of the call centre's own has this name."""

    name: str


class NotHeard(HotlineError, code="not-heard"):
    """An announcement that who wants to switch it on has not listened to."""

    name: str


class StillOn(HotlineError, code="still-on"):
    """An announcement that callers hear now."""

    name: str


def known(announcements: Announcements, name: str, words: OwnWords = ANNOUNCEMENT) -> StoredAnnouncement:
    """An announcement by its name as pages and commands say it. Raises NoAnnouncement."""
    found = announcements.all().get(words.prompt(name))
    if found is None:
        raise NoAnnouncement(name)
    return found


def speak(
    sessions: Sessions,
    announcements: Announcements,
    texts: Mapping[Language, str],
    *,
    by: str,
    at: datetime,
    voice: Speak = typed.spoken,
) -> str:
    """Speak what was typed; its name. Mandarin is heard where a language has no text.

    Raises UnfitText, Unspeakable, VoicesMissing, NotSpoken, UnfitSound, NotPermitted.
    """
    given = {language: text for language, text in texts.items() if text.strip()}
    given.setdefault(Language.MANDARIN, "")
    return make(sessions, announcements, ANNOUNCEMENT, given, {}, by=by, at=at, voice=voice)


def make(
    sessions: Sessions,
    announcements: Announcements,
    words: OwnWords,
    texts: Mapping[Language, str],
    recordings: Mapping[Language, bytes],
    *,
    by: str,
    at: datetime,
    voice: Speak | None = None,
) -> str:
    """Take what somebody has recorded and speak the other texts; its name.

    Raises UnfitText, Unspeakable, VoicesMissing, NotSpoken, UnfitSound, NotPermitted.
    """
    with transaction(sessions) as session:
        permitted(session, by, words.action, at)
    given = {language: fit(language, text, words.longest_text) for language, text in texts.items()}
    spoken = [language for language in given if language not in recordings]
    for language in spoken:
        typed.refuse_unspeakable(given[language], language)
    speaks = voice or typed.spoken
    sounds = {
        language: _fitted(*read_wav(recordings[language]), words.longest)
        if language in recordings
        else _fitted(speaks(text, language), typed.RATE, words.longest)
        for language, text in given.items()
    }
    source = AnnouncementSource.RECORDED if recordings else AnnouncementSource.TYPED
    made = announcements.keep(source, given, sounds, at, by, prefix=words.prefix)
    name = words.name(made.name)
    with transaction(sessions) as session:
        after = {"did": source, "texts": given, "seconds": dict(made.seconds)}
        _put_down(session, words, name, at, by, after)
        if words.is_shared:
            announcement_rows.keep(session, announcements, made)
    return name


def record(
    sessions: Sessions, announcements: Announcements, words: str, wav: bytes, *, by: str, at: datetime
) -> str:
    """Take a recording in Mandarin with its words, for who reads or tries a call; its name.

    Raises UnfitText, UnfitSound, NotPermitted.
    """
    texts, recordings = {Language.MANDARIN: words}, {Language.MANDARIN: wav}
    return make(sessions, announcements, ANNOUNCEMENT, texts, recordings, by=by, at=at)


def hear(
    sessions: Sessions,
    announcements: Announcements,
    name: str,
    language: Language,
    *,
    by: str,
    at: datetime,
    words: OwnWords = ANNOUNCEMENT,
) -> StoredAnnouncement:
    """Note that somebody listens to it, before its first byte. Raises NoAnnouncement, NotPermitted."""
    one = known(announcements, name, words)
    if language not in one.texts:
        raise NoAnnouncement(name)
    with transaction(sessions) as session:
        permitted(session, by, words.action, at)
        if by not in one.heard_by.get(language, ()):
            _put_down(session, words, name, at, by, {"did": "heard", "language": language})
            if words.is_shared:
                announcement_rows.hear(session, one.name, language, by)
    announcements.hear(one.name, language, by)
    return one


def refuse_unheard(announcements: Announcements, name: str, by: str) -> None:
    """Raise NotHeard unless it is one of the catalogue's, or who switches it on has listened to it."""
    one = announcements.all().get(ANNOUNCEMENT.prompt(name))
    if one and not one.was_heard_by(by):
        raise NotHeard(name)


def drop(
    sessions: Sessions,
    announcements: Announcements,
    bulletins: Bulletins,
    name: str,
    *,
    by: str,
    at: datetime,
) -> None:
    """Remove an announcement that is off. Raises NoAnnouncement, StillOn, NotPermitted."""
    one = known(announcements, name)
    if one.name in bulletins.on():
        raise StillOn(name)
    with transaction(sessions) as session:
        permitted(session, by, Action.BULLETIN_SWITCH, at)
        _put_down(session, ANNOUNCEMENT, name, at, by, {"did": "dropped", "texts": dict(one.texts)})
        announcement_rows.drop(session, one.name)
    announcements.drop(one.name)


def read_wav(data: bytes) -> tuple[NDArray[np.float32], int]:
    """A recording as numbers from -1 to 1 and its rate; several channels are mixed. Raises UnfitSound."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        raise UnfitSound("format") from None
    if width != 2 or not 1 <= channels <= 2 or not 8000 <= rate <= LOUDEST_RATE:
        raise UnfitSound("format")
    whole = len(frames) // (2 * channels) * channels
    sound = np.frombuffer(frames, "<i2", whole).astype(np.float32) / 32768
    return np.asarray(sound.reshape(-1, channels).mean(axis=1), np.float32), rate


def _fitted(sound: NDArray[np.float32], rate: int, longest: timedelta) -> dict[int, bytes]:
    """Sound at the level of all prompts. Raises UnfitSound for what no level can mend."""
    seconds = len(sound) / rate
    if seconds < SHORTEST.total_seconds():
        raise UnfitSound("short")
    if seconds > longest.total_seconds():
        raise UnfitSound("long", int(longest.total_seconds()))
    if float(np.mean(np.abs(sound) >= FULL)) >= CLIPPED:
        raise UnfitSound("clipped")
    if active_dbov(np.asarray(sound, np.float64), rate) < QUIETEST:
        raise UnfitSound("quiet")
    return {wanted: pcm(made) for wanted, made in levelled(sound, rate, Pads()).items()}


def _put_down(
    session: Session, words: OwnWords, name: str, at: datetime, by: str, after: Mapping[str, object]
) -> None:
    audit(session, at, by, words.action, f"{words.subject}:{name}", after=after)
