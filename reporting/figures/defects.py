"""Defects and merits of agencies: reopened cases, reviews, complaints, commendations (P10.2, P10.4, P14).

By agency and never by person; what an award or a cut comes to is decided by people.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.rules import Move
from hotline.cases.store import Case, CaseEvent
from hotline.clock import midnight
from hotline.reviews.figures import ReviewCount, counts
from hotline.reviews.rules import FeedbackKind
from hotline.reviews.store import CaseReview, Feedback
from reporting.answer_times import MonthTable
from reporting.figures.names import agencies
from reporting.figures.spans import KnownMonth
from reporting.rows_behind import CountedKind

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
    named, cases = agencies(session, month), _reopened(session, month.since, month.end)
    begin = _new_year(month)
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


def _new_year(month: KnownMonth) -> datetime:
    return midnight(date(month.first.year, 1, 1))


OPENED: Final[Mapping[str, CountedKind]] = {
    **dict.fromkeys(("defects", OF_YEAR[0]), CountedKind.CASE),
    **dict.fromkeys(("reviews", "late reviews"), CountedKind.REVIEW),
    **dict.fromkeys(("complaints", "commendations", *OF_YEAR[1:]), CountedKind.FEEDBACK),
}


def behind(session: Session, month: KnownMonth, head: str, agency: str) -> list[str]:
    """Numbers of the reopened cases, reviews or feedback behind a number of an agency's row."""
    since = _new_year(month) if head in OF_YEAR else month.since
    return behind_time(session, since, month.end, month.at, head, agency)


def behind_time(
    session: Session, since: datetime, until: datetime, at: datetime, head: str, agency: str
) -> list[str]:
    """The same of any time, as known ``at``."""
    match OPENED[head]:
        case CountedKind.CASE:
            return _reopened(session, since, until).get(agency, [])
        case CountedKind.REVIEW:
            asked = CaseReview.asked_at >= since, CaseReview.asked_at < until
            rows = session.scalars(select(CaseReview).where(*asked, CaseReview.agency == agency))
            return [str(one.id) for one in rows if head == "reviews" or one.is_late(at)]
        case _:
            is_complaint = Feedback.kind == FeedbackKind.COMPLAINT
            said = Feedback.at >= since, Feedback.at < until, Feedback.agency == agency
            kind = is_complaint if head.startswith("complaints") else ~is_complaint
            chosen = select(Feedback.id).where(*said, kind).order_by(Feedback.id)
            return [str(one) for one in session.scalars(chosen)]


def _reopened(session: Session, since: datetime, until: datetime) -> dict[str, list[str]]:
    """Numbers of the cases reopened in a time, by agency; attached reports follow their case."""
    wanted = select(Case.agency, Case.number).join(CaseEvent, CaseEvent.case_id == Case.id)
    here = CaseEvent.kind == Move.REOPEN, CaseEvent.at >= since, CaseEvent.at < until
    found = defaultdict[str, list[str]](list)
    for agency, number in session.execute(wanted.where(*here, Case.lead_id.is_(None)).order_by(CaseEvent.id)):
        found[agency].append(number or "")
    return found
