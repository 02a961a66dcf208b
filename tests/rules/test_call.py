"""What is kept of a call between two turns: small, to JSON and back, and never guessed at."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call import (
    FORMAT,
    LIMIT,
    Call,
    ComingBack,
    ConfirmingNumber,
    Crowded,
    Dialling,
    GivingNumber,
    Gone,
    InMenu,
    LeavingMessage,
    LeavingWords,
    OwnNumber,
    Place,
    Ringing,
    Scoring,
    UnreadableCall,
    Waiting,
)
from ivr.numerals import Language
from ivr.transferring import EXTENSION_DIGITS
from transfer.ladder import MOST_RUNGS

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-_", min_size=1, max_size=32)
EXTENSIONS = st.text("0123456789", max_size=EXTENSION_DIGITS)
PLACES: st.SearchStrategy[Place] = st.one_of(
    st.builds(InMenu, NAMES, st.integers(0, 9)),
    st.builds(Waiting, EXTENSIONS, st.booleans()),
    st.builds(GivingNumber, st.sampled_from(["caller", "nobody"]), st.integers(0, 3), EXTENSIONS),
    st.builds(OwnNumber, st.just("2026-11-24T16:00:00+08:00"), st.just("nobody"), EXTENSIONS),
    st.builds(
        ConfirmingNumber,
        st.just("0912345678"),
        st.just("caller"),
        st.integers(0, 3),
        EXTENSIONS,
        st.integers(0, 3),
    ),
    st.builds(Dialling, st.integers(0, 3)),
    st.builds(
        Ringing,
        EXTENSIONS,
        st.floats(0, 4e9),
        EXTENSIONS,
        st.lists(EXTENSIONS).map(tuple),
        NAMES,
        st.booleans(),
    ),
    st.builds(ComingBack, EXTENSIONS, NAMES),
    st.builds(LeavingMessage, NAMES, NAMES),
    st.builds(Scoring, st.integers(1, 3), st.integers(1, 3), st.booleans(), NAMES, st.integers(0, 1)),
    st.builds(LeavingWords, NAMES, NAMES),
    st.builds(Crowded, st.integers(0, 9)),
    st.just(Gone()),
)
CALLS = st.builds(
    Call,
    id=st.text("abcdefghijklmnopqrstuvwxyz0123456789.-", min_size=1, max_size=64),
    menus=st.text("0123456789abcdef", min_size=12, max_size=12),
    place=PLACES,
    caller=st.text("0123456789+", max_size=21),
    language=st.sampled_from(Language),
    wanted=st.sampled_from(Language),
    notices=st.frozensets(st.sampled_from(Language)),
    recording=st.booleans(),
    bulletin_heard=st.booleans(),
    turn=st.integers(0, 99_999),
    in_front=st.booleans(),
)
BIGGEST = Call(
    id="n" * 64,
    menus="f" * 12,
    place=InMenu("m" * 32, 9),
    caller="+" + "9" * 20,
    language=Language.MANDARIN,
    wanted=Language.TAIWANESE,
    notices=frozenset(Language),
    recording=False,
    turn=99_999,
)


LONG = "9" * EXTENSION_DIGITS
LONGEST_HUNT = replace(
    BIGGEST, place=Ringing(LONG, 4795566713.123457, LONG, (LONG,) * (MOST_RUNGS - 1), "a" * 32, urgent=False)
)
"""A hunt at its last rung, with the longest extensions and the longest name of an agent's phone."""


@given(CALLS)
def test_a_call_comes_back_as_it_was(call: Call) -> None:
    """Everything, in every place of the conversation."""
    assert Call.from_json(call.to_json()) == call


@given(CALLS)
def test_the_same_call_is_the_same_text(call: Call) -> None:
    """No set and no dictionary decides about an order."""
    assert call.to_json() == Call.from_json(call.to_json()).to_json()


def test_the_biggest_call_is_small_enough_to_travel() -> None:
    """The longest names a table holds, the longest number, every notice heard; far below the limit."""
    assert len(BIGGEST.to_json()) < 400 < LIMIT
    assert len(LONGEST_HUNT.to_json()) < 700 < LIMIT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "5",
        '"call"',
        "{",
        "[" * 5000,
        '{"v":1}',
        "\ud800",
        '{"v":1,"id":"a","m":"b","p":["nowhere",{}],"c":"","l":"en","w":"en","n":[],"r":false,"b":false,"t":0}',
        '{"v":1,"id":"a","m":"b","p":["menu",{"x":1}],"c":"","l":"en","w":"en","n":[],"r":false,"b":false,"t":0}',
        '{"v":1,"id":"a","m":"b","p":["menu",null],"c":"","l":"en","w":"en","n":[],"r":false,"b":false,"t":0}',
        '{"v":1,"id":"a","m":"b","p":["gone",{}],"c":"","l":"klingon","w":"en","n":[],"r":false,"b":false,"t":0}',
        '{"v":1,"id":"a","m":"b","p":["gone",{}],"c":"","l":"en","w":"en","n":5,"r":false,"b":false,"t":0}',
        '{"v":1,"id":"a","m":"b","p":[[],{}],"c":"","l":"en","w":"en","n":[],"r":false,"b":false,"t":0}',
    ],
)
def test_anything_else_is_no_call(text: str) -> None:
    """Nothing, other JSON, a place or language that does not exist, a nest of brackets."""
    with pytest.raises(UnreadableCall):
        Call.from_json(text)


def test_a_later_format_is_refused_by_its_number() -> None:
    """While old and new processes run side by side, the old one says what it met."""
    later = json.dumps({**json.loads(BIGGEST.to_json()), "v": FORMAT + 1})
    with pytest.raises(UnreadableCall, match=f"call of format {FORMAT + 1}, this version reads {FORMAT}"):
        Call.from_json(later)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.sampled_from(sorted(json.loads(BIGGEST.to_json()))), JSONS)
def test_a_call_with_one_wrong_value_is_a_call_or_refused(name: str, value: object) -> None:
    """Nothing but these two."""
    try:
        assert isinstance(Call.from_json(json.dumps({**json.loads(BIGGEST.to_json()), name: value})), Call)
    except UnreadableCall:
        pass
