"""Whom to ring for an extension, in which order, and why (P5.1.1-P5.1.3, P4.9, §9.1)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.directory.rules import Agency, Desk, Directory, DutyOfficer, Seat, Section
from tests.parts import NOON
from transfer import hunt
from transfer.forwards import is_circle
from transfer.ladder import MOST_RUNGS, HuntRules, Ladder, Plan, Rung, ladder
from transfer.lines import Line, outside
from transfer.reasons import RungKind, WhyNot, WhyRung

RULES = HuntRules()
ENVIRONMENT = Agency("env", "環境保護局")
HEALTH = Agency("health", "衛生局", off_site=True, number="(02)2257-7155")
SECTIONS = {
    "inspect": Section("inspect", "env", "稽查科"),
    "waste": Section("waste", "env", "廢棄物管理科"),
    "food": Section("food", "health", "食品藥物管理科"),
}


def desk(extension: str, x: float, *, section: str = "inspect", floor: str = "8", number: str = "") -> Desk:
    return Desk(extension, section, f"p{extension}", f"員工{extension}", Seat(floor, x, 0), number)


DESKS = [
    desk("5112", 0), desk("5113", 2), desk("5114", -3), desk("5119", 40, floor="9"),
    desk("5201", 1, section="waste"), desk("5202", 30, section="waste"), desk("7001", 1, section="food"),
]  # fmt: skip
CITY = Directory(
    NOON,
    agencies={"env": ENVIRONMENT, "health": HEALTH},
    sections=SECTIONS,
    desks={one.extension: one for one in DESKS},
    duty=(DutyOfficer(1, "值日甲", "0911000001"), DutyOfficer(2, "值日乙", "5202")),
)


def climbed(
    directory: Directory = CITY,
    asked: str = "5112",
    rules: HuntRules = RULES,
    *,
    is_open: bool = True,
    urgent: bool = False,
) -> Ladder:
    return ladder(directory, asked, rules, is_open=is_open, urgent=urgent)


def rung(found: Ladder) -> list[tuple[str, str]]:
    return [(one.kind.value, one.extension) for one in found.rungs]


def skipped(found: Ladder) -> dict[str, str]:
    """Extension to reason, without those who only come too late in the row."""
    return {one.extension: one.reason.value for one in found.skipped if one.reason is not WhyNot.ENOUGH}


def with_(**changes: object) -> Directory:
    return replace(CITY, **changes)  # type: ignore[arg-type]


def closed(*codes: str) -> Mapping[str, Section]:
    return {code: replace(one, closed=one.closed or code in codes) for code, one in SECTIONS.items()}


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


# --- in office hours ---------------------------------------------------------------------------------

DESK, FORWARD = ("desk", "5112"), "forward"
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
    assert (found.plan, rung(found), skipped(found)) == (Plan.RING, rungs, reasons)


def test_P5_1_1_the_same_section_comes_first_and_then_the_same_floor_by_distance() -> None:
    """Nearer seats of another section wait; those of the own section on another floor do not."""
    found = climbed(rules=replace(RULES, neighbours=9))
    assert [one.extension for one in found.rungs] == ["5112", "5113", "5114", "5119", "5201", "5202"]
    assert [(one.why.reason, one.why.metres) for one in found.rungs[1:]] == [
        (WhyRung.SAME_SECTION, 2), (WhyRung.SAME_SECTION, 3), (WhyRung.SAME_SECTION, None),
        (WhyRung.SAME_FLOOR, 1), (WhyRung.SAME_FLOOR, 30),
    ]  # fmt: skip


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
    assert climbed(asked="9999").plan is climbed(asked="9999", is_open=False).plan is Plan.UNKNOWN


# --- out of office hours -----------------------------------------------------------------------------


def test_P5_1_3_closed_and_urgent_rings_the_roster_in_order() -> None:
    """An outside number, and an extension of the house; a forward does not matter."""
    found = climbed(with_(forwards={"5112": "5201"}), is_open=False, urgent=True)
    assert [(one.kind, one.extension, one.number) for one in found.rungs] == [
        (RungKind.DUTY, "duty-1", "0911000001"), (RungKind.DUTY, "5202", ""),
    ]  # fmt: skip


def test_P5_1_3_an_urgent_matter_reaches_the_officer_on_duty_with_a_wrong_extension_too() -> None:
    """The officer helps to reach the agency."""
    assert climbed(asked="9999", is_open=False, urgent=True).rungs[0].extension == "duty-1"


def test_P5_1_3_closed_and_not_urgent_is_a_message() -> None:
    """Nobody is rung."""
    assert climbed(is_open=False) == Ladder("5112", Plan.MESSAGE)


def test_P5_1_3_urgent_in_office_hours_goes_to_the_office() -> None:
    """The roster is for the night."""
    assert climbed(urgent=True) == climbed()


def test_P5_1_3_a_number_written_twice_on_the_roster_is_rung_once() -> None:
    """And a number that is none is told."""
    duty = tuple(DutyOfficer(n, "甲", number) for n, number in enumerate(["0911000001", "0911-000-001", "-"]))
    found = climbed(with_(duty=duty), is_open=False, urgent=True)
    assert [one.number for one in found.rungs] == ["0911000001"]
    assert skipped(found) == {"duty-2": "tried", "duty-3": "no line"}


# --- lines -------------------------------------------------------------------------------------------

WRITTEN: dict[str, tuple[str, str] | None] = {
    "(02)2960-3456": ("0229603456", "5112"),
    "(02)2960-3456轉5678": ("0229603456", "5678"),
    "(02) 2960 3456 分機 12": ("0229603456", "12"),
    "（02）2960－3456轉分機7": ("0229603456", "7"),
    "02-2960-3456 ext. 88": ("0229603456", "88"),
    "02-2960-3456#88": ("0229603456", "88"),
    "+886-2-2960-3456": ("0229603456", "5112"),
    "+886 (0)2 2960 3456": ("0229603456", "5112"),
    "0912345678": ("0912345678", "5112"),
    "": None, "-": None, "12": None, "call me": None, "02-2960-3456轉": None, "0912345678@evil": None,
}  # fmt: skip


@pytest.mark.parametrize(("written", "line"), WRITTEN.items())
def test_P4_9_numbers_as_people_write_them_are_digits_and_keys(
    written: str, line: tuple[str, str] | None
) -> None:
    """Keys written with the number win; what is no number is none."""
    found = outside(written, "5112")
    assert (found and (found.number, found.keys)) == line


@given(st.text(max_size=30))
def test_whatever_is_written_only_digits_are_dialled(written: str) -> None:
    """Nothing that a dialplan would evaluate."""
    line = outside(written, "1")
    assert line is None or (line.number.isascii() and line.number.isdecimal() and line.keys.isascii())


def test_P4_9_an_off_site_agency_is_its_number_and_the_extension_as_keys() -> None:
    """From the agency's row, or from the desk's own."""
    (first,) = climbed(asked="7001").rungs
    assert (first.kind, first.number, first.keys) == (RungKind.DESK, "0222577155", "7001")
    own = with_(desks={"5112": desk("5112", 0, number="(02)2960-3456")})
    (first,) = climbed(own).rungs
    assert (first.number, first.keys, first.agency) == ("0229603456", "5112", "env")


def test_P4_9_while_the_switchboard_is_out_of_order_its_alternative_is_rung_once() -> None:
    """Whoever sits there: the neighbours would be reached by the same number."""
    fault = replace(ENVIRONMENT, fault=True, alternative="(02)2960-9999")
    found = climbed(with_(agencies={"env": fault, "health": HEALTH}))
    assert [(one.kind, one.extension, one.number, one.keys) for one in found.rungs] == [
        (RungKind.ALTERNATIVE, "5112", "0229609999", "")
    ]
    assert set(skipped(found).values()) == {"tried"}


def test_P4_9_a_fault_without_an_alternative_leaves_nobody_to_ring() -> None:
    """Everybody is listed with that reason."""
    fault = replace(ENVIRONMENT, fault=True)
    found = climbed(with_(agencies={"env": fault, "health": HEALTH}))
    assert found.rungs == () and set(skipped(found).values()) == {"no line"}


def test_P4_9_a_forward_to_an_agency_with_a_fault_goes_to_its_alternative() -> None:
    """And the desk asked for is rung as always."""
    fault = replace(HEALTH, fault=True, alternative="0222577000")
    found = climbed(with_(agencies={"env": ENVIRONMENT, "health": fault}, forwards={"5112": "7001"}))
    assert rung(found)[:2] == [("alternative", "7001"), DESK]


def test_an_inside_phone_is_no_number() -> None:
    """The dialplan dials its extension."""
    assert climbed().rungs[0].number == Line().number == ""


# --- any directory at all ----------------------------------------------------------------------------

EXTENSIONS = [str(5000 + n) for n in range(8)]
SOME = st.sampled_from(EXTENSIONS)
SEATS = st.none() | st.builds(Seat, st.sampled_from("89"), st.integers(0, 3), st.integers(0, 3))


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    desks = {
        extension: Desk(
            extension,
            draw(st.sampled_from(["inspect", "waste", "food", "gone"])),
            draw(st.sampled_from(["", *(f"p{one}" for one in EXTENSIONS)])),
            seat=draw(SEATS),
            number=draw(st.sampled_from(["", "", "(02)2960-3456", "?"])),
        )
        for extension in draw(st.lists(SOME, unique=True))
    }
    faults = st.builds(
        replace, st.just(ENVIRONMENT), fault=st.booleans(), alternative=st.sampled_from(["", "0229609999"])
    )
    officers = st.builds(DutyOfficer, st.integers(1, 9), st.just("甲"), st.sampled_from(["0911", "", "5001"]))
    return Directory(
        NOON,
        agencies={"env": draw(faults), "health": HEALTH},
        sections=closed(*draw(st.lists(st.sampled_from(list(SECTIONS))))),
        desks=desks,
        forwards=draw(st.dictionaries(SOME, SOME)),
        away=draw(st.dictionaries(st.sampled_from([f"p{one}" for one in EXTENSIONS]), st.just("請假"))),
        duty=tuple(draw(st.lists(officers, max_size=30))),
    )


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
    assert (found.plan is Plan.UNKNOWN) == (asked not in directory.desks and (is_open or not urgent))
    if found.plan is not Plan.RING or not is_open:
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


# --- the hunt ----------------------------------------------------------------------------------------

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
        if not isinstance(state, hunt.Ringing):
            break
        assert hunt.LEAST_RING <= state.ring <= state.rung.ring
        assert state.rung.extension not in tried
        tried.append(state.rung.extension)
        spent += words + part * state.ring
        assert spent <= RULES.longest
        state = hunt.go_on(plan, RULES, tried, spent, words)
    assert not isinstance(state, hunt.Ringing) or len(tried) == len(lasting)


@pytest.mark.parametrize(
    ("spent", "ring"),
    [(0, 12), (47.9, 12), (48, 12), (50, 10), (57, 3), (57.1, None), (60, None), (99, None)],
)
def test_the_last_ring_is_cut_to_what_is_left(spent: float, ring: float | None) -> None:
    """Under three seconds left, the hunt is given up."""
    state = hunt.go_on(climbed(), RULES, ("5112",), timedelta(seconds=spent), timedelta(0))
    if ring is None:
        assert state == hunt.Returned(hunt.WhyBack.NO_TIME_LEFT)
    else:
        assert isinstance(state, hunt.Ringing) and state.ring == timedelta(seconds=ring)


def test_9_1_after_the_last_rung_the_caller_is_returned() -> None:
    """Everybody was tried."""
    state = hunt.go_on(climbed(), RULES, ("5112", "5113", "5114"), timedelta(seconds=1), timedelta(0))
    assert state == hunt.Returned(hunt.WhyBack.NOBODY_LEFT)


def test_9_1_where_nobody_is_to_be_rung_the_caller_is_returned_at_once() -> None:
    """Everybody away."""
    everybody = with_(away={f"p{one.extension}": "開會" for one in DESKS})
    assert hunt.begin(climbed(everybody), RULES, timedelta(0)) == hunt.Returned(hunt.WhyBack.NOBODY_LEFT)


def test_9_1_requested_leads_to_ringing_to_a_message_or_to_nothing_known() -> None:
    """The rows of the table that start a hunt."""
    first = hunt.begin(climbed(), RULES, timedelta(0))
    assert isinstance(first, hunt.Ringing) and first.rung == Rung(
        RungKind.DESK, "5112", timedelta(seconds=15), section="inspect", agency="env", name="員工5112"
    )
    assert hunt.begin(climbed(is_open=False), RULES, timedelta(0)) == hunt.MessageWanted()
    assert hunt.begin(climbed(asked="1"), RULES, timedelta(0)) == hunt.NoSuchExtension()
