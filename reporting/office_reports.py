"""Measured duties of a month, as one asks for them (P4.2, P4.11, P5.1.2, P10.1) and as files (spec §20)."""

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from calls.in_time import InTime
from hotline.clock import month_bounds, month_of
from hotline.worktime import OfficeHours
from reporting.agency_obligations import owed
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable, month

FILES_AT: timedelta = timedelta(hours=2)
"""Of the first day of the next month, Taipei: from then on its files are written."""


class Report(StrEnum):
    """Report on the offices."""

    RINGS = "rings"
    """Answers within three rings, later, none or busy; ring times; answered for another (P4.2)."""
    BUSY = "busy"
    """Busy lines, the busiest first; above 20 % they are marked (P4.11)."""
    SILENT = "silent"
    """Sections that answered nobody on a day, in office hours, with no forward set (P5.1.2)."""
    AGENCIES = "agencies"
    """Obligations of each agency to us: reviews, replies in time, messages, a liaison (P10.1)."""


def report(
    session: Session,
    kind: Report,
    first: date,
    group: Group,
    at: datetime,
    *,
    hours: OfficeHours,
    in_time: InTime,
    agency: str = "",
) -> MonthTable:
    """The report of a month, by its first day; of one agency, or of all."""
    measured = partial(month, session, first, at, hours)
    match kind:
        case Report.AGENCIES:
            table = owed(session, first, at)
        case Report.RINGS:
            table = measured().rings(group, in_time)
        case Report.BUSY:
            table = measured().busy(group, in_time)
        case Report.SILENT:
            table = measured().silent()
    if not agency:
        return table
    return replace(table, rows=[row for row in table.rows if row[0].partition(" ")[0] == agency])


def write_month(
    session: Session, folder: Path, now: datetime, hours: OfficeHours, in_time: InTime
) -> Path | None:
    """The files of last month, all at once; None while it is too early, or when they are there.

    A month whose first was missed is written as soon as somebody looks, and never again: legs that come
    later still (from an event log that was away) are in the reports of the pages.
    """
    start, _ = month_bounds(month_of(now))
    last = month_of(start - FILES_AT)
    made = folder / f"{last:%Y-%m}"
    if now < start + FILES_AT or made.exists():
        return None
    fresh = made.with_name(f"{made.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    measured = month(session, last, now, hours)
    tables = {"silent": measured.silent(), "agencies": owed(session, last, now)}
    for group in Group:
        tables[f"rings-{group}"] = measured.rings(group, in_time)
        tables[f"busy-{group}"] = measured.busy(group, in_time)
    for name, table in tables.items():
        (fresh / f"{name}.csv").write_text(table.csv(), "utf-8", newline="")
    return fresh.rename(made)
