"""Chords of the agents' desk, declared once: Alt and one more key, or two, and what it does.

Every act has one. Those of a talk's every minute have one key; the others two, of which the first is the
leader's: pressed, let go, then the second, with Alt or without.

Handler, ``aria-keyshortcuts``, the word on the button and the list that `?` opens are all read from this
table (``web/scripts/desk/chords.js``). Left alone: Alt with D, E, F, digits and arrows (Chromium), with S,
V, B, T, H (Firefox's menus), with Shift (Orca); NVDA and JAWS use Insert and Caps Lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from web.console.language import _, _l


@dataclass(frozen=True, slots=True)
class Chord:
    """What Alt and a key do; ``name``: borne by the page's element that is pressed or takes the cursor."""

    name: str
    key: str
    words: object
    is_late: bool = False
    """Borne by what the page's script makes later: it is in the list also before."""


LEADER: Final = "'"
"""The first key of two."""


CHORDS: Final = (
    Chord("answer", "A", _l("接聽")),
    Chord("refuse", "X", _l("拒接")),
    Chord("hold", "O", _l("保留")),
    Chord("mute", "M", _l("靜音")),
    Chord("pause", "R", _l("暫停或恢復錄音")),
    Chord("end", "Q", _l("掛斷")),
    Chord("book", "K", _l("查常見問答")),
    Chord("case", "\\", _l("立案")),
    Chord("whom", "P", _l("找人轉接")),
    Chord("urgent", "I", _l("緊急（下班時間轉值日人員）")),
    Chord("consult", "U", _l("先和承辦人通話")),
    Chord("through", "Z", _l("直接轉接")),
    Chord("back", "G", _l("回到來電者")),
    Chord("join", "J", _l("三方通話")),
    Chord("leave", "L", _l("接通，我離開")),
    Chord("promise", "C", _l("登記回電")),
    Chord("refusing", "'.", _l("來電者不同意錄音")),
    Chord("difficult", ".", _l("困難的來電")),
    Chord("wrap", "W", _l("結案")),
    Chord("older", ",", _l("還沒結案的通話")),
    Chord("ready", "Y", _l("準備好接下一通")),
    Chord("on", "N", _l("上線")),
    Chord("off", "=", _l("下線")),
    Chord("break", "-", _l("休息或結束休息")),
    Chord("devices", ";", _l("麥克風和喇叭")),
    Chord("notify", "[", _l("通報機關")),
    Chord("verify", "]", _l("回撥查證陳情人身分")),
    Chord("help", "/", _l("快速鍵")),
    Chord("emergency", "'X", _l("緊急：主管加入，取消所有時限")),
    Chord("110", "'P", _l("請 110 加入")),
    Chord("119", "'A", _l("請 119 加入")),
    Chord("guided", "'G", _l("引導一次")),
    Chord("topic", "'C", _l("有具體事由了")),
    Chord("no_topic", "'N", _l("名單上的來電者沒有具體事由")),
    Chord("asked", "'M", _l("請主管判斷")),
    Chord("failed", "'Q", _l("沒有事由，播放結語並結束")),
    Chord("answered", "'Y", _l("問答集解答了"), is_late=True),
    Chord("not-answered", "'U", _l("這一則沒有解答"), is_late=True),
    Chord("unanswered", "'K", _l("都沒有解答")),
    Chord("decide", "';", _l("立案前要決定的事")),
    Chord("file", "'\\", _l("立案（送出）")),
    Chord("another-case", "'=", _l("再立一案")),
    Chord("drafts", "',", _l("還沒立案的草稿")),
    Chord("give-up", "'Z", _l("刪除這份草稿")),
    Chord("entered-late", "'W", _l("停擺後補登")),
    Chord("ring-agency", "'[", _l("立案前撥打通報")),
    Chord("taken", "']", _l("記下受理通報人員")),
    Chord("route", "'/", _l("為什麼這樣響")),
    Chord("text", "'I", _l("打字給民眾")),
    Chord("text-put", "'O", _l("把打的字放進回電的事由")),
    Chord("try-microphone", "'J", _l("試麥克風")),
    Chord("try-headset", "'L", _l("試聽耳機")),
    Chord("try-ringer", "'R", _l("試聽鈴聲")),
)


VIDEO_CHORDS: Final = (
    Chord("accept", "A", _l("接下一位")),
    Chord("on", "N", _l("上線")),
    Chord("off", "-", _l("休息或下線")),
    Chord("write", "I", _l("打字給對方")),
    Chord("photo", "P", _l("拍照給對方看")),
    Chord("camera", "C", _l("攝影機")),
    Chord("sound", "M", _l("聲音")),
    Chord("relay-ring", "Z", _l("撥給這位")),
    Chord("relay-agents", "G", _l("撥給話務人員")),
    Chord("relay-ask", "R", _l("先問民眾能不能錄音")),
    Chord("relay-hang-up", "Q", _l("掛斷電話")),
    Chord("end", "W", _l("結束並記下主題")),
    Chord("help", "/", _l("快速鍵")),
)
"""Those of the interpreter's page; Q hangs up and W closes, as at the desk."""


def chord_words(chords: Sequence[Chord] = CHORDS) -> dict[str, object]:
    """A table as its page's script takes it, and its sentences."""
    return {
        "chords": [
            {"name": one.name, "key": one.key, "words": str(one.words), "late": one.is_late} for one in chords
        ],
        "leader": LEADER,
        "pressSecond": _("請按第二個鍵；按 Esc 取消。"),
        "change": _("更改"),
        "pressNew": _(
            "請按「{act}」的新快速鍵：Alt 加一個字母或符號；要用兩個鍵，就先按 {leader}。按 Esc 不改。"
        ),
        "unchanged": _("「{act}」沒有更改。"),
        "needsAlt": _("快速鍵要用 Alt 加一個字母或符號，請再按一次。"),
        "browsers": _("{keys} 是瀏覽器自己的鍵，請換一個。"),
        "conflict": _("{keys} 已經是「{act}」，請換一個。"),
        "changed": _("「{act}」的快速鍵改成 {keys}。"),
        "resetDone": _("已全部恢復原來的快速鍵。"),
    }
