"""Every key of both menus, by a real softphone through a real Asterisk: what is heard, asked and recorded."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from demo.phone import Answers
from demo.story import MomentKind, Story
from tests.calls_at_once import within
from tests.chosen import chosen, each
from tests.live.system import System

AT_ONCE = 6


@dataclass(frozen=True)
class Scene:
    """Keys pressed one a menu, and prompts that must be heard in this order, others between them."""

    keys: str
    heard: tuple[str, ...]
    wanted: str = "zh-TW"
    others: dict[str, object] = field(default_factory=dict)


MANDARIN = ("zh-TW/V-00", "zh-TW/V-02.1", "zh-TW/V-01", "zh-TW/V-02b.1")
SCENES = {
    "P3_b_1_mandarin": Scene("1,1", (*MANDARIN, "zh-TW/to-an-agent")),
    "P3_b_2_taiwanese_said_honestly": Scene("2,1", ("zh-TW/lang-not-ready.nan-TW", "zh-TW/V-01"), "nan-TW"),
    "P3_b_3_hakka_said_honestly": Scene("3,1", ("zh-TW/lang-not-ready.hak-TW", "zh-TW/V-01"), "hak-TW"),
    "P3_b_4_english_hears_its_own_notice": Scene("4,1", ("en/V-01", "en/V-02b.1", "en/to-an-agent"), "en"),
    "P3_b_5_japanese_hears_its_own_notice": Scene("5,1", ("ja/V-01", "ja/V-02b.1", "ja/to-an-agent"), "ja"),
    "P3_b_0_a_person_from_the_first_menu": Scene("0", ("zh-TW/V-01", "zh-TW/to-an-agent")),
    "P3_b_9_a_person_from_the_first_menu": Scene("9", ("zh-TW/V-01", "zh-TW/to-an-agent")),
    "P3_b_star_repeats_the_first_menu": Scene("*,1,0", ("zh-TW/V-02.1", "zh-TW/V-02.1", "zh-TW/V-02b.1")),
    "P3_b_a_key_that_does_nothing": Scene(
        "7,1,#,0", ("zh-TW/not-understood", "zh-TW/V-02.1", "zh-TW/not-understood")
    ),
    "P3_b_0_a_person_from_the_main_menu": Scene("1,0", (*MANDARIN, "zh-TW/to-an-agent")),
    "P3_b_9_a_person_from_the_main_menu": Scene("1,9", (*MANDARIN, "zh-TW/to-an-agent")),
    "P3_b_star_repeats_the_main_menu": Scene("1,*,0", (*MANDARIN, "zh-TW/V-02b.1")),
    "P3_b_5_is_no_key_without_a_bulletin": Scene("1,5,0", (*MANDARIN, "zh-TW/not-understood")),
    "P6_3_sign_language_hours": Scene("1,4,0", (*MANDARIN, "zh-TW/sign-language-hours", "zh-TW/to-an-agent")),
    "P3_b_wrong_three_times_then_a_person": Scene("1,8,8,8", ("zh-TW/not-understood", "zh-TW/to-an-agent")),
    "P3_b_silent_in_the_language_menu_then_a_person": Scene(
        "-", ("zh-TW/V-00", "zh-TW/V-02.0", "zh-TW/V-01", "zh-TW/to-an-agent")
    ),
    "P3_b_silent_three_times_in_the_main_menu_then_a_person": Scene(
        "1,-,-,-",
        (*MANDARIN, "zh-TW/no-key", "zh-TW/no-key", "zh-TW/to-an-agent"),
        others={"longest": 130.0},
    ),
    "keys_as_SIP_INFO": Scene("1,1", (*MANDARIN, "zh-TW/to-an-agent"), others={"info": True}),
}


PROMISES = {
    "P3_b_1_mandarin": "The menus lead to an agent, and both directions are recorded",
    "P3_b_4_english_hears_its_own_notice": "English has a notice, menus and agents of its own",
    "P3_b_silent_in_the_language_menu_then_a_person": "Who presses nothing reaches a person",
}


@pytest.fixture(scope="module")
def stories(system: System, request: pytest.FixtureRequest) -> Iterator[dict[str, Story]]:
    """The scenes asked for, some at once, with three agents who answer and talk for some seconds."""
    scenes = {name: SCENES[name] for name in chosen(request, SCENES)}
    answers = Answers(0.5, 3.5)
    with system.agents(agent_1=answers, agent_2=answers, agent_3=answers):
        with ThreadPoolExecutor(within(AT_ONCE)) as pool:
            calls = {
                name: pool.submit(system.call, scene.keys, **scene.others) for name, scene in scenes.items()
            }
            yield {name: call.result() for name, call in calls.items()}


@pytest.mark.live
@each(SCENES, PROMISES)
def test_every_key_is_heard_answered_and_recorded(stories: dict[str, Story], name: str) -> None:
    """P3-b: the prompts in order, an agent, a complete record, and sound kept in both directions."""
    story, scene = stories[name], SCENES[name]
    assert in_order(scene.heard, list(story.heard)), story.as_text()
    assert story.served and story.record is not None, story.as_text()
    assert story.record.outcome == "talked", story.as_text()
    assert {one.direction for one in story.recordings} == {"caller", "agent"}, story.as_text()
    assert all(one.as_stored and one.seconds > 1 for one in story.recordings), story.as_text()


@pytest.mark.live
@pytest.mark.parametrize("name", SCENES)
def test_every_call_leaves_one_row_with_its_language_keys_and_legs(
    stories: dict[str, Story], name: str, system: System
) -> None:
    """P0-b: language asked for, keys in order, queue wait, the agent and seconds of ring and talk."""
    record = stories[name].record
    assert record is not None
    row = system.row(stories[name].caller)
    assert (row.id, row.wanted, row.outcome) == (record.call_id, SCENES[name].wanted, "talked")
    assert row.queue_seconds is not None and row.talk_seconds and row.agent and row.recorded_at
    pressed = [event.detail["key"] for event in system.events(row.id) if event.kind == "KeyPressed"]
    assert pressed == [key for key in SCENES[name].keys.split(",") if key != "-"]
    answered = [leg for leg in system.legs(row.id) if leg.outcome == "answered"]
    assert len(answered) == 1 and answered[0].phone == row.agent
    assert answered[0].ring_seconds and answered[0].ring_seconds >= 0.4


@pytest.mark.live
@each(["P3_b_silent_in_the_language_menu_then_a_person"], {})
def test_P3_b_everybody_hears_their_language_soon_and_who_presses_nothing_a_person(
    stories: dict[str, Story], name: str, system: System
) -> None:
    """Seconds since the answer: English, Japanese, the whole menu, and the agent's phone."""
    moments = stories[name].moments
    at = {moment.what: moment.at for moment in moments if moment.kind is MomentKind.PROMPT}
    over = {moment.what: moment.at + (moment.seconds or 0.0) for moment in moments}
    assert at["en/V-02.4"] <= 8.0 and at["ja/V-02.5"] <= 10.0 and over["zh-TW/V-02.0"] <= 15.0, at
    row = system.row(stories[name].caller)
    rang = min(leg.started_at for leg in system.legs(row.id))
    assert row.answered_at and (rang - row.answered_at).total_seconds() <= 30.0, stories[name].as_text()


def in_order(wanted: tuple[str, ...], heard: list[str]) -> bool:
    """Whether all that is wanted was heard, in that order."""
    left = iter(heard)
    return all(name in left for name in wanted)
