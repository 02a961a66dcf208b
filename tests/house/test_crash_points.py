"""The points at which processes are killed are functions of the programs as they are now."""

import importlib
from functools import reduce

import pytest

from ops.soak.dying import POINTS, Point, Way


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_a_crash_point_is_there(point: Point) -> None:
    """A function that was renamed is missed here, and not by a process that does not start."""
    module, _, path = point.what.partition(":")
    assert callable(reduce(getattr, path.split("."), importlib.import_module(module)))
    assert point.when in ("before", "after", "half")


def test_every_way_of_a_promise_has_its_points_once() -> None:
    """Twenty at least, of each way some."""
    assert len({point.name for point in POINTS}) == len(POINTS) >= 20
    assert {point.way for point in POINTS} == set(Way)
