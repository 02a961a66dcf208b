"""Tickets of citizens who follow a case: they prove themselves, for their time, and nothing else."""

from datetime import datetime, timedelta

import pytest

from hotline.clock import taipei
from web.console.case_tickets import (
    KEPT,
    STAY,
    OpenedCase,
    opened,
    opening_ticket,
    waiting_ticket,
    waits_since,
)

TEN = taipei("2026-11-24T10:00")
SECOND = timedelta(seconds=1)
KEY, NUMBER = "a key of ours", "115112400012"


@pytest.mark.parametrize("by_code", [True, False])
def test_a_browser_shows_what_it_opened_until_its_time_is_over(by_code: bool) -> None:
    mine = OpenedCase(NUMBER, by_code, TEN + STAY)
    word = opening_ticket(KEY, mine)
    assert [opened(KEY, word, TEN + after) for after in (0 * SECOND, STAY - SECOND, STAY)] == [
        mine,
        mine,
        None,
    ]


def test_nobody_makes_a_ticket_without_the_key() -> None:
    """No other number, way or time is written into one, and a ticket of one kind is none of the other."""
    word = opening_ticket(KEY, OpenedCase(NUMBER, False, TEN + STAY))
    number, way, until, proof = word.split(".")
    forged = (
        f"115112400013.{way}.{until}.{proof}",
        f"{number}.code.{until}.{proof}",
        f"{number}.{way}.{int(until) + 60}.{proof}",
        f"{number}.{way}.{until}.{'0' * 64}",
        f"{number}.{way}.{until}",
        "１１５" + word[3:],
        word + "\n",
        waiting_ticket(KEY, NUMBER, "5678", TEN),
        "",
    )
    assert [opened(KEY, one, TEN) for one in forged] == [None] * len(forged)
    assert opened("another key", word, TEN) is None


def test_who_waits_waits_for_one_look() -> None:
    """Of this number by these digits, for ten minutes; not from tomorrow on."""
    word = waiting_ticket(KEY, NUMBER, "5678", TEN)

    def since(at: datetime, number: str = NUMBER, digits: str = "5678", key: str = KEY) -> datetime | None:
        return waits_since(key, word, number, digits, at)

    assert since(TEN) == since(TEN + KEPT - SECOND) == TEN
    assert since(TEN + KEPT) is None and since(TEN - SECOND) is None
    assert since(TEN, number="115112400013") is None and since(TEN, digits="5679") is None
    assert since(TEN, key="another key") is None
    assert waits_since(KEY, "x" + word, NUMBER, "5678", TEN) is None
