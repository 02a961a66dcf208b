"""Reports of a month: duties of offices, what came of calls and cases, and the rows behind each number."""

from datetime import date, datetime
from typing import Final

from flask import Response, request
from sqlalchemy.orm import Session

from hotline.log_masking import is_text
from hotline.permissions import ANY_OTHER, Action
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable
from reporting.figures.behind import NumberAsked, behind, is_opened
from reporting.figures.spans import KnownMonth
from reporting.office_reports import Report, report
from reporting.packs import service
from reporting.table import csv_text
from web.console.answers import csv_file, render
from web.console.date_fields import around, asked_month
from web.console.forms import asked_one, number_of
from web.console.gate import Pages, house, may, now, read_session, scope, today
from web.console.language import _l
from web.console.menu import FIGURES
from web.console.paging import page_of
from web.console.report_words import BY_GROUP, COUNTED, GROUPS, REPORTS, heads, rows, word
from web.console.rows_behind import LISTED, opened, shown_rows

SIZE: Final = 100
"""Rows on a page."""
MOST_NAMES: Final = 4
"""Names that a row of a report has."""
pages = Pages("reports")
pages.in_menu(FIGURES, _l("各項月報"), "shown", Action.REPORT_READ, place=2)


@pages.read("/reports", Action.REPORT_READ)
def shown() -> Response:
    """A report of a month; whoever acts for one agency sees its rows."""
    kind, group, month = _asked()
    table = _table(kind, group, month)
    return render(
        "reports/report.html",
        page=page_of(rows(table), SIZE),
        heads=heads(table),
        left=table.left,
        kind=kind,
        group=group,
        **around(month),
        reports=REPORTS,
        per=GROUPS if kind in BY_GROUP else {},
        counted=COUNTED[kind],
        opened=opened(kind, table, page_of(table.rows, SIZE).items, month, group),
        may_make=may(Action.REPORT_READ, ANY_OTHER) and KnownMonth(month, now()).until <= now(),
    )


@pages.read("/reports.csv", Action.REPORT_READ)
def file() -> Response:
    """The same for a spreadsheet, in the page's language."""
    kind, group, month = _asked()
    table = _table(kind, group, month)
    return csv_file(csv_text(heads(table), rows(table)), f"1999-{kind}-{month:%Y%m}")


@pages.read("/reports/behind", Action.REPORT_READ)
def rows_behind() -> Response:
    """What a number counts, now or as an edition of the month's pack knew it. Raises NoSuchPack."""
    kind, group, month = _asked()
    head, named = request.args.get("head", ""), request.args.getlist("row")[:MOST_NAMES]
    names = [one if is_text(one) else "" for one in named] or [""]
    edition = number_of(request.args.get("edition", ""))
    with read_session() as session:
        known = KnownMonth(month, _known_at(session, month, edition))
        asked = NumberAsked(known, head, names, house().yardstick)
        found = behind(session, kind, asked, scope(Action.REPORT_READ))
    page = page_of(found.ids, LISTED)
    return render(
        "reports/behind.html",
        page=page,
        shown=shown_rows(found, page),
        what=found.kind,
        head=heads(MonthTable("", (head,), 0, ()))[0] if is_opened(kind, head) else "",
        row=_row(kind, names),
        kind=kind,
        group=group,
        edition=edition,
        reports=REPORTS,
        **around(month),
    )


def _known_at(session: Session, month: date, edition: int) -> datetime:
    """Now, or when an edition was counted."""
    return service.edition(session, month, edition).counted_at if edition else now()


NAMES: Final = {
    Report.SERVICES: ("agent",),
    Report.TOPICS: ("topic", "title"),
    Report.COMPLETION: ("service",),
    Report.SATISFACTION: ("channel",),
    Report.CALLS: ("day",),
    Report.COSTS: ("cost",),
    Report.EARLY: ("agency", "news", "title", "told"),
    Report.SILENT: ("agency", "section", "day"),
    Report.RINGS: ("agency", "section", "extension"),
    Report.BUSY: ("agency", "section", "extension"),
}
"""Columns that name a row, where they are not an agency and a category."""


def _row(kind: Report, names: list[str]) -> str:
    """The names of a row as they are read."""
    columns = NAMES.get(kind, ("agency", "category"))
    return " ".join(filter(None, (word(*of) for of in zip(columns, names, strict=False))))


def _asked() -> tuple[Report, Group, date]:
    return asked_one("kind", Report.RINGS), asked_one("group", Group.EXTENSION), asked_month(today())


def _table(kind: Report, group: Group, month: date) -> MonthTable:
    with read_session() as session:
        return report(
            session,
            kind,
            month,
            group,
            now(),
            house().yardstick,
            agency=scope(Action.REPORT_READ),
        )
