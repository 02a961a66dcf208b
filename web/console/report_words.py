"""Words of the monthly reports: their names, how each is counted, their columns and cells."""

from collections.abc import Mapping
from typing import Any, Final

import wording
from calls.dispositions import NONE, NoServiceGround, ServiceType
from calls.topics import TopicKind
from hotline.cases.numbers import shown
from hotline.cases.rules import CaseState
from reporting.answer_metrics import Group
from reporting.answer_times import MonthTable
from reporting.call_history import COLUMNS
from reporting.office_reports import Report
from web.console.gate import house
from web.console.language import _, _l, current, names, term

REPORTS: Final[Mapping[Report, Any]] = {
    Report.RINGS: _l("三響內接聽"),
    Report.BUSY: _l("忙線"),
    Report.SILENT: _l("整天沒有人接的科室"),
    Report.AGENCIES: _l("各機關應辦事項"),
    Report.REVIEWS: _l("沒有檢視的問答"),
    Report.SERVICES: _l("服務類型與未結案"),
    Report.TOPICS: _l("來電主題"),
    Report.VIDEO: _l("手語視訊服務人次"),
    Report.COMPLETION: _l("一通電話完成率"),
    Report.PETITIONS: _l("陳情案件準時率"),
    Report.SATISFACTION: _l("滿意度"),
    Report.STATES: _l("案件狀態"),
    Report.TIMES: _l("案件準時率與處理時間"),
    Report.OVERDUE: _l("逾期案件"),
    Report.DEFECTS: _l("缺失與嘉許"),
    Report.NOTIFIED: _l("通報到機關的時間"),
    Report.EARLY: _l("訊息發布前的來電"),
    Report.CALLS: _l("每日來電"),
    Report.OUTAGES: _l("系統中斷"),
    Report.COSTS: _l("通話、簡訊與郵件數量"),
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
    Report.COMPLETION: _l(
        "當月開始、有話務人員接聽、結案時有服務類型的來電；每一種服務都在這一通辦結（諮詢有解答、轉接有人接、案件已成案），而且同一號碼七天內沒有再為同一主題打來，才算完成。滿七天的才列計，未滿的列在「未滿七天」。看不到號碼的無從得知有沒有再打，依這一通的結果計算，另外列出。一通有幾種服務的，各列都算。"
    ),
    Report.PETITIONS: _l(
        "當月成案的陳情案件，照現在的狀況：期限內答覆的算準時，超過的算逾期；還沒到期的、註銷的和函轉其他機關的都不列入準時率。併入別案的不另計。"
    ),
    Report.SATISFACTION: _l(
        "當月問過的人，照第一題的答案：五分和四分算滿意，除以有效的答案；沒有回答的另外列出，不算進滿意度。區間是百分之九十五的信賴區間，答案越少越寬。目標是九成。"
    ),
    Report.STATES: _l("當月成案的案件，照現在的狀態；併入別案的不另計。"),
    Report.TIMES: _l(
        "當月成案的案件：期限內答覆的算準時，曾經逾期的算逾期，核准再延也一樣；還沒到期的、註銷的和函轉其他機關的都不列入準時率。時間從成案算起；併入別案的不另計。"
    ),
    Report.OVERDUE: _l("當月裡曾經逾期的案件，不論何時成案；當月以前就已答覆的不列。逾期原因是機關填報的。"),
    Report.DEFECTS: _l(
        "退回重辦的案件，重辦幾次就算幾次；當月要求的複查、登記的抱怨和嘉許，都照機關計算，不計個人。累計從一月一日算到這個月底。"
    ),
    Report.NOTIFIED: _l(
        "當月成案、先電話通報機關的案件：從民眾來電開始，到機關接到通報為止；沒有接通的算到最後一次撥打。"
    ),
    Report.EARLY: _l(
        "當月告知的訊息和湧入預告，以及告知以前就有的當月來電；來電照結案時選的主題，預告照它所列的問答。"
    ),
    Report.CALLS: _l("每一天的來電、等候、回電、轉接和特殊來電，和歷史統計的算法相同；最後一列是合計。"),
    Report.OUTAGES: _l("健康檢查記下的中斷，只算落在當月的時間。"),
    Report.COSTS: _l("當月開始的來電和撥出、線路接通到結束的分鐘數；簡訊和郵件是當月送出的。"),
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
    "service": _l("服務"), "settled": _l("一通完成"), "counted": _l("列計"), "completion": _l("完成率"), "called again": _l("七天內再來電"),
    "not settled": _l("當通沒有辦結"), "undecided": _l("未滿七天"), "hidden": _l("其中看不到號碼"),
    "channel": _l("怎麼問的"), "invited": _l("問過"), "valid": _l("有效答案"), "no answer": _l("沒有回答"), "satisfied": _l("滿意"), "satisfaction": _l("滿意度"), "interval": _l("信賴區間"),
    "score 5": _l("五分"), "score 4": _l("四分"), "score 3": _l("三分"), "score 2": _l("兩分"), "score 1": _l("一分"),
    "category": _l("類別"), "filed": _l("成案"), "on time": _l("準時"), "rate": _l("準時率"), "inside limit": _l("未到期"), "outside": _l("註銷或函轉"),
    "signed": _l("已簽收"), "signed in time": _l("準時簽收"), "sign mean min": _l("平均簽收（分）"), "sign median min": _l("簽收中位數（分）"), "sign 95 % min": _l("95 % 簽收（分）"),
    "replied": _l("已答覆"), "reply mean h": _l("平均答覆（時）"), "reply median h": _l("答覆中位數（時）"), "reply 95 % h": _l("95 % 答覆（時）"),
    "completed": _l("已辦結"), "completion mean h": _l("平均辦結（時）"), "completion median h": _l("辦結中位數（時）"), "completion 95 % h": _l("95 % 辦結（時）"),
    "case": _l("案號"), "due": _l("期限"), "state": _l("狀態"), "late ground": _l("逾期原因"), "answered at": _l("答覆或結束"),
    "defects": _l("缺失"), "defects of the year": _l("缺失今年累計"), "cases": _l("案號"),
    "reviews": _l("複查"), "late reviews": _l("逾期的複查"), "complaints": _l("抱怨"), "commendations": _l("嘉許"),
    "complaints of the year": _l("抱怨今年累計"), "commendations of the year": _l("嘉許今年累計"),
    "notified": _l("已通報"), "not reached": _l("沒有接通"), "mean min": _l("平均（分）"), "median min": _l("中位數（分）"), "95 % min": _l("95 %（分）"),
    "news": _l("種類"), "told": _l("告知時間"), "calls before": _l("告知前的來電"),
    "part": _l("部分"), "node": _l("主機"), "began": _l("開始"), "ended": _l("結束"), "minutes of the month": _l("當月（分）"),
    "cost": _l("項目"), "number": _l("數量"), "begun minutes": _l("不足一分以一分計"),
}  # fmt: skip


GROUPED: Final = {
    "channel": "survey-channel",
    "service": "service-type",
    "state": "case-state",
    "late ground": "late-ground",
    "part": "outage-part",
}
"""Columns whose cells are words of a group."""
KINDS: Final[Mapping[str, Any]] = {
    "news message": _l("訊息"),
    "news surge": _l("湧入預告"),
    "cost calls": _l("來電"),
    "cost placed": _l("撥出"),
    "cost sms": _l("簡訊"),
    "cost email": _l("電子郵件"),
}
"""Cells that are words, behind their column."""


def heads(table: MonthTable) -> list[str]:
    """Names of the columns; how many rings are in time is a setting."""
    most = house().settings.ring_most
    services = {f"service {key}": words for key, words in names(ServiceType).items()}
    grounds = {f"none {key}": words for key, words in names(NoServiceGround).items()}
    states = {f"state {key}": words for key, words in names(CaseState).items()}
    past = {column: wording.column(column, current()) for column in COLUMNS if column not in HEADS}
    known = {**past, **HEADS, **services, **grounds, **states, f"service {NONE}": _("沒有服務")}
    return [str(known.get(head) or _("%(most)d 響內接聽", most=most)) for head in table.head]


def rows(table: MonthTable) -> list[list[str]]:
    """Rows as they are read."""
    return [[word(*of) for of in zip(table.head, row, strict=True)] for row in table.rows]


def word(head: str, cell: str) -> str:
    """A cell of a column as it is read."""
    match head:
        case "agency" | "service" | "day" | "channel" if cell == "all":
            return _("合計")
        case "agency" if not cell:
            return _("民眾自己的裝置")
        case "agency" | "section" | "category":
            return cell.partition(" ")[2] or cell  # without its code
        case "above 20 %" if cell:
            return _("是")
        case "vacant":
            return wording.listed([term(role, "role") for role in cell.split()], current())
        case "topic":
            return _topic(cell)
        case "case" | "cases":
            return " ".join(map(shown, cell.split()))
        case _ if head in GROUPED and cell:
            return term(cell, GROUPED[head])
        case _:
            return str(KINDS.get(f"{head} {cell}", cell))


def _topic(cell: str) -> str:
    kind, _colon, key = cell.partition(":")
    return term(key, "topic") if kind == TopicKind.WORD else f"{TOPICS[TopicKind(kind)]} {key}"
