"""The story of a call in words: each event, phone and recording as a line of one time line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from calls import monitor, outbound_limits, recording_pause, recording_stop
from calls.cut_calls import CALLED_AGAIN
from calls.find import CallStory
from calls.rings import OWN
from calls.store import TRANSFER_ASKED, CallEvent, Leg
from calls.timeline import PROMISE_SPOKEN
from calls.topics import CONSULTED
from calls.transfer_reasons import STATED
from calls.webhook_calls import PHONE
from hotline.cases.numbers import shown
from hotline.clock import TAIPEI
from hotline.directory.rules import Directory
from hotline.log_masking import mask_numbers
from hotline.numbers import EMERGENCY
from hotline.retention.kinds import DeletionGround
from ivr.case_facts import CaseDeed
from recordings.gaps import SHORTEST
from recordings.store import Recording
from transfer.outcome import DialOutcome
from transfer.reasons import RungKind
from web.console.call_words import spoken_language
from web.console.language import _, moment, name, term
from web.console.menu_words import key_name, menu_name
from web.console.record_links import name_of
from web.console.talk_words import leg_outcomes

Detail = Mapping[str, Any]
CASE: Final = "case"
"""A case number in what an event says."""
Called = Callable[[str], str]
"""Name of a login or a phone, as of the call."""
AGAIN: Final = {
    "CallArrived": "Answered",
    "RecordingBegun": "RecordingStarted",
    "Queued": "QueueEntered",
    "CallbackPromised": PROMISE_SPOKEN,
    "CallEnding": "CallEnded",
}
"""Kind of the line's event that is shown in place of a turn's fact, by the kind of the fact."""
UNTOLD: Final = frozenset(
    (
        *("Bridged", "Parted", "PhoneRang", "PhoneAnswered", "PhoneEnded", "PhoneTried", PHONE),
        *("MessageInvited", "MessageBegun", "RecordingAwaited", monitor.RUNG),
    )
)
"""Told by the phones that rang, by what follows them, or of no use to a reader."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A line: when, what happened, and more of it."""

    at: datetime
    what: str
    more: str = ""

    @property
    def clock(self) -> str:
        """Its second, in Taipei."""
        return f"{self.at.astimezone(TAIPEI):%H:%M:%S}"


def story_lines(told: CallStory, then: Directory, called: Called) -> list[StoryLine]:
    """The whole story in order of time."""
    sound = [*map(_recording, told.recordings), *_gaps(told)]
    lines = [*_events(told, called), *_phones(told, then, called), *sound]
    return sorted(lines, key=lambda one: one.at)


def _events(told: CallStory, called: Called) -> Iterator[StoryLine]:
    kinds = {event.kind for event in told.events}
    for event in told.events:
        is_led = event.kind == TRANSFER_ASKED and "extension" in event.detail  # and then begins
        if event.kind not in UNTOLD and not is_led and AGAIN.get(event.kind) not in kinds:
            yield StoryLine(event.at, *event_words(event, called))


def event_words(event: CallEvent, called: Called) -> tuple[str, str]:
    """What an event says, and more of it; numbers are masked."""
    of: Detail = mask_numbers(None, "", dict(event.detail))
    if CASE in event.detail:  # no telephone number, though as long as one
        of = {**of, CASE: event.detail[CASE]}
    return WORDS[event.kind](of, called) if event.kind in WORDS else (_("其他紀錄"), "")


def _of(words: str, more: str = "") -> tuple[str, str]:
    return words, more


def _pressed(of: Detail, _called: Called) -> tuple[str, str]:
    words = _("在「%(menu)s」按 %(key)s", menu=menu_name(of["menu"]), key=key_name(of["key"]))
    return words, "" if of.get("known", True) else _("這個選單沒有這個鍵")


def _chosen(of: Detail, _called: Called) -> tuple[str, str]:
    wanted, spoken = spoken_language(of["wanted"]), spoken_language(of["spoken"])
    return _("選擇%(language)s", language=wanted), "" if wanted == spoken else _(
        "以%(language)s說明", language=spoken
    )


def _transfer(of: Detail, called: Called) -> tuple[str, str]:
    by = called(of["by"]) if of.get("by") else _("民眾自己撥的分機")
    why = term(of["reason"], "transfer-reason") if of.get("reason") else ""
    more = (by, why, _("緊急") if of.get("urgent") else "")
    return _("轉接分機 %(extension)s", extension=of["asked"]), " · ".join(filter(None, more))


def _asked_first(of: Detail, called: Called) -> tuple[str, str]:
    more = (called(of["by"]), term(of["reason"], "transfer-reason"), _("緊急") if of.get("urgent") else "")
    return _("先問分機 %(extension)s 的承辦人", extension=of["asks"]), " · ".join(filter(None, more))


def _transferred(of: Detail, _called: Called) -> tuple[str, str]:
    ends = {
        "connected": _("轉接後有人接聽，通話結束"),
        "returned": _("沒有人接聽，回到話務人員"),
        "message": _("沒有人接聽，請民眾留言並登記回電"),
        "unknown": _("沒有這支分機"),
    }
    return _of(ends.get(of["how"], _("轉接結束")))


def _tried(of: Detail, _called: Called) -> tuple[str, str]:
    number = shown(of["case"])
    if of["deed"] == CaseDeed.CODE:
        return _("輸入案號 %(number)s 的取消碼", number=number), "" if of["known"] else _("取消碼不正確")
    return _("輸入案號 %(number)s", number=number), "" if of["known"] else _("查無此案號")


def _promised(of: Detail, _called: Called) -> tuple[str, str]:
    by = datetime.fromisoformat(of["due_at"]) if of.get("due_at") else None
    return _("已登記回電"), _("時限 %(due)s", due=moment(by)) if by else ""


def _paused(of: Detail, called: Called) -> tuple[str, str]:
    return _("暫停錄音"), called(of["by"])


def _resumed(of: Detail, called: Called) -> tuple[str, str]:
    by_itself = {
        recording_pause.BY_LIMIT: _("時間到，自動恢復"),
        recording_pause.BY_LEAVING: _("話務人員離開，自動恢復"),
        recording_pause.BY_END: _("通話結束"),
        recording_pause.BY_STOP: _("錄音已停止"),
        recording_pause.BY_FAULT: _("電話系統沒有暫停"),
    }
    return _("恢復錄音"), by_itself.get(of["by"]) or called(of["by"])


def _stopped(of: Detail, called: Called) -> tuple[str, str]:
    return _("停止錄音，不再恢復"), _("：").join((called(of["by"]), of["reason"]))


def _supervised(of: Detail, called: Called) -> tuple[str, str]:
    modes = {"listen": _("主管聆聽通話"), "whisper": _("主管對話務人員耳語"), "join": _("主管加入通話")}
    return modes.get(of["mode"], _("主管聆聽通話")), called(of["by"])


def _consulted(of: Detail, called: Called) -> tuple[str, str]:
    entry = _("問答 %(number)s", number=of["entry"]) if of.get("entry") else _("問答集沒有符合的答案")
    words = _("問題已解答") if of.get("answered") else _("問題沒有解答")
    return words, " · ".join((entry, called(of["by"])))


def _special(of: Detail, called: Called) -> tuple[str, str]:
    kinds = {
        "asked": _("已請主管判斷"),
        "authorised": _("主管授權結束通話"),
        "refused": _("主管沒有授權"),
        "guided": _("引導來電者說出事由"),
        "failed": _("引導沒有結果，結束通話"),
        "topic": _("有具體事由了，照常服務"),
        "no_topic": _("名單上的來電者沒有具體事由"),
        "emergency": _("緊急：不再有任何時限"),
        **{number: _("緊急：請 %(number)s 加入通話", number=number) for number in EMERGENCY},
    }
    words = kinds.get(of["did"], _("特殊來電的處理"))
    return words, _("：").join(filter(None, (called(of["by"]), of.get("reason", ""))))


def _ended(of: Detail, _called: Called) -> tuple[str, str]:
    places = {
        "greeting": _("在問候時"),
        "notice": _("在錄音告知時"),
        "menu": _("在選單裡"),
        "words": _("在說明時"),
        "queue": _("在等候時"),
        "ring": _("在響鈴時"),
        "message": _("在留言時"),
        "promise": _("在登記回電時"),
        "goodbye": _("在結語時"),
    }
    why = term(of["why"], "call-end") if of.get("why") else ""
    return _("通話結束"), " · ".join(filter(None, (places.get(of.get("place", ""), ""), why)))


WORDS: Final[Mapping[str, Callable[[Detail, Called], tuple[str, str]]]] = {
    "CallArrived": lambda of, called: _of(_("來電進線")),
    "Answered": lambda of, called: _of(_("1999 接起")),
    "CallerListed": lambda of, called: _of(
        _("特殊名單上的來電者"), _("名單第 %(entry)s 筆", entry=of["entry"])
    ),
    "CallerCrowded": lambda of, called: _of(_("同一號碼同時來電太多，已告知民眾")),
    "CutOffTold": lambda of, called: _of(
        _("告知民眾上一通電話中斷"), _("等候時優先接聽") if of["front"] else ""
    ),
    CALLED_AGAIN: lambda of, called: _of(_("電話中斷後，民眾已再次來電")),
    "HostileCaller": lambda of, called: _of(_("來電號碼不合格式，當作未顯示號碼")),
    "NoticeHeard": lambda of, called: _of(_("聽完錄音告知"), spoken_language(of["language"])),
    "LanguageChosen": _chosen,
    "MenuHeard": lambda of, called: _of(_("聽「%(menu)s」", menu=menu_name(of["menu"]))),
    "KeyPressed": _pressed,
    "NoKeyPressed": lambda of, called: _of(_("在「%(menu)s」沒有按鍵", menu=menu_name(of["menu"]))),
    "InformationHeard": lambda of, called: _of(_("聽完「%(menu)s」的資訊", menu=menu_name(of["menu"]))),
    "VideoAddressTexted": lambda of, called: _of(_("用簡訊告知手語視訊的網址")),
    "RecordingBegun": lambda of, called: _of(_("開始錄音")),
    "RecordingStarted": lambda of, called: _of(_("開始錄音")),
    "Queued": lambda of, called: _of(_("開始等候話務人員"), spoken_language(of["language"])),
    "QueueEntered": lambda of, called: _of(_("開始等候話務人員")),
    "QueueWasLeft": lambda of, called: _of(_("不再等候")),
    "WaitAnnounced": lambda of, called: _of(
        _("告知等候情形"),
        _("第 %(position)s 位，約 %(minutes)s 分鐘", position=of["position"], minutes=of["minutes"]),
    ),
    TRANSFER_ASKED: _asked_first,
    "TransferBegun": _transfer,
    STATED: lambda of, called: (
        _("補選轉接的理由"),
        " · ".join((called(of["by"]), term(of["reason"], "transfer-reason"))),
    ),
    "TransferEnded": _transferred,
    "CallbackPromised": _promised,
    PROMISE_SPOKEN: lambda of, called: _of(_("已登記回電")),
    "DueTimeSpoken": lambda of, called: _of(_("告知回電時限"), moment(datetime.fromisoformat(of["due_at"]))),
    "CaseTried": _tried,
    "CaseHeard": lambda of, called: _of(
        _("聽取案號 %(number)s 的進度", number=shown(of["case"])), term(of["state"], "case-state")
    ),
    "CaseDisowned": lambda of, called: _of(
        _("確認案號 %(number)s 不是本人反映", number=shown(of["case"])),
        _("以電子郵件的取消碼") if of["by_code"] else _("以來電號碼"),
    ),
    "CaseNumberSpoken": lambda of, called: _of(_("唸出案號 %(number)s", number=shown(of["case"]))),
    "SurveyAsked": lambda of, called: _of(_("請民眾評分"), _("%(questions)s 題", questions=of["questions"])),
    "SurveyAnswered": lambda of, called: _of(_("民眾評分第 %(question)s 題", question=of["question"])),
    "SurveyWordsKept": lambda of, called: _of(
        _("民眾留下意見"), _("%(seconds)s 秒", seconds=round(of["seconds"]))
    ),
    "MessageKept": lambda of, called: _of(_("民眾留言"), _("%(seconds)s 秒", seconds=round(of["seconds"]))),
    "FailedOver": lambda of, called: _of(_("系統沒有回應，由電話系統接手")),
    outbound_limits.REFUSED: lambda of, called: _of(_("外線電話達到上限，沒有撥出")),
    "CallEnding": lambda of, called: _of(_("播放結語")),
    "CallEnded": _ended,
    monitor.SUPERVISED: _supervised,
    monitor.MISSED: lambda of, called: _of(_("主管要聆聽，沒有接上"), called(of["by"])),
    recording_pause.PAUSED: _paused,
    recording_pause.RESUMED: _resumed,
    recording_stop.STOPPED: _stopped,
    CONSULTED: _consulted,
    "SpecialStep": _special,
}
"""Kind of an event, and how it is said."""


def _phones(told: CallStory, then: Directory, called: Called) -> Iterator[StoryLine]:
    for leg in told.legs:
        yield StoryLine(leg.started_at, phone_words(leg, then, called), _ring_words(leg))


def phone_words(leg: Leg, then: Directory, called: Called) -> str:
    """Whose phone rang."""
    if leg.kind == OWN:
        return _("自己的電話 %(phone)s 響鈴", phone=leg.extension or called(leg.phone))
    if leg.kind == "citizen":
        return _("民眾的電話響鈴")
    if leg.kind == "agent":
        return _("話務人員 %(who)s 的電話響鈴", who=called(leg.phone))
    if leg.kind == RungKind.DUTY:
        return _("值日人員的電話響鈴")
    if not leg.extension:
        return _("機關的外線電話響鈴")
    where = (name_of(then, "agency", leg.agency), name_of(then, "section", leg.section))
    if place := " ".join(filter(None, where)):
        return _("分機 %(extension)s（%(place)s）響鈴", extension=leg.extension, place=place)
    return _("分機 %(extension)s 響鈴", extension=leg.extension)


def _ring_words(leg: Leg) -> str:
    parts = [_("代接") if leg.proxy else "", leg_outcomes()[DialOutcome(leg.outcome or DialOutcome.RINGING)]]
    if leg.ring_seconds is not None:
        parts.append(_("響鈴 %(seconds)s 秒", seconds=f"{leg.ring_seconds:.1f}"))
    if leg.talk_seconds:
        parts.append(_("通話 %(seconds)s 秒", seconds=f"{leg.talk_seconds:.1f}"))
    return " · ".join(filter(None, parts))


def _recording(row: Recording) -> StoryLine:
    what = _("錄音檔：%(sound)s", sound=term(row.direction, "recording-direction"))
    return StoryLine(row.started_at, what, recording_words(row))


def _gaps(told: CallStory) -> Iterator[StoryLine]:
    """Gaps between words that are kept; that a recording was stopped its event tells."""
    for one in told.gaps:
        is_last = one.until is None or one.until == told.row.ended_at
        if one.until and not is_last and one.until - one.since >= SHORTEST:
            long = _("%(seconds)s 秒", seconds=round((one.until - one.since).total_seconds()))
            yield StoryLine(one.since, _("錄音中斷：%(why)s", why=name(one.why)), long)


def recording_words(row: Recording) -> str:
    """How a recording stands."""
    seconds = "" if row.seconds is None else _("%(seconds)s 秒", seconds=round(row.seconds))
    return " · ".join(filter(None, (term(row.state, "recording-state"), seconds, gone_words(row))))


def gone_words(row: Recording) -> str:
    """When a sound was destroyed, and on what ground; empty while it is kept."""
    if row.destroyed_at is None:
        return ""
    return destroyed_words(row.destroyed_at, row.destroyed_ground)


def destroyed_words(at: datetime, ground: str) -> str:
    """When something was destroyed, and on what ground."""
    named = term(ground, "deletion-ground") if ground in frozenset(DeletionGround) else ground
    return _("%(at)s 已銷毀（%(ground)s）", at=moment(at), ground=named)
