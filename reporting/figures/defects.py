"""Defects and merits of agencies: reopened cases, reviews, complaints, commendations (P10.2, P10.4, P14).

By agency and never by person; what an award or a cut comes to is decided by people.
"""

from collections import defaultdict
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.rules import Move
from hotline.cases.store import Case, CaseEvent
from hotline.clock import midnight
from hotline.reviews.figures import ReviewCount, counts
from reporting.answer_times import MonthTable
from reporting.figures.names import agencies
from reporting.figures.spans import KnownMonth

OF_YEAR: Final = ("defects of the year", "complaints of the year", "commendations of the year")
HEAD: Final = (
    *("agency", "defects", "reviews", "late reviews", "complaints", "commendations"),
    *OF_YEAR,
    "cases",
)


def defects(session: Session, month: KnownMonth) -> MonthTable:
    """A row an agency that has any in the year, up to the end of the month; a case that is reopened twice is
    two defects, and those of the month stand by their numbers.
    """
    named, cases = agencies(session, month), _reopened(session, month)
    begin = midnight(date(month.first.year, 1, 1))
    here = counts(session, month.since, month.end, month.at)
    year = counts(session, begin, month.end, month.at)
    rows = [
        (named(agency) or "?", *_cells(here.get(agency, ReviewCount()), of), " ".join(cases[agency]))
        for agency, of in year.items()
    ]
    return MonthTable(f"{month} defects: {sum(map(len, cases.values()))}", HEAD, 1, rows)


def _cells(here: ReviewCount, year: ReviewCount) -> tuple[str, ...]:
    of_month = (here.defects, here.reviews, here.late, here.complaints, here.commendations)
    return tuple(map(str, (*of_month, year.defects, year.complaints, year.commendations)))


def _reopened(session: Session, month: KnownMonth) -> dict[str, list[str]]:
    """Numbers of the cases reopened in the month, by agency; attached reports follow their case."""
    wanted = select(Case.agency, Case.number).join(CaseEvent, CaseEvent.case_id == Case.id)
    here = CaseEvent.kind == Move.REOPEN, CaseEvent.at >= month.since, CaseEvent.at < month.end
    found = defaultdict[str, list[str]](list)
    for agency, number in session.execute(wanted.where(*here, Case.lead_id.is_(None)).order_by(CaseEvent.id)):
        found[agency].append(number or "")
    return found
