"""A place as it was said and as it is known: kind, district, point, and the key by which it is one. Pure."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from math import cos, radians
from typing import Final, Literal

from hotline.errors import HotlineError
from hotline.places.address import StreetAddress, read
from hotline.places.boundary import METRES_A_DEGREE, Point, district_of, metres_between
from hotline.places.districts import elsewhere, leading
from hotline.places.landmarks import Landmark, landmark
from hotline.places.writing import arabic, plain
from hotline.terms import named

NEAR: Final = 30.0
"""Metres within which two reports are of one place (P5.4.10)."""
LONGEST: Final = 200
"""Signs of a place as somebody says it."""
LONGEST_KEY: Final = 96
"""Signs of a key; a longer one ends with a mark of the whole."""
_BESIDE: Final = re.compile(
    "(?:的?(?:正?對面|斜對面|旁邊?|前面?|後面?|附近|門口|大門|裡面?|內|邊|周邊|這邊|那邊|前方|後方))+$"
)
_POINT: Final = re.compile(r"@?\s*(-?\d{1,3}\.\d+)\s*[,，\s]\s*(-?\d{1,3}\.\d+)")
_HIGHWAY: Final = re.compile(
    r"(?:省道|縣道|市道)?(?:(?P<provincial>台\d{1,2}[甲乙丙丁戊己庚]?)線?|(?P<county>\d{3}[甲乙丙]?)(?:縣道|市道|線|號)?"
    r"|(?P<national>國道\d{1,2}號)|(?P<rural>北\d{1,3}(?:-\d)?)(?:線|鄉道|區道)?|(?P<named>[\u3400-\u9fff]{2,4}公路))"
    r"(?P<km>\d{1,3})(?:\.(?P<part>\d{1,3}))?(?:[Kk]|公里)(?:\+(?P<m>\d{1,3})[Mm]?)?"
)


@named("place")
class PlaceKind(StrEnum):
    """The way in which a place is known."""

    ADDRESS = "address"
    CROSSING = "crossing"
    MARK = "mark"
    """A kilometre of a highway."""
    LANDMARK = "landmark"
    POINT = "point"
    ROAD = "road"
    """A road or lane without a number."""
    DISTRICT = "district"
    """A district or a village as a whole."""
    ELSEWHERE = "elsewhere"
    """In another city or county."""
    DESCRIBED = "described"
    """Words that name nothing we know."""


class OutsideTheCity(HotlineError, code="outside-the-city"):
    """A point that does not lie in New Taipei City."""

    latitude: float
    longitude: float


class UnfitPlace(HotlineError, code="unfit-place", varies_by="why"):
    """Words that are no place: none at all, or too many to be one."""

    why: Literal["empty", "long"]
    field: str = "place"
    most: int = LONGEST


@dataclass(frozen=True, slots=True)
class Place:
    """A place: ``text`` as it was said; ``key`` as it is compared, empty where the words name no single spot.

    A point where one is known; ``city`` where it is another one.
    """

    text: str
    key: str
    district: str = ""
    latitude: float | None = None
    longitude: float | None = None
    kind: PlaceKind = PlaceKind.DESCRIBED
    city: str = ""

    @property
    def point(self) -> Point | None:
        """Its point of the map, if one is known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)


def parsed(text: str, *, district: str = "", point: tuple[float, float] | None = None) -> Place:
    """Read a place as somebody says it. ``district`` and ``point`` are what is known of it besides.

    A place of which only words are known is kept as described. Raises UnfitPlace, OtherCity, OutsideTheCity.
    """
    said = text.strip()
    if len(said) > LONGEST:
        raise UnfitPlace("long")
    if typed := _POINT.fullmatch(said):
        point = _turned(float(typed[1]), float(typed[2]))
    where = Point(*point) if point else None
    within = _within(where) if where else ""
    if where and (typed or not said):
        return Place(said or _point_key(where), _point_key(where), within, *where, PlaceKind.POINT)
    if not said:
        raise UnfitPlace("empty")
    found = _named(said, district or within)
    if where is None:
        return found
    on_map = replace(found, latitude=where.latitude, longitude=where.longitude)
    return on_map if found.key else replace(on_map, key=_point_key(where), kind=PlaceKind.POINT)


def same(one: Place, other: Place) -> bool:
    """Tell whether two are one place: the same key, or at most 30 m apart (P5.4.10)."""
    return bool(one.key and one.key == other.key) or metres(one, other) <= NEAR


def metres(one: Place, other: Place) -> float:
    """Metres between two places; infinite where a point is not known."""
    here, there = one.point, other.point
    return metres_between(here, there) if here and there else float("inf")


def box(place: Place, within: float = NEAR) -> tuple[Point, Point] | None:
    """The south-western and north-eastern corner around a place, for a search; None without a point."""
    here = place.point
    if here is None:
        return None
    up = within / METRES_A_DEGREE
    wide = up / cos(radians(here.latitude))
    return Point(here.latitude - up, here.longitude - wide), Point(here.latitude + up, here.longitude + wide)


def _named(said: str, known: str) -> Place:
    """A place of which only words are known, in a district where they name none."""
    text = plain(said)
    if city := elsewhere(text):
        return Place(said, "", kind=PlaceKind.ELSEWHERE, city=city)
    named_in, rest = leading(text)
    district = named_in or known
    for name in (_BESIDE.sub("", one) for one in (text, rest, named_in.removesuffix("區") + rest)):
        if (found := landmark(name, district)) or (not named_in and (found := landmark(name))):
            return _of_landmark(said, found)
    if mark := _HIGHWAY.match(arabic(rest)):
        return Place(said, _mark_key(mark), district, kind=PlaceKind.MARK)
    if rest.startswith("國道"):  # 國道一號 is no house
        return Place(said, "", district, kind=PlaceKind.ROAD)
    address = read(rest)
    if address is None:
        kind = PlaceKind.DISTRICT if district and not rest else PlaceKind.DESCRIBED
        return Place(said, "", district, kind=kind)
    is_spot = bool(district and (address.number or address.crossing))  # many districts have a 中山路
    return Place(said, _kept(district + address.key) if is_spot else "", district, kind=_kind_of(address))


def _kind_of(address: StreetAddress) -> PlaceKind:
    if address.crossing:
        return PlaceKind.CROSSING
    if address.number:
        return PlaceKind.ADDRESS
    return PlaceKind.ROAD if address.road else PlaceKind.DISTRICT


def _of_landmark(said: str, found: Landmark) -> Place:
    address = read(plain(found.address)) if found.address else None
    key = found.district + (address.key if address else found.name)
    latitude, longitude = found.point or (None, None)
    return Place(said, key, found.district, latitude, longitude, PlaceKind.LANDMARK)


def _mark_key(mark: re.Match[str]) -> str:
    name = next(
        form.format(mark[part])
        for part, form in (
            ("provincial", "{}線"),
            ("county", "{}道"),
            ("rural", "{}線"),
            ("national", "{}"),
            ("named", "{}"),
        )
        if mark[part]
    )
    metre = (mark["m"] or "").zfill(3) if mark["m"] else (mark["part"] or "").ljust(3, "0")
    return f"{name}{int(mark['km'])}K+{metre}"


def _within(point: Point) -> str:
    """The district of a point. Raises OutsideTheCity."""
    found = district_of(point)
    if not found:
        raise OutsideTheCity(*point)
    return found


def _turned(one: float, other: float) -> Point:
    """A point from two figures: in this country the longitude is the larger."""
    return Point(min(one, other), max(one, other))


def _point_key(point: Point) -> str:
    return f"{point.latitude:.5f},{point.longitude:.5f}"


def _kept(key: str) -> str:
    """A key that fits its column; of a long one the beginning, and a mark of the whole."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 17]}#{sha256(key.encode()).hexdigest()[:16]}"
