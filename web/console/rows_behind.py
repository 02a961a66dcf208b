"""Numbers that can be opened, on pages: the address behind each, and its rows with the page of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import url_for

from hotline.cases.numbers import shown
from hotline.permissions import Action
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable
from reporting.figures.behind import is_opened
from reporting.office_reports import Report
from reporting.rows_behind import CountedKind, RowsBehind
from reporting.table import Row
from web.console.gate import may
from web.console.language import _
from web.console.paging import ListPage

NOTHING: Final = frozenset(("", "0", "0%"))
"""Cells with nothing behind them."""
LISTED: Final = 200
"""Rows behind a number on a page."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row behind a number: its words, its page, which may be none, and what else is told of it."""

    words: str
    address: str
    told: str


def opened(
    kind: Report, table: MonthTable, rows: Sequence[Row], month: date, group: Group, edition: int = 0
) -> list[list[str]]:
    """Addresses of what is behind each cell of some rows; empty where there is nothing to open."""

    def address(row: Row, head: str, cell: str) -> str:
        if head == "case":
            return url_for("case_search.one", number=cell) if may(Action.CASE_READ) else ""
        if head == "entry":
            return url_for("knowledge.one", number=cell)
        if not is_opened(kind, head) or cell in NOTHING:
            return ""
        return url_for(
            "reports.rows_behind",
            kind=kind,
            group=group,
            month=f"{month:%Y-%m}",
            edition=edition or None,
            head=head,
            row=row[: table.left],
        )

    return [[address(row, *cell) for cell in zip(table.head, row, strict=True)] for row in rows]


def shown_rows(found: RowsBehind, page: ListPage[str]) -> list[ShownRow]:
    """The rows of a page."""
    first = (page.number - 1) * page.size
    told = found.told[first : first + page.size] or [""] * len(page.items)
    return [
        ShownRow(_words(found.kind, one), _address(found.kind, one), more)
        for one, more in zip(page.items, told, strict=True)
    ]


def _words(kind: CountedKind, number: str) -> str:
    match kind:
        case CountedKind.CASE:
            return shown(number)
        case CountedKind.PROMISE:
            return _("回電第 %(number)s 件", number=number)
        case CountedKind.ENTRY:
            return _("問答第 %(number)s 則", number=number)
        case CountedKind.REQUEST:
            return _("徵詢第 %(number)s 件", number=number)
        case CountedKind.CHANGE:
            return _("異動第 %(number)s 筆", number=number)
        case CountedKind.MESSAGE:
            return _("訊息第 %(number)s 則", number=number)
        case CountedKind.REVIEW:
            return _("複查第 %(number)s 件", number=number)
        case CountedKind.FEEDBACK:
            return _("嘉許或抱怨第 %(number)s 筆", number=number)
        case CountedKind.SESSION if number.startswith("*"):
            return _("不當使用紀錄第 %(number)s 筆", number=number[1:])
        case CountedKind.SESSION:
            return _("手語視訊第 %(number)s 次", number=number)
        case CountedKind.NOTICE:
            return _("通知第 %(number)s 則", number=number)
        case CountedKind.ANSWER:
            return _("第 %(number)s 份答案", number=number)
    return number


def _address(kind: CountedKind, number: str) -> str:
    """The page of a row, for who may see it."""
    match kind:
        case CountedKind.CALL if may(Action.CALL_READ):
            return url_for("calls.one", call_id=number)
        case CountedKind.CASE if may(Action.CASE_READ):
            return url_for("case_search.one", number=number)
        case CountedKind.PROMISE if may(Action.CALLBACK_WORK):
            return url_for("callbacks.one", number=number)
        case CountedKind.ENTRY:
            return url_for("knowledge.one", number=number)
        case CountedKind.REQUEST:
            return url_for("requests.one", number=number)
        case CountedKind.REVIEW if may(Action.CASE_INBOX):
            return url_for("reviews.one", number=number)
        case CountedKind.FEEDBACK if may(Action.CASE_AUDIT):
            return url_for("feedback.one", number=number)
        case CountedKind.MESSAGE:
            return url_for("news.listed", past="1")
        case CountedKind.CHANGE:
            return url_for("changes.calendar")
    return ""
