"""The whole fictional city: as large as was asked for, from one seed, nobody's name, nothing wrong in it."""

from collections import Counter

import pytest

from demo.generate import grown
from demo.seed import CITY
from hotline.directory.files.importing import ReadFiles, read_files
from hotline.sheets.columns import SheetRecord, refuse_unfit
from ivr.catalogue import Catalogue
from ivr.numerals import Language


@pytest.fixture(scope="module")
def small() -> ReadFiles:
    return read_files(CITY)


@pytest.fixture(scope="module")
def city(small: ReadFiles) -> ReadFiles:
    return grown(small)


def test_it_has_thirty_agencies_three_hundred_sections_three_thousand_desks(city: ReadFiles) -> None:
    """Each key once, each desk with a seat of its own or of the small city's."""
    count = Counter(record.kind for record in city.records)
    assert (count["agency"], count["section"], count["desk"]) == (30, 300, 3000)
    assert (
        len({(one.kind, one.key) for one in city.records if one.kind != "absence"})
        == len(city.records) - count["absence"]
    )
    new = [one.says for one in city.records if one.kind == "desk" and one.file == "grown"]
    seats = Counter((says["building"], says["floor"], says["x"], says["y"]) for says in new)
    assert max(seats.values()) == 1


def test_every_row_is_fit_for_a_file(city: ReadFiles) -> None:
    """What a seed makes, an export writes and an import reads."""
    for record in city.records:
        refuse_unfit(record.kind, record.key, record.says)


def test_a_seed_makes_one_city_and_another_another(small: ReadFiles, city: ReadFiles) -> None:
    """And nobody is called so: every name has 示 in it."""
    assert grown(small) == city != grown(small, 7)
    names = [one.says["name"] for one in city.records if one.kind == "person"]
    assert all("示" in name for name in names)


def test_V_05_every_section_is_put_through_by_a_name(city: ReadFiles) -> None:
    """Its own sentence, else its agency's, with the agency's name in it and in every spoken language."""
    catalogue, names = (
        Catalogue.load(),
        {one.key: one.says["name"] for one in city.records if one.kind == "agency"},
    )
    for section in (one for one in city.records if one.kind == "section"):
        agency = section.says["agency"]
        named = next(one for one in (f"V-05.{section.key}", f"V-05.{agency}") if one in catalogue)
        assert names[agency] in catalogue.text(named, Language.MANDARIN)
        assert all(catalogue.has_voice(named, language) for language in catalogue.spoken_languages)


def test_the_small_city_is_left_as_it_is(small: ReadFiles, city: ReadFiles) -> None:
    """Row by row."""
    kept: list[SheetRecord] = [one for one in city.records if one.file != "grown"]
    assert kept == list(small.records)
