"""What everybody may know of where a case is: the street and roughly the point, never the house."""

import pytest

from hotline.cases.public import PUBLIC_OPEN, RESOLVED, public_address, public_point
from hotline.cases.rules import OPEN_STATES
from hotline.places import parsed

PLACES = (
    ("板橋區文化路一段188巷5弄7號之1", "新北市板橋區文化路1段188巷5弄"),
    ("板橋區文化路一段5號王小明家門口", "新北市板橋區文化路1段"),
    ("板橋區中山路與府中路口", "新北市板橋區中山路×府中路"),
    ("林口區台15線12K+300", "新北市林口區台15線12K+300"),
    ("25.01234,121.46543", "新北市板橋區"),
    ("板橋區王小明家後面的空地", "新北市板橋區"),
)


@pytest.mark.parametrize(("said", "told"), PLACES)
def test_an_address_ends_before_the_house(said: str, told: str) -> None:
    """It is made of the place as it was understood: words that were typed are not in it."""
    where = parsed(said)
    assert public_address(where.key, where.district) == told


def test_a_key_that_is_cut_tells_the_district_alone() -> None:
    """Its end may be a house."""
    assert public_address(f"板橋區{'長' * 60}#0123456789abcdef", "板橋區") == "新北市板橋區"
    assert public_address("", "") == "新北市"


def test_a_point_is_exact_where_nobody_lives() -> None:
    """At a crossing and at a mark of a road; else a hundred metres."""
    crossing, mark, house = "板橋區中山路×府中路", "台15線12K+300", "板橋區文化路1段5號"
    assert public_point(crossing, 25.0123456, 121.4654321) == (25.01235, 121.46543)
    assert public_point(mark, 25.0123456, 121.4654321) == (25.01235, 121.46543)
    assert public_point(house, 25.0123456, 121.4654321) == (25.012, 121.465)
    assert public_point("", 25.0123456, None) == (None, None)


def test_closed_to_the_public_is_what_the_agency_has_dealt_with() -> None:
    """Even if the petitioner is still to be told."""
    assert PUBLIC_OPEN | RESOLVED == OPEN_STATES and not PUBLIC_OPEN & RESOLVED
