"""A caller on the special list (P7.3): the agent is warned, the caller hears nothing of it."""

from dataclasses import replace
from datetime import datetime

import pytest

from agi_scripts import variables as v
from agi_scripts.session import answer
from hotline.clock import taipei
from ivr.call import Call, InMenu
from ivr.engine import Book, advance
from ivr.prompts import Shelf
from ivr.steps import Arrived, CallerListed, Pressed

NOON = taipei("2026-11-24T12:00")


def listed(number: str, at: datetime) -> int:
    """Entry 7 is for one number, on one day."""
    return 7 if (number, at.date()) == ("+886912345678", NOON.date()) else 0


@pytest.fixture
def with_list(book: Book) -> Book:
    return replace(book, listed=listed)


def called(book: Book, caller: str) -> tuple[Call, tuple[object, ...]]:
    turn = advance(
        book, Call("scene", book.menus.version, InMenu(book.menus.first)), Arrived(NOON, caller, "1999")
    )
    return turn.call, turn.facts


def test_P7_3_the_agent_is_warned_before_the_talk(with_list: Book, shelf: Shelf) -> None:
    """Banner in the agent's ear, the entry for the agent's key, a fact for the record."""
    call, facts = called(with_list, "0912345678")
    assert CallerListed(7) in facts
    call = Call.from_json(call.to_json())
    turn = advance(with_list, call, Pressed(NOON, "0"))
    fields = dict(zip(v.FIELDS, answer(turn, shelf).split(","), strict=True))
    assert fields["LISTED"] == "7"
    assert fields["B"] == "hotline/zh-TW/agent.listed&hotline/zh-TW/agent.zh-TW"


@pytest.mark.parametrize("caller", ["0922222222", ""])
def test_an_ordinary_caller_is_not(with_list: Book, shelf: Shelf, caller: str) -> None:
    """Nor one whose number is hidden."""
    call, facts = called(with_list, caller)
    assert not any(isinstance(fact, CallerListed) for fact in facts)
    turn = advance(with_list, call, Pressed(NOON, "0"))
    fields = dict(zip(v.FIELDS, answer(turn, shelf).split(","), strict=True))
    assert (fields["LISTED"], fields["B"]) == ("", "hotline/zh-TW/agent.zh-TW")


def test_a_call_of_before_the_list_was_kept_goes_on(book: Book) -> None:
    """What travels from an older process has no entry."""
    call, _ = called(book, "0912345678")
    assert Call.from_json(call.to_json().replace(',"s":0', "")) == call
