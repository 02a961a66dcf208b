"""Seat plan around a desk as a picture: who sits where on its floor, and in which order they ring. Pure."""

from dataclasses import dataclass, replace
from itertools import combinations, islice
from math import dist, inf
from typing import Final

from hotline.directory.rules import Desk, Directory, Seat
from transfer.ladder import Ladder
from transfer.neighbours import absence, neighbours
from transfer.reasons import RungReason, WhyNot

WIDE, HIGH, MARGIN = 76.0, 44.0, 24.0
"""A box and the space around the plan, in units of the picture."""
SCALE: Final = 44.0
"""Units a metre, unless people sit so near that their boxes would cover each other."""
NEAREST, FARTHEST = 20.0, 120.0
WIDEST, HIGHEST = 880.0, 560.0
"""So much of a large floor is on the picture: what stands beside words without scrolling."""
MEASURED: Final = 400
"""So many pairs of seats are looked at to find out how near they are."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Neighbour of a desk: in which place they are rung (0: not, for a reason), whether at all, and why."""

    desk: Desk
    why: RungReason
    place: int
    is_rung: bool
    absent: tuple[WhyNot, str] | None


@dataclass(frozen=True, slots=True)
class DeskBox:
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
        """Position of its text."""
        return self.x + WIDE / 2


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """The picture: its measures, every box on it, and how many of the floor are too far away to be on it."""

    floor: str
    building: str
    width: float
    height: float
    boxes: tuple[DeskBox, ...]
    farther: int


def ring_order(then: Directory, desk: Desk, by_day: Ladder) -> list[Neighbour]:
    """Everybody beside a desk in the order in which its ladder of office hours rings;
    who is not there comes last.

    Who would be rung if more were allowed has a place as well.
    """
    rung = [one.extension for one in by_day.rungs if one.extension != desk.extension]
    later = [
        one.extension
        for one in by_day.skipped
        if one.reason is WhyNot.ENOUGH and absence(then, then.desks[one.extension]) is None
    ]
    places = {extension: place for place, extension in enumerate(dict.fromkeys((*rung, *later)), 1)}
    found = [
        Neighbour(other, why, places.get(other.extension, 0), other.extension in rung, absence(then, other))
        for other, why in neighbours(then, desk)
    ]
    return sorted(found, key=lambda one: one.place or inf)


def plan_of(then: Directory, desk: Desk, beside: list[Neighbour]) -> SeatPlan | None:
    """The floor around a desk; None when nobody knows where it stands."""
    if desk.seat is None:
        return None
    here, floor = desk.seat, (desk.seat.building, desk.seat.floor)
    seated = [
        (one.desk.seat, one)
        for one in beside
        if one.desk.seat and (one.desk.seat.building, one.desk.seat.floor) == floor
    ]
    seats = [here, *(seat for seat, _ in seated)]
    scale = _scale(seats)
    west, east = _window([seat.x for seat in seats], here.x, (WIDEST - WIDE) / scale)
    north, south = _window([seat.y for seat in seats], here.y, (HIGHEST - HIGH) / scale)
    boxes = [_box(desk, here, None, absence(then, desk) is not None)]
    boxes += [_box(one.desk, seat, one, not one.place) for seat, one in seated]
    near = [box for box in boxes if west <= box.x <= east and north <= box.y <= south]
    left, top = min(box.x for box in near), min(box.y for box in near)
    shown = [
        replace(box, x=MARGIN + scale * (box.x - left), y=MARGIN + scale * (box.y - top)) for box in near
    ]
    width, height = max(box.x for box in shown) + WIDE + MARGIN, max(box.y for box in shown) + HIGH + MARGIN
    return SeatPlan(here.floor, here.building, width, height, tuple(shown), len(boxes) - len(shown))


def _box(desk: Desk, seat: Seat, beside: Neighbour | None, is_absent: bool) -> DeskBox:
    """Box of a desk in metres, before it is put on the picture."""
    place, is_rung = (beside.place, beside.is_rung) if beside else (0, True)
    return DeskBox(desk, seat.x, seat.y, place, beside is None, is_rung, is_absent)


def _window(places: list[float], here: float, most: float) -> tuple[float, float]:
    """Stretch of a floor that is shown: all of it, or as much as there is room for, around where one is."""
    begin = max(min(places), min(here - most / 2, max(places) - most))
    return begin, begin + most


def _scale(seats: list[Seat]) -> float:
    """Boxes beside and above each other keep apart, as far as a picture of a floor allows it."""
    pairs = islice(combinations(seats, 2), MEASURED)
    gaps = [dist((one.x, one.y), (other.x, other.y)) for one, other in pairs]
    nearest = min((gap for gap in gaps if gap > 0), default=WIDE / SCALE)
    return max(NEAREST, min(FARTHEST, (WIDE + 8) / nearest))
