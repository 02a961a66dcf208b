"""A promise asks what it is about: the message is heard, ends, is kept, and comes to its callback (§9.2)."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import numpy as np
import pytest

from demo.officers import Officers, officers
from demo.phone import PhoneEventKind
from demo.sound import write_wav
from hotline import clock
from ivr.prompts import HOME
from ops.jobs.hung_messages import listens
from tests.chosen import is_plain
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.messages import (
    AFTER_THE_HUNT,
    BY_NIGHT,
    LONGEST,
    SCENES,
    SPAN,
    TOLD,
    WORDS,
    Scene,
    assert_as_loud,
    assert_empty,
    assert_kept,
    dialled,
    ending_of,
    heard_by,
    kinds,
    play,
    reach,
    words_of,
)
from tests.live.system import ALL_DAY, System, declare, hotline, running
from tests.live.test_menus_live import in_order
from tests.spoken_message import pcm

pytestmark = pytest.mark.live
AT_ONCE = len(SCENES) + 2
PLAIN = "silence_in_mandarin"


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """A hotline whose messages and rings are short, in an office that is open all day."""
    if is_plain(request):
        one = request.getfixturevalue("everyday")
        declare(one, "open")
        yield one
        return
    refuse_or_go_on()
    with running(message_longest=LONGEST, transfer_ring=4, transfer_neighbour_ring=4, **ALL_DAY) as one:
        yield one
        assert_clean(one)


@pytest.fixture(scope="module")
def played(system: System, request: pytest.FixtureRequest) -> Iterator[dict[str, list[str]]]:
    """All scenes at once; it is night first, and day as soon as the caller by night is promised a callback.

    The plain run has one of them, by day.
    """
    if is_plain(request):
        declare(system, "open")
        yield {PLAIN: play(system, SCENES[PLAIN])}
        return
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


@pytest.mark.parametrize(
    ("name", "ended"),
    [
        pytest.param(
            PLAIN, "silence", marks=pytest.mark.promise("A spoken message is heard, ended and kept")
        ),
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
    heard = ("V-05.epb-clean", "V-06", "V-06", "nobody-now", "message-kept", "V-10.before")
    assert "zh-TW/V-07" not in played[AFTER_THE_HUNT], "nobody is there to be taken back to"
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


@contextmanager
def hung(system: System) -> Iterator[datetime]:
    """The listener, stopped in the midst of whatever it does; since when."""
    where = system.settings.agi_address, system.settings.message_port
    system.until(lambda: listens(*where), 30, "the listener is back")
    pid = system.supervisor.pid("listener")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield clock.now()
    finally:
        os.kill(pid, signal.SIGCONT)


NEXT_WORDS = 4.0
"""Seconds until a caller hears something again, whatever hangs."""


def test_P5_1_1_who_comes_to_a_hung_listener_hears_the_tone_again_within_4_s(
    played: dict[str, list[str]], system: System
) -> None:
    """Then Asterisk records by itself."""
    scene = Scene("0913100012", "4", "#")
    with system.caller(scene.number) as phone, hung(system):
        reach(system, phone, scene, "MessageBegun")
        system.until(lambda: kinds(system, scene.number).count("MessageBegun") == 2, 20, "the second tone")
        phone.say(HOME / "build" / f"{WORDS[scene.language]}.wav")
        time.sleep(6.0)
        phone.press("#")
        phone.wait_for(PhoneEventKind.CLOSED, 60)
        heard = heard_by(phone)
    first, second = (
        one.at for one in system.events(system.row(scene.number).id) if one.kind == "MessageBegun"
    )
    assert (second - first).total_seconds() < NEXT_WORDS
    assert {"en/message-kept", "en/V-10.before"} <= set(heard), heard
    assert_kept(system, scene.number, WORDS[scene.language])


def test_P5_1_1_whose_listener_hangs_in_the_message_hears_the_next_words_within_4_s(
    played: dict[str, list[str]], system: System
) -> None:
    """What was said before is kept, as long as it is, and told as cut."""
    scene = Scene("0913100013", "1", "talks on")
    with system.caller(scene.number) as phone:
        reach(system, phone, scene, "MessageBegun")
        path = system.scratch / f"said-{scene.number}.wav"
        write_wav(path, np.frombuffer(pcm(words_of(scene)), "<i2"))
        phone.say(path)
        time.sleep(4.0)
        with hung(system) as since:
            system.until(lambda: "MessageKept" in kinds(system, scene.number), 30, "the call goes on")
            phone.wait_for(PhoneEventKind.CLOSED, 60)
            heard = heard_by(phone)
    call_id = system.row(scene.number).id
    (kept,) = (one for one in system.events(call_id) if one.kind == "MessageKept")
    assert (kept.at - since).total_seconds() < NEXT_WORDS
    assert kept.detail["ended"] == "cut" and kept.detail["seconds"] == pytest.approx(4.0, abs=1.5)
    assert {"zh-TW/message-kept", "zh-TW/V-10.before"} <= set(heard), heard
    found = system.until(
        lambda: [one for one in system.recordings(call_id) if one.direction == "message" and one.sha256],
        60,
        "the message is judged",
    )
    assert [(one.state, bool(one.reason)) for one in found] == [("SHORT", True)]


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
