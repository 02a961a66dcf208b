"""The city as of an instant, the files it is read from, and what its people may do."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.directory.rules import Agency, City, Desk, DutyOfficer, Person, Section
from hotline.directory.snapshot import from_json, to_json
from hotline.ledger.periods import Period
from hotline.permissions import ALLOWED, Action, Role, may
from hotline.sheets.columns import SHEETS, doubles, read
from hotline.sheets.faults import BadSheets
from hotline.staff.rules import Staff
from hotline.worktime.workdays import DayKind, Override
from wording import CHINESE, ENGLISH, sentence

START = taipei("2026-11-24T08:00")


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def test_law_7_the_directory_is_as_of_its_instant() -> None:
    """A number that changes at ten is the old one before and the new one from ten on."""
    city = City(
        {
            "desks": (
                ("5112", Desk("5112", "air"), Period(hour(0), hour(2))),
                ("5112", Desk("5112", "noise"), Period(hour(2))),
            )
        }
    )
    assert not city.at(hour(-1)).desks
    assert city.at(hour(1)).desks["5112"].section == "air"
    assert city.at(hour(2)).desks["5112"].section == "noise"
    assert city.at(hour(1)).at == hour(1)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5, unique=True), st.lists(st.integers(-1, 10)))
def test_law_7_an_instant_has_one_answer_in_whatever_order_it_is_asked(
    changes: list[int], asked: list[int]
) -> None:
    """What is remembered between two changes is what would be computed anew."""
    edges = [*map(hour, sorted(changes)), None]
    rows = tuple(
        ("1", f"section {number}", Period(since, until))
        for number, (since, until) in enumerate(pairwise(edges))
        if since
    )
    city = City({"forwards": rows})
    for number in asked:
        fresh = City({"forwards": rows}).at(hour(number))
        assert city.at(hour(number)) == fresh
        assert fresh.forwards == {key: value for key, value, period in rows if period.holds(hour(number))}


def test_P4_9_a_switchboard_fails_for_a_time_and_the_alternative_counts() -> None:
    """The number told with the fault, else the one on file."""
    agency = Agency("apo", "動保處", off_site=True, number="(02)2960-3456", alternative="(02)2960-0199")
    faults = (("apo", "", Period(hour(1), hour(2))), ("apo", "0900000009", Period(hour(2), hour(3))))
    city = City({"agencies": (("apo", agency, Period(hour(0))),), "switchboards": faults})
    assert city.at(hour(0)).agencies["apo"] == agency
    told = [
        (city.at(hour(at)).agencies["apo"].fault, city.at(hour(at)).agencies["apo"].alternative)
        for at in (1, 2, 3)
    ]
    assert told == [(True, "(02)2960-0199"), (True, "0900000009"), (False, "(02)2960-0199")]


def test_P5_1_3_the_roster_is_rung_in_its_order() -> None:
    """Whatever the order of the rows."""
    officers = [DutyOfficer(3, "丙", "3"), DutyOfficer(1, "甲", "1"), DutyOfficer(2, "乙", "2")]
    city = City({"duty": tuple((str(one.order), one, Period(hour(0))) for one in officers)})
    assert [officer.order for officer in city.at(hour(0)).duty] == [1, 2, 3]


def test_a_desk_without_a_name_bears_its_persons() -> None:
    """A counter keeps the name it has."""
    person = Person("p-1", "air", "示範一")
    desks = [Desk("5112", "air", "p-1"), Desk("5119", "air", "p-1", name="服務台"), Desk("5113", "air")]
    always = Period(hour(0))
    city = City(
        {
            "persons": (("p-1", person, always),),
            "desks": tuple((desk.extension, desk, always) for desk in desks),
        }
    )
    assert [desk.name for desk in city.at(hour(0)).desks.values()] == ["示範一", "服務台", ""]


def test_a_day_that_was_lifted_is_no_exception_any_more() -> None:
    """Only what is declared now counts."""
    off = Override(DayKind.OFF, "颱風")
    rows = (("2026-11-25", off, Period(hour(0), hour(1))), ("2026-11-26", off, Period(hour(0))))
    assert City({"days": rows}).overrides == {date(2026, 11, 26): off}


def test_a_snapshot_is_read_as_it_was_written() -> None:
    """Every kind of row."""
    always, ended = Period(hour(0)), Period(hour(0), hour(1))
    city = City(
        {
            "agencies": (("epb", Agency("epb", "環保局"), always),),
            "sections": (("air", Section("air", "epb", "空氣品質科"), always),),
            "persons": (("p-1", Person("p-1", "air", "示範一", "承辦人"), ended),),
            "desks": (("5112", Desk("5112", "air", "p-1"), always),),
            "forwards": (("5112", "5113", ended),),
            "away": (("p-1", "出差", ended),),
            "duty": (("1", DutyOfficer(1, "值日", "0900000001"), always),),
            "switchboards": (("epb", "", ended),),
            "days": (("2026-11-25", Override(DayKind.OFF, "颱風"), always),),
        }
    )
    assert from_json(to_json(city)) == city


# --- files -------------------------------------------------------------------------------------------

DESKS = "extension,section,person,name,floor,x,y,number\n"


def test_a_file_is_read_with_and_without_a_byte_order_mark() -> None:
    """As office programs write it."""
    content = (DESKS + "5112,air,p-1,,8F,4,2.5,\n\n").encode()
    (plain,), no_faults = read("desks.csv", content)
    (marked,), _ = read("desks.csv", b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    assert plain == marked and no_faults == []
    assert plain.key == "5112" and plain.line == 2
    assert plain.says == {
        "section": "air",
        "person": "p-1",
        "name": "",
        "floor": "8F",
        "x": 4.0,
        "y": 2.5,
        "number": "",
    }


@pytest.mark.parametrize(
    ("file", "content", "where"),
    [
        ("desks.csv", DESKS + "51x2,air,,,,,,\n", [(2, "extension")]),
        ("desks.csv", DESKS + "5112,,,,,,,\n5113,Air,,,,,,\n", [(2, "section"), (3, "section")]),
        ("desks.csv", DESKS + "5112,air,,,8F,two,2,\n", [(2, "x")]),
        ("desks.csv", DESKS + "5112,air,,,8F,,2,\n", [(2, "floor")]),
        ("desks.csv", DESKS + "5112,air,,,,nan,,\n", [(2, "x")]),
        ("desks.csv", DESKS + "5112,air,,,,,,`rm`\n", [(2, "number")]),
        ("desks.csv", DESKS + "5112,air,,a\x07b,,,,\n", [(2, "name")]),
        ("desks.csv", DESKS + "5112,air\n", [(2, "")]),
        ("desks.csv", DESKS + '5112,air,,"a\nb",,,,\n', [(3, "name")]),
        ("desks.csv", DESKS + '5112,air,,"a\n', [(2, "")]),
        ("desks.csv", DESKS + "5112,air,,,,,,\n5112,noise,,,,,,\n", [(3, "extension")]),
        ("desks.csv", "extension,person\n5112,p-1\n", [(1, "section")]),
        ("desks.csv", "extension,section,colour\n", [(1, "colour")]),
        ("desks.csv", "", [(1, "extension"), (1, "section")]),
        ("agencies.csv", "code,name,off_site\nepb,環保局,perhaps\n", [(2, "off_site")]),
        ("agencies.csv", "code,name\nepb," + "長" * 65 + "\n", [(2, "name")]),
        ("absences.csv", "person,cause,from,until\np-1,開會,tomorrow,\n", [(2, "from")]),
        ("absences.csv", "person,cause,from,until\np-1,開會,2026-11-25,2026-11-24\n", [(2, "until")]),
        ("staff.csv", "login,name,roles\nx,示範,king\n", [(2, "roles")]),
    ],
)
def test_every_fault_is_told_with_line_and_column(
    file: str, content: str, where: list[tuple[int, str]]
) -> None:
    """And what to do."""
    records, faults = read(file, content.encode())
    faults += doubles(records, faults)
    assert [(fault.line, fault.column) for fault in faults] == where
    for fault, line in zip(faults, BadSheets(tuple(faults)).lines, strict=True):
        assert sentence(line, ENGLISH).startswith(f"{file}, line {fault.line}")
        assert "%(" not in sentence(line, CHINESE)


def test_a_file_in_another_encoding_is_told_so() -> None:
    """Neither UTF-8 nor Big5: with what to do."""
    _, (fault,) = read("agencies.csv", b"code,name\nepb,\xff\xfe\x80\n")
    assert fault.line == 2 and "UTF-8" in sentence(fault.why, ENGLISH)


@given(st.sampled_from(sorted(SHEETS)), st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_is_too_strange_to_be_refused(name: str, content: bytes) -> None:
    """Whatever the bytes are, the answer is records or faults."""
    records, faults = read(f"{name}.csv", content)
    assert records or faults


def test_the_page_about_files_names_every_file_with_its_heading() -> None:
    """Whoever follows it writes a file that is read."""
    page = (Path(__file__).parents[2] / "docs" / "directory.md").read_text("utf-8")
    for name, sheet in SHEETS.items():
        assert f"| `{name}.csv` | `{','.join(sheet.headings)}` |" in page


def test_absences_of_one_person_may_follow_each_other() -> None:
    """Two lines with their own beginnings do not contradict."""
    text = "person,cause,from,until\np-1,開會,2026-11-24T09:00,2026-11-24T10:00\np-1,出差,2026-11-25,\n"
    records, faults = read("absences.csv", text.encode())
    assert [record.since for record in records] == [taipei("2026-11-24T09:00"), taipei("2026-11-25")]
    assert faults == []


# --- roles -------------------------------------------------------------------------------------------


def test_law_10_what_is_not_listed_is_refused() -> None:
    """Deny by default: every pair that the table does not name."""
    assert [
        (role, action)
        for role in Role
        for action in Action
        if may(role, action) and action not in ALLOWED[role]
    ] == []
    assert not may(Role.INTERPRETER, Action.CALL_AUTHORISE)
    assert not Staff("x", "示範").may(Action.REPORT_READ)


def test_P7_1_only_a_supervisor_authorises() -> None:
    """Not the agent who asks, not the administrator."""
    assert [role for role in Role if may(role, Action.CALL_AUTHORISE)] == [Role.SUPERVISOR]


def test_P7_3_only_the_mayor_or_the_delegated_level_approves() -> None:
    """Not who proposes."""
    assert [role for role in Role if may(role, Action.SPECIAL_APPROVE)] == [Role.APPROVER]


def test_P2_a_a_liaison_acts_for_the_own_agency_only() -> None:
    """An administrator for every one."""
    liaison = Staff("l", "示範", frozenset({Role.LIAISON}), agency="epb")
    assert liaison.may(Action.DIRECTORY_FORWARD, "epb")
    assert not liaison.may(Action.DIRECTORY_FORWARD, "pwd")
    administrator = Staff("a", "示範", frozenset({Role.ADMINISTRATOR}), agency="rdec")
    assert administrator.may(Action.DIRECTORY_FORWARD, "pwd")
