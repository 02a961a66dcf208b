"""Obligations of each agency in a month, as met: reviews, replies, messages, a liaison (P10.1)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import month_bounds
from hotline.directory.store import AgencyRow, ContactRow
from hotline.knowledge.rules import is_late
from hotline.knowledge.store import FaqRequest, FaqReview, FaqRow
from hotline.ledger import history
from hotline.ledger.periods import Period
from hotline.news.store import MessageRow
from hotline.permissions import Role
from hotline.staff.service import with_role
from reporting.answer_times import MonthTable

HEAD: Final = ("agency", "entries", "reviewed", "asked", "replied in time", "late", "messages", "liaison")
MOMENT: Final = timedelta(seconds=1)


def owed(session: Session, first: date, now: datetime) -> MonthTable:
    """A row an agency, in the order of their codes; of a month that lasts, what is known by now."""
    month = Period(*month_bounds(first))
    last = min(now, month.until - MOMENT) if month.until else now
    reviewed, replies = _reviewed(session, month, last), _replies(session, month, last)
    posted = select(MessageRow.agency).where(MessageRow.posted_at.between(month.since, last))
    told = Counter(session.scalars(posted))
    led = _led(session, last)
    rows = [
        (
            f"{agency.key} {agency.name}",
            *reviewed.get(agency.key, ("0", "0")),
            *replies.get(agency.key, ("0", "0", "0")),
            str(told[agency.key]),
            "yes" if agency.key in led else "no",
        )
        for agency in history.all_in_force(session, AgencyRow, last)
        if not agency.closed
    ]
    return MonthTable(f"{first:%Y-%m} what agencies owed and gave: {len(rows)}", HEAD, 1, rows)


def _reviewed(session: Session, month: Period, last: datetime) -> dict[str, tuple[str, str]]:
    """Entries that were there the whole month, and how many of them somebody looked at in it."""
    old = {row.key for row in history.all_in_force(session, FaqRow, month.since)}
    rows = [row for row in history.all_in_force(session, FaqRow, last) if row.key in old]
    seen = set(session.scalars(select(FaqReview.number).where(FaqReview.at.between(month.since, last))))
    there = Counter(row.agency for row in rows)
    looked_at = Counter(row.agency for row in rows if row.key in seen)
    return {agency: (str(many), str(looked_at[agency])) for agency, many in there.items()}


def _replies(session: Session, month: Period, last: datetime) -> dict[str, tuple[str, str, str]]:
    """Questions that were due in the month: how many, replied to in time, late."""
    chosen = select(FaqRequest).where(FaqRequest.due_at >= month.since, FaqRequest.due_at <= last)
    by_agency = dict[str, list[FaqRequest]]()
    for row in session.scalars(chosen):
        by_agency.setdefault(row.agency, []).append(row)
    return {agency: _counted(rows, last) for agency, rows in by_agency.items()}


def _counted(rows: Iterable[FaqRequest], last: datetime) -> tuple[str, str, str]:
    late = [is_late(row.due_at, row.replied_at, last) for row in rows]
    return str(len(late)), str(late.count(False)), str(late.count(True))


def _led(session: Session, at: datetime) -> set[str]:
    """Agencies with a liaison, on the staff or in the offices of the directory (P4.1)."""
    held = history.all_in_force(session, ContactRow, at, ContactRow.role == str(Role.LIAISON))
    return {member.agency for member in with_role(session, Role.LIAISON, at)} | {row.agency for row in held}
