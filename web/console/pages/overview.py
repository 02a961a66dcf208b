"""The first page: what is wrong today, and where it is put right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, current_app, url_for
from sqlalchemy.orm import Session

from administration.overview import Today
from hotline.cases import inbox
from hotline.cases.inbox import Pile
from hotline.clock import TAIPEI
from hotline.knowledge.rules import REMINDER_DAY
from hotline.permissions import Action
from web.console.answers import render
from web.console.gate import (
    Everyone,
    Pages,
    allowed_of,
    entries,
    house,
    is_open,
    is_work,
    may,
    me,
    now,
    read_session,
    scope,
)
from web.console.language import _, _l, in_words
from web.console.menu import TODAY

pages = Pages("overview")
pages.in_menu(TODAY, _l("概況"), "today", Everyone.STAFF, place=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the first page: what it counts, how, whether it is as it should be, and where to go."""

    words: str
    number: int
    means: str
    is_well: bool | None
    """None = neither good nor bad."""
    where: str


CASES: Final[Mapping[Pile, tuple[Any, Any, bool]]] = {
    Pile.OVERDUE: (_l("逾期的案件"), _l("時限已過，還沒有答覆民眾"), True),
    Pile.UNSIGNED: (_l("逾時未簽收的快速案件"), _l("立案超過簽收時限，機關還沒有簽收"), True),
    Pile.RETURNED: (_l("退回的快速案件"), _l("不是原機關權責，等研考會重新分派"), True),
    Pile.STAGE2: (_l("申請延長的快速案件"), _l("等研考會核定"), True),
    Pile.REDISPATCH: (_l("待分派的陳情案件"), _l("機關表示非其權責，或立案時沒有機關，等秘書處分派"), True),
    Pile.TODAY: (_l("今天到期的案件"), _l("時限在今天之內，還沒有逾期"), False),
    Pile.OPEN: (_l("辦理中的案件"), _l("已立案、還沒有結案的全部件數"), False),
}
"""Piles that are figures: what they are called, what they count, and whether they should be empty."""


@pages.read("/", Everyone.STAFF)
def today() -> Response:
    """Counts of the city for those who act for it, else of one's own agency."""
    agency = scope(Action.CALLBACK_WORK) if me().may(Action.CALLBACK_WORK) else me().agency
    then = house().city.city().at(now())
    with read_session() as session:
        counted = house().lookout.today(session, then, agency)
        cases = list(_cases(session))
    is_whole = me().may(Action.CASE_INBOX) and not scope(Action.CASE_INBOX)
    name = "" if is_whole else then.agencies[agency].name if agency in then.agencies else agency
    figures = [*cases, *_promises(counted), *_directory(counted), *_owed(counted), *_city(counted)]
    figures = [one for one in figures if one.where]
    return render("overview/today.html", figures=figures, meets=_meets(), agency=name, at=now())


def _meets() -> list[str]:
    """Sentences about what a caller would meet now, for who answers for the whole city."""
    if not me().may(Action.REPORT_READ) or scope(Action.REPORT_READ):
        return []
    return [in_words(one) for one in house().caller_outlook.now(now())]


def _cases(session: Session) -> Iterator[Figure]:
    """Cases on the piles of who is signed in; each leads to its pile."""
    inbox_is_mine = _address("inbox.listed")
    for one in inbox.counts(session, me(), now(), of=CASES) if inbox_is_mine else ():
        words, means, is_owed = CASES[one.pile]
        where = url_for("inbox.listed", pile=one.pile)
        yield Figure(str(words), one.number, str(means), not one.number if is_owed else None, where)


def _promises(of: Today) -> Iterator[Figure]:
    where = "callbacks.listed"
    yield _fault(_("逾期的待回電"), of.overdue, _("時限已過，還沒有打出第一通電話"), where)
    yield _fault(_("一小時內到期"), of.due_soon, _("還沒有人打過，時限在一小時之內"), where)
    yield _count(_("待回電"), of.pending, _("已登記回電、尚未結案的全部件數"), where)


def _directory(of: Today) -> Iterator[Figure]:
    yield _fault(_("目錄錯誤"), of.errors, _("會讓電話轉錯或轉不到的資料"), "check.wrong")
    yield _fault(_("目錄警示"), of.warnings, _("可能讓電話轉不到的資料"), "check.wrong")
    faulty = "、".join(of.faulty) or _("各機關總機都正常")
    yield _fault(_("總機故障"), len(of.faulty), faulty, "switchboards.states")
    yield _count(_("七天內生效的異動"), of.planned, _("已排定、到時自動生效"), "changes.calendar")
    yield _fault(_("本月遲報的異動"), of.told_late, _("晚於生效前兩個工作日才通報"), "changes.calendar")


def _owed(of: Today) -> Iterator[Figure]:
    is_late_in_month = of.at.astimezone(TAIPEI).day >= REMINDER_DAY
    unanswered = _("問答集缺的答案，兩個工作日內沒有回覆")
    yield _fault(_("逾期未回覆的徵詢"), of.unanswered, unanswered, "requests.listed")
    yield Figure(
        _("本月未檢視的問答"),
        of.unreviewed,
        _("每則問答每個月至少檢視一次"),
        None if of.unreviewed and not is_late_in_month else not of.unreviewed,
        f"{_address('knowledge.listed')}?review=due" if may(Action.FAQ_REVIEW) else "",
    )
    yield _count(_("待答覆的問題單"), of.problems, _("案件或通知出了問題，等機關協助"), "tickets.listed")
    yield _fault(_("未修好的電話故障"), of.faults, _("總機或網路電話，包括系統自己查到的"), "faults.listed")


def _city(of: Today) -> Iterator[Figure]:
    if of.calls is not None:
        yield _count(_("今天的來電"), of.calls, _("今天零時起打進 1999 的電話"), "calls.listed")
    if of.recordings is not None:
        yield _fault(_("錄音異常"), of.recordings, _("七天內過短或遺失的錄音檔"), "calls.faults")
    if of.undelivered is not None:
        yield _fault(_("送不出的通知"), of.undelivered, _("試過四次仍失敗，要有人處理"), "notices.listed")
    if of.proposed is not None:
        yield _fault(_("待核定的特殊名單"), of.proposed, _("已提報、等候核定"), "special_callers.listed")


def _fault(words: str, number: int, means: str, endpoint: str = "") -> Figure:
    """A number that should be 0."""
    return Figure(words, number, means, not number, _address(endpoint))


def _count(words: str, number: int, means: str, endpoint: str = "") -> Figure:
    """A number that is neither good nor bad."""
    return Figure(words, number, means, None, _address(endpoint))


def _address(endpoint: str) -> str:
    """Address where it is put right, for those whose work that is; empty for others."""
    entry = next((one for one in entries(current_app) if one.endpoint == endpoint), None)
    is_mine = is_open(allowed_of(current_app, endpoint, "GET")) and (entry is None or is_work(entry.work))
    return url_for(endpoint) if is_mine else ""
