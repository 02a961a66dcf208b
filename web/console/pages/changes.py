"""Change calendar: what takes effect when; planned, done or taken back; told in time or not (P4.6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from hotline.clock import TAIPEI, month_bounds
from hotline.directory import change_lead_time
from hotline.directory.change_lead_time import LeadTime
from hotline.directory.owners import agencies_of_change, latest
from hotline.directory.rules import Directory
from hotline.ledger.entries import EntryRecord, change_of, changes
from hotline.permissions import Action
from web.console.answers import render
from web.console.date_fields import around, asked_month, weeks_of
from web.console.gate import Everyone, Pages, house, now, read_session, today
from web.console.language import _, _l
from web.console.menu import DIRECTORY
from web.console.paging import page_of
from web.console.record_links import authors, name_of, thing

pages = Pages("changes")
pages.in_menu(
    DIRECTORY,
    _l("異動行事曆"),
    "calendar",
    Everyone.STAFF,
    place=2,
    work=(Action.DIRECTORY_CHANGE, Action.AUDIT_READ),
)
NAMED: Final = 3
"""So many things of a change are named in its line."""
PLANNED: Final = "planned"


@dataclass(frozen=True, slots=True)
class ListedChange:
    """A change in the list; ``withdrawn``: taken back before it took effect."""

    change: EntryRecord
    day: date
    agencies: Sequence[str]
    things: Sequence[str]
    more: int
    notice: LeadTime | None
    withdrawn: bool

    @property
    def is_planned(self) -> bool:
        """Tell whether it takes effect only later."""
        return self.change.is_planned(now())


@pages.read("/changes", Everyone.STAFF)
def calendar() -> Response:
    """A month as a table and as a list, or all that is planned; of one agency, or of all."""
    month, agency = asked_month(today()), request.args.get("agency", "")
    only_planned = request.args.get("show") == PLANNED
    then = house().atlas.at(now())
    with read_session() as session:
        found = _found(session, None if only_planned else month)
        shown = _of_agency(session, found, agency)
        page = page_of([one for one in shown if not only_planned or one.is_planned(now())])
        told = {one.number: _notice(session, one) for one in shown}
        lines = [_line(session, one, told[one.number], then) for one in page.items]
        names = authors(session)
    return render(
        "changes/calendar.html",
        lines=lines,
        page=page,
        weeks=[] if only_planned else _weeks(month, shown),
        **around(month),
        today=today(),
        agency=agency,
        agencies=sorted(then.agencies.values(), key=lambda one: one.code),
        show=request.args.get("show", ""),
        planned=sum(one.is_planned(now()) for one in shown),
        count=change_lead_time.count(told.values()),
        names=names,
    )


def _found(session: Session, month: date | None) -> list[EntryRecord]:
    """Changes that take effect in a month, or from now on; by the instant of effect."""
    since, until = month_bounds(month) if month else (now(), None)
    return sorted(changes(session, since=since, until=until), key=lambda one: (one.effective_at, one.number))


def _of_agency(session: Session, found: Sequence[EntryRecord], agency: str) -> list[EntryRecord]:
    if not agency:
        return list(found)
    known = latest(session)
    return [one for one in found if agency in agencies_of_change(session, one, known)]


def _notice(session: Session, change: EntryRecord) -> LeadTime | None:
    worktime = house().callbacks.worktime(session)
    return change_lead_time.notice_of(session, change, worktime, house().settings.change_notice_days)


def _line(session: Session, change: EntryRecord, told: LeadTime | None, then: Directory) -> ListedChange:
    undone = change_of(session, change.undone_by) if change.undone_by else None
    return ListedChange(
        change,
        _day(change),
        [_agency_name(then, one) for one in agencies_of_change(session, change)],
        [thing(kind, key, then) for kind, key in change.keys[:NAMED]],
        max(0, len(change.keys) - NAMED),
        told,
        undone is not None and undone.at < change.effective_at,
    )


def _agency_name(then: Directory, code: str) -> str:
    return (name_of(then, "agency", code) or code) if code else _("全市")


def _day(change: EntryRecord) -> date:
    return change.effective_at.astimezone(TAIPEI).date()


def _weeks(month: date, found: Sequence[EntryRecord]) -> list[list[Mapping[str, Any]]]:
    """Days of the month with the number of changes that take effect, and how many are still planned."""
    counted = Counter(map(_day, found))
    planned = Counter(_day(one) for one in found if one.is_planned(now()))
    return [
        [
            {
                "day": day,
                "is_of_month": day.month == month.month,
                "count": counted[day],
                "planned": planned[day],
            }
            for day in week
        ]
        for week in weeks_of(month)
    ]
