"""Columns and lines as a picture: where each stands, for ``call_history/history.html`` to draw. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

WIDE: Final = 720.0
HIGH: Final = 200.0
"""With ``WIDE`` the picture's own units, without the words around it."""
SHOWN: Final = 10
"""Words below the columns, at most about so many."""
BROAD, SLIM = 0.8, 0.5
"""Widths of a column, of the room that it has: of one from before, and of one that stands before that."""


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
class ChartLine:
    """Values joined from column to column; where one is not known, the line is broken."""

    path: str
    dots: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of stacked series, or a line, under a scale that ends at ``top``; behind, what was before."""

    words: Sequence[AxisLabel]
    top: float
    bars: Sequence[Bar] = ()
    before: Sequence[Bar] = ()
    line: ChartLine | None = None
    line_before: ChartLine | None = None
    goal: float | None = None
    """Height at which the goal lies."""

    @property
    def is_empty(self) -> bool:
        """True if it would show nothing of its own."""
        return not self.bars and not (self.line and self.line.dots)


@dataclass(frozen=True, slots=True)
class Picture:
    """Columns or a line of some figures; ``legend`` names their parts, where they have several."""

    title: str
    drawn: Chart
    unit: str
    legend: Sequence[str] = ()
    ago: str = ""
    """Name of what stands behind, of before; empty where there is nothing."""
    goal: int = 0
    """In percent; 0 where there is none."""


def chart(
    names: Sequence[str], columns: Sequence[Sequence[float]], before: Sequence[float] = (), top: float = 0.0
) -> Chart:
    """Column for each name, its parts stacked, behind it the whole of before, if that is compared;
    ``top`` 0: a round number not below the highest.
    """
    top = top or rounded(max([*map(sum, columns), *before], default=0.0))
    pitch = WIDE / max(1, len(names))
    width = SLIM if before else BROAD
    bars = [bar for place, parts in enumerate(columns) for bar in _stacked(parts, top, place, pitch, width)]
    behind = [
        bar for place, value in enumerate(before) for bar in _stacked((value,), top, place, pitch, BROAD)
    ]
    return Chart(_words(names), top, bars, behind)


def line_chart(
    names: Sequence[str],
    values: Sequence[float | None],
    before: Sequence[float | None],
    goal: float,
    top: float,
) -> Chart:
    """A value at each name and, behind it, that of before, under a scale that ends at ``top``."""
    found, earlier = (_joined(one, top, len(names)) for one in (values, before))
    return Chart(_words(names), top, line=found, line_before=earlier, goal=HIGH * (1 - goal / top))


def _stacked(parts: Sequence[float], top: float, place: int, pitch: float, width: float) -> Iterator[Bar]:
    foot = HIGH
    for part, value in enumerate(parts):
        height = HIGH * value / top
        foot -= height
        if value:
            yield Bar(pitch * (place + (1 - width) / 2), foot, pitch * width, height, part)


def _joined(values: Sequence[float | None], top: float, places: int) -> ChartLine:
    dots = list[tuple[float, float]]()
    path, pen = list[str](), "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x, y = WIDE / places * (place + 0.5), HIGH * (1 - value / top)
        dots.append((x, y))
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return ChartLine("".join(path), dots)


def _words(names: Sequence[str]) -> list[AxisLabel]:
    pitch = WIDE / max(1, len(names))
    every = ceil(len(names) / SHOWN) if names else 1
    return [AxisLabel(pitch * (place + 0.5), name) for place, name in enumerate(names) if place % every == 0]


def rounded(highest: float) -> float:
    """The least of 1, 2, 4, 6, 8, 10, 20, 40 ... that is not below; 1 for nothing. Its half is told, too."""
    if highest <= 1:
        return 1.0
    unit = 10.0 ** floor(log10(highest))
    return next((step * unit for step in (1, 2, 4, 6, 8) if highest <= step * unit), 10 * unit)
