"""Which line leads to an extension: inside, outside with keys,
or the alternative of a switchboard that fails (P4.9).
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.offices import DESK, ENVIRONMENT, HEALTH, climbed, desk, rung, skipped, with_
from transfer.lines import DeskLine, outside
from transfer.reasons import RungKind

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
    "": None,
    "-": None,
    "12": None,
    "call me": None,
    "02-2960-3456轉": None,
    "0912345678@evil": None,
}


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
    assert climbed().rungs[0].number == DeskLine().number == ""
