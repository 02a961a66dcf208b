"""What kind of telephone a number is, however people write it (spec §18, domain facts on numbers)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.phones import PhoneKind, PhoneNumber, phone

CITY_HALL = "+886229603456"


@pytest.mark.parametrize(
    "written",
    [
        "0912345678",
        "0912-345-678",
        "0912 345 678",
        "+886912345678",
        "+886 912 345 678",
        "886912345678",
        "０９１２３４５６７８",
        " 0912345678 ",
    ],
)
def test_mobiles_take_sms(written: str) -> None:
    """Ten digits that begin with 09, or the same with the country's code."""
    assert phone(written) == PhoneNumber(PhoneKind.MOBILE, "+886912345678")
    assert phone(written).takes_sms


@pytest.mark.parametrize(
    ("written", "extension"),
    [
        ("02-2960-3456", ""),
        ("(02)2960-3456", ""),
        ("+886 2 2960 3456", ""),
        ("29603456", ""),
        ("02-29603456#4567", "4567"),
        ("02-29603456,4567", "4567"),
        ("02-29603456 ext 4567", "4567"),
        ("02-29603456分機4567", "4567"),
        ("02-29603456 轉 4567", "4567"),
        ("02-29603456請轉接4567", "4567"),
        ("（02）2960－3456分機:123", "123"),
        ("2960-3456分機12", "12"),
    ],
)
def test_landlines_with_and_without_an_extension(written: str, extension: str) -> None:
    """分機 and 轉 as people write them; a number without its area code is the city's. Never a text to any."""
    assert phone(written) == PhoneNumber(PhoneKind.LANDLINE, CITY_HALL, extension)
    assert not phone(written).takes_sms


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("", PhoneKind.HIDDEN), ("anonymous", PhoneKind.HIDDEN), ("Restricted", PhoneKind.HIDDEN), ("1999", PhoneKind.SHORT),
        ("110", PhoneKind.SHORT), ("119", PhoneKind.SHORT), ("1990", PhoneKind.SHORT), ("113", PhoneKind.SHORT),
        ("0800-000-000", PhoneKind.FREE), ("070-1234-5678", PhoneKind.INTERNET), ("0204-123-456", PhoneKind.PREMIUM),
        ("+1 415 555 2671", PhoneKind.OTHER), ("09123", PhoneKind.NONE), ("市話", PhoneKind.NONE), ("4567", PhoneKind.NONE),
        ("abc0912345678", PhoneKind.NONE), ("sip:0912345678@x", PhoneKind.NONE), ("0912345678\r\nBcc: a@b", PhoneKind.NONE),
        ("0912345678;x", PhoneKind.NONE), ("0912345678 0922345678", PhoneKind.NONE),
    ],
)  # fmt: skip
def test_everything_else_takes_none(written: str, kind: PhoneKind) -> None:
    """Hidden, short, free, paid, foreign numbers that may be either, and what is no number."""
    assert phone(written).kind is kind
    assert not phone(written).takes_sms


def test_a_mobile_with_an_extension_is_something_behind_a_mobile() -> None:
    """A text would reach the wrong person."""
    assert phone("0912345678#1") == PhoneNumber(PhoneKind.MOBILE, "+886912345678", "1")
    assert not phone("0912345678#1").takes_sms


@given(st.text())
def test_any_text_is_some_kind(written: str) -> None:
    """Nothing raises, and what takes a text is a number in E.164."""
    found = phone(written)
    assert not found.takes_sms or found.number.removeprefix("+").isdecimal()
