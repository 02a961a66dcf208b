"""Landmarks: places that people know by a name, from a file that a city exchanges for its own."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from hotline.places.boundary import Point
from hotline.places.writing import plain

LANDMARKS: Final = Path(__file__).parent / "landmarks.csv"
"""Placeholder: some public places, their points to about 100 m, until the city gives its list."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place with a name; ``address`` within its district where it has one, whose key is then its own."""

    name: str
    district: str
    address: str = ""
    point: Point | None = None
    is_placeholder: bool = False


def landmark(name: str, district: str = "") -> Landmark | None:
    """The landmark of a name in its plain form; None where several districts have one and none is said."""
    found = [one for one in _by_name().get(name, ()) if district in ("", one.district)]
    return found[0] if len(found) == 1 else None


@cache
def landmarks() -> tuple[Landmark, ...]:
    """All of them, in the order of the file."""
    return tuple(one for one, _names in _read())


@cache
def _by_name() -> dict[str, list[Landmark]]:
    found = dict[str, list[Landmark]]()
    for one, names in _read():
        for name in dict.fromkeys(map(plain, (one.name, *names))):
            found.setdefault(name, []).append(one)
    return found


def _read() -> list[tuple[Landmark, list[str]]]:
    with LANDMARKS.open(encoding="utf-8", newline="") as lines:
        return [
            (
                Landmark(
                    row["name"],
                    row["district"],
                    row["address"],
                    Point(float(row["latitude"]), float(row["longitude"])) if row["latitude"] else None,
                    row["placeholder"] == "yes",
                ),
                [name for name in row["also"].split("、") if name],
            )
            for row in csv.DictReader(lines)
        ]
