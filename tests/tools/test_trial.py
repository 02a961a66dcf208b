"""A trial call hears the menus, presses its keys there and tells the story truly."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from demo.baresip import INSTALL, free_port
from demo.conversation import MenuWatch, Press, Speak, Wait, read_keys
from demo.hearing import HeardPrompt, PromptSounds, recognise
from demo.live_output import LiveOutput
from demo.phone import Answers, Behaviour, Busy, PhoneEvent, PhoneEventKind, Softphone
from demo.sound import SAMPLES_A_SECOND, Samples, read_wav, write_wav
from demo.story import KnownCall, Moment, MomentKind, RecordedFile, Story, measure
from demo.trial import Hotline, judge, place_call

MENUS = {"language": ("ask-1", "ask-2"), "main": ("do-1",)}
CITY = "127.0.0.14"
needs_phone = pytest.mark.skipif(not shutil.which("baresip"), reason=INSTALL)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", []),
        ("1,1", [Press("1"), Press("1")]),
        (" * , 0912345678# ", [Press("*"), Press("0912345678#")]),
        ("-,wait:2.5,0", [Press(""), Wait(2.5), Press("0")]),
        ("3,say:zh-TW/V-08", [Press("3"), Speak("zh-TW/V-08")]),
    ],
)
def test_keys_in_words(text: str, steps: list[object]) -> None:
    """Keys are pressed one item a menu; - presses nothing there; wait:SECONDS waits; say:SOUND is spoken."""
    assert read_keys(text) == steps


@pytest.mark.parametrize("text", ["one", "1;2", "wait:long", "wait:-1", "wait:nan", "1,A", "say:"])
def test_what_is_no_key_is_refused(text: str) -> None:
    """A slip of the pen is refused before anything is dialled, and told how it is written."""
    with pytest.raises(ValueError, match="write"):
        read_keys(text)


def sounding(at: float, *names: str) -> list[HeardPrompt]:
    return [HeardPrompt(name, at, 0.5, False) for name in names]


@pytest.mark.parametrize(
    ("heard", "visits"),
    [
        ([(0, "zh/notice"), (8, "zh/ask-1"), (10, "en/ask-2")], ["language"]),
        ([(8, "zh/ask-1"), (9, "zh/do-1")], ["language", "main"]),
        ([(8, "zh/ask-1"), (10, "zh/ask-2"), (17, "zh/ask-1")], ["language", "language"]),
        ([(8, "zh/do-1"), (8.1, "zh/do-1"), (9, "zh/do-1")], ["main", "main"]),
        ([(8, "zh/sorry"), (9, "zh/ask-2")], ["language"]),
    ],
)
def test_a_menu_counts_once_until_it_begins_again(heard: list[tuple[float, str]], visits: list[str]) -> None:
    """The prompts of a menu are one visit; from its beginning again, or another menu, is a new one."""
    watch = MenuWatch(MENUS)
    for at, name in heard:
        watch.look(sounding(at, name))
    assert watch.visits == visits


def test_a_menu_does_not_count_while_it_may_be_another() -> None:
    """While what sounds may still be prompts of two menus, or of none, no key is due."""
    watch = MenuWatch(MENUS)
    watch.look(sounding(3, "zh/ask-1", "zh/do-1"))
    watch.look(sounding(3, "zh/ask-1", "zh/notice"))
    assert watch.visits == []
    watch.look(sounding(3, "zh/ask-1", "zh/ask-2"))
    assert watch.visits == ["language"]


BYE = PhoneEvent(PhoneEventKind.CLOSED, 9.0, reason="Connection reset by peer")
RECORD = KnownCall("1764000000.1", "abandoned", "caller-left")


@pytest.mark.parametrize(
    ("closed", "answered", "agents", "record", "served", "why"),
    [
        (BYE, True, ["8101"], None, True, "8101 talked"),
        (BYE, True, [], replace(RECORD, outcome="promised"), True, "promised"),
        (BYE, True, [], RECORD, False, "caller-left"),
        (BYE, True, [], None, False, "the hotline hangs up"),
        (replace(BYE, reason="403 Forbidden"), False, [], None, False, "403 Forbidden"),
        (replace(BYE, reason="Connection reset by user"), False, [], None, False, "did not answer"),
    ],
)
def test_served_or_not_and_why(
    closed: PhoneEvent,
    answered: bool,
    agents: list[str],
    record: KnownCall | None,
    served: bool,
    why: str,
) -> None:
    """Talked, promised or informed is served; anything else is not, with the reason."""
    verdict, reason = judge(closed, answered, agents, record)
    assert (verdict, why in reason) == (served, True)


def _told(*steps: Moment | float) -> list[str]:
    told: list[Moment] = []
    telling = LiveOutput(told.append)
    for step in steps:
        telling.up_to(step) if isinstance(step, float) else telling.add(step)
    return [f"{moment.what} {moment.kind}" for moment in told]


def test_what_happened_later_waits_for_the_prompt_that_is_not_yet_known() -> None:
    """A key cuts a prompt off: the prompt is known after the key, and told before it."""
    key, prompt = Moment(9.4, MomentKind.KEY, "1"), Moment(8.8, MomentKind.PROMPT, "V-02.1", 0.8, False)
    assert _told(key, 8.8) == []
    assert _told(key, 8.8, prompt, 9.4) == ["V-02.1 prompt"]
    assert _told(key, 8.8, prompt, 9.6) == ["V-02.1 prompt", "1 key"]


def test_a_busy_phone_is_told_twice_and_counted_then() -> None:
    """The queue rings it each second; the story stays readable, JSON has every ring."""
    rings = [
        Moment(n, kind, "agent-1", words=words)
        for n in range(10)
        for kind, words in ((MomentKind.AGENT_RINGS, ""), (MomentKind.AGENT_GONE, "rings no more"))
    ]
    answers = Moment(11.0, MomentKind.AGENT_ANSWERS, "agent-1", 1.0)
    assert _told(*rings, answers, 12.0) == [
        *["agent-1 agent rings", "agent-1 agent gone"] * 2,
        "agent-1 agent answers",
    ]
    story = Story("1999", "", (*rings, answers), True, "talked")
    assert "agent agent-1 rang 10 times in all" in story.verdict()


def test_the_seconds_of_a_journey_are_told_from_the_answer_on() -> None:
    """When each place was first come to, and an agent rang; nothing of what was never reached."""
    heard = (("V-00", 0.1), ("V-02.1", 2.6), ("V-02.4", 7.3), ("V-01", 18.0), ("V-02.1", 19.0))
    prompts = (Moment(at, MomentKind.PROMPT, f"zh-TW/{name}", 1.0, True) for name, at in heard)
    story = Story("1999", "", (*prompts, Moment(28.0, MomentKind.AGENT_RINGS, "agent-1")), True, "talked")
    assert story.verdict().startswith(
        "since the answer: language menu 2.6 s, English 7.3 s, notice 18.0 s, agent rings 28.0 s\n"
    )
    assert "since the answer" not in Story("1999", "", (), False, "").verdict()


def test_recording_is_measured_on_the_disk(tmp_path: Path) -> None:
    """Seconds and checksum come from the file itself; a changed or missing file does not pass as stored."""
    path = tmp_path / "call-caller.wav"
    write_wav(path, voice(1, 1.5))
    seen = measure(RecordedFile("caller", path))
    assert (seen.seconds, len(seen.sha256), seen.as_stored) == (1.5, 64, None)
    assert measure(RecordedFile("caller", path, seen.sha256)).as_stored is True
    assert measure(RecordedFile("caller", path, "0" * 64)).as_stored is False
    path.unlink()
    assert measure(RecordedFile("caller", path, seen.sha256)).as_stored is False


def voice(seed: int, seconds: float) -> Samples:
    """Soft noise that is always the same for one seed."""
    noise = np.random.default_rng(seed).standard_normal(int(seconds * SAMPLES_A_SECOND))
    sound: Samples = (np.convolve(noise, np.ones(6), "same") * 1500).astype(np.int16)
    return sound


PROMPTS = {name: voice(seed, 1.2) for seed, name in enumerate(("notice", "ask-1", "ask-2", "do-1"))}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def city(
    stack: ExitStack, folder: Path, behaves: Behaviour, prompts: dict[str, Samples] = PROMPTS
) -> tuple[Softphone, Hotline]:
    """A phone that plays the hotline: it says the prompts in a row, whatever is pressed."""
    files = {f"zh-TW/{name}": folder / f"{name}.wav" for name in prompts}
    for name, sound in prompts.items():
        write_wav(files[f"zh-TW/{name}"], sound)
    write_wav(folder / "said.wav", *prompts.values())
    port = free_port(CITY)
    phone = Softphone(
        "1999",
        home=folder / "city",
        address=CITY,
        behaves=behaves,
        voice=folder / "said.wav",
        sip_port=port,
    )
    hotline = Hotline(f"{CITY}:{port}", files, MENUS, {}, folder / "home", words=lambda name: f"<{name}>")
    return stack.enter_context(phone), hotline


@needs_phone
def test_story_of_a_call(stack: ExitStack, tmp_path: Path) -> None:
    """Prompts are told in order, keys are pressed at their menus,
    the record is waited for, JSON holds all.
    """
    phone, hotline = city(stack, tmp_path, Answers(0, 6))
    write_wav(tmp_path / "caller.wav", voice(9, 2))
    file = RecordedFile("caller", tmp_path / "caller.wav", "0" * 64)
    records = iter([None, replace(RECORD, end_reason=""), replace(RECORD, outcome="informed", files=(file,))])
    lines: list[str] = []

    def find(caller: str, since: datetime) -> KnownCall | None:
        assert (caller, since.tzinfo is not None) == ("0911222333", True)
        return next(records)

    story = place_call(
        "1999", "2,-,7", hotline=hotline, caller="0911222333", find_record=find, tell=lines.append
    )
    assert [phone.wait_for(PhoneEventKind.KEY, 1).reason] == ["2"]
    assert story.heard == [f"zh-TW/{name}" for name in PROMPTS]
    marks = [
        (m.kind, m.what, m.words) for m in story.moments if m.kind in (MomentKind.KEY, MomentKind.NO_KEY)
    ]
    assert marks == [(MomentKind.KEY, "2", "language"), (MomentKind.NO_KEY, "", "main")]
    assert lines == [moment.line() for moment in story.moments]  # told in the order in which it happened
    told = json.loads(story.as_json())
    assert (told["served"], told["record"]["outcome"]) == (True, "informed")
    assert (told["recordings"][0]["seconds"], told["recordings"][0]["as_stored"]) == (2.0, False)
    assert "<zh-TW/do-1>" in story.as_text()


@needs_phone
def test_a_message_is_said_after_the_tone(stack: ExitStack, tmp_path: Path) -> None:
    """Not into the invitation: the hotline hears all of it."""
    prompts = {"notice": voice(0, 1.2), "message-invite": voice(1, 1.5)}
    phone, hotline = city(stack, tmp_path, Answers(0, 9), prompts)
    write_wav(tmp_path / "matter.wav", voice(7, 1.5))
    story = place_call("1999", f"say:{tmp_path / 'matter.wav'}", hotline=hotline)
    (said,) = [moment for moment in story.moments if moment.kind is MomentKind.SPEAKS]
    (invited,) = [moment for moment in story.moments if moment.what == "zh-TW/message-invite"]
    assert said.at > invited.at + 1.5
    (heard,) = recognise(read_wav(phone.heard), PromptSounds.load({"matter": tmp_path / "matter.wav"}))
    assert heard.whole


@needs_phone
def test_who_has_nothing_to_say_is_silent_after_the_tone(stack: ExitStack, tmp_path: Path) -> None:
    """A message is asked for, and the caller's phone sends nothing that could be taken for one."""
    prompts = {"notice": voice(0, 1.2), "message-invite": voice(1, 1.5)}
    phone, hotline = city(stack, tmp_path, Answers(0, 8), prompts)
    place_call("1999", "", hotline=replace(hotline, menus={"message": ("message-invite",)}))
    heard = read_wav(phone.heard).astype(np.float64)
    assert np.abs(heard[:SAMPLES_A_SECOND]).max() > 300
    assert np.abs(heard[-2 * SAMPLES_A_SECOND :]).max() < 60


def test_a_sound_that_nobody_has_is_refused_before_anything_is_dialled(tmp_path: Path) -> None:
    """Its name is told."""
    hotline = Hotline("127.0.0.1:9", {}, MENUS, {}, tmp_path)
    with pytest.raises(ValueError, match=r"nothing\.wav"):
        place_call("1999", "say:nothing.wav", hotline=hotline)


@needs_phone
def test_story_of_a_refused_call(stack: ExitStack, tmp_path: Path) -> None:
    """A hotline that refuses is told with its status, and nobody looks for a record."""
    _, hotline = city(stack, tmp_path, Busy())
    story = place_call("1999", "1", hotline=hotline, find_record=lambda caller, since: RECORD)
    assert (story.served, story.record, story.heard) == (False, None, [])
    assert "486" in story.why


@needs_phone
def test_caller_hangs_up_in_the_end(stack: ExitStack, tmp_path: Path) -> None:
    """A call that nobody ends is ended by the caller after the longest time."""
    _, hotline = city(stack, tmp_path, Answers(0))
    story = place_call("1999", "", hotline=hotline, longest=1.5)
    assert story.moments[-1].what == "the caller hangs up"
    assert story.why.startswith("no agent answered and the caller hangs up")
