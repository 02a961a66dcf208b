"""When a month's pack is due, what it holds, and what differs between two editions. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from hotline.clock import month_bounds, month_of
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable
from reporting.figures.completion import AGAIN
from reporting.figures.spans import KnownMonth
from reporting.office_reports import Report

HOUR: Final = timedelta(hours=2)
"""The hour of the first day of the next month, and of the eighth, at which a pack is made (§20)."""
MOST: Final = 1_000
"""So many differences are named; of more it is said how many there are."""
ABSENT: Final = "–"
"""Stands for a number of an edition that has not that row."""


@dataclass(frozen=True, slots=True)
class PackPart:
    """A table of the pack: which report, and what a row of it is."""

    kind: Report
    group: Group = Group.AGENCY


PARTS: Final[Mapping[str, PackPart]] = MappingProxyType(
    {
        **{one.value: PackPart(one) for one in (Report.CALLS, Report.COMPLETION, Report.PETITIONS)},
        Report.SATISFACTION.value: PackPart(Report.SATISFACTION),
        **{one.value: PackPart(one) for one in (Report.STATES, Report.TIMES, Report.OVERDUE, Report.DEFECTS)},
        **{one.value: PackPart(one) for one in (Report.NOTIFIED, Report.AGENCIES, Report.REVIEWS)},
        **{f"{Report.RINGS}-{one}": PackPart(Report.RINGS, one) for one in reversed(Group)},
        f"{Report.BUSY}-{Group.EXTENSION}": PackPart(Report.BUSY, Group.EXTENSION),
        **{one.value: PackPart(one) for one in (Report.SILENT, Report.TOPICS, Report.EARLY, Report.VIDEO)},
        **{one.value: PackPart(one) for one in (Report.OUTAGES, Report.COSTS)},
    }
)
"""By their names, in the order of the pack. Services by agent are not among them: nothing ranks people."""


def due(at: datetime) -> tuple[KnownMonth, datetime]:
    """The latest month that is over, and since when its pack is due: on the first, and on the eighth anew,
    for by then every call of the month has had its seven days (P12.2).
    """
    month = month_of(month_bounds(month_of(at))[0] - HOUR)
    known = KnownMonth(month, at)
    first, whole = known.until + HOUR, known.until + AGAIN + HOUR
    return known, whole if at >= whole else first


def plain(table: MonthTable) -> dict[str, Any]:
    """A table as it is frozen."""
    rows = [list(row) for row in table.rows]
    return {"title": table.title, "head": list(table.head), "left": table.left, "rows": rows}


def table_of(frozen: Mapping[str, Any]) -> MonthTable:
    """The table that was frozen."""
    return MonthTable(frozen["title"], tuple(frozen["head"]), frozen["left"], frozen["rows"])


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What of an edition is otherwise in the next: table, names of the row, column, what it was and is."""
    found = list(_differences(before, now))
    if len(found) <= MOST:
        return found
    more = {"table": "", "row": [], "column": "", "was": "", "now": str(len(found) - MOST)}
    return [*found[:MOST], more]


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys((*before, *now)):
        old, new = (_cells(one[name]) if name in one else {} for one in (before, now))
        for row, column in dict.fromkeys((*old, *new)):
            was, found = old.get((row, column), ABSENT), new.get((row, column), ABSENT)
            if was != found:
                yield {"table": name, "row": list(row), "column": column, "was": was, "now": found}


Names = tuple[str, ...]
"""The first cells of a row, which name it."""


def _cells(frozen: Mapping[str, Any]) -> dict[tuple[Names, str], str]:
    """The numbers of a table by the names of their row and column; a row of names alone counts as there."""
    head, left, seen = frozen["head"], frozen["left"], Counter[Names]()
    found: dict[tuple[Names, str], str] = {}
    for row in frozen["rows"]:
        name = _unique(tuple(row[:left]), seen)
        cells = zip(head[left:], row[left:], strict=True) if head[left:] else ((head[0], row[0]),)
        found |= {(name, column): cell for column, cell in cells}
    return found


def _unique(names: Names, seen: Counter[Names]) -> Names:
    seen[names] += 1
    return names if seen[names] == 1 else (*names, str(seen[names]))
