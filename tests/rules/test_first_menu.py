"""The first menu on its way into Asterisk's global variable."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from control import first_menu as told
from control.ami import ManagerGone
from control.first_menu import AGAIN, COUNTS, FirstMenu, first_menu
from hotline.clock import taipei
from hotline.settings import Settings
from ivr.cut_off import CutCall
from ivr.menus import FOLDER
from ivr.prompts import Shelf
from tests.parts import books, catalogue, full_shelf

NOON = taipei("2026-11-24T12:00")
SECOND = timedelta(seconds=1)


class Variable:
    """Asterisk with one global variable, and how often it was told."""

    def __init__(self) -> None:
        self.value, self.times, self.is_away = "", 0, False

    @contextmanager
    def of(self, *_: object, **__: object) -> Iterator["Variable"]:
        if self.is_away:
            raise ManagerGone("down")
        yield self

    def ask(self, action: str, Variable: str, Value: str) -> None:  # noqa: N803 (fields)
        assert (action, Variable) == ("Setvar", told.VARIABLE)
        self.value, self.times = Value, self.times + 1


@pytest.fixture
def asterisk(monkeypatch: pytest.MonkeyPatch) -> Variable:
    one = Variable()
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
    version, name, sounds, seconds = first_menu(book, full_shelf()).split("|")
    first = book.menus.menus[name]
    assert (version, name, seconds) == (book.menus.version, book.menus.first, f"{first.seconds:g}")
    assert sounds.startswith("hotline/zh-TW/V-02.1&") and "hotline/en/V-02.4" in sounds


def test_a_lost_sound_is_left_to_a_decision(tmp_path: Path) -> None:
    """Which says another in its place, and tells of it."""
    lost = list[tuple[str, str]]()
    shelf = Shelf(catalogue(), tmp_path, missing=lambda *prompt: lost.append(prompt))
    assert (first_menu(books(FOLDER, tmp_path).book(), shelf), lost) == ("", [])


@dataclass(frozen=True)
class Cuts:
    """Somebody was cut off."""

    def are_there(self) -> bool:
        return True

    def untold(self, caller: str, at: datetime) -> CutCall | None:
        return None


def test_while_somebody_may_be_told_that_they_were_cut_off_a_decision_asks_it(tmp_path: Path) -> None:
    """Their words come before it."""
    assert not first_menu(replace(books(FOLDER, tmp_path).book(), cut_calls=Cuts()), full_shelf())


def test_it_is_told_at_each_change_and_again_for_it_counts_only_for_a_while(
    asterisk: Variable, settings: Settings
) -> None:
    """A reload of the dialplan forgets it; nobody tells it in between."""
    asked = ["a|b|c|5"]
    menu = FirstMenu(settings, lambda: asked[0])
    for second in range(5):
        menu.tell(NOON + second * SECOND)
    assert (asterisk.value, asterisk.times) == (f"{(NOON + COUNTS).timestamp():.0f}|a|b|c|5", 1)
    menu.tell(NOON + AGAIN)
    assert asterisk.value == f"{(NOON + AGAIN + COUNTS).timestamp():.0f}|a|b|c|5"
    asked[0] = "d|b|c|5"
    menu.tell(NOON + AGAIN + SECOND)
    assert asterisk.value.endswith("|d|b|c|5") and asterisk.times == 3


def test_who_ends_takes_it_back(asterisk: Variable, settings: Settings) -> None:
    """There may be nobody left who decides."""
    menu = FirstMenu(settings, lambda: "a|b|c|5")
    menu.tell(NOON)
    menu.take_back()
    assert asterisk.value == ""


def test_while_asterisk_is_away_it_is_tried_again(asterisk: Variable, settings: Settings) -> None:
    """At every look, and none fails by it."""
    menu, asterisk.is_away = FirstMenu(settings, lambda: "a|b|c|5"), True
    menu.tell(NOON)
    asterisk.is_away = False
    menu.tell(NOON + SECOND)
    assert asterisk.value.endswith("|a|b|c|5")


def test_P0_b_without_an_event_log_a_decision_asks_it(asterisk: Variable, settings: Settings) -> None:
    """Of who leaves in it nothing else tells."""
    menu = FirstMenu(settings, lambda: "a|b|c|5")
    menu.tell(NOON)
    settings.cel.rmdir()
    menu.tell(NOON + SECOND)
    assert asterisk.value == ""
