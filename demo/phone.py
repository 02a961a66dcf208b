"""A telephone played by a program: it registers, rings, dials, presses keys, answers or does not.

A real softphone (baresip) does the signalling and the sound, so what is proved with it holds for other
phones. Each phone is a process with a directory and a loopback address of its own; what it hears is kept
as a wav file a call, on a real time axis (a pause of the sender is silence in the file).
"""

import enum
import re
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from demo.baresip import Baresip, PhoneFault
from demo.sound import SAMPLES_A_SECOND, murmur, read_wav, write_wav
from hotline.clock import monotonic

MOUTHFUL = 120.0  # seconds of sound loaded at a time; the softphone ends a call when its sound ends
MOUTH = "mouth.wav"  # what a call begins with
HUSHED = -70.0  # dB under full scale: no message is made of that
KEY_SECONDS = 0.3  # an event of 200 ms and a pause, so that two keys never run together


class PhoneEventKind(enum.Enum):
    """Kind of event at a phone."""

    REGISTERED = "registered"
    REGISTER_FAILED = "register failed"
    RINGING = "ringing"  # it is called
    REMOTE_RINGS = "remote rings"  # it calls, and the other side rings
    EARLY_MEDIA = "early media"
    ESTABLISHED = "established"
    CLOSED = "closed"
    KEY = "key"  # the other side pressed a key; the reason is the key


EVENTS = {
    "REGISTER_OK": PhoneEventKind.REGISTERED,
    "REGISTER_FAIL": PhoneEventKind.REGISTER_FAILED,
    "CALL_INCOMING": PhoneEventKind.RINGING,
    "CALL_RINGING": PhoneEventKind.REMOTE_RINGS,
    "CALL_PROGRESS": PhoneEventKind.EARLY_MEDIA,
    "CALL_ESTABLISHED": PhoneEventKind.ESTABLISHED,
    "CALL_CLOSED": PhoneEventKind.CLOSED,
    "CALL_DTMF_START": PhoneEventKind.KEY,
}


@dataclass(frozen=True)
class PhoneEvent:
    """One event of a phone, at a monotonic instant; ``code`` is the SIP status a refused call ended with."""

    what: PhoneEventKind
    at: float
    call: str = ""
    peer: str = ""
    peer_name: str = ""
    reason: str = ""

    @property
    def code(self) -> int | None:
        """The SIP status in the reason, None when the call was ended by BYE or by this phone."""
        found = re.match(r"([3-6]\d\d)\b", self.reason)
        return int(found[1]) if found else None


@dataclass(frozen=True)
class Busy:
    """Refuses every call with 486 at once."""


@dataclass(frozen=True)
class NoAnswer:
    """Behaviour: ring until the caller gives up, or a hand answers."""


@dataclass(frozen=True)
class Answers:
    """Behaviour: answer after so many seconds of ringing; with ``talk`` hang up after so many seconds of
    talk.
    """

    after: float
    talk: float | None = None


Behaviour = Busy | NoAnswer | Answers


def seconds(text: str) -> float:
    """Seconds as a person writes them, ``2.5``; ValueError says how."""
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", text):
        raise ValueError(f"{text!r} is no number of seconds; write for example 2.5")
    return float(text)


def behaviour(text: str) -> Behaviour:
    """Read ``busy``, ``silent``, ``answer:RING`` or ``answer:RING:TALK`` (seconds); else ValueError."""
    match text.split(":"):
        case ["busy"]:
            return Busy()
        case ["silent"]:
            return NoAnswer()
        case ["answer", after]:
            return Answers(seconds(after))
        case ["answer", after, talk]:
            return Answers(seconds(after), seconds(talk))
    raise ValueError(f"{text!r} is not busy, silent, answer:SECONDS or answer:SECONDS:TALK_SECONDS")


class Softphone:
    """A softphone on its own loopback address; use it as a context manager.

    Without ``registrar`` it is a trunk's caller and ``user`` is the caller's number. Several phones may share
    an address. ``voice`` (8 kHz mono wav) is what it says first; after it, and without it, a quiet murmur.
    Keys are RFC 4733 events or, ``keys_as_info``, SIP INFO. One that is ``deaf`` keeps nothing of what it
    hears, and may hold: what writes a file in baresip 1.1.0 dies of many a re-INVITE, as its thread runs
    before the file is open.
    """

    def __init__(
        self,
        user: str,
        *,
        home: Path,
        address: str = "127.0.0.2",
        password: str = "",
        registrar: str = "",
        name: str = "",
        behaves: Behaviour = NoAnswer(),  # noqa: B008 (frozen)
        keys_as_info: bool = False,
        codec: Literal["pcmu", "pcma"] = "pcmu",
        voice: Path | None = None,
        sip_port: int = 0,
        deaf: bool = False,
    ) -> None:
        self.user, self.behaves, self.home = user, behaves, home
        self._line = (
            f'"{name or user}" <sip:{user}@{registrar or address}>;auth_user={user};auth_pass={password}'
            f";regint={60 if registrar else 0};dtmfmode={'info' if keys_as_info else 'rtpevent'}"
            f";audio_codecs={codec}"
        )
        self.recordings = [home / "heard-1.wav"]
        self.events: list[PhoneEvent] = []
        self._told: dict[PhoneEventKind, int] = {}
        self._news = threading.Condition()
        self._due: dict[str, tuple[float, str]] = {}
        self._mouth_empty_at: float | None = None
        self._mouth = MOUTH
        self._deaf, hears = deaf, "" if deaf else "heard-1.wav"
        self._engine = Baresip(home, address, sip_port=sip_port, hears=hears, says=MOUTH)
        self._mouth_seconds = self._fill_mouth(voice)

    def _fill_mouth(self, voice: Path | None) -> float:
        noise = murmur(MOUTHFUL)
        write_wav(self.home / "murmur.wav", noise)
        if voice is None:
            shutil.copy(self.home / "murmur.wav", self.home / MOUTH)
            return MOUTHFUL
        return write_wav(self.home / MOUTH, read_wav(voice), noise)

    def __enter__(self) -> Self:
        self._engine.start(self._on_event, self._on_tick)
        try:
            self._engine.ask("uanew", self._line)
        except PhoneFault:
            self._engine.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go()

    def go(self) -> None:
        """Hang up, unregister and be gone; no fault when it is gone already."""
        self._engine.stop()

    @property
    def pid(self) -> int:
        """The softphone's process."""
        return self._engine.process.pid

    @property
    def sip_port(self) -> int:
        """Port on which it listens at its address."""
        return self._engine.sip_port

    @property
    def heard(self) -> Path:
        """Sound that the present or last call let it hear; grows while the call lasts, 0.3 s behind."""
        return next((path for path in reversed(self.recordings) if path.exists()), self.recordings[0])

    @property
    def received(self) -> Path:
        """The sound of its first call's packets, one after another.

        A phone that is kept waiting plays late, and loses at the hang-up what it has not played; this does not.
        """
        return next(iter(sorted(self.home.glob("dump-*-dec.wav"))), self.recordings[0])

    # What a hand at the phone does

    def register(self, within: float = 5) -> PhoneEvent:
        """Wait until the exchange has accepted this phone; PhoneFault when it refuses or is silent."""
        with self._news:
            self._news.wait_for(
                lambda: self._of(PhoneEventKind.REGISTERED) or self._of(PhoneEventKind.REGISTER_FAILED),
                within,
            )
            refused = self._of(PhoneEventKind.REGISTER_FAILED)
        if refused:
            raise PhoneFault(
                f"phone {self.user}: the exchange refused the registration: {refused[-1].reason}"
            )
        return self.wait_for(PhoneEventKind.REGISTERED, 0)

    def dial(self, uri: str) -> str:
        """Call ``sip:NUMBER@HOST:PORT``; returns the SIP Call-ID at once, before anything rings."""
        return self._engine.ask("dial", uri).removeprefix("call id:").strip()

    def press(self, keys: str) -> None:
        """Press the keys one after another, 0.3 s each; needs an established call."""
        pause = threading.Event()
        for key in keys:
            self._engine.ask("sndcode", key)
            pause.wait(KEY_SECONDS)

    def answer(self) -> None:
        """Lift the receiver of a ringing phone."""
        self._engine.ask("accept")

    def refuse(self, code: int = 486) -> None:
        """Refuse the ringing call as busy; the softphone can say 486 only."""
        if code != 486:
            raise ValueError(f"this phone can refuse a call with 486 only, not {code}")
        self._engine.ask("hangup")

    def hold(self) -> None:
        """Hold the call: the other side is told so, and plays music there. ``deaf`` phones only."""
        self._engine.tell("hold")

    def resume(self) -> None:
        """Be back from ``hold``."""
        self._engine.tell("resume")

    def hang_up(self) -> None:
        """End the present call; no call is no fault."""
        self._engine.tell("hangup")

    def transfer(self, uri: str) -> None:
        """Put the other side through to ``sip:NUMBER@HOST`` by REFER, and be free."""
        self._engine.ask("transfer", uri)

    def say(self, wav: Path) -> None:
        """Speak this 8 kHz mono wav into the present call, then murmur on."""
        seconds = write_wav(self.home / "said.wav", read_wav(wav), murmur(MOUTHFUL))
        self._engine.ask("ausrc", self._speaks("said.wav"))
        self._mouth_empty_at = monotonic() + seconds

    def hush(self) -> None:
        """Murmur no more: from now on only the noise of the line."""
        self._mouth_empty_at = monotonic() + write_wav(self.home / "hush.wav", murmur(MOUTHFUL, HUSHED))
        self._engine.tell("ausrc", self._speaks("hush.wav"))

    def kill(self) -> None:
        """Die without a word: calls stay up at the other side, the registration stays until it expires."""
        self._engine.kill()

    # What happened to it

    def wait_for(self, what: PhoneEventKind, within: float) -> PhoneEvent:
        """The next event of this kind that was not yet waited for; PhoneFault when it does not come."""
        with self._news:
            if self._news.wait_for(lambda: len(self._of(what)) > self._told.get(what, 0), timeout=within):
                self._told[what] = self._told.get(what, 0) + 1
                return self._of(what)[self._told[what] - 1]
        story = ", ".join(f"{event.what.value} {event.reason}".strip() for event in self.events)
        raise PhoneFault(
            f"phone {self.user}: no {what.value!r} within {within} s, only: {story or 'nothing'}"
        )

    def _of(self, what: PhoneEventKind) -> list[PhoneEvent]:
        return [event for event in self.events if event.what is what]

    @property
    def talking(self) -> bool:
        """Tell whether a call is established at this moment."""
        calls = {what: {event.call for event in self._of(what)} for what in PhoneEventKind}
        return bool(calls[PhoneEventKind.ESTABLISHED] - calls[PhoneEventKind.CLOSED])

    def _on_event(self, message: Mapping[str, Any]) -> None:
        what = EVENTS.get(str(message.get("type")))
        if what is None:
            return
        words = (str(message.get(key, "")) for key in ("id", "peeruri", "peerdisplayname", "param"))
        event = PhoneEvent(what, monotonic(), *words)
        with self._news:
            self.events.append(event)
            self._news.notify_all()
        self._react(event)

    def _react(self, event: PhoneEvent) -> None:
        match event.what, self.behaves:
            case PhoneEventKind.RINGING, Busy():
                self._engine.tell("hangup")
            case PhoneEventKind.RINGING, Answers(after, _):
                self._due[event.call] = event.at + after, "accept"
            case PhoneEventKind.ESTABLISHED, Answers(talk=talk) if talk is not None:
                self._due[event.call] = event.at + talk, "hangup"
        if event.what is PhoneEventKind.ESTABLISHED:
            self._mouth_empty_at = event.at + self._mouth_seconds
        if event.what is PhoneEventKind.CLOSED:
            self._due.pop(event.call, None)
            self._turn_tape()

    def _turn_tape(self) -> None:
        """Begin a new file for the next call, which begins with what is said first.

        That is told to the softphone only when it says something else: the next call may ring already, and a
        call whose sound is begun before it is answered is ended by the softphone (aufile's "end of file").
        """
        self._mouth_empty_at = None
        if not self._deaf:
            self.recordings.append(self.home / f"heard-{len(self.recordings) + 1}.wav")
            self._engine.tell("auplay", f"aufile,{self.recordings[-1].name}")
        if self._mouth != MOUTH:
            self._engine.tell("ausrc", self._speaks(MOUTH))

    def _speaks(self, file: str) -> str:
        """The softphone's name of a sound file, which from now on is what it says."""
        self._mouth = file
        return f"aufile,{file}"

    def _on_tick(self) -> None:
        now = monotonic()
        for call, (at, command) in list(self._due.items()):
            if at <= now:
                self._due.pop(call)
                self._engine.tell(command)
        if self._mouth_empty_at is not None and now > self._mouth_empty_at - 10:
            self._mouth_empty_at = now + MOUTHFUL
            self._engine.tell("ausrc", self._speaks("murmur.wav"))


def seconds_of(path: Path) -> float:
    """Length of a recording at this moment."""
    return len(read_wav(path)) / SAMPLES_A_SECOND if path.exists() else 0.0
