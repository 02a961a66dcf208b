"""Offices' duties in a month: answers, busy lines, silent sections, dues (P4.2, P4.11, P5.1.2, P10.1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import Response

import wording
from calls.dispositions import NONE, NoServiceGround, ServiceType
from calls.topics import TopicKind
from hotline.permissions import Action
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable
from reporting.office_reports import Report, report
from reporting.table import csv_text
from web.console.answers import csv_file, render
from web.console.date_fields import around, asked_month
from web.console.forms import asked_one
from web.console.gate import Pages, house, now, read_session, scope, today
from web.console.language import _, _l, current, names, term
from web.console.menu import FIGURES
from web.console.paging import page_of
from web.serving import yardstick

pages = Pages("reports")
pages.in_menu(FIGURES, _l("機關接聽月報"), "shown", Action.REPORT_READ, place=2)
REPORTS: Final[Mapping[Report, Any]] = {
    Report.RINGS: _l("三響內接聽"),
    Report.BUSY: _l("忙線"),
    Report.SILENT: _l("整天沒有人接的科室"),
    Report.AGENCIES: _l("各機關應辦事項"),
    Report.REVIEWS: _l("沒有檢視的問答"),
    Report.SERVICES: _l("服務類型與未結案"),
    Report.TOPICS: _l("來電主題"),
    Report.VIDEO: _l("手語視訊服務人次"),
}
TOPICS: Final[Mapping[TopicKind, Any]] = {
    TopicKind.CATEGORY: _l("案件"),
    TopicKind.ENTRY: _l("問答"),
    TopicKind.EXTENSION: _l("分機"),
    TopicKind.MESSAGE: _l("訊息"),
}
_LEGS: Final = _l(
    "轉接或通報時響過的每支分機都算一次；1999 自己的電話、民眾的電話和值日電話不算。當月還沒結束時，算到現在。"
)
_OWN: Final = _l("當月開始、有話務人員接聽的來電；一通可以有幾種服務。當月還沒結束時，算到現在。")
COUNTED: Final[Mapping[Report, Any]] = {
    Report.RINGS: _LEGS,
    Report.BUSY: _LEGS,
    Report.SILENT: _l("上班時間有電話轉去，一整天都沒有人接、也沒有設定跟隨的科室。"),
    Report.AGENCIES: _l(
        "問答算整個月都在的，徵詢算當月到期的，異動算當月通報的；出缺的窗口算月底的。當月還沒結束時，算到現在。"
    ),
    Report.REVIEWS: _l("整個月都在、當月還沒有人檢視的問答。"),
    Report.SERVICES: _OWN,
    Report.TOPICS: _OWN,
    Report.VIDEO: _l(
        "當月請求的手語視訊，照櫃檯所屬的機關計算，民眾自己的裝置另列一列；離開時還沒輪到的算「沒有服務到」。當月還沒結束時，算到現在。"
    ),
}
"""How each is counted."""
BY_GROUP: Final = frozenset((Report.RINGS, Report.BUSY))
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
    "changes in time": _l("準時通報的異動"), "changes late": _l("遲報的異動"), "messages": _l("訊息"), "vacant": _l("出缺的窗口"),
    "entry": _l("問答編號"), "question": _l("問題"), "last written": _l("上次修改"),
    "agent": _l("話務人員"), "answered": _l("已接"), "untagged": _l("未結案"), "topic": _l("主題"), "title": _l("名稱"), "calls": _l("通數"),
    "persons served": _l("服務人次"), "minutes": _l("分鐘"), "extended": _l("有延長"), "not served": _l("沒有服務到"), "misuse": _l("不當使用"),
}  # fmt: skip


@pages.read("/reports", Action.REPORT_READ)
def shown() -> Response:
    """A report of a month; whoever acts for one agency sees its rows."""
    kind, group, month = _asked()
    table = _table(kind, group, month)
    return render(
        "reports/report.html",
        page=page_of(rows(table), 100),
        heads=heads(table),
        left=table.left,
        kind=kind,
        group=group,
        **around(month),
        reports=REPORTS,
        per=GROUPS if kind in BY_GROUP else {},
        counted=COUNTED[kind],
    )


@pages.read("/reports.csv", Action.REPORT_READ)
def file() -> Response:
    """The same for a spreadsheet, in the page's language."""
    kind, group, month = _asked()
    table = _table(kind, group, month)
    return csv_file(csv_text(heads(table), rows(table)), f"1999-{kind}-{month:%Y%m}")


def heads(table: MonthTable) -> list[str]:
    """Names of the columns; how many rings are in time is a setting."""
    most = house().settings.ring_most
    services = {f"service {key}": words for key, words in names(ServiceType).items()}
    grounds = {f"none {key}": words for key, words in names(NoServiceGround).items()}
    known = {**HEADS, **services, **grounds, f"service {NONE}": _("沒有服務")}
    return [str(known.get(head) or _("%(most)d 響內接聽", most=most)) for head in table.head]


def rows(table: MonthTable) -> list[list[str]]:
    """Rows as they are read."""
    return [[_word(*of) for of in zip(table.head, row, strict=True)] for row in table.rows]


def _word(head: str, cell: str) -> str:
    match head:
        case "agency" if not cell:
            return _("民眾自己的裝置")
        case "agency" | "section":
            return cell.partition(" ")[2] or cell  # without its code
        case "above 20 %" if cell:
            return _("是")
        case "vacant":
            return wording.listed([term(role, "role") for role in cell.split()], current())
        case "topic":
            return _topic(cell)
        case _:
            return cell


def _topic(cell: str) -> str:
    kind, _colon, key = cell.partition(":")
    return term(key, "topic") if kind == TopicKind.WORD else f"{TOPICS[TopicKind(kind)]} {key}"


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
            yardstick(),
            agency=scope(Action.REPORT_READ),
        )
