"""Typed words are spoken by the real voices: as loud and as long as prompts, and heard in a call (V-03)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from administration import announcements
from administration.announcements import ANNOUNCEMENT, PHRASE, OwnWords, read_wav
from demo.trial import place_call
from demo.trials import find_record, this_hotline
from hotline import clock
from ivr.numerals import Language
from ivr.speech.level import TARGET_DBOV, active_dbov
from ivr.speech.typed import Unspeakable, has_voices
from tests.live.conftest import assert_clean, lacks, refuse_or_go_on
from tests.live.system import ALL_DAY, System, hotline, running

TEXTS = {
    Language.MANDARIN: "土城區部分地區今天停水，預計下午恢復供水。",
    Language.ENGLISH: "Water is off in parts of Tucheng today.",
    Language.JAPANESE: "本日、土城区の一部で断水しています。",
}
LEAST, MOST = 1.5, 8.0
"""Seconds of such a sentence as people say it."""
BY = "admin-1"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """With the synthesiser, which `make prove` brings."""
    refuse_or_go_on()
    if not has_voices():
        lacks("the synthesiser is not on this machine; bring it by `make voices`")
    with running(**ALL_DAY) as one:
        yield one
        assert_clean(one)


def made(system: System, words: OwnWords, texts: Mapping[Language, str]) -> str:
    """The name of what was typed and spoken."""
    house, at = system.house, clock.now()
    return announcements.make(house.factory, house.announcements, words, texts, {}, by=BY, at=at)


def assert_as_prompts(system: System, prompt: str, languages: Iterable[Language]) -> None:
    """In each of the languages: rate, level, peak and length of what callers are played."""
    for language in languages:
        samples, rate = read_wav(system.house.announcements.file(prompt, language).read_bytes())
        assert rate == 8000 and LEAST < len(samples) / rate < MOST, language
        assert abs(active_dbov(samples.astype(np.float64), rate) - TARGET_DBOV) < 1, language
        assert 0.02 < np.abs(samples).max() <= 0.99, language


@pytest.mark.live
def test_typed_words_are_spoken_and_a_caller_hears_them(system: System) -> None:
    """In three languages, at the level of all prompts; the announcement that is on comes first in a call."""
    name = made(system, ANNOUNCEMENT, TEXTS)
    prompt = ANNOUNCEMENT.prompt(name)
    assert_as_prompts(system, prompt, TEXTS)
    house = system.house
    for language in TEXTS:
        announcements.hear(house.factory, house.announcements, name, language, by=BY, at=clock.now())
    told = hotline(system, "bulletin", "on", name, "--by", BY)
    assert told.exit_code == 0, told.output
    here = this_hotline(house, system.scratch / "trial-voices")
    sound = {f"zh-TW/{prompt}": house.announcements.file(prompt, Language.MANDARIN)}
    story = place_call(
        "1999",
        "1",
        hotline=replace(here, prompts={**here.prompts, **sound}),
        caller="0912999001",
        find_record=lambda who, since: find_record(house, who, since),
        longest=14.0,
    )
    assert f"zh-TW/{prompt}" in story.heard, story.as_text()
    hotline(system, "bulletin", "off", "--by", BY)


@pytest.mark.live
def test_a_phrase_of_a_menu_is_spoken_too(system: System) -> None:
    """By the same voices, at the same level; what a menu's editor hears before it is saved."""
    text = {Language.MANDARIN: "查詢停水，請按一。"}
    with pytest.raises(Unspeakable):
        made(system, PHRASE, {Language.MANDARIN: "停水請按 1。"})
    assert_as_prompts(system, PHRASE.prompt(made(system, PHRASE, text)), text)
