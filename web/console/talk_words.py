"""Words for talks and calls back: where one stands, what came of it, and of each phone that was rung."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls import recording_pause
from calls.rings import OWN
from calls.store import CallEvent, CallRow, Leg
from hotline.callbacks.find import BusyPerson
from hotline.callbacks.rules import Outcome
from hotline.clock import TAIPEI
from hotline.directory.rules import Directory
from hotline.staff.service import UnknownStaff, staff
from hotline.staff.store import AFTER_CALL, RECOVERY
from recordings import gaps
from recordings.remote import is_sounding
from transfer.outcome import DialOutcome
from web.console.language import _


def leg_outcomes() -> Mapping[DialOutcome, str]:
    """Names of what came of ringing a phone."""
    return {
        DialOutcome.RINGING: _("響鈴中"),
        DialOutcome.ANSWERED: _("已接聽"),
        DialOutcome.BUSY: _("忙線"),
        DialOutcome.NO_ANSWER: _("沒有人接"),
        DialOutcome.UNREACHABLE: _("無法接通"),
        DialOutcome.UNALLOCATED: _("沒有這個號碼"),
        DialOutcome.NO_ROUTE: _("線路不通"),
        DialOutcome.REFUSED: _("被拒接"),
        DialOutcome.CANCELLED: _("已取消"),
        DialOutcome.FAILED: _("撥打失敗"),
    }


def outcomes() -> Mapping[Outcome, str]:
    """Names of what may come of a call to a citizen."""
    return {
        Outcome.REACHED: _("接通了"),
        Outcome.NO_ANSWER: _("沒有人接"),
        Outcome.BUSY: _("忙線"),
        Outcome.REFUSED: _("被拒接"),
        Outcome.UNREACHABLE: _("收不到訊號或暫停使用"),
        Outcome.WRONG_NUMBER: _("號碼不對"),
    }


def rung_phone(leg: Leg) -> str:
    """A phone that was rung to keep a promise, what came of it, for how long."""
    whose = f"{_('自己的電話')} {leg.extension or leg.phone}" if leg.kind == OWN else _("民眾")
    return _(
        "%(whose)s：%(outcome)s，響鈴 %(ring)s 秒，通話 %(talk)s 秒",
        whose=whose,
        outcome=leg_outcomes()[DialOutcome(leg.outcome)],
        ring=f"{leg.ring_seconds or 0:.1f}",
        talk=f"{leg.talk_seconds or 0:.1f}",
    )


def transfer_words() -> dict[str, str | dict[str, str]]:
    """Sentences that the desk's script shows while a caller is put through."""
    return {
        "notReached": _("沒有接通，來電者回到您這裡；可以登記回電。"),
        "withCaller": _("您回到來電者這裡。"),
        "asked": _("原本要找的人"),
        "answered": _("接聽的人"),
        "restings": {
            AFTER_CALL: _("通話後處理中，暫時不會有新來電。"),
            RECOVERY: _("調適時間，暫時不會有新來電。"),
        },
        "chooseFirst": _("選好服務類型，按 Enter 結案，再按「準備好了」；時間到了也會自動恢復接聽。"),
        "older": _("還沒結案的通話：{count} 通"),
        "noCall": _("沒有通話，不能轉接。"),
        "backFirst": _("承辦人這一頭還沒結束，不能再轉接；請先回到來電者。"),
        "callerLeft": _("來電者已掛斷；您還在和 {extension} 通話。"),
        "callerGone": _("來電者已掛斷。"),
        "callerLeftNoTransfer": _("來電者已掛斷，沒有人可以轉接。"),
        "refusedCall": _("已拒接；來電回到佇列，由下一位接聽。沒有其他人有空，就再響這裡。"),
        "found": _("找到 {count} 則。"),
        "noAnswer": _("問答集沒有符合的答案，可以徵詢機關。"),
        "mustNot": _("現在不能掛斷：要等主管決定，或依規定引導後結束；有事由就按「有具體事由了」。"),
        "wasAnswered": _("已解答"),
        "wasNot": _("沒有解答"),
        "longTalk": _("通話已經 {minutes} 分鐘。"),
        "pause": _("暫停錄音"),
        "resume": _("恢復錄音"),
    }


def recording(session: Session, row: CallRow) -> dict[str, object]:
    """State of the recording: whether the caller was told, whether it runs, who paused it until when, and
    whether it is stopped for good.
    """
    held = recording_pause.of_call(session, row.id)
    is_stopped = gaps.is_stopped(session, row.id)
    kinds = select(CallEvent.id).where(CallEvent.call_id == row.id, CallEvent.kind == "NoticeHeard")
    told = _("已告知") if session.scalar(kinds.limit(1)) else _("未告知")
    if held:
        state = _(
            "暫停錄音中（%(who)s），最晚 %(at)s 自動恢復",
            who=called(session, held.by, held.at),
            at=f"{held.until.astimezone(TAIPEI):%H:%M:%S}",
        )
    elif is_stopped:
        state = _("已停止錄音，不再恢復")
    else:
        state = _("錄音中") if row.recorded_at or is_sounding(session, row.id) else _("目前沒有錄音")
    return {
        "says": f"{told}；{state}",
        "paused": bool(held),
        "until": held.until.timestamp() if held else 0,
        "stopped": is_stopped,
    }


def called(session: Session, login: str, at: datetime) -> str:
    """The name of a member of the staff; of who is none any more, the login."""
    try:
        return staff(session, login, at).name
    except UnknownStaff:
        return login


def busy(one: BusyPerson) -> str:
    """A colleague who is at the same citizen's matter: nobody calls them a second time (P7.2)."""
    if one.calling:
        return _(
            "%(who)s 正在打電話給這位來電者（第 %(id)s 件待回電）；不要再打一次。",
            who=one.who,
            id=one.callback_id,
        )
    return _(
        "%(who)s 正在處理這位來電者的第 %(id)s 件待回電；請補充說明，不要另外回電。",
        who=one.who,
        id=one.callback_id,
    )


def named(directory: Directory, extension: str) -> str:
    """An extension with who sits there and where."""
    desk = directory.desks.get(extension)
    if desk is None:
        return extension
    section = directory.sections.get(desk.section)
    return f"{extension} {desk.name}".rstrip() + (f"（{section.name}）" if section else "")
