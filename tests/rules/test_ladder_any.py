"""Whom to ring in any directory at all: nobody twice, nobody in vain, and everybody else for a reason."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hotline.directory.rules import Directory
from tests.rules.offices import CITY, RULES, SOME, climbed, directories
from transfer.forwards import is_circle
from transfer.ladder import MOST_RUNGS, LadderPlan
from transfer.reasons import RungKind

ANY = {
    "directory": directories(),
    "asked": SOME,
    "most": st.integers(0, 9),
    "is_open": st.booleans(),
    "urgent": st.booleans(),
}


@given(**ANY)
def test_nobody_is_rung_twice_and_nobody_in_vain(
    directory: Directory, asked: str, most: int, is_open: bool, urgent: bool
) -> None:
    """Whatever circles the data hold: no extension and no line twice, nobody who is away or closed."""
    found = climbed(directory, asked, replace(RULES, neighbours=most), is_open=is_open, urgent=urgent)
    lines = [(one.number, one.keys) if one.number else ("", one.extension) for one in found.rungs]
    assert len(set(lines)) == len(lines) and len({one.extension for one in found.rungs}) == len(lines)
    assert len(found.rungs) <= MOST_RUNGS
    assert sum(one.kind is RungKind.NEIGHBOUR for one in found.rungs) <= most
    for one in found.rungs:
        if one.kind is not RungKind.DUTY:
            sitting = directory.desks[one.extension]
            section = directory.sections.get(sitting.section)
            assert sitting.person not in directory.away and not (section and section.closed)


@given(**ANY)
def test_everybody_who_might_be_rung_is_rung_or_skipped_for_a_reason(
    directory: Directory, asked: str, most: int, is_open: bool, urgent: bool
) -> None:
    """By day: the desk, and every desk of its section."""
    found = climbed(directory, asked, replace(RULES, neighbours=most), is_open=is_open, urgent=urgent)
    assert (found.plan is LadderPlan.UNKNOWN) == (asked not in directory.desks and (is_open or not urgent))
    if found.plan is not LadderPlan.RING or not is_open:
        return
    section = directory.desks[asked].section
    told = {one.extension for one in (*found.rungs, *found.skipped)}
    assert {one.extension for one in directory.desks.values() if one.section == section} <= told


@given(st.dictionaries(SOME, SOME), SOME)
def test_a_circle_is_one_exactly_when_following_comes_back(forwards: dict[str, str], start: str) -> None:
    """However long it is."""
    seen, at = [], start
    while at in forwards and forwards[at] not in seen:
        at = forwards[at]
        seen.append(at)
    assert is_circle(replace(CITY, forwards=forwards), start) == (start in seen)
