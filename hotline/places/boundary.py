"""The outlines of the districts: whether a point lies in the city, and in which district. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, hypot, radians
from pathlib import Path
from typing import Final, NamedTuple

OUTLINES: Final = Path(__file__).parent / "districts.json"
BLUR: Final = 100.0
"""Metres that a point may lie beside the simplified outlines: on a pier, on a bridge."""
METRES_A_DEGREE: Final = 111_195.0


class Point(NamedTuple):
    """A point of the map, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class _Outline:
    """The corners of a district, in their order, and the box around them."""

    corners: Sequence[Point]
    south_west: Point
    north_east: Point

    def is_near(self, point: Point, blur: float) -> bool:
        """Tell whether a point lies in the box, or so many metres beside it."""
        margin = 2 * blur / METRES_A_DEGREE
        return all(
            low - margin <= here <= high + margin
            for low, here, high in zip(self.south_west, point, self.north_east, strict=True)
        )

    def edges(self) -> Iterator[tuple[Point, Point]]:
        """Each corner with the next, the last with the first."""
        return zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)

    def holds(self, point: Point) -> bool:
        """Tell whether a point lies within."""
        crossed = 0
        for one, other in self.edges():
            if (one.latitude > point.latitude) != (other.latitude > point.latitude):
                along = (point.latitude - one.latitude) / (other.latitude - one.latitude)
                crossed += point.longitude < one.longitude + along * (other.longitude - one.longitude)
        return crossed % 2 == 1

    def away(self, point: Point) -> float:
        """Metres from a point to the nearest edge."""
        return min(_to_edge(point, one, other) for one, other in self.edges())


def in_city(latitude: float, longitude: float) -> bool:
    """Tell whether a point lies in New Taipei City; Taipei in its middle does not."""
    return bool(district_of(Point(latitude, longitude)))


def district_of(point: Point) -> str:
    """The district that a point lies in, or a little beside; empty for what lies outside the city."""
    near = {name: one for name, one in _outlines().items() if one.is_near(point, BLUR)}
    within = next((name for name, one in near.items() if one.holds(point)), "")
    if within or not near:
        return within
    metres, nearest = min((one.away(point), name) for name, one in near.items())
    return nearest if metres <= BLUR else ""


def metres_between(one: Point, other: Point) -> float:
    """Metres from one point to another, on a map of this size."""
    return hypot(*_across(one, other))


def _to_edge(point: Point, one: Point, other: Point) -> float:
    (x, y), (across, along) = _across(one, point), _across(one, other)
    length = across * across + along * along
    share = min(1.0, max(0.0, (x * across + y * along) / length)) if length else 0.0
    return hypot(x - share * across, y - share * along)


def _across(one: Point, other: Point) -> tuple[float, float]:
    """Metres to the east and to the north from one point to another."""
    wide = METRES_A_DEGREE * cos(radians(one.latitude))
    return (other.longitude - one.longitude) * wide, (other.latitude - one.latitude) * METRES_A_DEGREE


@cache
def _outlines() -> dict[str, _Outline]:
    told = json.loads(OUTLINES.read_text("utf-8"))
    return {name: _outline(figures) for name, figures in told.items() if name != "from"}


def _outline(figures: Sequence[float]) -> _Outline:
    corners = [Point(north, east) for east, north in zip(figures[::2], figures[1::2], strict=True)]
    north, east = zip(*corners, strict=True)
    return _Outline(corners, Point(min(north), min(east)), Point(max(north), max(east)))
