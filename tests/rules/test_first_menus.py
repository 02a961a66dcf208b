"""The first menus on their way into Asterisk's global variables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from control import first_menus as told
from control.ami import ManagerGone
from control.first_menus import AGAIN, COUNTS, FIRST, SECOND, FirstMenus, first_menus
from hotline.clock import taipei
from hotline.settings import Settings
from ivr.cut_off import CutCall
from ivr.menus import FOLDER
from ivr.prompts import Shelf
from tests.parts import books, catalogue, full_shelf

NOON = taipei("2026-11-24T12:00")
TICK = timedelta(seconds=1)


class Variables:
    """Asterisk with its global variables, and how often they were told."""

    def __init__(self) -> None:
        self.values, self.times, self.is_away = dict[str, str](), 0, False

    @property
    def first(self) -> str:
        return self.values[told.FIRST]

    @contextmanager
    def of(self, *_: object, **__: object) -> Iterator["Variables"]:
        if self.is_away:
            raise ManagerGone("down")
        yield self
        self.times += 1

    def ask(self, action: str, Variable: str, Value: str) -> None:  # noqa: N803 (fields)
        assert action == "Setvar"
        self.values[Variable] = Value


@pytest.fixture
def asterisk(monkeypatch: pytest.MonkeyPatch) -> Variables:
    one = Variables()
    monkeypatch.setattr(told, "AMI", one)
    return one


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path)
    found.cel.mkdir(parents=True)
    return found


def test_P3_b_it_is_told_with_its_version_sounds_and_seconds(tmp_path: Path) -> None:
    """As the engine would ask it."""
    book = books(FOLDER, tmp_path).book()
    version, name, sounds, seconds = first_menus(book, full_shelf(), NOON)[FIRST].split("|")
    first = book.menus.menus[name]
    assert (version, name, seconds) == (book.menus.version, book.menus.first, f"{first.seconds:g}")
    assert sounds.startswith("hotline/zh-TW/V-02.1&") and "hotline/en/V-02.4" in sounds


@pytest.mark.parametrize(
    ("key", "spoken", "wanted", "notice"),
    [
        ("1", "zh-TW", "zh-TW", "hotline/zh-TW/V-01"),
        ("2", "zh-TW", "nan-TW", "hotline/zh-TW/lang-not-ready.nan-TW&hotline/zh-TW/V-01"),
        ("4", "en", "en", "hotline/en/V-01"),
    ],
)
def test_P3_b_notice_and_menu_of_a_language_are_told_with_its_key(
    tmp_path: Path, key: str, spoken: str, wanted: str, notice: str
) -> None:
    book = books(FOLDER, tmp_path).book()
    text = first_menus(book, full_shelf(), NOON)[SECOND + key]
    version, *languages, said, name, sounds, seconds = text.split("|")
    assert (version, languages, said, name) == (book.menus.version, [spoken, wanted], notice, "main")
    assert sounds.startswith(f"hotline/{spoken}/V-02b") and float(seconds) == book.menus.menus[name].seconds


def test_P3_b_other_keys_are_left_to_a_decision(tmp_path: Path) -> None:
    """A person, and whatever is not offered."""
    found = first_menus(books(FOLDER, tmp_path).book(), full_shelf(), NOON)
    assert {name for name, text in found.items() if not text} == {SECOND + key for key in "06789"}


def test_a_lost_sound_is_left_to_a_decision(tmp_path: Path) -> None:
    """Which says another in its place, and tells of it."""
    lost = list[tuple[str, str]]()
    shelf = Shelf(catalogue(), tmp_path, missing=lambda *prompt: lost.append(prompt))
    assert (first_menus(books(FOLDER, tmp_path).book(), shelf, NOON), lost) == ({}, [])


@dataclass(frozen=True)
class Cuts:
    """Somebody was cut off."""

    def are_there(self) -> bool:
        return True

    def untold(self, caller: str, at: datetime) -> CutCall | None:
        return None


def test_while_somebody_may_be_told_that_they_were_cut_off_a_decision_asks_it(tmp_path: Path) -> None:
    """Their words come before it."""
    assert not first_menus(replace(books(FOLDER, tmp_path).book(), cut_calls=Cuts()), full_shelf(), NOON)


def test_it_is_told_at_each_change_and_again_for_it_counts_only_for_a_while(
    asterisk: Variables, settings: Settings
) -> None:
    """A reload of the dialplan forgets it; nobody tells it in between."""
    asked = {FIRST: "a|b|c|5", SECOND + "1": "a|d", SECOND + "2": ""}
    menu = FirstMenus(settings, lambda: {**asked})
    for second in range(5):
        menu.tell(NOON + second * TICK)
    until = f"{(NOON + COUNTS).timestamp():.0f}"
    assert (asterisk.first, asterisk.times) == (f"{until}|a|b|c|5", 1)
    seconds = {name: text for name, text in asterisk.values.items() if name != FIRST and text}
    assert seconds == {SECOND + "1": f"{until}|a|d"}
    menu.tell(NOON + AGAIN)
    assert asterisk.first == f"{(NOON + AGAIN + COUNTS).timestamp():.0f}|a|b|c|5"
    del asked[SECOND + "1"]
    asked[FIRST] = "d|b|c|5"
    menu.tell(NOON + AGAIN + TICK)
    assert asterisk.first.endswith("|d|b|c|5") and asterisk.times == 3
    assert not asterisk.values[SECOND + "1"]


def test_who_ends_takes_it_back(asterisk: Variables, settings: Settings) -> None:
    """There may be nobody left who decides."""
    menu = FirstMenus(settings, lambda: {FIRST: "a|b|c|5"})
    menu.tell(NOON)
    menu.take_back()
    assert asterisk.first == ""


def test_while_asterisk_is_away_it_is_tried_again(asterisk: Variables, settings: Settings) -> None:
    """At every look, and none fails by it."""
    menu, asterisk.is_away = FirstMenus(settings, lambda: {FIRST: "a|b|c|5"}), True
    menu.tell(NOON)
    asterisk.is_away = False
    menu.tell(NOON + TICK)
    assert asterisk.first.endswith("|a|b|c|5")


def test_P0_b_without_an_event_log_a_decision_asks_it(asterisk: Variables, settings: Settings) -> None:
    """Of who leaves in it nothing else tells."""
    menu = FirstMenus(settings, lambda: {FIRST: "a|b|c|5"})
    menu.tell(NOON)
    settings.cel.rmdir()
    menu.tell(NOON + TICK)
    assert asterisk.first == ""
