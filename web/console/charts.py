"""Bars as a picture: where each stands and how high it is, for ``history/history.html`` to draw. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

WIDE: Final = 720.0
HIGH: Final = 200.0
"""With ``WIDE`` the picture's own units, without the words around it."""
SHOWN: Final = 10
"""Words below the bars, at most about so many."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a column; ``part`` is the number of its series."""

    x: float
    y: float
    width: float
    height: float
    part: int


@dataclass(frozen=True, slots=True)
class AxisLabel:
    """Below a column."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of stacked series under a scale that ends at ``top``."""

    bars: Sequence[Bar]
    words: Sequence[AxisLabel]
    top: float


def chart(names: Sequence[str], columns: Sequence[Sequence[float]], top: float = 0.0) -> Chart:
    """Column for each name, its parts stacked; ``top`` 0: a round number not below the highest."""
    top = top or rounded(max((sum(parts) for parts in columns), default=0.0))
    pitch = WIDE / max(1, len(names))
    bars = []
    for place, parts in enumerate(columns):
        foot = HIGH
        for part, value in enumerate(parts):
            height = HIGH * value / top
            foot -= height
            if value:
                bars.append(Bar(pitch * (place + 0.15), foot, pitch * 0.7, height, part))
    every = ceil(len(names) / SHOWN) if names else 1
    words = [AxisLabel(pitch * (place + 0.5), name) for place, name in enumerate(names) if place % every == 0]
    return Chart(bars, words, top)


def rounded(highest: float) -> float:
    """The least of 1, 2, 5, 10, 20, 50 ... that is not below; 1 for nothing."""
    if highest <= 1:
        return 1.0
    unit = 10.0 ** floor(log10(highest))
    return next((step * unit for step in (1, 2, 5) if highest <= step * unit), 10 * unit)
