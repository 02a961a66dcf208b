"""Recording begins as an agent answers, after the notice in the caller's language, in two whole files."""

import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.hearing import PromptSounds, recognise
from demo.phone import Answers
from demo.sound import read_wav
from demo.story import Story
from demo.trials import this_hotline
from tests.chosen import chosen, each
from tests.live.system import System

pytestmark = pytest.mark.live
AT_ONCE = 4
KEYS = {"zh-TW": "1,1", "en": "4,1", "ja": "5,1", "nan-TW": "2,1"}


PROMISES = {"zh-TW": "Recording begins after the notice, in two files, and is whole"}


@pytest.fixture(scope="module")
def stories(system: System, request: pytest.FixtureRequest) -> dict[str, Story]:
    """A call in each language asked for, each with an agent for two seconds."""
    answers = Answers(0.2, 2.0)
    with (
        system.agents(agent_1=answers, agent_2=answers, agent_3=answers),
        ThreadPoolExecutor(len(KEYS)) as pool,
    ):
        calls = {name: pool.submit(system.call, KEYS[name]) for name in chosen(request, KEYS)}
        return {language: call.result() for language, call in calls.items()}


@each(KEYS, PROMISES)
def test_P4_12_the_first_sample_comes_after_the_notice(
    stories: dict[str, Story], name: str, system: System
) -> None:
    """Event log: the notice's end before the recording's begin; in the file: no notice, menu or music."""
    record = stories[name].record
    assert record is not None
    events = {event.kind: event.at for event in reversed(system.events(record.call_id))}
    last_notice = max(event.at for event in system.events(record.call_id) if event.kind == "NoticeHeard")
    assert last_notice <= events["RecordingStarted"]
    to_caller = next(one for one in stories[name].recordings if one.direction == "agent")
    prompts = this_hotline(system.house, system.scratch).prompts
    assert not recognise(read_wav(Path(to_caller.path)), PromptSounds.load(prompts))


@each(KEYS, PROMISES)
def test_P0_b_the_files_are_as_long_as_the_call_was_recorded(
    stories: dict[str, Story], name: str, system: System
) -> None:
    """Both directions, equal in length, as long as the talk, stored with checksums."""
    record = stories[name].record
    assert record is not None
    row = system.row(stories[name].caller)
    assert row.talk_seconds
    kept = system.recordings(record.call_id)
    assert [one.state for one in kept] == ["WHOLE", "WHOLE"]
    for one in kept:
        with wave.open(str(system.settings.recordings / one.path)) as file:
            assert (file.getframerate(), file.getnchannels()) == (8000, 1)
            assert abs(file.getnframes() / 8000 - row.talk_seconds) < 0.5
        assert len(one.sha256) == 64
