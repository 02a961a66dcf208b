"""The points at which processes are killed are functions of the programs as they are now."""

import importlib
from functools import reduce

from tools.soak.dying import POINTS, DeathPoint, WritePath


def is_there(point: DeathPoint) -> bool:
    module, _, path = point.what.partition(":")
    return callable(reduce(getattr, path.split("."), importlib.import_module(module)))


def test_every_crash_point_is_there() -> None:
    """A function that was renamed is missed here, and not by a process that does not start."""
    assert [point.name for point in POINTS if not is_there(point)] == []
    assert {point.when for point in POINTS} <= {"before", "after", "half"}


def test_every_way_of_a_promise_has_its_points_once() -> None:
    """Twenty at least, of each way some."""
    assert len({point.name for point in POINTS}) == len(POINTS) >= 20
    assert {point.way for point in POINTS} == set(WritePath)
