"""The grammar of an address within a district: village, road, lane, number; crossings. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from hotline.places.writing import NUMERAL, arabic, chinese

LONGEST_NAME: Final = 10
"""Signs of a road's name; what is longer is a sentence."""
_HAN: Final = r"[\u3400-\u9fff]"
_NAMING: Final = rf"(?![的在這那旁條]){_HAN}"
"""A sign that may stand in a name."""
_FIGURE: Final = rf"(?:\d+|{NUMERAL}+)"
_FIGURES: Final = rf"{_FIGURE}(?:[-之]{_FIGURE})*"
_LANE_NAME: Final = rf"(?:(?![路街]){_NAMING}){{2,4}}?(?<!{NUMERAL})"
"""Of a lane with a name: 忠孝巷."""
_MOUTH: Final = "的?(?:十字|三叉|丁字|[Tt]字)?(?:[路街巷弄]?口|交叉|交會|交界|相交|轉角)"
_ASIDE: Final = re.compile(
    "(?:的?(?:正?對面|斜對面|旁邊?|前面?|後面?|附近|門口|騎樓|樓下|巷內|裡面?|邊|這邊|那邊|上面?|處|底|內))+$"
)
"""Words by which people mean what lies beside a place; it stays that place."""
_VILLAGE: Final = re.compile(rf"({_HAN}{{2,3}}?)([里村])(?![路街]|大道)")
_NEIGHBOURHOOD: Final = re.compile(rf"{_FIGURE}?鄰,?")
_BRANCH: Final = re.compile(
    rf"(?:({_FIGURE}|[東西南北上下中])(段)|({_FIGURES})([巷弄衖])|({_LANE_NAME})(巷)),?"
)
_NAMED_LANE: Final = re.compile(rf"({_LANE_NAME}巷),?")
_NUMBER: Final = re.compile(
    rf"([臨附]?)時?({_FIGURES})(?:[,、~至到]{_FIGURES})*號(?:[之-](\d+(?!\d)|{NUMERAL}+(?!{NUMERAL}))(?![樓Ff]))?"
    rf"|([臨附]?)({_FIGURES})$"
)
_HAMLET: Final = re.compile(rf"(?![路街])((?:{_NAMING}){{2,8}}?)(?<!{NUMERAL})(?=[臨附]?{_FIGURES}號)")
"""A place with numbers of its own: 水聳淒坑10號, 大鵬新村12號."""
_BEHIND: Final = re.compile(
    rf"$|[\d,、/&×-]|(?:[東西南北上下中]|{NUMERAL}+)段|{NUMERAL}+(?:[巷弄衖號之、]|$)|[臨附][\d{NUMERAL[1:-1]}時]"
    rf"|[與和跟及同交]|{_MOUTH}|{_LANE_NAME}巷|(?:{_NAMING}){{1,8}}?(?:路|街|大道)(?:{_FIGURE}段)?{_MOUTH}"
)
"""What may stand behind the whole name of a road, so that 車路頭街 is not 車路."""
_NO_ROAD: Final = re.compile(r".*馬路|[路街道]+|公路|鐵路|走路|網路|電路|迷路|老街|水路|半路|[一整]條[路街]")
"""Words that end as the name of a road does and name none."""
_JOINT: Final = re.compile("[,、/&×]|[與和跟及同]|交叉|交")
_ESTATE: Final = re.compile(rf"(?:{_NAMING}){{0,8}}?(?:園區|工業區|社區|特區)")
"""What is said before a road's name and is no part of it: 新北產業園區五工三路."""
_NAME_OF_ITS_OWN: Final = re.compile("和[平興成美豐城昌順光睦]|同[安德心榮慶興]|及人|交流|交通")
"""A name that begins with a sign that also joins two roads."""


@dataclass(frozen=True, slots=True)
class StreetAddress:
    """An address as it was read, with figures for its numbers; those of a house are joined by 之 (8之3)."""

    village: str = ""
    road: str = ""
    branches: tuple[str, ...] = ()
    """Section, lane, alley and sub-alley, as far as it has them: 1段, 50巷, 6弄."""
    number: str = ""
    crossing: "StreetAddress | None" = None
    """The other road, where two meet."""

    @property
    def street(self) -> str:
        """The road down to its smallest branch."""
        return self.road + "".join(self.branches)

    @property
    def key(self) -> str:
        """The one form of it within its district; a village counts only where no road is named."""
        if self.crossing:
            return "×".join(sorted((self.street, self.crossing.street)))
        return (self.street or self.village) + (f"{self.number}號" if self.number else "")


def read(text: str) -> StreetAddress | None:
    """Read a place without city and district; None when it names no road, village or numbered place."""
    village, rest = _village(text)
    if (estate := _ESTATE.match(rest)) and _road(rest[estate.end() :])[0]:
        rest = rest[estate.end() :]
    road, after = _road(rest)
    if road:
        return _along(StreetAddress(village, road), after)
    if lane := _NAMED_LANE.match(rest):
        return _along(StreetAddress(village, lane[1]), rest[lane.end() :])
    if hamlet := _HAMLET.match(rest):
        return StreetAddress(village, hamlet[1], number=_house(rest[hamlet.end() :]))
    if village:
        return StreetAddress(village, number=_house(rest))
    return None


def _along(begun: StreetAddress, rest: str) -> StreetAddress:
    """Follow a road down to its number, or to the other road that it meets."""
    found, rest = _branches(begun, rest)
    if number := _house(rest):
        return replace(found, number=number)
    return replace(found, crossing=_crossing(found, rest))


def _branches(found: StreetAddress, rest: str) -> tuple[StreetAddress, str]:
    units = "段巷弄衖"
    while hit := _BRANCH.match(rest):
        name, unit = (part for part in hit.groups() if part)
        if unit not in units:
            break
        units = units[units.index(unit) + 1 :]
        found = replace(found, branches=(*found.branches, _figures(name) + unit))
        rest = rest[hit.end() :]
    return found, rest


def _crossing(one: StreetAddress, rest: str) -> StreetAddress | None:
    """The other road, where the text says that two meet; at a lane's mouth, the one that it leaves."""
    mouth = re.match(_MOUTH, rest)
    for text, is_joined in _ways(rest[mouth.end() :] if mouth else rest):
        road, after = _road(text)
        begun = StreetAddress(road=road) if road else replace(one, village="")
        other, after = _branches(begun, after)
        is_met = re.match(_MOUTH, after) or (is_joined and not _ASIDE.sub("", after))
        if is_met and other.street != one.street:
            return other
    is_lane = bool(one.branches) and not one.branches[-1].endswith("段")
    return replace(one, branches=one.branches[:-1]) if mouth and is_lane else None


def _ways(rest: str) -> Iterator[tuple[str, bool]]:
    """Texts that may begin with the other road, and whether a sign joins both."""
    joint = _JOINT.match(rest)
    if joint is None:
        yield rest, False
    elif _NAME_OF_ITS_OWN.match(rest):
        yield from ((rest, False), (rest[joint.end() :], True))
    else:
        yield from ((rest[joint.end() :], True), (rest, False))


def _village(text: str) -> tuple[str, str]:
    """Take a village and its neighbourhood off the beginning: 留侯里3鄰. Villages are 里 now, 村 before."""
    found = _VILLAGE.match(text)
    if found is None:
        return "", _NEIGHBOURHOOD.sub("", text, count=1) if _NEIGHBOURHOOD.match(text) else text
    rest = text[found.end() :].lstrip(",")
    within = _NEIGHBOURHOOD.match(rest)
    if within:
        rest = rest[within.end() :]
    is_village = within or _road(rest)[0] or _HAMLET.match(rest) or not _ASIDE.sub("", rest)
    if is_village or (found[2] == "里" and _house(rest)):
        return f"{found[1]}里", rest
    return "", text


def _road(text: str) -> tuple[str, str]:
    """Take the name of a road off the beginning; empty when there is none."""
    names = [text[:end] for end in _ends(text)]
    for name in names:
        rest = text[len(name) :]
        if _BEHIND.match(_ASIDE.sub("", rest)):
            return chinese(name), rest.lstrip(",") if re.match(rf",{_FIGURE}", rest) else rest
    for name in names:  # though a sentence follows
        if 2 < len(name) < LONGEST_NAME - 3:
            return chinese(name), text[len(name) :]
    return "", text


def _ends(text: str) -> Iterator[int]:
    """Places at which the name of a road may end."""
    for suffix in re.finditer("大道|路|街", text[: LONGEST_NAME + 2]):
        name = text[: suffix.end()]
        is_name = re.fullmatch(rf"{_NAMING}(?:{_NAMING}|\d)+", name) and not _NO_ROAD.fullmatch(name)
        if is_name and len(name) <= LONGEST_NAME:
            yield suffix.end()


def _house(text: str) -> str:
    """The number of a house at the beginning, its parts in figures: 八號之三 and 8-3 are both 8之3."""
    found = _NUMBER.match(text) or _NUMBER.match(_ASIDE.sub("", text))
    if found is None:
        return ""
    before, figures, more, before_bare, bare = (part or "" for part in found.groups())
    return before + before_bare + _figures(figures + bare) + (f"之{_figures(more)}" if more else "")


def _figures(text: str) -> str:
    if not re.fullmatch(_FIGURES, text):
        return text
    return "之".join(str(int(part)) for part in re.split("[-之]", arabic(text)))
