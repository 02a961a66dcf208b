"""The placeholder list of categories (spec §13), with which an installation begins.

The city has still to give its own. Names are those of a published fragment of 2014/15; every limit and flag
but the pothole's is ours. Each row says so of itself in the column ``placeholder``.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from hotline.categories.rules import KIND
from hotline.errors import HotlineError
from hotline.sheets.columns import SHEET_OF, SheetRecord, decoded, records_of

SEED: Final = Path(__file__).parent / "seed.csv"


class NoSuchAgencies(HotlineError, code="no-such-agencies"):
    """Agencies by name that the directory lacks; the placeholder list names them."""

    names: tuple[str, ...]


def seed_records(agencies: Mapping[str, str]) -> list[SheetRecord]:
    """The lines of the list for a city, ``agencies`` being its codes by name. Raises NoSuchAgencies.

    A line names one agency or several, between slashes: the first that the city has.
    """
    lacking = list[str]()
    records = list(_records(agencies, lacking))
    if lacking:
        raise NoSuchAgencies(tuple(dict.fromkeys(lacking)))
    return records


def _records(agencies: Mapping[str, str], lacking: list[str]) -> Iterator[SheetRecord]:
    known = {_short(name): code for name, code in agencies.items()}
    heading, *lines = csv.reader(io.StringIO(decoded(SEED.read_bytes()), newline=""))
    place = heading.index("agency")
    for number, line in enumerate(lines, 2):
        code = next((known[name] for name in line[place].split("/") if name in known), "")
        if not code:
            lacking.append(line[place])
            continue
        filled = [*line[:place], code, *line[place + 1 :]]
        yield from records_of(SEED.name, SHEET_OF[KIND], ((1, heading), (number, filled)))[0]


def _short(name: str) -> str:
    return name.removeprefix("新北市政府").removeprefix("新北市")
