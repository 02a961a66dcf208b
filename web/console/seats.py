"""The seat plan around a desk as a picture: where everybody of its floor sits, and in which order they are rung. Pure."""

from dataclasses import dataclass
from itertools import combinations, islice
from math import dist, inf
from typing import Final

from hotline.directory.rules import Desk, Directory, Seat
from transfer.ladder import Ladder
from transfer.neighbours import absence, neighbours
from transfer.reasons import Why, WhyNot

WIDE, HIGH, MARGIN = 76.0, 44.0, 24.0
"""A box and the space around the plan, in units of the picture."""
SCALE: Final = 44.0
"""Units a metre, unless people sit so near that their boxes would cover each other."""
NEAREST, FARTHEST = 20.0, 120.0
MEASURED: Final = 400
"""So many pairs of seats are looked at to find out how near they are."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody who may be rung for a desk: in which place (0: not, for a reason), whether at all, and why."""

    desk: Desk
    why: Why
    place: int
    is_rung: bool
    absent: tuple[WhyNot, str] | None


@dataclass(frozen=True, slots=True)
class Box:
    """A desk on the picture. ``place`` is that of a neighbour; 0 with ``is_asked`` for the desk itself."""

    desk: Desk
    x: float
    y: float
    place: int
    is_asked: bool
    is_rung: bool
    is_absent: bool

    @property
    def middle(self) -> float:
        """Where its text stands."""
        return self.x + WIDE / 2


@dataclass(frozen=True, slots=True)
class Plan:
    """The picture: its measures, and every box on it."""

    floor: str
    building: str
    width: float
    height: float
    boxes: tuple[Box, ...]


def ring_order(then: Directory, desk: Desk, by_day: Ladder) -> list[Neighbour]:
    """Everybody beside a desk in the order in which its ladder of office hours rings; who is not there comes last.

    Who would be rung if more were allowed has a place as well.
    """
    rung = [one.extension for one in by_day.rungs if one.extension != desk.extension]
    later = [one.extension for one in by_day.skipped if one.reason is WhyNot.ENOUGH]
    places = {extension: place for place, extension in enumerate((*rung, *later), 1)}
    found = [
        Neighbour(other, why, places.get(other.extension, 0), other.extension in rung, absence(then, other))
        for other, why in neighbours(then, desk)
    ]
    return sorted(found, key=lambda one: one.place or inf)


def plan_of(then: Directory, desk: Desk, beside: list[Neighbour]) -> Plan | None:
    """The floor of a desk; None when nobody knows where it stands."""
    if desk.seat is None:
        return None
    here = desk.seat
    seated = [(one.desk.seat, one) for one in beside if one.desk.seat and _is_on(here, one.desk.seat)]
    seats = [here, *(seat for seat, _ in seated)]
    scale = _scale(seats)
    left, top = min(seat.x for seat in seats), min(seat.y for seat in seats)

    def at(seat: Seat) -> tuple[float, float]:
        return MARGIN + scale * (seat.x - left), MARGIN + scale * (seat.y - top)

    is_absent = absence(then, desk) is not None
    boxes = [Box(desk, *at(here), 0, is_asked=True, is_rung=True, is_absent=is_absent)]
    boxes += [
        Box(one.desk, *at(seat), one.place, is_asked=False, is_rung=one.is_rung, is_absent=not one.place)
        for seat, one in seated
    ]
    width, height = max(box.x for box in boxes) + WIDE + MARGIN, max(box.y for box in boxes) + HIGH + MARGIN
    return Plan(here.floor, here.building, width, height, tuple(boxes))


def _is_on(here: Seat, seat: Seat) -> bool:
    return (seat.building, seat.floor) == (here.building, here.floor)


def _scale(seats: list[Seat]) -> float:
    """Boxes beside and above each other keep apart, as far as a picture of a floor allows it."""
    pairs = islice(combinations(seats, 2), MEASURED)
    gaps = [dist((one.x, one.y), (other.x, other.y)) for one, other in pairs]
    nearest = min((gap for gap in gaps if gap > 0), default=WIDE / SCALE)
    return max(NEAREST, min(FARTHEST, (WIDE + 8) / nearest))
