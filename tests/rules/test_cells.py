"""Numbers as people write them into the directory (P4.9): what a cell or a command takes can be dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.directory.service import NotDialable, dialable
from hotline.directory.store import NUMBER as COLUMN
from hotline.numbers import EXTENSION
from hotline.phones import in_e164, in_taiwan
from hotline.sheets.rows import number, number_or_extension
from transfer.lines import DeskLine, outside

CITY_HALL = "(02)2960-3456"


@pytest.mark.parametrize(
    ("written", "printed", "line"),
    [
        ("(02)2960-3456", CITY_HALL, DeskLine("0229603456")),
        ("(02)2960-3456轉5112", f"{CITY_HALL}轉5112", DeskLine("0229603456", "5112")),
        ("(02)2960-3456 轉 5112", f"{CITY_HALL}轉5112", DeskLine("0229603456", "5112")),
        ("02 2960 3456 分機5112", f"{CITY_HALL}轉5112", DeskLine("0229603456", "5112")),
        ("02-29603456#5112", f"{CITY_HALL}轉5112", DeskLine("0229603456", "5112")),
        ("02-29603456 ext.5112", f"{CITY_HALL}轉5112", DeskLine("0229603456", "5112")),
        ("02-29603456 EXT 5112", f"{CITY_HALL}轉5112", DeskLine("0229603456", "5112")),
        ("+886229603456;ext=5112", f"{CITY_HALL}轉5112", DeskLine("0229603456", "5112")),
        ("+886-2-2960-3456", CITY_HALL, DeskLine("0229603456")),
        ("29603456", CITY_HALL, DeskLine("0229603456")),
        ("（０２）２９６０－３４５６", CITY_HALL, DeskLine("0229603456")),
        ("037-123456", "(037)12-3456", DeskLine("037123456")),
        ("+886 836 22222", "(0836)2-2222", DeskLine("083622222")),
        ("0912345678", "0912-345-678", DeskLine("0912345678")),
        ("+886 912 345 678", "0912-345-678", DeskLine("0912345678")),
        ("0800-000-123", "0800-000-123", DeskLine("0800000123")),
        ("110", "110", DeskLine("110")),
    ],
)
def test_P4_9_a_number_may_have_an_extension_that_its_exchange_takes(
    written: str, printed: str, line: DeskLine
) -> None:
    """However it is written it is one number, shown in Taiwan's way, and dialled as it was meant."""
    assert dialable(written) == printed == in_taiwan(in_e164(written))
    assert outside(printed, "") == line


@pytest.mark.parametrize(
    "written",
    ["", "abc", "轉5112", "(02)2960-3456轉", "(02)2960-3456轉abc", "02-29603456轉5112轉3", "1;2", "02960&1",
     "02-2960-3456轉123456789", "0229603456\nx", "(02) 2960 3456 3456 12 分機 12345678", "(02)2960-345", "0912-345",
     "5112", "anonymous"],
)  # fmt: skip
def test_what_is_no_number_is_refused(written: str) -> None:
    """Also keys without a number, two extensions, a digit too few, and what no column has room for."""
    with pytest.raises(NotDialable, match="why=form"):
        dialable(written)


@pytest.mark.parametrize("written", ["+1 415 555 2671", "0204-123-456", "0209-123-456", "0501-123-456"])
def test_what_no_line_of_ours_dials_is_refused(written: str) -> None:
    """Another country, services that cost, a number that is nobody's telephone."""
    with pytest.raises(NotDialable, match="why=cost"):
        dialable(written)


def test_P5_1_3_the_roster_takes_extensions_too() -> None:
    """A duty officer may sit at a desk of the directory."""
    assert number_or_extension("5112") == "5112" and number_or_extension("02-29603456") == CITY_HALL
    assert in_taiwan(in_e164("5112")) == "5112"


TAIWANESE = st.from_regex(r"(\+886|0)(2[2-8]\d{7}|37[2-8]\d{5}|49[2-8]\d{6}|9[1-8]\d{7})", fullmatch=True)
KEYS = st.from_regex(r"( ?(轉|分機|#|ext\.?) ?\d{1,8})?", fullmatch=True)


@given(TAIWANESE, KEYS)
def test_whatever_is_taken_fits_its_column_and_is_a_line(plain: str, keys: str) -> None:
    """Kept in one way, shown in one way, and each is read as the other;
    nobody is left without anybody to ring.
    """
    try:
        printed = number(f"{plain}{keys}")
    except ValueError:
        return  # not every such number is given to somebody
    kept = in_e164(printed)
    assert len(kept) <= (COLUMN.impl.length or 0) and kept.isascii() and kept.startswith("+886")
    assert in_taiwan(kept) == printed == number(printed) and in_e164(kept) == kept
    found = outside(printed, "")
    assert found and found.number.isdecimal() and (not found.keys or found.keys.isdecimal())


@given(st.text())
def test_whatever_stands_in_a_row_can_be_shown(text: str) -> None:
    """What is no number stays as it is; reading it twice changes nothing."""
    assert in_e164(in_e164(text)) == in_e164(text) and in_taiwan(in_taiwan(text)) == in_taiwan(text)


@pytest.mark.parametrize("written", ["5112", "51", "511234"])
def test_an_extension_is_two_to_six_digits_as_the_keys_of_a_phone_can_send(written: str) -> None:
    """Nothing that nobody could be put through to."""
    assert EXTENSION.fullmatch(written)


@pytest.mark.parametrize("written", ["5", "5112345", "５１１２", "٥١١٢", "5112\n", "51a2", ""])
def test_what_no_phone_can_send_is_no_extension(written: str) -> None:
    """Digits of other scripts look alike and are none."""
    assert not EXTENSION.fullmatch(written)
