"""The fictional city of a fresh installation as a snapshot without a database, with what a scene is given."""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from demo.seed import CITY
from hotline.clock import taipei
from hotline.directory.rules import Agency, City, Desk, DutyOfficer, Person, Seat, Section
from hotline.ledger.periods import Period

ALWAYS = Period(taipei("2020-01-01"))
Given = tuple[str, ...]
Row = tuple[str, Any, Period]


def seeded(given: Iterable[Given] = ()) -> City:
    """The city of ``demo/city``; ``("forward", "5112", "5301")``, ``("away", "5113", "請假")``,
    ``("closed", "epb-clean")`` and ``("fault", "apo", "(02)2960-0199")`` change it.
    """
    rows = {name: list(found) for name, found in _rows().items()}
    for what, *words in given:
        match what, words:
            case "forward", [extension, target]:
                rows["forwards"].append((extension, target, ALWAYS))
            case "away", [extension, cause]:
                rows["away"].append((f"p-{extension}", cause, ALWAYS))
            case "closed", [code]:
                section = next(value for key, value, _ in rows["sections"] if key == code)
                rows["sections"].append(
                    (code, Section(code, section.agency, section.name, closed=True), ALWAYS)
                )
            case "fault", [agency, *number]:
                rows["switchboards"] = [(agency, "".join(number), ALWAYS)]
            case _:
                raise ValueError(f"no scene can be given {what} {words}")
    return City({name: tuple(found) for name, found in rows.items()})


@cache
def _rows() -> dict[str, list[Row]]:
    return {
        "agencies": [
            (
                row["code"],
                Agency(row["code"], row["name"], row["off_site"] == "yes", row["number"], row["alternative"]),
                ALWAYS,
            )
            for row in _read("agencies")
        ],
        "sections": [
            (row["code"], Section(row["code"], row["agency"], row["name"], row["closed"] == "yes"), ALWAYS)
            for row in _read("sections")
        ],
        "persons": [
            (row["code"], Person(row["code"], row["section"], row["name"]), ALWAYS)
            for row in _read("persons")
        ],
        "desks": [(row["extension"], _desk(row), ALWAYS) for row in _read("desks")],
        "forwards": [(row["extension"], row["target"], ALWAYS) for row in _read("forwards")],
        "away": [(row["person"], row["cause"], ALWAYS) for row in _read("absences")],
        "duty": [
            (row["place"], DutyOfficer(int(row["place"]), row["name"], row["number"]), ALWAYS)
            for row in _read("duty")
        ],
    }


def _desk(row: dict[str, str]) -> Desk:
    seat = Seat(row["floor"], float(row["x"]), float(row["y"])) if row["floor"] else None
    return Desk(row["extension"], row["section"], row["person"], row["name"], seat, row["number"])


def _read(name: str, folder: Path = CITY) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
