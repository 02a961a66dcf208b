"""What is wrong with menus, in the words of the page: the check's own sentences, told again in Chinese.

Each keeps its facts: the file and the line, the key, the words that are wrong, and what to do.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from web.console.language import _, _l

PLACE: Final = re.compile(r" \((?P<file>[\w.-]+\.toml)(?:, line (?P<line>\d+))?\)$")
ABOUT: Final = re.compile(r"^(?P<about>[\w.-]+): (?P<rest>.*)$", re.DOTALL)
W = r"(?P<where>key [0-9*#]|otherwise)"
Q = r"(?P<what>'.*?'|\".*?\"|\S+)"


def _said(pattern: str, words: Any) -> tuple[re.Pattern[str], Any]:
    return re.compile(pattern, re.DOTALL), words


SAID: Final[Sequence[tuple[re.Pattern[str], Any]]] = (
    _said(r"not UTF-8 at byte (?P<what>\d+).*", _l("第 %(what)s 個位元組不是 UTF-8；請以 UTF-8 存檔")),
    _said(r"cannot be read \((?P<what>.*)\).*", _l("讀不出來（%(what)s）；請修正檔案或它的權限")),
    _said(r"not readable as TOML: (?P<what>.*)", _l("不是正確的 TOML：%(what)s")),
    _said(rf"{Q} is not a setting(?: of a menu)?", _l("選單沒有 %(what)s 這個設定；請刪除或改正拼字")),
    _said(rf"{Q} is missing", _l("缺少 %(what)s；請補上")),
    _said(rf"name must be .*, not {Q}", _l("name 必須是 1 到 32 個英文字母、數字、- 或 _，不能是 %(what)s")),
    _said(rf"tries must be .*, not {Q}", _l("重試次數（tries）必須是 1 到 9 的整數，不能是 %(what)s")),
    _said(rf"seconds must be .*, not {Q}", _l("等候秒數（seconds）必須是 1 到 30，不能是 %(what)s")),
    _said(r"write each key as a table.*", _l("每個按鍵要自成一段，寫在 [[key]] 下面")),
    _said(rf"{W} is listed twice", _l("%(where)s列了兩次；請刪去一個")),
    _said(rf"press = {Q} is not one of.*", _l("按鍵 %(what)s 不是 0 到 9、* 或 #")),
    _said(rf"{W} must be a table.*, not (?P<what>.*)", _l("%(where)s要寫成像 { queue = \"agents\" } 的樣子，不能是 %(what)s")),
    _said(rf"{W}: {Q} is not known", _l("%(where)s：不認得 %(what)s；請刪除或改正拼字")),
    _said(rf"{W}: language is chosen.*", _l("%(where)s：選擇語言（language）必須同時到另一個選單（goto）")),
    _said(rf"{W} must do exactly one of (?P<what>.*); found (?P<found>.*)",
          _l("%(where)s必須只做一件事（%(what)s 之一），現在是 %(found)s")),
    _said(rf"{Q} is no language; one of (?P<known>.*)", _l("%(what)s 不是語言；可以用 %(known)s")),
    _said(r"no key works in this menu.*", _l("這個選單沒有按鍵；請至少給一個")),
    _said(rf"{W} goes to {Q}, which is no menu", _l("%(where)s要去的 %(what)s 不是選單；請改成現有的選單")),
    _said(rf"{W} goes to queue {Q}; known: (?P<known>.*)", _l("%(where)s要去的等候佇列 %(what)s 不存在；可以用 %(known)s")),
    _said(rf"{W} must reach a person or repeat the menu", _l("%(where)s只能找服務人員或重聽選單")),
    _said(r"no key leads to this menu", _l("沒有任何按鍵通到這個選單；請加上一個，或刪除這個選單")),
    _said(r"a silent caller goes round for ever \((?P<what>.*)\)",
          _l("不按鍵的來電者會永遠繞圈（%(what)s），出不去；請讓 otherwise 通到服務人員")),
    _said(r"otherwise must lead to a person or a menu.*",
          _l("otherwise 必須通到服務人員或另一個選單，否則不按鍵的來電者會卡住")),
    _said(rf"{W} must reach a person; add it to.*",
          _l("%(where)s必須通到服務人員；請在 everywhere.toml 加上 queue = \"agents\"")),
    _said(rf"prompt {Q} is not in the catalogue", _l("提示語 %(what)s 不在目錄中；請從「所有提示語」選一個")),
    _said(rf"prompt {Q} has no text in (?P<language>\S+)", _l("提示語 %(what)s 沒有 %(language)s 的文字；請換一個")),
    _said(rf"{W} works but nothing announces it.*", _l("%(where)s有作用但沒有說出來；請選一段提示語（say）")),
    _said(rf"{W} is announced as (?P<what>.*?) in (?P<language>[\w-]+): (?P<text>.*)",
          _l("%(where)s的提示語說的是 %(what)s（%(language)s：%(text)s）；請換成說對按鍵的提示語")),
)  # fmt: skip
WHOLE: Final[Sequence[tuple[re.Pattern[str], Any]]] = (
    _said(r"two files hold a menu of the same name.*", _l("兩個檔案的選單同名；請各取不同的名字")),
    _said(r"exactly one menu must say first = true; (?P<what>\d+) do",
          _l("必須恰有一個選單寫 first = true，現在有 %(what)s 個")),
)  # fmt: skip


def in_words(fault: str) -> str:
    """A fault in the page's language; one that is not known here is said as the check says it."""
    place = PLACE.search(fault)
    told = fault[: place.start()] if place else fault
    for pattern, words in WHOLE:
        if found := pattern.fullmatch(told):
            return str(words) % found.groupdict()
    about = ABOUT.match(told)
    if about:
        for pattern, words in SAID:
            if found := pattern.fullmatch(about["rest"]):
                sentence = str(words) % _facts(found)
                return _("%(about)s：%(sentence)s%(place)s。", about=about["about"], sentence=sentence, place=_where(place))  # fmt: skip
    return fault


def _facts(found: re.Match[str]) -> dict[str, str]:
    facts = dict(found.groupdict())
    if where := facts.get("where"):
        key = where.removeprefix("key ")
        facts["where"] = (
            _("沒按或按錯之後（otherwise）") if key == "otherwise" else _("按鍵 %(key)s ", key=key)
        )
    return facts


def _where(place: re.Match[str] | None) -> str:
    if place is None:
        return ""
    if place["line"]:
        return _("（%(file)s 第 %(line)s 行）", file=place["file"], line=place["line"])
    return f"（{place['file']}）"
