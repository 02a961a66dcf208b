"""Callers who leave a spoken message, and what is known of it: the cast of the live tests of messages."""

import os
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import pytest
from sqlalchemy import select

from calls.store import CallEvent, CallRow
from demo.hearing import PromptSounds, recognise
from demo.phone import PhoneEventKind, Softphone
from demo.sound import read_wav, write_wav
from demo.story import Story
from hotline.callbacks.store import CallbackMessage
from hotline.db import transaction
from ivr.prompts import HOME
from recordings.policy import Direction
from recordings.store import Recording, RecordingState
from recordings.vault import head
from tests.live.system import System, hotline
from tests.spoken_message import Sound, pcm, pink, prompt

LONGEST = 12
WORDS = {"1": "zh-TW/V-08", "4": "en/V-08"}
"""What is said after the tone, by the key of the language."""
SPEECH_DBOV = -20.0
SPAN = ("MessageBegun", "MessageKept")
TOLD = ("message-invite", "message-kept", "V-10.before", "message-empty")


@dataclass(frozen=True)
class Scene:
    """One caller who presses key 3; ``then``: what they do after the tone, or ``declines`` before it."""

    number: str
    language: str
    then: str


SCENES = {
    "silence_in_mandarin": Scene("0913100001", "1", "falls silent"),
    "silence_in_english": Scene("0913100002", "4", "falls silent"),
    "pound_key": Scene("0913100003", "1", "#"),
    "hang_up": Scene("0913100004", "4", "hangs up"),
    "no_sound_at_all": Scene("0913100005", "1", "sends nothing"),
    "in_a_street": Scene("0913100006", "1", "stands in a street"),
    "only_a_street": Scene("0913100007", "4", "says nothing in a street"),
    "talks_on": Scene("0913100008", "1", "talks on"),
    "declines": Scene("0913100009", "4", "declines"),
}
BY_NIGHT, AFTER_THE_HUNT = "0913100021", "0913100022"
"""Who dialled an extension: it is night there, or all three phones are busy or silent."""
ONE_AT_A_TIME = Lock()
"""Phones are taken in hand one after another; a machine that starts ten at once is slow with each."""
KEYS = "1,2,5112#,say:zh-TW/V-08"


def words_of(scene: Scene) -> Sound:
    """What this caller's phone sends after the tone."""
    said = prompt(WORDS[scene.language])
    match scene.then:
        case "stands in a street":
            sound = np.concatenate([said, np.zeros(8 * 8000)])
            return sound + pink(len(sound) / 8000 + 1, -40.0)[: len(sound)]
        case "talks on":
            return np.resize(said, 2 * LONGEST * 8000)
    return said


def street(system: System, scene: Scene) -> Path | None:
    """What a phone sends from its first second on, if it stands in a street all the time."""
    if scene.then != "says nothing in a street":
        return None
    path = system.scratch / "street.wav"
    write_wav(path, np.frombuffer(pcm(pink(100, -38.0)), "<i2"))
    return path


def kinds(system: System, number: str) -> list[str]:
    """What the record knows of this caller so far."""
    with transaction(system.house.factory) as session:
        query = select(CallEvent.kind).join(CallRow, CallRow.id == CallEvent.call_id)
        return list(session.scalars(query.where(CallRow.caller_hash == f"+886{number[1:]}")))


def reach(system: System, phone: Softphone, scene: Scene, sign: str) -> None:
    """The language, then key 3, each when its menu is spoken; until that sign of the message."""
    number, language = scene.number, scene.language
    phone.dial(f"sip:1999@{system.sip}")
    phone.wait_for(PhoneEventKind.ESTABLISHED, 5)
    for menus, key in enumerate((language, "3"), 1):
        system.in_menu(number, menus)
        time.sleep(0.6)
        phone.press(key)
    system.until(lambda: sign in kinds(system, number), 40, f"{number}: {sign}")


def play(system: System, scene: Scene) -> list[str]:
    """The whole call; what the caller heard."""
    with ExitStack() as stack:
        with ONE_AT_A_TIME:
            phone = stack.enter_context(system.caller(scene.number, voice=street(system, scene)))
        match scene.then:
            case "sends nothing":
                reach(system, phone, scene, "MessageInvited")
                os.kill(phone.pid, signal.SIGSTOP)
                system.until(lambda: "CallEnding" in kinds(system, scene.number), 40, "nothing was said")
                os.kill(phone.pid, signal.SIGCONT)
            case "says nothing in a street":
                reach(system, phone, scene, "MessageBegun")
            case "declines":
                reach(system, phone, scene, "MessageInvited")
                time.sleep(1.0)
                phone.press("#")
            case then:
                reach(system, phone, scene, "MessageBegun")
                path = system.scratch / f"said-{scene.number}.wav"
                write_wav(path, np.frombuffer(pcm(words_of(scene)), "<i2"))
                phone.say(path)
                time.sleep(5.0)
                if then == "hangs up":
                    phone.hang_up()
                elif then == "#":
                    phone.press("#")
        phone.wait_for(PhoneEventKind.CLOSED, 60)
        return heard_by(phone)


def dialled(system: System, number: str) -> Story:
    """A caller who knows the extension, and says what it is about when asked."""
    return system.call(KEYS, number, longest=150.0)


def heard_by(phone: Softphone) -> list[str]:
    """What the caller was told about the message, in either language."""
    names = [f"{language}/{name}" for language in ("zh-TW", "en") for name in TOLD]
    known = PromptSounds.load({name: HOME / "build" / f"{name}.wav" for name in names})
    return [heard.name for heard in recognise(read_wav(phone.heard), known)]


def message_of(system: System, call_id: str, within: float = 40) -> CallbackMessage:
    """The message that came to the callback."""

    def found() -> CallbackMessage | None:
        with transaction(system.house.factory) as session:
            return session.get(CallbackMessage, call_id)

    answer: CallbackMessage = system.until(found, within, f"the message of {call_id} is with its callback")
    return answer


def assert_kept(system: System, number: str, words: str, origin: str = "caller") -> None:
    """The promise, its message, the words in the file, its checksum; the command shows them together."""
    row = system.row(number)
    assert row.outcome == "promised"
    (promise,) = system.promises(row.id)
    assert (promise.origin, promise.number) == (origin, f"+886{number[1:]}")
    message = message_of(system, row.id)
    path = system.settings.messages / f"{message.name}.wav"
    assert head(path).is_whole and head(path).seconds == pytest.approx(message.seconds, abs=0.5)
    assert words in said_in(path)

    def checked() -> Recording | None:
        files = (file for file in system.recordings(row.id) if file.direction == Direction.MESSAGE)
        return next((file for file in files if file.sha256), None)

    kept: Recording = system.until(checked, 30, "the message has its checksum")
    assert kept.state == RecordingState.WHOLE, kept.reason
    shown = hotline(system, "callback", "show", str(promise.id)).output
    assert f"{message.name} ({message.seconds:.0f} s)" in shown, shown


def assert_empty(system: System, number: str) -> None:
    """The promise stands, and no file is kept."""
    row = system.row(number)
    assert row.outcome == "promised" and len(system.promises(row.id)) == 1
    assert "MessageKept" not in kinds(system, number)
    assert not list(system.settings.messages.glob(f"{row.id}*"))


def said_in(path: Path) -> list[str]:
    """Whose words are in a message."""
    known = PromptSounds.load({name: HOME / "build" / f"{name}.wav" for name in WORDS.values()})
    return [heard.name for heard in recognise(read_wav(path), known)]


def ending_of(system: System, number: str) -> CallEvent:
    """What is on record of the end of this caller's message."""
    (kept,) = [event for event in system.events(system.row(number).id) if event.kind == "MessageKept"]
    return kept


def assert_as_loud(path: Path, name: str) -> None:
    """As many seconds of speech as were said, as loud as they were said."""
    spoken, said = (loud(read_wav(one)) for one in (path, HOME / "build" / f"{name}.wav"))
    assert len(spoken) == pytest.approx(len(said), rel=0.15)
    assert np.percentile(spoken, 80) == pytest.approx(np.percentile(said, 80), abs=1.5)


def loud(sound: "np.typing.NDArray[np.int16]") -> "np.typing.NDArray[np.float64]":
    """Levels of the frames of 20 ms that hold words and not only the murmur of the phone."""
    pieces = sound[: len(sound) // 160 * 160].reshape(-1, 160).astype(np.float64)
    levels = 10 * np.log10(np.mean(pieces**2, axis=1) / 32768**2 + 1e-10)
    return np.asarray(levels[levels > SPEECH_DBOV - 10])
