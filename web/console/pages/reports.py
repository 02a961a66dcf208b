"""Offices' duties in a month: answers, busy lines, silent sections, dues (P4.2, P4.11, P5.1.2, P10.1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import Response

from calls.in_time import InTime
from hotline.permissions import Action
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable
from reporting.office_reports import Report, report
from web.console.answers import csv_file, render
from web.console.date_fields import around, asked_month
from web.console.forms import asked_one
from web.console.gate import Pages, house, now, read_session, scope, today
from web.console.language import _, _l
from web.console.menu import TODAY
from web.console.paging import page_of

pages = Pages("reports")
pages.in_menu(TODAY, _l("機關接聽月報"), "shown", Action.REPORT_READ, place=6)
REPORTS: Final[Mapping[Report, Any]] = {
    Report.RINGS: _l("三響內接聽"),
    Report.BUSY: _l("忙線"),
    Report.SILENT: _l("整天沒有人接的科室"),
    Report.AGENCIES: _l("各機關應辦事項"),
}
GROUPS: Final[Mapping[Group, Any]] = {
    Group.EXTENSION: _l("分機"),
    Group.SECTION: _l("科室"),
    Group.AGENCY: _l("機關"),
}
HEADS: Final[Mapping[str, Any]] = {
    "agency": _l("機關"), "section": _l("科室"), "extension": _l("分機"), "legs": _l("響過"), "later": _l("三響後接聽"),
    "unanswered": _l("沒有人接"), "busy": _l("忙線"), "mean ring s": _l("平均響鈴（秒）"), "95 % ring s": _l("95 % 響鈴（秒）"),
    "by proxy": _l("代接"), "busy rate": _l("忙線率"), "above 20 %": _l("超過 20 %"), "day": _l("日期"),
    "entries": _l("問答"), "reviewed": _l("已檢視"), "asked": _l("被徵詢"), "replied in time": _l("期限內回覆"), "late": _l("逾期"),
    "messages": _l("訊息"), "liaison": _l("有聯繫窗口"),
}  # fmt: skip


@pages.read("/reports", Action.REPORT_READ)
def shown() -> Response:
    """A report of a month; whoever acts for one agency sees its rows."""
    kind, group, month = _asked()
    table = _table(kind, group, month)
    return render(
        "reports/report.html",
        page=page_of(table.rows, 100),
        heads=heads(table),
        left=table.left,
        kind=kind,
        group=group,
        **around(month),
        reports=REPORTS,
        per=GROUPS,
        word=word,
    )


@pages.read("/reports.csv", Action.REPORT_READ)
def file() -> Response:
    """The same for a spreadsheet."""
    kind, group, month = _asked()
    return csv_file(_table(kind, group, month).csv(), f"1999-{kind}-{month:%Y%m}")


def heads(table: MonthTable) -> list[str]:
    """Names of the columns; how many rings are in time is a setting."""
    most = house().settings.ring_most
    return [str(HEADS.get(head) or _("%(most)d 響內接聽", most=most)) for head in table.head]


def word(cell: str) -> str:
    """A cell as it is read."""
    return {"yes": _("是"), "no": _("否")}.get(cell, cell)


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
            hours=house().worktime.hours,
            in_time=InTime(house().settings.ring_period, house().settings.ring_most),
            agency=scope(Action.REPORT_READ),
        )
