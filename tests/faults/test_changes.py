"""Prompts vanish and menus change while calls go on: something is always said, and a call keeps its menus."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from calls.store import CallRow
from demo.phone import Answers
from demo.story import Story
from ops.pbx.prompts import put_prompts
from tests.faults.citizens import Citizen, citizens
from tests.live.system import System

pytestmark = pytest.mark.live
AT_ONCE = 4
BEFORE, AFTER = "0977000001", "0977000002"
LOST = ("zh-TW/V-02b.1", "en/to-an-agent")
SIGN_LANGUAGE = '[[key]]\npress = "4"'


@dataclass(frozen=True)
class Played:
    """Two calls that miss prompts, what readiness says of it,
    and two calls with a change of menus between them.
    """

    mandarin: Story
    english: Story
    ready: tuple[int, str]


@contextmanager
def lost(system: System) -> Iterator[None]:
    """Two prompts are gone from where Asterisk plays them."""
    for name in LOST:
        for file in (system.settings.sounds / "hotline" / name).parent.glob(f"{name.partition('/')[2]}.*"):
            file.unlink()
    yield
    put_prompts(system.settings.prompts, system.settings.sounds)


@contextmanager
def changed(system: System) -> Iterator[None]:
    """Key 4 of the main menu is taken off, while calls are up."""
    main = system.settings.menus / "main.toml"
    text = main.read_text("utf-8")
    start = text.index(SIGN_LANGUAGE)
    end = text.find("[[key]]", start + 1)
    main.write_text(text[:start] + (text[end:] if end > 0 else ""), "utf-8")
    yield
    main.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    """All four at once."""
    with system.agents(agent_1=Answers(0.2, 2.5), agent_2=Answers(0.2, 2.5)), ThreadPoolExecutor(3) as pool:
        menus = pool.submit(change_between, system)
        with lost(system):
            stories = [pool.submit(system.call, keys) for keys in ("1,1", "4,1")]
            ready = system.ready()
            mandarin, english = (story.result() for story in stories)
        menus.result()
    return Played(mandarin, english, ready)


def change_between(system: System) -> None:
    """One call begins before the change, as do those that miss prompts, and one after it;
    both press 1 and 4.
    """
    with citizens(system, [BEFORE, AFTER]) as (before, after):
        before.dial(system)
        system.until(lambda: system.channels() >= 3, 20, "the other calls have begun, too")
        system.in_menu(BEFORE)
        with changed(system):
            time.sleep(2.5)
            after.dial(system)
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda one: press_1_and_4(system, one), (before, after)))


def press_1_and_4(system: System, one: Citizen) -> None:
    for menus, key in enumerate("14", 1):
        system.in_menu(one.number, menus)
        one.press(key)
    time.sleep(1.5)


def test_a_lost_prompt_is_replaced_and_the_menu_works(played: Played) -> None:
    """Mandarin: the fallback in its place; English: the same in Mandarin; key 1 reaches an agent in both."""
    assert {"zh-TW/fallback", "zh-TW/V-02b.2"} <= set(played.mandarin.heard), played.mandarin.as_text()
    assert {"en/V-02b.1", "zh-TW/to-an-agent"} <= set(played.english.heard), played.english.as_text()
    for story in (played.mandarin, played.english):
        assert story.record and story.record.outcome == "talked", story.as_text()


def test_readiness_names_the_lost_prompt(played: Played) -> None:
    """And is well again once it is back."""
    status, told = played.ready
    assert status == 503 and "zh-TW/V-02b.1" in told


def test_all_is_well_again(played: Played, system: System) -> None:
    """Without any restart."""
    assert played
    assert system.ready()[0] == 200


def test_a_call_keeps_the_menus_it_began_with(played: Played, system: System) -> None:
    """Key 4 still works in the call that was up; in the next it is no key."""
    assert played
    assert keys(system, system.row(BEFORE)) == [("1", True), ("4", True)]
    assert keys(system, system.row(AFTER)) == [("1", True), ("4", False)]
    assert system.row(BEFORE).menus != system.row(AFTER).menus


def keys(system: System, row: CallRow) -> list[tuple[str, bool]]:
    return [(e.detail["key"], e.detail["known"]) for e in system.events(row.id) if e.kind == "KeyPressed"]
