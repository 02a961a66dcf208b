"""A promise asks what it is about: the message is heard, ends, is kept, and comes to its callback (§9.2)."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from hotline import clock
from hotline.callbacks.store import CallbackMessage
from hotline.db import transaction
from ivr.prompts import HOME
from ivr.store import CallEvent, CallRow
from ops.cli import main
from ops.hearing import Catalogue, recognise
from ops.officers import Officers, officers
from ops.phone import Phone, What
from ops.readiness import listens
from ops.sound import read_wav, write_wav
from ops.story import Story
from recordings.policy import Direction
from recordings.store import Recording, State
from recordings.vault import head
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running
from tests.live.test_menus_live import in_order
from tests.spoken_message import Sound, pcm, pink, prompt

pytestmark = pytest.mark.live
LONGEST = 12
WORDS = {"1": "zh-TW/V-08", "4": "en/V-08"}
"""What is said after the tone, by the key of the language."""
SPEECH_DBOV = -20.0
SPAN = ("MessageBegun", "MessageKept")
TOLD = ("message-invite", "message-kept", "V-10.before", "message-empty")


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A hotline whose messages and rings are short, in an office that is open all day."""
    refuse_or_go_on()
    hours = {"office_opens": "00:00", "office_closes": "23:59:59"}
    with running(message_longest=LONGEST, transfer_ring=4, transfer_neighbour_ring=4, **hours) as one:
        yield one
        assert_clean(one)


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


def hotline(system: System, *words: str) -> Result:
    """A command, as it is typed."""
    return CliRunner().invoke(main, words, env={"HOTLINE_HOME": str(system.settings.home)})


def declare(system: System, what: str) -> None:
    """Today and tomorrow are worked, or nobody works; every process knows it soon."""
    today = clock.now().astimezone(clock.TAIPEI).date()
    for day in (today, today + timedelta(days=1)):
        told = hotline(system, "calendar", what, str(day), "--reason", "a scene", "--by", "admin-1")
        assert told.exit_code == 0, told.output
    time.sleep(2.5)


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
        phone.wait_for(What.CLOSED, 60)
        return heard_by(phone)


def dialled(system: System, number: str) -> Story:
    """A caller who knows the extension, and says what it is about when asked."""
    return system.call(KEYS, number, longest=150.0)


@pytest.fixture(scope="module")
def played(system: System) -> Iterator[dict[str, list[str]]]:
    """All scenes at once; it is night first, and day as soon as the caller by night is promised a callback."""
    phones = officers("5112=busy,5111=silent,5113=busy")
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "officers"),
        ThreadPoolExecutor(len(SCENES) + 2) as pool,
    ):
        declare(system, "close")
        stories = {BY_NIGHT: pool.submit(dialled, system, BY_NIGHT)}
        system.until(lambda: kinds(system, BY_NIGHT), 60, "the caller by night has called")
        calls = {name: pool.submit(play, system, scene) for name, scene in SCENES.items()}
        system.until(lambda: "CallbackPromised" in kinds(system, BY_NIGHT), 60, "it is night")
        declare(system, "open")
        stories[AFTER_THE_HUNT] = pool.submit(dialled, system, AFTER_THE_HUNT)
        yield {name: call.result() for name, call in calls.items()} | {
            number: story.result().heard for number, story in stories.items()
        }


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
    assert kept.state == State.WHOLE, kept.reason
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
    known = Catalogue.load({name: HOME / "build" / f"{name}.wav" for name in WORDS.values()})
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


@pytest.mark.parametrize(
    ("name", "ended"),
    [
        ("silence_in_mandarin", "silence"),
        ("silence_in_english", "silence"),
        ("pound_key", "key"),
        ("in_a_street", "silence"),
        ("talks_on", "longest"),
    ],
)
def test_P5_1_1_a_message_is_heard_ended_and_kept(
    played: dict[str, list[str]], name: str, ended: str, system: System
) -> None:
    """In the caller's language; then until when we call back, and goodbye; also beside a street."""
    scene = SCENES[name]
    words = WORDS[scene.language]
    tag = words.partition("/")[0]
    wanted = [f"{tag}/{prompt}" for prompt in TOLD[:3]]
    assert [prompt for prompt in wanted if prompt not in played[name]] == [], played[name]
    assert_kept(system, scene.number, words)
    kept = ending_of(system, scene.number)
    assert kept.detail["ended"] == ended
    if ended == "silence" and name != "in_a_street":
        assert_as_loud(system.settings.messages / f"{kept.detail['name']}.wav", words)


def test_P5_1_1_the_longest_message_is_by_the_clock_on_the_wall(
    played: dict[str, list[str]], system: System
) -> None:
    """Who talks on is ended, and all of it is kept."""
    number = SCENES["talks_on"].number
    kept = ending_of(system, number)
    (began,) = [one for one in system.events(system.row(number).id) if one.kind == "MessageBegun"]
    assert LONGEST - 1 < (kept.at - began.at).total_seconds() < LONGEST + 4
    assert kept.detail["seconds"] == pytest.approx(LONGEST, abs=0.5)


def test_P5_1_1_several_leave_their_messages_at_once(played: dict[str, list[str]], system: System) -> None:
    """Each of them has been heard with the own words; nobody waited for another."""
    spans = []
    for name in ("silence_in_mandarin", "pound_key", "in_a_street", "talks_on"):
        events = system.events(system.row(SCENES[name].number).id)
        spans.append([next(one.at for one in events if one.kind == kind) for kind in SPAN])
    assert max(began for began, _ in spans) < min(ended for _, ended in spans)


def test_P5_1_1_who_hangs_up_in_the_message_keeps_promise_and_message(
    played: dict[str, list[str]], system: System
) -> None:
    """No decision is made for a caller who is gone; the message comes to its promise all the same."""
    number = SCENES["hang_up"].number
    assert "en/V-10.before" not in played["hang_up"]
    assert_kept(system, number, "en/V-08")
    assert system.row(number).end_reason == "caller_hung_up"


@pytest.mark.parametrize("name", ["no_sound_at_all", "only_a_street", "declines"])
def test_P5_1_1_an_empty_message_is_not_kept(played: dict[str, list[str]], name: str, system: System) -> None:
    """No RTP for six seconds by the clock, noise without a word, or # before the tone: the promise stands."""
    assert_empty(system, SCENES[name].number)
    if name != "no_sound_at_all":
        assert {"en/message-empty", "en/V-10.before"} <= set(played[name]), played[name]


def test_P5_1_3_by_night_the_extension_takes_a_message(played: dict[str, list[str]], system: System) -> None:
    """V-09, then the matter, then when we call back."""
    assert in_order(("zh-TW/V-09", "zh-TW/message-kept", "zh-TW/V-10.before"), played[BY_NIGHT])
    assert_kept(system, BY_NIGHT, "zh-TW/V-08", "transfer")


def test_P5_1_1_nobody_answers_and_the_message_comes_to_the_extension_asked_for(
    played: dict[str, list[str]], system: System
) -> None:
    """Busy, silent, busy, no agent: the promise is for the desk that was dialled."""
    heard = ("V-05.epb-clean", "V-06", "V-06", "V-07", "nobody-now", "message-kept", "V-10.before")
    assert in_order(tuple(f"zh-TW/{name}" for name in heard), played[AFTER_THE_HUNT])
    assert_kept(system, AFTER_THE_HUNT, "zh-TW/V-08", "nobody")
    (promise,) = system.promises(system.row(AFTER_THE_HUNT).id)
    assert (promise.extension, promise.section) == ("5112", "epb-clean")


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
    assert_kept(system, scene.number, WORDS[scene.language])


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
    assert_kept(system, scene.number, WORDS[scene.language])


def test_no_ghost_is_left_and_a_message_that_was_changed_is_named(
    played: dict[str, list[str]], system: System
) -> None:
    """After all of it Asterisk has no channel; messages are watched like any recording."""
    system.until(lambda: system.channels() == 0, 20, "no channel is left")
    whole = hotline(system, "recordings", "verify")
    assert whole.exit_code == 0, whole.output
    name = f"{system.row(SCENES['pound_key'].number).id}-message.wav"
    (system.settings.messages / name).unlink()
    missed = hotline(system, "recordings", "verify")
    assert missed.exit_code == 1 and name in missed.output, missed.output
