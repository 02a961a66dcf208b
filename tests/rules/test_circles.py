"""Forwards that lead back to where they began (P5.1.2): found whenever a call would find them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.directory.circles import Circle, Circular, Fact, StatedFacts, circle_of, refuse_circles
from hotline.directory.rules import Booking, City, Desk, Section
from hotline.ledger.periods import Period
from transfer.forwards import is_circle

START = taipei("2026-11-24T08:00")
SECTIONS = {"1": "a", "2": "a", "3": "b", "4": "b", "5": "c"}


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def span(since: int, until: int | None = None) -> Period:
    return Period(hour(since), None if until is None else hour(until))


def facts(**said: Sequence[tuple[Period, str, str]]) -> StatedFacts:
    """``forward``: extension and target; ``booking``: section and cover. Every desk sits in its section."""
    known = StatedFacts(lambda kind, key: ())
    for key, section in SECTIONS.items():
        known.restate("desk", key, [(span(-9), {"section": section})])
    for kind, rows in said.items():
        for period, key, value in rows:
            known.say(kind, key, {"target" if kind == "forward" else "cover": value}, period)
    return known


def test_P5_1_2_a_circle_is_named_with_its_beginning() -> None:
    """Each extension on the way, and from when on all of them hold."""
    said = facts(forward=[(span(0), "1", "2"), (span(2, 9), "2", "3"), (span(4, 6), "3", "1")])
    assert circle_of(said, "forward", "3") == Circle(("3", "1", "2", "3"), hour(4))
    with pytest.raises(Circular) as refused:
        refuse_circles(said, "forward", "1")
    assert (refused.value.way, refused.value.since) == ("1 → 2 → 3 → 1", hour(4))


def test_forwards_of_other_times_are_none() -> None:
    """One ends when the other begins; a chain that ends somewhere."""
    said = facts(forward=[(span(0, 2), "1", "2"), (span(2), "2", "1"), (span(0), "3", "1")])
    assert [circle_of(said, "forward", key) for key in SECTIONS] == [None] * 5


def test_a_section_that_is_away_follows_who_covers() -> None:
    """Two that cover each other; a cover that follows into the section; an own forward goes first."""
    each_other = facts(booking=[(span(0, 5), "a", "3"), (span(3), "b", "1")])
    assert circle_of(each_other, "booking", "b") == Circle(("1", "3", "1"), hour(3))
    back = facts(booking=[(span(0), "a", "3")], forward=[(span(0), "3", "2")])
    assert circle_of(back, "booking", "a") == Circle(("3", "2", "3"), hour(0))
    own = facts(booking=[(span(0), "a", "3")], forward=[(span(0), "3", "2"), (span(0), "2", "5")])
    assert circle_of(own, "booking", "a") is circle_of(own, "forward", "3") is None


def test_a_desk_that_moves_into_a_section_follows_who_covers_it() -> None:
    """Its own phone would cover it."""
    said = facts(booking=[(span(0), "a", "3")], forward=[(span(0), "3", "5")])
    said.say("desk", "5", {"section": "a"}, span(4))
    assert circle_of(said, "desk", "5") == Circle(("5", "3", "5"), hour(4))


EDGES = st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(1, 4)))
FORWARDS = st.lists(st.tuples(EDGES, st.sampled_from("12345"), st.sampled_from("12345")), max_size=5)
BOOKINGS = st.lists(st.tuples(EDGES, st.sampled_from("ab"), st.sampled_from("12345")), max_size=2)


@given(FORWARDS, BOOKINGS)
def test_found_is_what_a_call_would_find(
    forwards: list[tuple[tuple[int, int | None], str, str]],
    bookings: list[tuple[tuple[int, int | None], str, str]],
) -> None:
    """At one instant at least an extension is part of a circle, and only then is one found."""
    rows = [
        (kind, span(since, None if length is None else since + length), key, value)
        for kind, said in (("forward", forwards), ("booking", bookings))
        for (since, length), key, value in said
        if kind == "booking" or key != value
    ]
    known = facts()
    for kind, period, key, value in rows:
        known.say(kind, key, {"target" if kind == "forward" else "cover": value}, period)
    city = city_of(known)
    then = [city.at(hour(at)) for at in range(12)]
    seen = any(is_circle(one, key) for one in then for key in SECTIONS)
    found = [circle_of(known, "forward", key) for key in SECTIONS]
    found += [circle_of(known, "booking", section) for section in "ab"]
    assert any(found) == seen
    for one in filter(None, found):
        assert is_circle(city.at(one.since), one.extensions[0])


def city_of(known: StatedFacts) -> City:
    """The same as a call sees it."""

    def rows(kind: str, keys: str, means: Any) -> tuple[tuple[str, Any, Period], ...]:
        said: list[tuple[str, Fact]] = [(key, fact) for key in keys for fact in known.of(kind, key)]
        said.sort(key=lambda pair: pair[1][0].since)
        return tuple((key, means(key, says), period) for key, (period, says) in said)

    return City(
        {
            "sections": tuple((one, Section(one, "epb", one), span(-9)) for one in "abc"),
            "desks": tuple((key, Desk(key, one), span(-9)) for key, one in SECTIONS.items()),
            "forwards": rows("forward", "12345", lambda key, says: says["target"]),
            "bookings": rows("booking", "abc", lambda key, says: Booking(key, "會議", says["cover"])),
        }
    )
