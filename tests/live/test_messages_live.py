"""A promise asks what it is about: the message is heard, ends, is kept, and comes to its callback (§9.2)."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from sqlalchemy import select

from hotline.callbacks.store import CallbackMessage
from hotline.db import transaction
from ivr.prompts import HOME
from ivr.store import CallEvent, CallRow
from ops.hearing import Catalogue, recognise
from ops.phone import Phone, What
from ops.readiness import listens
from ops.sound import read_wav
from recordings.policy import Direction
from recordings.store import Recording, State
from recordings.vault import head
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running

pytestmark = pytest.mark.live
LONGEST = 12
WORDS = {"1": "zh-TW/V-08", "4": "en/V-08"}
"""What is said after the tone, by the key of the language."""
SPEECH_DBOV = -20.0
TOLD = ("message-invite", "message-kept", "V-10.before", "message-empty")


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A hotline whose messages are short."""
    refuse_or_go_on()
    with running(message_longest=LONGEST) as one:
        yield one
        assert_clean(one)


@dataclass(frozen=True)
class Scene:
    """One caller who presses key 3; ``then``: what they do after the tone."""

    number: str
    language: str
    then: str


SCENES = {
    "silence_in_mandarin": Scene("0913100001", "1", "falls silent"),
    "silence_in_english": Scene("0913100002", "4", "falls silent"),
    "pound_key": Scene("0913100003", "1", "#"),
    "hang_up": Scene("0913100004", "4", "hangs up"),
    "no_sound_at_all": Scene("0913100005", "1", "sends nothing"),
}


def kinds(system: System, number: str) -> list[str]:
    """What the record knows of this caller so far."""
    with transaction(system.house.factory) as session:
        query = select(CallEvent.kind).join(CallRow, CallRow.id == CallEvent.call_id)
        return list(session.scalars(query.where(CallRow.caller == f"+886{number[1:]}")))


def reach(system: System, phone: Phone, scene: Scene, sign: str) -> None:
    """The language, then key 3, each when its menu is spoken; until that sign of the message."""
    number, language = scene.number, scene.language
    phone.dial(f"sip:1999@{system.sip}")
    phone.wait_for(What.ESTABLISHED, 5)
    notices = {"1": 1, "4": 2}[language]
    for key, heard, menus in ((language, 1, 1), ("3", notices, 2)):
        system.until(
            lambda heard=heard, menus=menus: (
                kinds(system, number).count("NoticeHeard") >= heard
                and kinds(system, number).count("MenuHeard") >= menus
            ),
            40,
            f"{number} is asked for {key}",
        )
        time.sleep(0.6)
        phone.press(key)
    system.until(lambda: sign in kinds(system, number), 40, f"{number}: {sign}")


def play(system: System, scene: Scene) -> list[str]:
    """The whole call; what the caller heard."""
    with system.caller(scene.number) as phone:
        if scene.then == "sends nothing":
            reach(system, phone, scene, "MessageInvited")
            os.kill(phone.pid, signal.SIGSTOP)
            system.until(lambda: "CallEnding" in kinds(system, scene.number), 30, "nothing was said")
            os.kill(phone.pid, signal.SIGCONT)
        else:
            reach(system, phone, scene, "MessageBegun")
            phone.say(HOME / "build" / f"{WORDS[scene.language]}.wav")
            time.sleep(5.0)
            if scene.then == "hangs up":
                phone.hang_up()
            elif scene.then == "#":
                phone.press("#")
        phone.wait_for(What.CLOSED, 60)
        return heard_by(phone)


@pytest.fixture(scope="module")
def played(system: System) -> dict[str, list[str]]:
    """All scenes at once."""
    with ThreadPoolExecutor(len(SCENES)) as pool:
        calls = {name: pool.submit(play, system, scene) for name, scene in SCENES.items()}
        return {name: call.result() for name, call in calls.items()}


def heard_by(phone: Phone) -> list[str]:
    """What the caller was told about the message, in either language."""
    names = [f"{language}/{name}" for language in ("zh-TW", "en") for name in TOLD]
    known = Catalogue.load({name: HOME / "build" / f"{name}.wav" for name in names})
    return [heard.name for heard in recognise(read_wav(phone.heard), known)]


def message_of(system: System, call_id: str, within: float = 40) -> CallbackMessage:
    """The message that came to the callback."""

    def found() -> CallbackMessage | None:
        with transaction(system.house.factory) as session:
            return session.get(CallbackMessage, call_id)

    answer: CallbackMessage = system.until(found, within, f"the message of {call_id} is with its callback")
    return answer


def assert_kept(system: System, scene: Scene) -> None:
    """The promise, its message, the words in the file at their level, its checksum."""
    row = system.row(scene.number)
    assert row.outcome == "promised"
    (promise,) = system.promises(row.id)
    assert (promise.origin, promise.number) == ("caller", f"+886{scene.number[1:]}")
    message = message_of(system, row.id)
    path = system.settings.messages / f"{message.name}.wav"
    assert head(path).is_whole and head(path).seconds == pytest.approx(message.seconds, abs=0.5)
    assert_words(path, WORDS[scene.language])

    def checked() -> Recording | None:
        files = (file for file in system.recordings(row.id) if file.direction == Direction.MESSAGE)
        return next((file for file in files if file.sha256), None)

    kept: Recording = system.until(checked, 30, "the message has its checksum")
    assert kept.state == State.WHOLE, kept.reason


def assert_words(path: object, name: str) -> None:
    """As many seconds of speech as were said, as loud as they were said."""
    spoken, said = (loud(read_wav(one)) for one in (path, HOME / "build" / f"{name}.wav"))  # type: ignore[arg-type]
    assert len(spoken) == pytest.approx(len(said), rel=0.15)
    assert np.percentile(spoken, 80) == pytest.approx(np.percentile(said, 80), abs=1.5)


def loud(sound: "np.typing.NDArray[np.int16]") -> "np.typing.NDArray[np.float64]":
    """Levels of the frames of 20 ms that hold words and not only the murmur of the phone."""
    pieces = sound[: len(sound) // 160 * 160].reshape(-1, 160).astype(np.float64)
    levels = 10 * np.log10(np.mean(pieces**2, axis=1) / 32768**2 + 1e-10)
    return np.asarray(levels[levels > SPEECH_DBOV - 10])


@pytest.mark.parametrize("name", ["silence_in_mandarin", "silence_in_english", "pound_key"])
def test_P5_1_1_a_message_is_heard_ended_and_kept(
    played: dict[str, list[str]], name: str, system: System
) -> None:
    """By silence or by #, in the caller's language; then until when we call back, and goodbye."""
    scene = SCENES[name]
    tag = WORDS[scene.language].partition("/")[0]
    heard = played[name]
    wanted = [f"{tag}/{prompt}" for prompt in TOLD[:3]]
    assert [prompt for prompt in wanted if prompt not in heard] == [], heard
    assert_kept(system, scene)
    (kept,) = [event for event in system.events(system.row(scene.number).id) if event.kind == "MessageKept"]
    assert kept.detail["ended"] == ("key" if scene.then == "#" else "silence")


def test_P5_1_1_who_hangs_up_in_the_message_keeps_promise_and_message(
    played: dict[str, list[str]], system: System
) -> None:
    """No decision is made for a caller who is gone; the message comes to its promise all the same."""
    assert "en/V-10.before" not in played["hang_up"]
    assert_kept(system, SCENES["hang_up"])
    assert system.row(SCENES["hang_up"].number).end_reason == "caller_hung_up"


def test_P5_1_1_no_sound_at_all_is_an_empty_message(played: dict[str, list[str]], system: System) -> None:
    """No RTP: six seconds by the clock; the promise stands, and no file is kept."""
    row = system.row(SCENES["no_sound_at_all"].number)
    assert row.outcome == "promised" and len(system.promises(row.id)) == 1
    assert "MessageKept" not in kinds(system, SCENES["no_sound_at_all"].number)
    assert not list(system.settings.messages.glob(f"{row.id}*"))


def test_P5_1_1_without_a_listener_asterisk_records_by_itself(
    played: dict[str, list[str]], system: System
) -> None:
    """The listener is away: the same words, ended by #."""
    scene = Scene("0913100011", "1", "#")
    system.supervisor.halt("listener")
    try:
        heard = play(system, scene)
    finally:
        system.supervisor.resume("listener")
    assert {"zh-TW/message-kept", "zh-TW/V-10.before"} <= set(heard), heard
    assert_kept(system, scene)


def test_P5_1_1_a_hung_listener_delays_nobody_beyond_the_longest_message(
    played: dict[str, list[str]], system: System
) -> None:
    """Bounded, then until when we call back; once the listener wakes, what it was sent is a message after all."""
    scene = Scene("0913100012", "4", "falls silent")
    where = system.settings.agi_address, system.settings.message_port
    system.until(lambda: listens(*where), 30, "the listener is back")
    pid = system.supervisor.pid("listener")
    with system.caller(scene.number) as phone:
        os.kill(pid, signal.SIGSTOP)
        try:
            reach(system, phone, scene, "MessageBegun")
            began = time.monotonic()
            phone.say(HOME / "build" / f"{WORDS[scene.language]}.wav")
            system.until(
                lambda: "CallEnding" in kinds(system, scene.number), LONGEST + 20, "the call goes on"
            )
            took = time.monotonic() - began
            phone.wait_for(What.CLOSED, 60)
            heard = heard_by(phone)
        finally:
            os.kill(pid, signal.SIGCONT)
    assert took < LONGEST + 8
    assert {"en/message-empty", "en/V-10.before"} <= set(heard), heard
    assert_kept(system, scene)


def test_no_ghost_is_left(system: System) -> None:
    """After all of it Asterisk has no channel, and every message that was kept is as it was stored."""
    system.until(lambda: system.channels() == 0, 20, "no channel is left")
