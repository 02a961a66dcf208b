"""A call flow as boxes and arrows: where each stands, in pixels. Pure; the words are given, the page paints.

Boxes stand in columns, from the caller's first words on the left to where calls end on the right. What a key
leads to begins at the key's own line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH, GAP, EDGE = 250, 76, 12
"""Of a box, between columns, around all."""
HEAD, LINE, BETWEEN = 40, 30, 26
"""Heights: of a box's title, of one of its lines, of the space below a box."""
BEND: Final = 40


@dataclass(frozen=True, slots=True)
class FlowBox:
    """A place in the flow: ``lines`` are its keys' words with the name of the box each leads to, if any.

    ``kind``: menu, start or end.
    """

    name: str
    column: int
    title: str
    lines: Sequence[tuple[str, str]] = ()
    kind: str = "menu"
    follows: str = ""
    """The box below it in the same column, where everybody goes who is here."""


@dataclass(frozen=True, slots=True)
class BoxPosition:
    """A box where it stands."""

    box: FlowBox
    x: int
    y: int
    height: int
    rows: tuple[tuple[str, int], ...]
    """Words of each line and the height at which they stand."""


@dataclass(frozen=True, slots=True)
class FlowDrawing:
    """Whole drawing: its measures, boxes and arrows."""

    width: int
    height: int
    boxes: tuple[BoxPosition, ...]
    arrows: tuple[str, ...]
    """Paths of SVG, from a line to the box it leads to."""


def drawn(boxes: Sequence[FlowBox]) -> FlowDrawing:
    """Draw boxes in the order of their reading, one below the other in their columns."""
    placed = {one.box.name: one for one in _placed(boxes)}
    columns = max((box.column for box in boxes), default=0) + 1
    height = max((one.y + one.height for one in placed.values()), default=0) + BETWEEN
    width = 2 * EDGE + columns * WIDTH + (columns - 1) * GAP
    return FlowDrawing(width, height, tuple(placed.values()), tuple(_arrows(placed)))


def _placed(boxes: Sequence[FlowBox]) -> Iterator[BoxPosition]:
    tops = dict[int, int]()
    for box in boxes:
        x, y = EDGE + box.column * (WIDTH + GAP), tops.get(box.column, EDGE)
        height = HEAD + LINE * len(box.lines)
        rows = tuple((words, y + HEAD + LINE * at + LINE // 2) for at, (words, _) in enumerate(box.lines))
        tops[box.column] = y + height + BETWEEN
        yield BoxPosition(box, x, y, height, rows)


def _arrows(placed: Mapping[str, BoxPosition]) -> Iterator[str]:
    lanes = _lanes(placed.values())
    for one in placed.values():
        for (_, target), (_, y) in zip(one.box.lines, one.rows, strict=True):
            if target in placed:
                yield _arrow(one, y, placed[target], lanes)
        if one.box.follows in placed:
            below = placed[one.box.follows]
            middle = one.x + WIDTH // 2
            yield f"M{middle} {one.y + one.height} V{below.y - 2}"


def _lanes(placed: Iterable[BoxPosition]) -> Mapping[int, int]:
    """The height below all boxes of each column, where what passes it by has its way."""
    lanes = dict[int, int]()
    for one in placed:
        lanes[one.box.column] = max(lanes.get(one.box.column, 0), one.y + one.height + BETWEEN // 2)
    return lanes


def _arrow(one: BoxPosition, y: int, target: BoxPosition, lanes: Mapping[int, int]) -> str:
    """Path to the left side of what lies further right, below what is between; else back along the right."""
    x, aim = one.x + WIDTH, target.y + HEAD // 2
    begins, ends = f"M{x} {y} C{x + BEND} {y}", f"{target.x - BEND} {aim} {target.x - 2} {aim}"
    passed = range(one.box.column + 1, target.box.column)
    if passed:
        lane = max(lanes.get(column, EDGE) for column in passed)
        near, far = x + BEND, target.x - BEND
        return f"{begins} {x} {lane} {near} {lane} H{far} C{target.x} {lane} {ends}"
    if target.box.column > one.box.column:
        return f"{begins} {ends}"
    right = target.x + WIDTH
    return f"{begins} {right + BEND} {aim} {right + 2} {aim}"
