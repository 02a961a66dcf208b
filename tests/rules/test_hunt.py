"""A hunt for somebody who answers: what rings next, for how long, and when it is over (§9.1)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.directory.rules import Directory
from tests.rules.offices import DESKS, RULES, SOME, climbed, directories, with_
from transfer import hunt
from transfer.ladder import MOST_RUNGS, Rung
from transfer.reasons import RungKind

SECONDS = st.floats(0, 80).map(lambda seconds: timedelta(seconds=seconds))


@given(
    directory=directories(),
    asked=SOME,
    urgent=st.booleans(),
    is_open=st.booleans(),
    words=SECONDS,
    lasting=st.lists(st.floats(0, 1), min_size=MOST_RUNGS),
)
def test_a_hunt_ends_within_its_limit(
    directory: Directory,
    asked: str,
    urgent: bool,
    is_open: bool,
    words: timedelta,
    lasting: list[float],
) -> None:
    """However long each phone rings within what it was given, words included; no phone rings under 3 s."""
    plan = climbed(directory, asked, is_open=is_open, urgent=urgent)
    state, tried, spent = hunt.begin(plan, RULES, words), list[str](), timedelta(0)
    for part in lasting:
        if not isinstance(state, hunt.PhoneRinging):
            break
        assert hunt.LEAST_RING <= state.ring <= state.rung.ring
        assert state.rung.extension not in tried
        tried.append(state.rung.extension)
        spent += words + part * state.ring
        assert spent <= RULES.longest
        state = hunt.go_on(plan, RULES, tried, spent, words)
    assert not isinstance(state, hunt.PhoneRinging) or len(tried) == len(lasting)


@pytest.mark.parametrize(
    ("spent", "ring"),
    [(0, 12), (47.9, 12), (48, 12), (50, 10), (57, 3), (57.1, None), (60, None), (99, None)],
)
def test_the_last_ring_is_cut_to_what_is_left(spent: float, ring: float | None) -> None:
    """Under three seconds left, the hunt is given up."""
    state = hunt.go_on(climbed(), RULES, ("5112",), timedelta(seconds=spent), timedelta(0))
    if ring is None:
        assert state == hunt.ReturnToPerson(hunt.WhyBack.NO_TIME_LEFT)
    else:
        assert isinstance(state, hunt.PhoneRinging) and state.ring == timedelta(seconds=ring)


def test_9_1_after_the_last_rung_the_caller_is_returned() -> None:
    """Everybody was tried."""
    state = hunt.go_on(climbed(), RULES, ("5112", "5113", "5114"), timedelta(seconds=1), timedelta(0))
    assert state == hunt.ReturnToPerson(hunt.WhyBack.NOBODY_LEFT)


def test_9_1_where_nobody_is_to_be_rung_the_caller_is_returned_at_once() -> None:
    """Everybody away."""
    everybody = with_(away={f"p{one.extension}": "開會" for one in DESKS})
    assert hunt.begin(climbed(everybody), RULES, timedelta(0)) == hunt.ReturnToPerson(
        hunt.WhyBack.NOBODY_LEFT
    )


def test_9_1_requested_leads_to_ringing_to_a_message_or_to_nothing_known() -> None:
    """The rows of the table that start a hunt."""
    first = hunt.begin(climbed(), RULES, timedelta(0))
    assert isinstance(first, hunt.PhoneRinging) and first.rung == Rung(
        RungKind.DESK, "5112", timedelta(seconds=15), section="inspect", agency="env", name="員工5112"
    )
    assert hunt.begin(climbed(is_open=False), RULES, timedelta(0)) == hunt.MessageWanted()
    assert hunt.begin(climbed(asked="1"), RULES, timedelta(0)) == hunt.NoSuchExtension()
