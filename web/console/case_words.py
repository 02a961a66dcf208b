"""Words for cases on pages: colours of states, a line of a list, what is told of a number that was given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from hotline.cases.numbers import shown, spoken_groups
from hotline.cases.rules import CaseState, Move
from hotline.cases.store import Case
from hotline.cases.words import LONG, PetitionSubtype, ReplyWay
from hotline.outbound_calls.gate import Touches
from hotline.phones import phone
from hotline.places import DISTRICTS
from web.console import agencies
from web.console.gate import house, now
from web.console.language import _, capital, moment, name, names, term
from web.console.record_links import name_of

COLOURS: Final = {
    CaseState.FILED: "blue",
    CaseState.DISPATCHED: "blue",
    CaseState.REDISPATCH: "orange",
    CaseState.JOINT: "blue",
    CaseState.EXTERNAL: "purple",
    CaseState.SIGNED: "blue",
    CaseState.STAGE2_PENDING: "yellow",
    CaseState.IN_PROGRESS: "blue",
    CaseState.REPLIED: "green",
    CaseState.RESULT_RECORDED: "green",
    CaseState.DONE: "green",
    CaseState.UNDER_AUDIT: "orange",
}
"""The colour beside the word of a state; of the others grey."""
SHORT: Final = 24
"""Signs of a matter that stand for a case without a category."""


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case as a list shows it."""

    row: Case
    category: str
    """Its name, or the beginning of the matter."""
    place: str
    agency: str
    section: str


def case_lines(session: Session, rows: Iterable[Case]) -> list[ListedCase]:
    """Cases as lists show them, by the names of today."""
    names = {code: one.name for code, one in house().categories.at(session, now()).items()}
    return [case_line(row, names) for row in rows]


def case_line(row: Case, names: Mapping[str, str]) -> ListedCase:
    """One of them."""
    then = house().city.city().at(now())
    place = row.place if row.place.startswith(row.district) else f"{row.district}{row.place}"
    matter = row.matter if len(row.matter) <= SHORT else f"{row.matter[:SHORT]}…"
    return ListedCase(
        row,
        names.get(row.category) or matter,
        place,
        name_of(then, "agency", row.agency) or row.agency,
        name_of(then, "section", row.section) or row.section,
    )


def standing_words(line: ListedCase) -> str:
    """A case in one line: what it is, whose, how it stands, by when."""
    row = line.row
    state = state_words(row)
    due = _("最晚 %(due)s", due=moment(row.due_at)) if row.due_at and row.is_open else ""
    return " ".join(filter(None, (line.category, line.agency, state, due)))


def state_words(row: Case) -> str:
    """How a case stands; of one that waits for an agency that it does, whichever its state."""
    if row.is_returned and row.is_open:
        return _("退回，待改分") if row.agency else _("尚無機關，待分派")
    return term(row.state, "case-state")


def filed_words(row: Case) -> str:
    """What the caller is told of the number: who has no mobile hears it, in fours (P5.4.2)."""
    read_out = _(
        "請唸給民眾聽，四位一組：%(groups)s，再重複一次。", groups="、".join(spoken_groups(row.number or ""))
    )
    if phone(row.phone).takes_sms:
        return _("案號也會以簡訊傳到留下的手機。")
    if row.email:
        return " ".join((_("案號也會以電子郵件寄給民眾。"), read_out))
    return read_out


def case_number(number: str | None) -> str:
    """The number as it is written everywhere: 1151-1240-0012."""
    return shown(number) if number else ""


def case_choices() -> dict[str, Any]:
    """What the form of a case lets choose."""
    return {
        "agencies": agencies.names(),
        "districts": dict.fromkeys(DISTRICTS, ""),
        "subtypes": names(PetitionSubtype),
        "reply_ways": names(ReplyWay),
        "touches": {str(one): term(one, "touches") for one in Touches},
        "longest_matter": LONG,
    }


def case_desk_words() -> dict[str, str]:
    """Sentences of the desk's script about cases."""
    return {
        "drafts": _("（草稿 {count} 件）"),
        "placing": _("您的電話響了，請接起。"),
        "afterTalk": _("請先結束和民眾的通話，再撥給機關；草稿會留著。"),
    }


def event_words(kind: str) -> str:
    """What happened to a case, by the kind of its event."""
    if kind in set(Move):
        return capital(name(Move(kind)))
    others = {
        "draft": _("開始草稿"),
        "taken": _("接手外部通報"),
        "given-up": _("刪除草稿"),
        "attached": _("併入另一位民眾的反映"),
        "note": _("註記"),
        "photo": _("加上照片"),
        "phone-record": _("電話紀錄"),
        "photo-released": _("更改照片是否給民眾看"),
        "take-over": _("接手答覆"),
        "passed-on": _("機關裁撤，由承接機關接辦"),
        "late": _("逾期完成這一步"),
        "analysed": _("逾期分析"),
        "reminded": _("催辦簽收"),
        "tracking-due": _("提醒追蹤函轉案件"),
        "reply-not-sent": _("回復送不出去"),
        "due-moved": _("時限因停班停課或補班變動"),
        "overdue": _("逾期"),
        "cancel-noted": _("民眾想取消，但已經辦完"),
        "report-cancelled": _("取消其中一件反映"),
        "report-taken-back": _("撤回取消"),
        "wrong-code": _("取消碼不對"),
        "asked-again": _("民眾再次來電"),
    }
    return others.get(kind, _("其他"))
