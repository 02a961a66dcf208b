"""Faults of today for the first page: promises, messages, the directory, recordings, the list."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Condition
from typing import Final

from cachetools import LRUCache, cached
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from administration.directory_check import check
from calls import find as calls
from calls.find import CallQuery
from hotline.callbacks import find
from hotline.clock import midnight, month_of
from hotline.directory import change_lead_time
from hotline.directory.findings import Severity
from hotline.directory.owners import agencies_of_change, agency_of, latest
from hotline.directory.rules import Directory
from hotline.knowledge import requests, reviews
from hotline.knowledge.rules import ReviewState, is_late
from hotline.ledger import entries
from hotline.outbox import service as outbox
from hotline.outbox.store import OutboxState
from hotline.special_callers.rules import EntryState
from hotline.special_callers.service import entries as special_entries
from hotline.tickets import faults
from hotline.tickets import service as tickets
from hotline.tickets.rules import TicketState as Waiting
from hotline.worktime import Worktime
from recordings.store import Recording, at_fault

AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Today:
    """Counts as of one instant; of one agency, or of all. ``None`` = not this person's to see."""

    at: datetime
    pending: int
    overdue: int
    due_soon: int
    errors: int
    warnings: int
    planned: int
    """Changes that take effect within a week."""
    told_late: int
    """Changes of this month told too late (P4.6)."""
    faulty: tuple[str, ...]
    """Agencies whose switchboard fails (P4.9)."""
    unreviewed: int = 0
    """Entries of the book that nobody has looked at this month (P4.4)."""
    unanswered: int = 0
    """Questions of the call centre whose reply is late (P4.5)."""
    problems: int = 0
    """Problem tickets that wait for an answer (P4.1.2)."""
    faults: int = 0
    """Faults of the telephones that are not mended (P11)."""
    undelivered: int | None = None
    recordings: int | None = None
    """Recordings of a week that are short or missing."""
    proposed: int | None = None
    """Entries of the special list that wait for approval (P7.3)."""
    calls: int | None = None
    """Calls since midnight."""


class Lookout:
    """Looks at the house for the first page; safe to ask from any thread."""

    def __init__(self, worktime: Worktime, notice_days: int) -> None:
        self._worktime, self._notice_days = worktime, notice_days
        self._findings = cached(LRUCache(1), key=_minute, condition=Condition())(check)

    def today(self, session: Session, then: Directory, agency: str) -> Today:
        """Counts of an agency, or with ``agency`` empty of the city, as of the instant of ``then``."""
        at = then.at
        this_day, this_month = midnight(at), midnight(month_of(at))
        rows = find.pending(session, agency=agency)
        found = [
            one for one in self._findings(session, at) if not agency or agency_of(then, *one.about) == agency
        ]
        known = latest(session) if agency else None
        mine = [
            one
            for one in entries.changes(session, since=this_month - AHEAD)
            if not agency or agency in agencies_of_change(session, one, known)
        ]
        told = [
            change_lead_time.notice_of(session, one, self._worktime, self._notice_days)
            for one in mine
            if one.at >= this_month
        ]
        counted = Today(
            at=at,
            pending=len(rows),
            overdue=sum(row.is_overdue(at) for row in rows),
            due_soon=sum(row.is_due_soon(at) for row in rows),
            errors=sum(one.severity is Severity.ERROR for one in found),
            warnings=sum(one.severity is Severity.WARNING for one in found),
            planned=sum(one.is_planned(at) and one.effective_at < at + AHEAD for one in mine),
            told_late=change_lead_time.count(told).late,
            faulty=tuple(
                code for code, one in sorted(then.agencies.items()) if one.fault and agency in ("", code)
            ),
        )
        counted = _owed(session, counted, agency)
        return counted if agency else _of_the_city(session, counted, this_day)


def _minute(_session: Session, at: datetime) -> datetime:
    """Looking through a whole directory takes a moment; so it is done once in each."""
    return at.replace(second=0, microsecond=0)


def _owed(session: Session, counted: Today, agency: str) -> Today:
    """Debts of agencies to the call centre; who mends the telephones owes all."""
    asked = requests.requests(session, agency=agency, is_open=True)
    book = reviews.standings(session, counted.at, agency=agency)
    problems = tickets.tickets(session, agency=agency)
    return replace(
        counted,
        unreviewed=sum(one.state is not ReviewState.DONE for one in book),
        unanswered=sum(is_late(row.due_at, None, counted.at) for row in asked),
        problems=sum(row.state == Waiting.OPEN for row in problems),
        faults=len(faults.faults(session)),
    )


def _of_the_city(session: Session, counted: Today, since: datetime) -> Today:
    bad = select(func.count()).select_from(Recording).where(at_fault(counted.at))
    return replace(
        counted,
        undelivered=outbox.how_many(session, OutboxState.FAILED),
        recordings=session.scalar(bad) or 0,
        calls=calls.how_many(session, CallQuery(since=since)),
        proposed=sum(one.state is EntryState.PROPOSED for one in special_entries(session)),
    )
