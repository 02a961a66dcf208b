"""Reports of a month: duties of offices, what came of calls and cases, and the rows behind each number."""

from datetime import date
from typing import Final

from flask import Response, request, url_for

from hotline.permissions import ANY_OTHER, Action
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable
from reporting.figures.behind import behind, is_opened
from reporting.figures.spans import KnownMonth
from reporting.office_reports import Report, report
from reporting.table import Row, csv_text
from web.console.answers import csv_file, render
from web.console.date_fields import around, asked_month
from web.console.forms import asked_one
from web.console.gate import Pages, house, may, now, read_session, scope, today
from web.console.language import _l
from web.console.menu import FIGURES
from web.console.paging import page_of
from web.console.report_words import BY_GROUP, COUNTED, GROUPS, REPORTS, heads, rows

SIZE: Final = 100
"""Rows on a page."""
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
        opened=_opened(kind, month, table),
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
    """What a number counts: calls by their ids, cases by their numbers."""
    kind, _group, month = _asked()
    head, names = request.args.get("head", ""), request.args.getlist("row")[:2] or [""]
    with read_session() as session:
        agency = scope(Action.REPORT_READ)
        found = behind(session, kind, KnownMonth(month, now()), head, names, agency)
    words = heads(MonthTable("", (head,), 0, ())) if is_opened(kind, head) else [""]
    return render(
        "reports/behind.html",
        page=page_of(found.ids, 200),
        of=found.kind,
        head=words[0],
        kind=kind,
        reports=REPORTS,
        **around(month),
    )


def _opened(kind: Report, month: date, table: MonthTable) -> list[list[str]]:
    """Addresses of what is behind each cell; empty where there is nothing to open."""

    def address(row: Row, head: str, cell: str) -> str:
        if head == "case":
            return url_for("case_search.one", number=cell) if may(Action.CASE_READ) else ""
        if not is_opened(kind, head) or cell == "0":
            return ""
        return url_for(
            "reports.rows_behind", kind=kind, month=f"{month:%Y-%m}", head=head, row=row[: table.left]
        )

    page = page_of(table.rows, SIZE)
    return [[address(row, *cell) for cell in zip(table.head, row, strict=True)] for row in page.items]


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
