"""Whom to ring for an extension, in which order, and why (P5.1.1-P5.1.3, P4.9, §9.1)."""

from dataclasses import replace

import pytest

from hotline.directory.rules import Directory, DutyOfficer, Seat
from tests.rules.offices import CITY, DESK, DESKS, FORWARD, RULES, climbed, closed, desk, rung, skipped, with_
from transfer.ladder import Ladder, LadderPlan
from transfer.reasons import RungKind, WhyNot, WhyRung


def test_P5_1_1_an_order_set_for_a_desk_comes_before_the_seats() -> None:
    """The named ones first, in their order, whoever sits nearer; unknown ones and itself are passed over."""
    ordered = replace(CITY.desks["5112"], neighbours=("5202", "9999", "5112", "5114"))
    found = climbed(with_(desks={**CITY.desks, "5112": ordered}))
    assert rung(found)[1:] == [("neighbour", "5202"), ("neighbour", "5114")]
    assert found.rungs[1].why.reason is WhyRung.ORDERED


def test_two_buildings_may_call_different_floors_alike() -> None:
    """Who sits in another one is no neighbour by seat."""
    far = replace(CITY.desks["5201"], seat=Seat("8", 1, 0, "annexe"))
    found = climbed(with_(desks={**CITY.desks, "5201": far}), rules=replace(RULES, neighbours=9))
    assert "5201" not in dict(rung(found)).values() and ("neighbour", "5202") in rung(found)


BESIDE = [("neighbour", "5113"), ("neighbour", "5114")]
LADDERS: dict[str, tuple[Directory, list[tuple[str, str]], dict[str, str]]] = {
    "the desk, then the nearest of its section": (CITY, [DESK, *BESIDE], {}),
    "a forward in force": (with_(forwards={"5112": "5201"}), [(FORWARD, "5201"), DESK, *BESIDE], {}),
    "a forward that chains": (
        with_(forwards={"5112": "5201", "5201": "5202"}), [(FORWARD, "5202"), DESK, *BESIDE], {},
    ),
    "through a person who is away": (
        with_(forwards={"5112": "5201", "5201": "5202"}, away={"p5201": "出差"}),
        [(FORWARD, "5202"), DESK, *BESIDE], {},
    ),
    "a forward to a neighbour": (
        with_(forwards={"5112": "5113"}),
        [(FORWARD, "5113"), DESK, ("neighbour", "5114"), ("neighbour", "5119")], {"5113": "tried"},
    ),
    "a forward to a closed section": (
        with_(forwards={"5112": "5201"}, sections=closed("waste")), [DESK, *BESIDE], {"5201": "closed"},
    ),
    "a forward to a person who is away": (
        with_(forwards={"5112": "5201"}, away={"p5201": "請假"}), [DESK, *BESIDE], {"5201": "away"},
    ),
    "a forward to nobody": (with_(forwards={"5112": "9999"}), [DESK, *BESIDE], {"9999": "unknown"}),
    "a forward to itself": (with_(forwards={"5112": "5112"}), [DESK, *BESIDE], {"5112": "circle"}),
    "two that follow each other": (
        with_(forwards={"5112": "5201", "5201": "5112"}), [DESK, *BESIDE], {"5201": "circle"},
    ),
    "a forward into a circle of others": (
        with_(forwards={"5112": "5201", "5201": "5202", "5202": "5201"}),
        [(FORWARD, "5201"), DESK, *BESIDE], {"5202": "circle"},
    ),
    "a chain whose end is away stops before it": (
        with_(forwards={"5112": "5201", "5201": "5202"}, away={"p5202": "出差"}),
        [(FORWARD, "5201"), DESK, *BESIDE], {"5202": "away"},
    ),
    "the person asked for is away": (with_(away={"p5112": "請假"}), BESIDE, {"5112": "away"}),
    "a neighbour on leave": (
        with_(away={"p5113": "休假"}), [DESK, ("neighbour", "5114"), ("neighbour", "5119")], {"5113": "away"},
    ),
    "a neighbour whose extension follows elsewhere": (
        with_(forwards={"5113": "5202"}), [DESK, ("neighbour", "5114"), ("neighbour", "5119")],
        {"5113": "follows"},
    ),
    "the whole section is closed": (
        with_(sections=closed("inspect")), [("neighbour", "5201"), ("neighbour", "5202")],
        {"5112": "closed", "5113": "closed", "5114": "closed", "5119": "closed"},
    ),
    "everybody is away": (
        with_(away={f"p{one.extension}": "開會" for one in DESKS}), [],
        dict.fromkeys(["5112", "5113", "5114", "5119", "5201", "5202"], "away"),
    ),
    "nobody beside": (with_(desks={"5112": desk("5112", 0)}), [DESK], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", LADDERS)
def test_P5_1_1_and_P5_1_2_forward_then_the_desk_then_its_neighbours(name: str) -> None:
    """What is rung, in order, and who is skipped for which reason."""
    directory, rungs, reasons = LADDERS[name]
    found = climbed(directory)
    assert (found.plan, rung(found), skipped(found)) == (LadderPlan.RING, rungs, reasons)


def test_P5_1_1_the_same_section_comes_first_and_then_the_same_floor_by_distance() -> None:
    """Nearer seats of another section wait; those of the own section on another floor do not."""
    found = climbed(rules=replace(RULES, neighbours=9))
    assert [one.extension for one in found.rungs] == ["5112", "5113", "5114", "5119", "5201", "5202"]
    assert [(one.why.reason, one.why.metres) for one in found.rungs[1:]] == [
        (WhyRung.SAME_SECTION, 2),
        (WhyRung.SAME_SECTION, 3),
        (WhyRung.SAME_SECTION, None),
        (WhyRung.SAME_FLOOR, 1),
        (WhyRung.SAME_FLOOR, 30),
    ]


def test_P5_1_1_another_agency_is_no_neighbour_though_its_floor_has_the_same_name() -> None:
    """The health bureau's eighth floor is in another house."""
    everybody = {one.extension for one in climbed(rules=replace(RULES, neighbours=9)).rungs}
    assert "7001" not in everybody


@pytest.mark.parametrize("most", [0, 1, 2, 9])
def test_P5_1_1_at_most_so_many_neighbours(most: int) -> None:
    """Whoever else would be one is listed as not needed."""
    found = climbed(rules=replace(RULES, neighbours=most))
    assert sum(one.kind is RungKind.NEIGHBOUR for one in found.rungs) == min(most, 5)
    assert sum(one.reason is WhyNot.ENOUGH for one in found.skipped) == max(0, 5 - most)


def test_P5_1_1_the_desk_rings_fifteen_seconds_and_a_neighbour_twelve() -> None:
    """As the settings say."""
    assert [one.ring.seconds for one in climbed().rungs] == [15, 12, 12]


def test_an_extension_of_nobody_is_unknown() -> None:
    """By day and, if it is not urgent, by night."""
    assert climbed(asked="9999").plan is climbed(asked="9999", is_open=False).plan is LadderPlan.UNKNOWN


def test_P5_1_3_closed_and_urgent_rings_the_roster_in_order() -> None:
    """An outside number, and an extension of the house; a forward does not matter."""
    found = climbed(with_(forwards={"5112": "5201"}), is_open=False, urgent=True)
    assert [(one.kind, one.extension, one.number) for one in found.rungs] == [
        (RungKind.DUTY, "duty-1", "0911000001"),
        (RungKind.DUTY, "5202", ""),
    ]


def test_P5_1_3_an_urgent_matter_reaches_the_officer_on_duty_with_a_wrong_extension_too() -> None:
    """The officer helps to reach the agency."""
    assert climbed(asked="9999", is_open=False, urgent=True).rungs[0].extension == "duty-1"


def test_P5_1_3_closed_and_not_urgent_is_a_message() -> None:
    """Nobody is rung."""
    assert climbed(is_open=False) == Ladder("5112", LadderPlan.MESSAGE)


def test_P5_1_3_urgent_in_office_hours_goes_to_the_office() -> None:
    """The roster is for the night."""
    assert climbed(urgent=True) == climbed()


def test_P5_1_3_a_number_written_twice_on_the_roster_is_rung_once() -> None:
    """And a number that is none is told."""
    duty = tuple(DutyOfficer(n, "甲", number) for n, number in enumerate(["0911000001", "0911-000-001", "-"]))
    found = climbed(with_(duty=duty), is_open=False, urgent=True)
    assert [one.number for one in found.rungs] == ["0911000001"]
    assert skipped(found) == {"duty-2": "tried", "duty-3": "no line"}
