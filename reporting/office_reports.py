"""Reports of a month, as one asks for them: duties of offices, and what came of calls and cases
(P3, P4.2, P4.4, P4.11, P5.1.2, P10.1, P10.2, P12, P13).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from calls.in_time import InTime
from hotline.worktime import Worktime
from reporting.agency_obligations import owed, unreviewed
from reporting.answer_metrics import Group
from reporting.answer_times import MonthReport, MonthTable, month
from reporting.figures.cases import case_states, case_times, petitions
from reporting.figures.completion import completion
from reporting.figures.costs import costs
from reporting.figures.days import days
from reporting.figures.defects import defects
from reporting.figures.early import early
from reporting.figures.notified import notified
from reporting.figures.outages import outages
from reporting.figures.overdue import overdue
from reporting.figures.satisfaction import satisfaction
from reporting.figures.spans import KnownMonth
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
    COMPLETION = "completion"
    """First-call completion, of all calls and by service (P12.2). The call centre's own."""
    SATISFACTION = "satisfaction"
    """Satisfaction with its interval, and who did not answer (P12.1). The call centre's own."""
    PETITIONS = "petitions"
    """Petitions answered in time (P12.3)."""
    STATES = "states"
    """Where cases filed in the month stand, by agency and category (P10.2)."""
    TIMES = "times"
    """How soon they were signed, replied to and completed, and whether in time (P10.2)."""
    OVERDUE = "overdue"
    """Cases that were late in the month, with the ground of each (P5.4.8, P10.2)."""
    DEFECTS = "defects"
    """Reopened cases, reviews, complaints, commendations, in the month and the year (P10.2, P10.4, P14)."""
    NOTIFIED = "notified"
    """Minutes from a citizen's call to the agency that acts at once (P5.3)."""
    EARLY = "early"
    """Calls about something before its agency told of it (P4.3, P4.7)."""
    CALLS = "calls"
    """The call centre day by day: queue, waits, promises, transfers, special calls (P1-b)."""
    OUTAGES = "outages"
    """When jobs or pages were down (P5.4.3)."""
    COSTS = "costs"
    """Calls, minutes, texts and mails (P13). The call centre's own."""


FIGURES: Final[Mapping[Report, Callable[[Session, KnownMonth], MonthTable]]] = {
    Report.COMPLETION: completion,
    Report.PETITIONS: petitions,
    Report.SATISFACTION: satisfaction,
    Report.STATES: case_states,
    Report.TIMES: case_times,
    Report.OVERDUE: overdue,
    Report.DEFECTS: defects,
    Report.NOTIFIED: notified,
    Report.EARLY: early,
    Report.CALLS: days,
    Report.OUTAGES: outages,
    Report.COSTS: costs,
}
LEGS: Final = frozenset((Report.RINGS, Report.BUSY, Report.SILENT))
"""Reports on the phones that were rung."""
OWN: Final = frozenset(
    (
        Report.SERVICES,
        Report.TOPICS,
        Report.COMPLETION,
        Report.SATISFACTION,
        Report.CALLS,
        Report.OUTAGES,
        Report.COSTS,
    )
)
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
    match kind:
        case Report.AGENCIES:
            table = owed(session, first, at, by.worktime, by.notice_days)
        case Report.RINGS | Report.BUSY | Report.SILENT:
            table = of_legs(month(session, first, at, by.worktime.hours), kind, group, by)
        case Report.REVIEWS:
            table = unreviewed(session, first, at)
        case Report.SERVICES:
            table = services(session, first, at)
        case Report.TOPICS:
            table = topics(session, first, at)
        case Report.VIDEO:
            table = video(session, first, at)
        case _:
            table = FIGURES[kind](session, KnownMonth(first, at))
    return narrowed(table, kind, agency) if agency else table


def of_legs(legs: MonthReport, kind: Report, group: Group, by: Yardstick) -> MonthTable:
    """A report on the phones that were rung, from legs that were read once for several."""
    match kind:
        case Report.RINGS:
            return legs.rings(group, by.in_time)
        case Report.BUSY:
            return legs.busy(group, by.in_time)
        case _:
            return legs.silent()


def narrowed(table: MonthTable, kind: Report, agency: str) -> MonthTable:
    """The rows of one agency; none of a report on the call centre itself."""
    if kind in OWN:
        return replace(table, rows=())
    return replace(table, rows=[row for row in table.rows if row[0].partition(" ")[0] == agency])
