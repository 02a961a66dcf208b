"""Every table of a pack recounted, by its name, and how a recount is laid beside what a figure told."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from tests.simulated import recount_calls, recount_cases, recount_offices, recount_outcomes
from tests.simulated.known import KnownRows, Row

Recount = Callable[[KnownRows], list[Row]]
TABLES: Final[Mapping[str, Recount]] = {
    "calls": recount_calls.days,
    "completion": recount_outcomes.completion,
    "satisfaction": recount_outcomes.satisfaction,
    "petitions": recount_cases.petitions,
    "states": recount_cases.states,
    "times": recount_cases.times,
    "overdue": recount_cases.overdue,
    "defects": recount_cases.defects,
    "notified": recount_cases.notified,
    "agencies": recount_offices.owed,
    "reviews": recount_offices.reviews,
    "rings-extension": partial(recount_offices.rings, parts=3),
    "rings-section": partial(recount_offices.rings, parts=2),
    "rings-agency": partial(recount_offices.rings, parts=1),
    "busy-extension": recount_offices.busy,
    "silent": recount_offices.silent,
    "topics": recount_outcomes.topics,
    "early": recount_outcomes.early,
    "video": recount_offices.video,
    "outages": recount_outcomes.outages,
    "costs": recount_outcomes.costs,
}


def recounted(known: KnownRows, *names: str) -> dict[str, list[Row]]:
    """Tables by their names; all of them if none is named."""
    return {name: TABLES[name](known) for name in names or TABLES}


def unlike(frozen: Mapping[str, Any], rows: Sequence[Row]) -> list[str]:
    """Every cell in which a table differs from its recount, in words."""
    head = frozen["head"]
    told = [dict(zip(head, row, strict=True)) for row in frozen["rows"]]
    if len(told) != len(rows):
        names = [[row[one] for one in head[: frozen["left"]]] for row in told]
        counted = [[row.get(one, "") for one in head[: frozen["left"]]] for row in rows]
        return [f"{len(told)} rows {names}, recounted {len(rows)} {counted}"]
    found = list[str]()
    for said, row in zip(told, rows, strict=True):
        for name in dict.fromkeys((*said, *row)):
            one, other = said.get(name), row.get(name)
            if one is None or other is None or not _alike(one, other):
                found.append(f"{list(said.values())[0]} {name}: {one!r}, recounted {other!r}")
    return found


def _alike(one: str, other: str) -> bool:
    """Equal; or numbers that differ by no more than rounding: those told to one place in it."""
    if one == other:
        return True
    parts, others = one.split(" – "), other.split(" – ")
    return len(parts) == len(others) and all(map(_is_rounded, parts, others))


def _is_rounded(one: str, other: str) -> bool:
    if one.endswith("%") != other.endswith("%"):
        return False
    plain, second = one.removesuffix("%"), other.removesuffix("%")
    try:
        a, b = float(plain), float(second)
    except ValueError:
        return False
    is_short = all(len(text.partition(".")[2]) == 1 for text in (plain, second))
    return abs(a - b) <= (0.1001 if is_short else 1.001e-4)
