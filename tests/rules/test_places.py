"""Places as citizens say them: 500 forms of address, the city's outline, and what is one place."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.places import (
    DISTRICTS,
    NEAR,
    OutsideTheCity,
    Place,
    PlaceKind,
    UnfitPlace,
    box,
    in_city,
    metres,
    parsed,
    same,
)
from hotline.places.boundary import Point, district_of
from hotline.places.landmarks import landmarks
from hotline.places.words import LONGEST_WORD, place_words, words_kept
from hotline.places.writing import number

FORMS = Path(__file__).parent / "places.tsv"


def forms() -> list[tuple[str, str]]:
    """(as it is said, its key), put together by hand from the parts of each address."""
    with FORMS.open(encoding="utf-8", newline="") as lines:
        return [(row["said"], row["key"]) for row in csv.DictReader(lines, delimiter="\t")]


def test_500_forms_of_address_have_their_key() -> None:
    """P5.4.10: old names, full width, Chinese numerals, floors, villages, crossings, landmarks, highways."""
    known = forms()
    assert sum(bool(key) for _, key in known) >= 500
    assert {said: found for said, key in known if (found := parsed(said).key) != key} == {}


ROADS = st.sampled_from(
    ("中山路", "文化路", "車路頭街", "五工六路", "八德路", "和平街", "新北大道", "金包里街", "三民路")
)
PARTS = st.tuples(
    st.sampled_from(DISTRICTS),
    ROADS,
    st.integers(0, 9),
    st.integers(0, 999),
    st.integers(0, 99),
    st.integers(1, 999),
    st.integers(0, 30),
)
Parts = tuple[str, str, int, int, int, int, int]
NUMERALS = "零一二三四五六七八九"


def spelt(value: int) -> str:
    """A number below a thousand as it is said."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    said = f"{NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        said += ("" if tens == 1 and not hundreds else NUMERALS[tens]) + "十"
    elif hundreds and ones:
        said += "零"
    return said + (NUMERALS[ones] if ones else "")


def written(parts: Parts, how: int) -> str:
    """An address from its parts, in one of several ways."""
    district, road, section, lane, alley, house, sub = parts
    figure = spelt if how & 1 else str
    said = (f"新北市{district}" if how & 2 else district) + (" " if how & 4 else "") + road
    said += f"{figure(section)}段" if section else ""
    said += f"{figure(lane)}巷" if lane else ""
    said += f"{figure(alley)}弄" if alley else ""
    said += figure(house) + (
        f"之{figure(sub)}號" if sub and how & 8 else f"號之{figure(sub)}" if sub else "號"
    )
    said += (" 五樓之2", " 3F", " 對面", "（轉角）")[how % 4] if how & 16 else ""
    return said.translate({ord("0") + one: ord("０") + one for one in range(10)}) if how & 32 else said


@given(PARTS, st.integers(0, 63), st.integers(0, 63))
def test_ways_to_write_one_address_have_one_key(parts: Parts, one: int, other: int) -> None:
    """Numerals, width, city, blanks, floors and remarks change nothing."""
    first, second = parsed(written(parts, one)), parsed(written(parts, other))
    assert first.key == second.key
    assert first.kind is PlaceKind.ADDRESS
    assert same(first, second)


@given(PARTS, PARTS, st.integers(0, 63))
def test_other_addresses_have_other_keys(one: Parts, other: Parts, how: int) -> None:
    """Another house number, lane, section or district is another place."""
    first, second = parsed(written(one, how)), parsed(written(other, how))
    assert (first.key == second.key) == (one == other)


@given(st.integers(1, 9999))
def test_a_numeral_is_the_number_it_says(value: int) -> None:
    """By places always; by words below a thousand."""
    assert number("".join(NUMERALS[int(figure)] for figure in str(value))) == value
    assert value > 999 or number(spelt(value)) == value


@given(st.text(max_size=220))
def test_whatever_is_typed_is_a_place_or_refused(text: str) -> None:
    """No text breaks it; what is kept fits its column."""
    try:
        found = parsed(text)
    except (UnfitPlace, OutsideTheCity):
        return
    assert len(found.key) <= 96
    assert parsed(text) == found


@pytest.mark.parametrize(
    ("said", "city"),
    [
        ("台北市中山區中山北路二段1號", "台北市"),
        ("臺北市信義區市府路1號", "台北市"),
        ("信義區市府路1號", "台北市"),
        ("基隆市仁愛區愛一路5號", "基隆市"),
        ("桃園縣龜山鄉文化一路5號", "桃園縣"),
    ],
)
def test_what_lies_in_another_city_is_named(said: str, city: str) -> None:
    """It can be forwarded to who is competent (P5.2.2); it is never the same as a place of ours."""
    found = parsed(said)
    assert (found.kind, found.city, found.key, found.district) == (PlaceKind.ELSEWHERE, city, "", "")


def test_a_point_lies_in_the_city_or_is_refused() -> None:
    """Taipei in the middle and Keelung at the coast are not ours; a point tells its district."""
    assert in_city(25.0120, 121.4657)
    assert not in_city(25.0375, 121.5637)  # Taipei City Hall
    assert not in_city(25.1283, 121.7419)  # Keelung
    assert not in_city(24.5, 121.0)
    assert not in_city(-25.0120, 121.4657)
    assert district_of(Point(24.8640, 121.5510)) == "烏來區"
    with pytest.raises(OutsideTheCity):
        parsed("25.0375,121.5637")
    with pytest.raises(OutsideTheCity):
        parsed("板橋區中山路一段161號", point=(25.0375, 121.5637))


def test_a_point_on_the_map_makes_a_described_place_a_spot() -> None:
    """Words stay as they were said; what they lack the map tells."""
    found = parsed("公園旁的大樹", point=(25.0120, 121.4657))
    assert (found.text, found.kind, found.district) == ("公園旁的大樹", PlaceKind.POINT, "板橋區")
    assert found.key == "25.01200,121.46570"
    address = parsed("中山路一段161號", point=(25.0120, 121.4657))
    assert address.key == "板橋區中山路1段161號"
    assert parsed("", point=(25.0120, 121.4657)).key == "25.01200,121.46570"


def test_the_district_that_was_chosen_completes_an_address() -> None:
    """One that is said itself goes before it."""
    assert parsed("中山路一段161號", district="板橋區").key == "板橋區中山路1段161號"
    assert parsed("三重區中山路5號", district="板橋區").key == "三重區中山路5號"
    assert parsed("中山路一段161號").key == ""  # many districts have one


def test_one_place_is_one_key_or_thirty_metres() -> None:
    """P5.4.10: met at 30 m, not a metre beyond; roads and descriptions are not one spot by their words."""

    def at(latitude: float) -> Place:
        return Place("here", f"{latitude}", "板橋區", latitude, 121.4657, PlaceKind.POINT)

    metre = 1 / 111_195
    assert same(at(25.0120), at(25.0120 + 29.9 * metre))
    assert not same(at(25.0120), at(25.0120 + 30.1 * metre))
    assert same(parsed("板橋區中山路一段161號5樓"), parsed("板橋市中山路1段161號"))
    assert not same(parsed("板橋區中山路一段"), parsed("板橋區中山路一段"))
    assert not same(parsed("板橋區公園旁"), parsed("板橋區公園旁"))
    assert metres(parsed("板橋區公園旁"), at(25.0120)) == float("inf")


def test_the_box_for_a_search_holds_all_that_is_near() -> None:
    """Two comparisons a column: an index serves it."""
    here = parsed("25.0120,121.4657")
    corners = box(here)
    assert corners is not None
    for corner in corners:
        assert metres(here, Place("", "", "", *corner)) >= NEAR
    assert box(parsed("板橋區中山路一段161號")) is None


def test_landmarks_are_placeholders_within_their_districts() -> None:
    """The list says of itself that the city has still to give its own."""
    assert len(landmarks()) > 60
    assert all(one.is_placeholder for one in landmarks())
    assert {one.name for one in landmarks() if one.point and district_of(one.point) != one.district} == set()
    assert {one.name for one in landmarks() if not parsed(one.name).key} == set()


@pytest.mark.parametrize(("said", "why"), [("", "empty"), ("   ", "empty"), ("路" * 201, "long")])
def test_what_is_no_place_is_refused(said: str, why: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(UnfitPlace) as refused:
        parsed(said)
    assert refused.value.why == why


PLACE = "中山路1段一百六十一號之3（全家對面）"


@pytest.mark.parametrize(
    "asked",
    [
        "板橋",
        "中山路一段",
        "中山路1段",
        "路一段161號",
        "１６１號",
        "161號之三",
        "板橋中山路",
        "板橋區中山路",
        "全家 板橋區",
        "全家對面",
        "161",
    ],
)
def test_a_place_has_the_words_by_which_it_is_asked_for(asked: str) -> None:
    """However it is written, in whichever order its parts are named."""
    assert place_words(asked) <= words_kept(PLACE, "板橋區")


@pytest.mark.parametrize("asked", ["中山路二段", "61號", "16", "161巷", "文化路", "三山"])
def test_what_it_does_not_say_is_no_word_of_it(asked: str) -> None:
    """A number is whole: 161 is not 61."""
    assert not place_words(asked) <= words_kept(PLACE, "板橋區")


@given(st.text(max_size=200))
def test_any_text_has_words_of_bounded_length(text: str) -> None:
    assert all(0 < len(word) <= LONGEST_WORD for word in place_words(text))
