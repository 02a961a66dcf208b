"""Words for menus: choices, languages, prompts in the page's language, and where a prompt is heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from ivr.menus import (
    AskCallback,
    AskCase,
    CancelCase,
    Choice,
    DialExtension,
    Goto,
    HearBulletin,
    Inform,
    Repeat,
    ToQueue,
)
from ivr.numerals import Language
from ivr.prompts import Prompt
from web.console import gate
from web.console.language import _, _l

LANGUAGES: Final[dict[Language, Any]] = {
    Language.MANDARIN: _l("國語"),
    Language.TAIWANESE: _l("臺語"),
    Language.HAKKA: _l("客語"),
    Language.ENGLISH: _l("英語"),
    Language.JAPANESE: _l("日語"),
}
NAMES: Final[dict[str, Any]] = {
    "language": _l("語言選單"),
    "main": _l("主選單"),
    "queue": _l("等候中"),
    "extension": _l("分機號碼"),
    "own-number": _l("回電號碼"),
    "number": _l("回電號碼"),
    "case": _l("輸入案號"),
    "cancel": _l("確認取消案件"),
}
"""The menus we ship, and what else a caller answers by key."""
KEYS: Final[dict[str, Any]] = {"*": _l("米字鍵（*）"), "#": _l("井字鍵（#）")}


@dataclass(frozen=True, slots=True)
class SpokenPrompt:
    """Prompt as it is heard: text, language of the voice, and where the sound is; empty without a file."""

    prompt: str
    language: str
    tag: str
    text: str
    address: str


def menu_name(name: str) -> str:
    """A menu as people call it: those we ship have a name in words."""
    return str(NAMES.get(name, name))


def key_name(press: str) -> str:
    """A key as people call it."""
    return str(KEYS.get(press, press))


def leads_to(choice: Choice) -> str:
    """Sentence that says what a key does."""
    match choice:
        case Goto(name, language):
            where = _("到%(menu)s", menu=menu_name(name))
            if language:
                return _("以%(language)s%(where)s", language=LANGUAGES[language], where=where)
            return where
        case ToQueue():
            return _("等候服務人員")
        case Inform(prompt):
            return _("播放說明「%(prompt)s」，再回到這個選單", prompt=prompt)
        case HearBulletin():
            return _("重聽緊急公告（只在有公告時提供）")
        case Repeat():
            return _("重聽這個選單")
        case DialExtension():
            return _("輸入分機號碼並轉接")
        case AskCallback():
            return _("登記回電")
        case AskCase():
            return _("輸入案號並聽取進度")
        case CancelCase():
            return _("輸入案號並取消")


def in_short(choice: Choice) -> str:
    """The same in few words, for a picture in which an arrow shows where."""
    match choice:
        case Goto(name, language):
            return str(LANGUAGES[language]) if language else menu_name(name)
        case ToQueue():
            return _("服務人員")
        case Inform(prompt):
            return _("說明：%(prompt)s", prompt=prompt)
        case HearBulletin():
            return _("緊急公告")
        case Repeat():
            return _("重聽")
        case DialExtension():
            return _("撥分機")
        case AskCallback():
            return _("請我們回電")
        case AskCase():
            return _("案件進度")
        case CancelCase():
            return _("案件取消")


def spoken(prompt: str, language: Language) -> SpokenPrompt:
    """A prompt in a language as a caller hears it: where that has no voice, in Mandarin."""
    house = gate.house()
    catalogue = house.catalogue
    if prompt not in catalogue:
        return SpokenPrompt(prompt, str(LANGUAGES[language]), language, _("（目錄中沒有這個提示語）"), "")
    heard = language if catalogue.has_voice(prompt, language) else Language.MANDARIN
    digest = house.built_prompts.digest(f"{heard}/{prompt}")
    address = url_for("menus.sound", digest=digest) if digest else ""
    return SpokenPrompt(prompt, str(LANGUAGES[heard]), heard, catalogue.text(prompt, heard), address)


def in_all_languages(prompt: str, fixed: Language | None = None) -> Sequence[SpokenPrompt]:
    """A prompt in every language in which callers hear it, Mandarin first; in one alone if that is fixed."""
    catalogue = gate.house().catalogue
    if prompt not in catalogue or fixed:
        return [spoken(prompt, fixed or Language.MANDARIN)]
    heard = [one for one in catalogue.spoken_languages if catalogue.has_voice(prompt, one)]
    return [spoken(prompt, one) for one in heard] or [spoken(prompt, Language.MANDARIN)]


def said(prompts: Sequence[Prompt], language: Language) -> list[SpokenPrompt]:
    """Prompts in the order in which a call in a language hears them."""
    return [spoken(one.id, one.language or language) for one in prompts]
