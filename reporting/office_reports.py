"""Measured duties of a month, as one asks for them (P3, P4.2, P4.4, P4.11, P5.1.2, P10.1)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from calls.in_time import InTime
from hotline.worktime import Worktime
from reporting.agency_obligations import owed, unreviewed
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable, month
from reporting.service_reports import services, topics
from reporting.video_reports import video


class Report(StrEnum):
    """Report on the offices, or on the call centre's own calls."""

    RINGS = "rings"
    """Answers within three rings, later, none or busy; ring times; answered for another (P4.2)."""
    BUSY = "busy"
    """Busy lines, the busiest first; above 20 % they are marked (P4.11)."""
    SILENT = "silent"
    """Sections that answered nobody on a day, in office hours, with no forward set (P5.1.2)."""
    AGENCIES = "agencies"
    """Obligations of each agency to us: reviews, replies, notice of changes, messages, offices (P10.1)."""
    REVIEWS = "reviews"
    """Entries of the book that nobody reviewed in the month (P4.4)."""
    SERVICES = "services"
    """Services of each agent's calls, and those that nobody has closed (P3). The call centre's own."""
    TOPICS = "topics"
    """What calls were about, the most frequent first (P4.3, P4.7). The call centre's own."""
    VIDEO = "video"
    """Persons served in sign language, by agency, own devices apart (P6.7)."""


OWN: Final = frozenset((Report.SERVICES, Report.TOPICS))
"""Reports on the call centre itself, which have no rows of agencies."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Measures of a month: office hours, how soon a phone is answered, how early a change is told."""

    worktime: Worktime
    in_time: InTime
    notice_days: int


def report(
    session: Session,
    kind: Report,
    first: date,
    group: Group,
    at: datetime,
    by: Yardstick,
    *,
    agency: str = "",
) -> MonthTable:
    """The report of a month, by its first day; of one agency, or of all."""
    measured = partial(month, session, first, at, by.worktime.hours)
    match kind:
        case Report.AGENCIES:
            table = owed(session, first, at, by.worktime, by.notice_days)
        case Report.RINGS:
            table = measured().rings(group, by.in_time)
        case Report.BUSY:
            table = measured().busy(group, by.in_time)
        case Report.SILENT:
            table = measured().silent()
        case Report.REVIEWS:
            table = unreviewed(session, first, at)
        case Report.SERVICES:
            table = services(session, first, at)
        case Report.TOPICS:
            table = topics(session, first, at)
        case Report.VIDEO:
            table = video(session, first, at)
    if not agency:
        return table
    if kind in OWN:
        return replace(table, rows=())
    return replace(table, rows=[row for row in table.rows if row[0].partition(" ")[0] == agency])
