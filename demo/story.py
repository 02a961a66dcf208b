"""Story of a trial call, moment by moment, as text and as JSON."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from demo.sound import SAMPLES_A_SECOND, read_wav

LANDMARKS = {
    "language menu": "V-02.",
    "English": "V-02.4",
    "Japanese": "V-02.5",
    "notice": "V-01",
    "main menu": "V-02b.",
    "place in the queue": "V-04.position",
    "transfer": "V-05",
    "message": "message-",
}
"""Places that a caller comes to, and how the prompts begin by which each is known."""
OFTEN = 2
"""What an agent's phone rings more often is not told ring by ring, only how often in the end."""


class MomentKind(StrEnum):
    """Kind of a moment of a call."""

    ANSWERED = "answered"
    PROMPT = "prompt"
    KEY = "key"
    NO_KEY = "no key"
    SPEAKS = "speaks"
    AGENT_RINGS = "agent rings"
    AGENT_ANSWERS = "agent answers"
    AGENT_GONE = "agent gone"
    ENDED = "ended"


@dataclass(frozen=True)
class Moment:
    """One thing that happened, ``at`` seconds after the hotline answered."""

    at: float
    kind: MomentKind
    what: str = ""
    seconds: float | None = None
    whole: bool | None = None
    words: str = ""

    def line(self) -> str:
        """Line for the screen."""
        return f"{self.at:7.1f} s  {self._told()}"

    def _told(self) -> str:
        match self.kind:
            case MomentKind.ANSWERED:
                return "the hotline answers"
            case MomentKind.PROMPT:
                cut = "" if self.whole else ", cut off"
                return f"hears {self.what} ({self.seconds:.1f} s{cut})  {self.words}".rstrip()
            case MomentKind.KEY:
                return f"presses {self.what}" + (f"  (menu: {self.words})" if self.words else "")
            case MomentKind.NO_KEY:
                return f"presses nothing  (menu: {self.words})"
            case MomentKind.SPEAKS:
                return f"says {self.what}"
            case MomentKind.AGENT_RINGS:
                return f"agent {self.what} rings"
            case MomentKind.AGENT_ANSWERS:
                return f"agent {self.what} answers after {self.seconds:.1f} s"
            case MomentKind.AGENT_GONE:
                return f"agent {self.what} {self.words}"
            case MomentKind.ENDED:
                return f"ends: {self.what}"


@dataclass(frozen=True)
class RecordedFile:
    """A recording as the database knows it; ``path`` is absolute, ``sha256`` empty until it was checked."""

    direction: str
    path: Path
    sha256: str = ""


@dataclass(frozen=True)
class RungOfficer:
    """An officer's phone that was rung for the caller, and what came of it."""

    extension: str
    kind: str
    outcome: str
    ring_seconds: float
    talk_seconds: float

    def line(self) -> str:
        """Line for the screen."""
        talked = f", talked {self.talk_seconds:.1f} s" if self.talk_seconds else ""
        return (
            f"extension {self.extension} ({self.kind}) rang {self.ring_seconds:.1f} s: {self.outcome}{talked}"
        )


@dataclass(frozen=True)
class KnownCall:
    """Facts that the database knows of the call and a caller cannot see."""

    call_id: str
    outcome: str
    end_reason: str
    language: str = ""
    queue_seconds: float | None = None
    agent: str = ""
    talk_seconds: float | None = None
    files: tuple[RecordedFile, ...] = ()
    officers: tuple[RungOfficer, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether the call is closed and each of its recordings checked."""
        return bool(self.end_reason) and all(file.sha256 for file in self.files)


class FindRecord(Protocol):
    """Finds the record of the latest call of this caller that began at ``since`` or later, None if none."""

    def __call__(self, caller: str, since: datetime) -> KnownCall | None: ...


@dataclass(frozen=True)
class KeptRecording:
    """A recording as it lies on the disk; ``as_stored`` is None while the database has no checksum."""

    direction: str
    path: str
    seconds: float
    sha256: str
    as_stored: bool | None

    def line(self) -> str:
        """Line for the screen."""
        verdict = {None: "not yet checked", True: "as stored", False: "NOT as stored"}[self.as_stored]
        return f"recording of the {self.direction}: {self.path}, {self.seconds:.1f} s, sha256 {self.sha256} ({verdict})"


def measure(file: RecordedFile) -> KeptRecording:
    """Look at the file itself; one that is missing has no seconds and no checksum."""
    if not file.path.exists():
        return KeptRecording(file.direction, str(file.path), 0.0, "", False if file.sha256 else None)
    checksum = hashlib.sha256(file.path.read_bytes()).hexdigest()
    seconds = round(len(read_wav(file.path)) / SAMPLES_A_SECOND, 2)
    stored = checksum == file.sha256 if file.sha256 else None
    return KeptRecording(file.direction, str(file.path), seconds, checksum, stored)


@dataclass(frozen=True)
class Story:
    """The whole call. ``served`` means talked, promised or informed; ``why`` says it in words."""

    number: str
    caller: str
    moments: tuple[Moment, ...]
    served: bool
    why: str
    record: KnownCall | None = None
    recordings: tuple[KeptRecording, ...] = ()

    @property
    def heard(self) -> list[str]:
        """The names of the prompts, in order."""
        return [moment.what for moment in self.moments if moment.kind is MomentKind.PROMPT]

    def as_text(self) -> str:
        """The story for a person."""
        lines = [f"{self.caller or 'a hidden number'} calls {self.number}"]
        lines += [moment.line() for moment in self.moments]
        return "\n".join([*lines, self.verdict()])

    def verdict(self) -> str:
        """Summary for a person who was told the moments as they came."""
        lines = [*self._often_rung(), *self._landmark_lines(), *self._record_lines()]
        lines += [recording.line() for recording in self.recordings]
        return "\n".join([*lines, f"{'served' if self.served else 'NOT SERVED'}: {self.why}"])

    def landmarks(self) -> dict[str, float]:
        """Seconds from the answer until the caller first came to each place, and to an agent."""
        found: dict[str, float] = {}
        for moment in self.moments:
            prompt = moment.what.rpartition("/")[2] if moment.kind is MomentKind.PROMPT else ""
            places = [place for place, sign in LANDMARKS.items() if prompt.startswith(sign)]
            if moment.kind in (MomentKind.AGENT_RINGS, MomentKind.AGENT_ANSWERS):
                places = [moment.kind.value]
            for place in places:
                found.setdefault(place, moment.at)
        return found

    def _landmark_lines(self) -> list[str]:
        told = ", ".join(f"{place} {seconds:.1f} s" for place, seconds in self.landmarks().items())
        return [f"since the answer: {told}"] if told else []

    def _often_rung(self) -> list[str]:
        rang = Counter(moment.what for moment in self.moments if moment.kind is MomentKind.AGENT_RINGS)
        return [f"agent {phone} rang {times} times in all" for phone, times in rang.items() if times > OFTEN]

    def _record_lines(self) -> list[str]:
        if self.record is None:
            return ["the database has no record of this call yet"]
        waited = _seconds("in the queue", self.record.queue_seconds)
        talked = _seconds(f"talk with {self.record.agent or 'nobody'}", self.record.talk_seconds)
        return [
            *(officer.line() for officer in self.record.officers),
            f"record {self.record.call_id}: {waited}, {talked}, language {self.record.language or 'unknown'}, "
            f"{self.record.outcome or 'no outcome'}, end: {self.record.end_reason or 'still open'}",
        ]

    def as_json(self) -> str:
        """The story for a program: the fields of these classes."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2, default=str)


def _seconds(what: str, seconds: float | None) -> str:
    return f"{what} {'none' if seconds is None else f'{seconds:.1f} s'}"
