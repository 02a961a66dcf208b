"""The files of a month that is over (spec §20): written once, from the first of the next at 02:00 on."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from calls.in_time import InTime
from hotline.worktime import OfficeHours
from hotline.worktime.months import month_bounds, month_of
from reporting.agency_obligations import owed
from reporting.answer_metrics import Group
from reporting.answer_times import MonthReport, month

AT: timedelta = timedelta(hours=2)
"""Of the first day of the next month, Taipei."""


def write_month(
    session: Session, folder: Path, now: datetime, hours: OfficeHours, in_time: InTime
) -> Path | None:
    """The files of last month, all at once; None while it is too early, or when they are there.

    A month whose first was missed is written as soon as somebody looks, and never again: legs that come
    later still (from an event log that was away) are in the reports of the pages.
    """
    start, _ = month_bounds(month_of(now))
    last = month_of(start - AT)
    made = folder / f"{last:%Y-%m}"
    if now < start + AT or made.exists():
        return None
    fresh = made.with_name(f"{made.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    files = _files(month(session, last, now, hours), in_time) | {
        "agencies.csv": owed(session, last, now).csv()
    }
    for name, text in files.items():
        (fresh / name).write_text(text, "utf-8", newline="")
    return fresh.rename(made)


def _files(measured: MonthReport, in_time: InTime) -> dict[str, str]:
    found = {"silent.csv": measured.silent().csv()}
    for group in Group:
        found[f"rings-{group}.csv"] = measured.rings(group, in_time).csv()
        found[f"busy-{group}.csv"] = measured.busy(group, in_time).csv()
    return found
