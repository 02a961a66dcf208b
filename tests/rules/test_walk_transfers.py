"""The scenes of §9.1 played at the keyboard: ``hotline walk`` at any date and time."""

from dataclasses import replace

import pytest

from ivr.call import Gone
from ivr.walk import walk
from tests.city import seeded
from tests.keyboard import shown, typed
from tests.parts import book
from tests.scenes import SCENES
from tests.script import Script
from tests.turns.test_transfers import OFFICE


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_walked(name: str) -> None:
    """What is typed is all that is asked for, and the screen shows the scene in its order."""
    script = Script.read(SCENES[name])
    keys, screen = iter(typed(script)), list[str]()
    caller = "" if script.lines[0].words else "0912345678"
    city = replace(book(), city=seeded(script.given), is_open=OFFICE.is_open)
    call = walk(city, caller, script.at, lambda prompt: next(keys), screen.append)
    assert call.place == Gone() and next(keys, None) is None
    lines = iter(line.strip() for line in screen)
    for words in shown(script):
        assert any(line.startswith(words) for line in lines), f"{words}\n" + "\n".join(screen)


def test_an_unknown_answer_at_the_keyboard_is_asked_again() -> None:
    """Nothing rings on because of a slip."""
    keys = iter(["1", "1", "t 5112 urgent law", "x", "5", "h"])
    city = replace(book(), city=seeded(), is_open=OFFICE.is_open)
    screen = list[str]()
    walk(city, "0912345678", Script.read("dials").at, lambda prompt: next(keys), screen.append)
    assert "      · TransferBegun(asked=5112, by=agent-1, urgent=True, reason=law)" in screen
    assert sum("☎" in line for line in screen) == 1
