"""Figures, their goals, and how they are shown: a table for people, JSON for programs."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import median
from typing import Any


@dataclass(frozen=True)
class BenchFigure:
    """One figure with its goal; ``value`` is None when it could not be measured, ``note`` says why."""

    name: str
    value: float | None
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Tell whether the goal is reached; None without a value or a goal."""
        if self.value is None or (self.at_most is None and self.at_least is None):
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.at_most is not None and self.at_least is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return "" if self.at_least is None else f">= {self.at_least:g}"


@dataclass(frozen=True)
class BenchTable:
    """Measured rows under one title."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def text(self) -> str:
        """The table in fixed-width columns, the first to the left, the others to the right."""
        widths = [max(map(width, column)) for column in zip(self.head, *self.rows, strict=True)]
        lines = [_line(row, widths) for row in (self.head, tuple("-" * w for w in widths), *self.rows)]
        return "\n".join([self.title, *(f"  {line}" for line in lines), *([self.note] if self.note else [])])


@dataclass(frozen=True)
class BenchPart:
    """Tables and figures of one part of the bench."""

    tables: tuple[BenchTable, ...] = ()
    figures: tuple[BenchFigure, ...] = ()


def goals(figures: Sequence[BenchFigure]) -> BenchTable:
    """The figures beside their goals."""
    verdicts = {True: "yes", False: "NO", None: ""}
    rows = tuple(
        (f.name, "-" if f.value is None else shown(f.value), f.unit, f.goal, verdicts[f.reached], f.note)
        for f in figures
    )
    return BenchTable("Figures and goals", ("figure", "value", "unit", "goal", "reached", "note"), rows)


def as_json(machine: dict[str, Any], parts: Sequence[BenchPart]) -> dict[str, Any]:
    """Everything, for a program to read."""
    figures = [figure for part in parts for figure in part.figures]
    return {
        "machine": machine,
        "figures": [asdict(figure) | {"reached": figure.reached} for figure in figures],
        "tables": [asdict(table) for part in parts for table in part.tables],
    }


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of all do not exceed. Raises ValueError for no values."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


def middle(values: Sequence[float | None]) -> float | None:
    """The median of what was measured."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def ratio(value: float | None, base: float | None) -> float | None:
    """Ratio to ``base``; None when either is missing or ``base`` is nothing."""
    return value / base if value is not None and base else None


def shown(value: float | None) -> str:
    """A figure with as many digits as mean something."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def width(text: str) -> int:
    """Columns on a screen; wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        " " * (w - width(cell)) + cell if n else cell + " " * (w - width(cell))
        for n, (cell, w) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
