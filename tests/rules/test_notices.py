"""Wording of messages and when they are tried again (spec §18, P0-c)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.notices.rules import TEMPLATES, next_try, spoken_instant, written

TEN = taipei("2026-11-24T10:00")


def test_N_01_is_worded_as_in_the_specification() -> None:
    """With the matter and the time as §18 writes times."""
    text = written("N-01", {"matter": "路燈不亮", "due": spoken_instant(taipei("2026-11-24T16:30"))})
    assert text == "【1999】待回電：路燈不亮，請於11月24日 16:30前回覆民眾。"


@given(st.text())
def test_no_matter_breaks_a_message(matter: str) -> None:
    """Braces, line breaks, anything: one line, and the words around it stay."""
    for template in TEMPLATES:
        text = written(template, {"matter": matter, "due": "11月24日 16:30"})
        assert "\n" not in text and "\r" not in text and text.startswith("【1999】")


def test_a_fact_that_is_missing_is_an_error() -> None:
    """Never a message with a hole."""
    with pytest.raises(KeyError):
        written("N-01", {"matter": "x"})


def test_P0_c_three_retries_then_given_up() -> None:
    """After 1, 5 and 15 minutes."""
    waits = [next_try(tries, TEN) for tries in (1, 2, 3, 4)]
    assert waits == [TEN + timedelta(minutes=minutes) for minutes in (1, 5, 15)] + [None]
