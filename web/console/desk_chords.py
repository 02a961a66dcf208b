"""Chords of the agents' desk, declared once: Alt and one more key, and what it does.

Handler, ``aria-keyshortcuts``, the word on the button and the list that `?` opens are all read from this
table (``web/scripts/desk/chords.js``). Left alone: Alt with D, E, F, digits and arrows (Chromium), with S,
V, B, T, H (Firefox's menus), with Shift (Orca); NVDA and JAWS use Insert and Caps Lock.
"""

from dataclasses import dataclass
from typing import Final

from web.console.language import _, _l


@dataclass(frozen=True, slots=True)
class Chord:
    """What Alt and a key do; ``name``: borne by the page's element that is pressed or takes the cursor."""

    name: str
    key: str
    words: object


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
)


def chord_words() -> dict[str, object]:
    """The table as the desk's script takes it, and its sentences."""
    return {
        "chords": [{"name": one.name, "key": one.key, "words": str(one.words)} for one in CHORDS],
        "change": _("更改"),
        "pressNew": _("請按「{act}」的新快速鍵：Alt 加一個字母或符號。按 Esc 不改。"),
        "unchanged": _("「{act}」沒有更改。"),
        "needsAlt": _("快速鍵要用 Alt 加一個字母或符號，請再按一次。"),
        "browsers": _("{keys} 是瀏覽器自己的鍵，請換一個。"),
        "conflict": _("{keys} 已經是「{act}」，請換一個。"),
        "changed": _("「{act}」的快速鍵改成 {keys}。"),
        "resetDone": _("已全部恢復原來的快速鍵。"),
    }
