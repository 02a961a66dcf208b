"""Words by which places are looked up: the district, each pair of signs, and each number whole. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from hotline.places.districts import leading
from hotline.places.writing import NUMERAL, arabic, chinese, one_form

LONGEST_WORD: Final = 9
"""Signs of a word; a longer number is compared by its beginning."""
_NUMERAL: Final = re.compile(f"{NUMERAL}+(?=[巷弄號樓鄰])|(?<=之){NUMERAL}+")
_SECTION: Final = re.compile(r"(?<!\d)\d{1,2}(?=段)")
_SUB_NUMBER: Final = re.compile(r"(?<=[\d號])之(?=\d)")
_RUN: Final = re.compile(r"(?P<number>\d+)(?=(?P<unit>[^\W\d_]?))|[^\W\d_]+")


def place_words(text: str) -> frozenset[str]:
    """The words of what is asked for: 板橋區中山路1段161號 is 板橋, 中山, 山路, 路一, 一段, 161 and 161號.

    What stands apart is read apart. A number is whole: 61 is no word of 161. A single sign is no word.
    """
    return frozenset(word for part in one_form(text).casefold().split() for word in _words(part))


def words_kept(place: str, district: str) -> frozenset[str]:
    """The words by which a place is found, as it is said and without its blanks."""
    return place_words(f"{district} {place}") | place_words("".join(place.split()))


def _words(part: str) -> Iterator[str]:
    """The words of a text without blanks; of the district at its beginning only the name."""
    district, rest = leading(part)
    if district:
        yield district.removesuffix("區")
    rest = _SECTION.sub(lambda found: chinese(found[0]), rest)
    rest = _SUB_NUMBER.sub("-", _NUMERAL.sub(lambda found: arabic(found[0]), rest))
    for run in _RUN.finditer(rest):
        if run["number"]:
            whole = run["number"][: LONGEST_WORD - 1]
            yield from (whole, whole + run["unit"])
        else:
            yield from (run[0][at : at + 2] for at in range(len(run[0]) - 1))
