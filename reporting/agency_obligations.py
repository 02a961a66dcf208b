"""Obligations of each agency in a month, as met: reviews, replies, changes, messages, offices (P10.1)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import TAIPEI, month_bounds
from hotline.directory.change_lead_time import count, notice_of
from hotline.directory.owners import agencies_of_change, latest
from hotline.directory.rows import load_city
from hotline.directory.store import AgencyRow, ContactRow
from hotline.knowledge.rules import is_late
from hotline.knowledge.store import FaqRequest, FaqReview, FaqRow
from hotline.ledger import entries, history
from hotline.ledger.periods import Period
from hotline.news.store import MessageRow
from hotline.permissions import OFFICES, Role
from hotline.staff.service import everybody
from hotline.worktime import Worktime
from reporting.answer_times import MonthTable
from reporting.rows_behind import CountedKind, Known

HEAD: Final = (
    *("agency", "vacant", "entries", "reviewed", "asked", "replied in time", "late", "changes in time"),
    *("changes late", "messages"),
)
MOMENT: Final = timedelta(microseconds=1)
AHEAD: Final = timedelta(days=7)
"""A change may be told so long after it took effect, and is counted as late."""


def owed(session: Session, first: date, now: datetime, worktime: Worktime, notice_days: int) -> MonthTable:
    """A row an agency, in the order of their codes; of a month that lasts, what is known by now."""
    month, last = _known(first, now)
    reviewed, replies = _reviewed(session, month, last), _replies(session, month, last)
    told = Counter(one.agency for one in _posted(session, month, last))
    noticed, held = _noticed(session, month, last, worktime, notice_days), _held(session, last)
    rows = [
        (
            _named(agency),
            " ".join(role for role in OFFICES if (agency.key, role) not in held),
            *reviewed.get(agency.key, ("0", "0")),
            *replies.get(agency.key, ("0", "0", "0")),
            *noticed.get(agency.key, ("0", "0")),
            str(told[agency.key]),
        )
        for agency in history.all_in_force(session, AgencyRow, last)
        if not agency.closed
    ]
    return MonthTable(f"{first:%Y-%m} what agencies owed and gave: {len(rows)}", HEAD, 2, rows)


def unreviewed(session: Session, first: date, now: datetime) -> MonthTable:
    """Entries of the book that were there all the month, and that nobody looked at in it (P4.4)."""
    month, last = _known(first, now)
    names = {agency.key: _named(agency) for agency in history.all_in_force(session, AgencyRow, last)}
    seen = _seen(session, month, last)
    rows = [
        (
            names.get(row.agency, row.agency),
            row.key,
            row.question,
            f"{row.valid_from.astimezone(TAIPEI):%Y-%m-%d}",
        )
        for row in _there(session, month, last)
        if row.key not in seen
    ]
    rows.sort(key=lambda row: (row[0], int(row[1])))
    title = f"{first:%Y-%m} entries that nobody reviewed: {len(rows)}"
    return MonthTable(title, ("agency", "entry", "question", "last written"), 4, rows)


def _known(first: date, now: datetime) -> tuple[Period, datetime]:
    """The month, and its last instant that has come."""
    month = Period(*month_bounds(first))
    return month, min(now, month.until - MOMENT) if month.until else now


def _named(agency: AgencyRow) -> str:
    return f"{agency.key} {agency.name}"


def _there(session: Session, month: Period, last: datetime) -> Sequence[FaqRow]:
    """Entries that were there the whole month."""
    old = {row.key for row in history.all_in_force(session, FaqRow, month.since)}
    return [row for row in history.all_in_force(session, FaqRow, last) if row.key in old]


def _seen(session: Session, month: Period, last: datetime) -> Set[str]:
    """Entries that somebody looked at in it."""
    return set(session.scalars(select(FaqReview.number).where(FaqReview.at.between(month.since, last))))


def _reviewed(session: Session, month: Period, last: datetime) -> dict[str, tuple[str, str]]:
    """Entries that were there the whole month, and how many of them somebody looked at in it."""
    rows, seen = _there(session, month, last), _seen(session, month, last)
    there = Counter(row.agency for row in rows)
    looked_at = Counter(row.agency for row in rows if row.key in seen)
    return {agency: (str(many), str(looked_at[agency])) for agency, many in there.items()}


def _replies(session: Session, month: Period, last: datetime) -> dict[str, tuple[str, str, str]]:
    """Questions that were due in the month: how many, replied to in time, late."""
    by_agency = dict[str, list[FaqRequest]]()
    for row in _due(session, month, last):
        by_agency.setdefault(row.agency, []).append(row)
    return {agency: _counted(rows, last) for agency, rows in by_agency.items()}


def _due(session: Session, month: Period, last: datetime) -> Sequence[FaqRequest]:
    """Questions that were due in the month."""
    chosen = select(FaqRequest).where(FaqRequest.due_at >= month.since, FaqRequest.due_at <= last)
    return session.scalars(chosen.order_by(FaqRequest.id)).all()


def _posted(session: Session, month: Period, last: datetime) -> Sequence[MessageRow]:
    """Messages that agencies posted in the month."""
    chosen = select(MessageRow).where(MessageRow.posted_at.between(month.since, last))
    return session.scalars(chosen.order_by(MessageRow.id)).all()


def _counted(rows: Iterable[FaqRequest], last: datetime) -> tuple[str, str, str]:
    late = [is_late(row.due_at, row.replied_at, last) for row in rows]
    return str(len(late)), str(late.count(False)), str(late.count(True))


def _noticed(
    session: Session, month: Period, last: datetime, worktime: Worktime, notice_days: int
) -> dict[str, tuple[str, str]]:
    """Changes of an agency's data that were told in the month: in time, and late (P4.6)."""
    worktime = _as_declared(session, month, worktime)
    found = {
        agency: count(notice_of(session, one, worktime, notice_days) for one in told)
        for agency, told in _changed(session, month, last).items()
    }
    return {agency: (str(one.on_time), str(one.late)) for agency, one in found.items()}


def _as_declared(session: Session, month: Period, worktime: Worktime) -> Worktime:
    """With the hours that were declared, of days gone by, too."""
    declared = load_city(session, month.since - 2 * AHEAD, kinds=("hours",)).hours
    return replace(worktime, declared=declared)


def _changed(session: Session, month: Period, last: datetime) -> dict[str, list[entries.EntryRecord]]:
    """Changes that were told in the month, by the agencies whose data they changed."""
    known, by_agency = latest(session), dict[str, list[entries.EntryRecord]]()
    for one in entries.changes(session, since=month.since - AHEAD):
        if month.since <= one.at <= last:
            for agency in agencies_of_change(session, one, known):
                by_agency.setdefault(agency, []).append(one)
    return by_agency


OPENED: Final[Mapping[str, CountedKind]] = {
    **dict.fromkeys(("entries", "reviewed"), CountedKind.ENTRY),
    **dict.fromkeys(("asked", "replied in time", "late"), CountedKind.REQUEST),
    **dict.fromkeys(("changes in time", "changes late"), CountedKind.CHANGE),
    "messages": CountedKind.MESSAGE,
}


def owed_behind(
    session: Session,
    first: date,
    now: datetime,
    worktime: Worktime,
    notice_days: int,
    head: str,
    agency: str,
) -> list[Known]:
    """The rows behind a number of an agency; of a change, the day on which it takes effect."""
    month, last = _known(first, now)
    match OPENED[head]:
        case CountedKind.ENTRY:
            seen = _seen(session, month, last)
            of = (row for row in _there(session, month, last) if row.agency == agency)
            return [(row.key, row.question) for row in of if head == "entries" or row.key in seen]
        case CountedKind.REQUEST:
            asked = [row for row in _due(session, month, last) if row.agency == agency]
            late = [is_late(row.due_at, row.replied_at, last) for row in asked]
            wanted = {"asked": (True, False), "late": (True,)}.get(head, (False,))
            return [
                (str(row.id), row.question) for row, is_so in zip(asked, late, strict=True) if is_so in wanted
            ]
        case CountedKind.CHANGE:
            told = _changed(session, month, last).get(agency, [])
            worktime = _as_declared(session, month, worktime)
            noticed = ((one, notice_of(session, one, worktime, notice_days)) for one in told)
            return [
                (str(one.number), f"{one.effective_at.astimezone(TAIPEI):%Y-%m-%d}")
                for one, notice in noticed
                if notice and notice.is_on_time is (head == "changes in time")
            ]
        case _:
            posted = _posted(session, month, last)
            return [(str(row.id), row.title) for row in posted if row.agency == agency]


def _held(session: Session, at: datetime) -> set[tuple[str, Role]]:
    """Offices that somebody holds, on the staff or in the directory (P4.1)."""
    staff = {(one.agency, role) for one in everybody(session, at) for role in one.roles if role in OFFICES}
    return staff | {(row.agency, Role(row.role)) for row in history.all_in_force(session, ContactRow, at)}
