"""Numbers as people write them into the directory (P4.9): what a cell or a command takes can be dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.directory.cells import EXTENSION, NUMBER
from hotline.directory.service import NotDialable, dialable
from hotline.directory.store import NUMBER as COLUMN
from transfer.lines import Line, outside


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("(02)2960-3456", Line("0229603456")),
        ("(02)2960-3456轉5112", Line("0229603456", "5112")),
        ("(02)2960-3456 轉 5112", Line("0229603456", "5112")),
        ("02 2960 3456 分機5112", Line("0229603456", "5112")),
        ("02-29603456#5112", Line("0229603456", "5112")),
        ("02-29603456 ext.5112", Line("0229603456", "5112")),
        ("02-29603456 EXT 5112", Line("0229603456", "5112")),
        ("+886-2-2960-3456", Line("0229603456")),
        ("0912345678", Line("0912345678")),
        ("110", Line("110")),
    ],
)
def test_P4_9_a_number_may_have_an_extension_that_its_exchange_takes(written: str, line: Line) -> None:
    """What is taken is dialled as it was meant."""
    assert dialable(written) == written
    assert outside(written, "") == line


@pytest.mark.parametrize(
    "written",
    ["", "abc", "轉5112", "(02)2960-3456轉", "(02)2960-3456轉abc", "02-29603456轉5112轉3", "1;2", "02960&1",
     "02-2960-3456轉123456789", "0229603456\n", "(02) 2960 3456 3456 12 分機 12345678"],
)  # fmt: skip
def test_what_is_no_number_is_refused(written: str) -> None:
    """Also keys without a number, two extensions, and what no column has room for."""
    with pytest.raises(NotDialable):
        dialable(written)


@given(st.from_regex(NUMBER, fullmatch=True))
def test_whatever_is_taken_fits_its_column_and_is_a_line(written: str) -> None:
    """No number that later leaves nobody to ring."""
    assert len(written) <= (COLUMN.length or 0)
    found = outside(written, "")
    assert found and found.number.isdecimal() and (not found.keys or found.keys.isdecimal())


@pytest.mark.parametrize("written", ["5112", "51", "511234"])
def test_an_extension_is_two_to_six_digits_as_the_keys_of_a_phone_can_send(written: str) -> None:
    """Nothing that nobody could be put through to."""
    assert EXTENSION.fullmatch(written)


@pytest.mark.parametrize("written", ["5", "5112345", "５１１２", "٥١١٢", "5112\n", "51a2", ""])
def test_what_no_phone_can_send_is_no_extension(written: str) -> None:
    """Digits of other scripts look alike and are none."""
    assert not EXTENSION.fullmatch(written)
