"""Words for calls at the agents' desk: service types, what was pressed, and the page's own sentences."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import CallEvent
from hotline.numbers import EMERGENCY
from hotline.staff.store import AFTER_CALL, RECOVERY
from reporting.board import BREAK
from web.console.language import _
from web.console.menu_words import LANGUAGES, menu_name


def phone_states() -> dict[str, str]:
    """States of an agent by their words (``reporting.board.AgentNow``); none while Asterisk tells nothing."""
    return {
        "free": _("待命"),
        "in a call": _("通話中"),
        "busy": _("忙線"),
        "unreachable": _("未上線"),
        "ringing": _("響鈴中"),
        "on hold": _("保留中"),
        "not configured": _("電話系統還沒有這支話機的設定"),
        "unknown": _("還不知道，已詢問電話系統"),
        "": _("電話系統沒有回應，所以不知道"),
        BREAK: _("休息"),
        AFTER_CALL: _("通話後處理"),
        RECOVERY: _("調適時間"),
    }


STATE_COLOURS: Final[Mapping[str, str]] = {
    "free": "green",
    "in a call": "blue",
    "busy": "blue",
    "on hold": "blue",
    "ringing": "yellow",
    "not configured": "red",
    BREAK: "yellow",
    AFTER_CALL: "purple",
    RECOVERY: "purple",
}
"""The colour of a state beside its words; of the others grey."""


def spoken_language(tag: str) -> str:
    """The name of a language by its tag."""
    return next((str(name) for language, name in LANGUAGES.items() if language == tag), tag)


def pressed(session: Session, call_id: str) -> list[str]:
    """The keys of a caller, menu by menu."""
    chosen = select(CallEvent.detail).where(CallEvent.call_id == call_id, CallEvent.kind == "KeyPressed")
    return [
        f"{menu_name(one['menu'])} {one['key']}"
        for one in session.scalars(chosen.order_by(CallEvent.at, CallEvent.id))
    ]


def work_words() -> dict[str, str]:
    """Sentences that the desk's script shows."""
    return {
        "microphone": _("沒有麥克風的使用權；請在瀏覽器的設定裡允許，再上線。"),
        "signing": _("正在上線。"),
        "waiting": _("已上線，等候來電。"),
        "resting": _("休息中，不會有來電。"),
        "off": _("未上線。"),
        "lost": _("和電話系統的連線斷了，正在重新連線。"),
        "lostToo": _("（和電話系統的連線斷了，正在重新連線）"),
        "lostTalking": _("和電話系統的連線斷了，正在重新連線；還聽得到就繼續說，通話沒有掛斷。"),
        "restored": _("連線恢復了，通話還在。"),
        "broken": _("連線中斷時，這通電話已經結束。"),
        "inFront": _("連線中斷時，這通電話離開了這裡；來電者排到佇列最前面，由下一位接聽。"),
        "cameBack": _("頁面在通話中關閉或重新載入；來電者排到佇列最前面，由下一位接聽。"),
        "silent": _("瀏覽器還不讓這一頁發出鈴聲；請按任一鍵，或在頁面上點一下。"),
        "taken": _("另一個分頁已接手這支電話；要在這裡接聽，請重新上線。"),
        "ringing": _("有來電"),
        "brought": _("您要求的聆聽接通中"),
        "atTalk": _("您正在話務人員的通話中"),
        "talking": _("通話中"),
        "held": _("保留中"),
        "over": _("通話結束"),
        "missed": _("沒有接到"),
        "notUp": _("還沒有這通來電的資料。"),
        "muted": _("已靜音，來電者聽不到您。"),
        "heard": _("已取消靜音，來電者聽得到您。"),
        "and": _("，"),
        "second": _("秒"),
        "none": _("沒有"),
        "listed": _("特殊名單上的來電者；有具體事由就照常服務。"),
        "failed": _("沒有完成，請再試一次。"),
        "signedOut": _("您的登入已結束，所以沒有完成；請在另一個分頁重新登入，再回到這裡。"),
    }


def seek_words() -> dict[str, str]:
    """Sentences of the scripts by which somebody is found."""
    return {
        "people": _("找到 {count} 位，請往下選。"),
        "nobody": _("找不到符合的人或分機。"),
        "onlySimilar": _("沒有完全符合的，只有相近的。"),
        "similar": _("相近的 {count} 個"),
    }


def device_words() -> dict[str, str]:
    """Sentences of the desk's script about microphones and loudspeakers."""
    return {
        "standard": _("電腦預設的"),
        "notThere": _("%(name)s（現在沒有接上）", name="{name}"),
        "microphoneGone": _("選定的麥克風「%(name)s」不能用，改用預設的麥克風。", name="{name}"),
        "headsetGone": _("選定的耳機「%(name)s」不能用，改從預設的喇叭聽來電者。", name="{name}"),
        "ringerGone": _("響鈴的喇叭「%(name)s」不能用，改從預設的喇叭響鈴。", name="{name}"),
        "microphoneBack": _("麥克風「%(name)s」又能用了，已換回來。", name="{name}"),
        "headsetBack": _("耳機「%(name)s」又能用了，已換回來。", name="{name}"),
        "ringerBack": _("響鈴的喇叭「%(name)s」又能用了，已換回來。", name="{name}"),
        "microphoneNone": _("沒有可以用的麥克風，來電者聽不到您；請接上一支。"),
        "headsetNone": _("沒有可以用的喇叭，您聽不到來電者；請接上一個。"),
        "ringerNone": _("沒有可以用的喇叭，聽不到鈴聲；請接上一個。"),
        "speak": _("請說句話。"),
        "heardVoice": _("麥克風收到聲音了。"),
        "heardNothing": _("麥克風沒有收到聲音；請換一支，或看看它是不是關著。"),
        "playing": _("正在放出試聽的聲音。"),
        "played": _("放完了；沒有聽到，就換一個喇叭再試。"),
        "notPlayed": _("沒有放出聲音；請換一個喇叭，或看看電腦的音效設定。"),
    }


def emergency_numbers() -> Mapping[str, str]:
    """Buttons by which 110 or 119 joins a call, by the number."""
    words = {"110": _("加入 110（警察）"), "119": _("加入 119（消防、救護）")}
    return {number: words[number] for number in EMERGENCY}


def joins(number: str) -> str:
    """Sentence that says that 110 or 119 is being called."""
    return _("正在接 %(number)s，接通後三方通話；沒有接通時，話務人員會聽到提示。", number=number)
