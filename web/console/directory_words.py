"""Errors of the directory in the words of its pages, with those that the ledger has anyhow."""

from hotline.directory.register import AboveItself, NoName, NoSuccessor
from hotline.directory.service import CoversItself
from hotline.ledger.entries import ChangedSince, IsUndone, NoEntry, TheFounding
from hotline.ledger.versions import AlreadyThere, ChangedMeanwhile
from hotline.sheets.faults import BadSheets
from hotline.worktime.workdays import NoCalendar
from web.console import words
from web.console.language import _, moment
from web.console.ledger_words import blame
from web.console.record_links import kind_name
from web.console.sheet_words import wrong_in_words
from web.console.words import in_words

__all__ = ["blame", "in_words"]

SHOWN = 5
"""So many keys are named in a sentence."""


@words.of(ChangedMeanwhile)
def _changed_meanwhile(error: ChangedMeanwhile) -> str:
    if error.kind == "staff":  # its form does not show both
        facts = {"by": error.change.by, "at": moment(error.change.at)}
        return _("%(by)s 在 %(at)s 剛改過這筆資料；請回到上一頁看過新的內容，再做您的更改。", **facts)
    return _(
        "您打開之後，%(by)s 已經改了「%(kind)s %(key)s」；您的修改還沒有儲存。請比對兩邊，再決定要不要送出。",
        by=error.change.by, kind=kind_name(error.kind), key=error.key,
    )  # fmt: skip


@words.of(AlreadyThere)
def _already_there(error: AlreadyThere) -> str:
    return _(
        "已經有「%(kind)s %(key)s」了；請改用別的代碼，或直接更改那一筆。",
        kind=kind_name(error.kind), key=error.key,
    )  # fmt: skip


@words.of(CoversItself)
def _covers_itself(error: CoversItself) -> str:
    return _("%(extension)s 就在不在的科室裡，不能代接；請填其他科室的分機。", extension=error.extension)


@words.of(NoName)
def _no_name(error: NoName) -> str:
    return _(
        "「%(kind)s %(key)s」沒有名稱；請填一個大家叫得出來的名稱。",
        kind=kind_name(error.kind),
        key=error.key,
    )


@words.of(NoSuccessor)
def _no_successor(_error: NoSuccessor) -> str:
    return _("裁撤的機關還有未結的案件；請填承接機關。")


@words.of(AboveItself)
def _above_itself(_error: AboveItself) -> str:
    return _("上級機關繞了一圈又回到自己；請填別的上級機關。")


@words.of(NoEntry)
def _no_entry(error: NoEntry) -> str:
    return _("沒有第 %(number)d 筆異動；請從異動紀錄打開。", number=error.number)


@words.of(IsUndone)
def _is_undone(error: IsUndone) -> str:
    return _(
        "第 %(number)d 筆已經由第 %(by)d 筆復原；要恢復它，請復原第 %(by)d 筆。",
        number=error.number, by=error.by,
    )  # fmt: skip


@words.of(ChangedSince)
def _changed_since(error: ChangedSince) -> str:
    named = _("、").join(f"{kind_name(kind)} {key}" for kind, key in error.keys[:SHOWN])
    if not error.later:
        return _(
            "第 %(number)d 筆之後，%(named)s 又變了，不能整筆復原；請改為更正。",
            number=error.number,
            named=named,
        )
    return _(
        "第 %(number)d 筆之後，%(named)s 又改過；請先復原第 %(later)s 筆。",
        number=error.number, named=named, later=_("、").join(map(str, reversed(error.later))),
    )  # fmt: skip


@words.of(TheFounding)
def _the_founding(_error: TheFounding) -> str:
    return _("這一筆建立了整個目錄和人員，不能復原；請改為更改或結束其中的資料。")


@words.of(BadSheets)
def _bad_sheets(error: BadSheets) -> str:
    told = [wrong_in_words(fault.wrong, fault.facts) for fault in error.faults]
    more = _("…等 %(number)d 項", number=len(told)) if len(told) > SHOWN else ""
    return " ".join((*told[:SHOWN], more)).strip()


@words.of(NoCalendar)
def _no_calendar(error: NoCalendar) -> str:
    return _("官方行事曆還沒有 %(year)d 年，無法判斷上班日；請選較近的日期。", year=error.year)
