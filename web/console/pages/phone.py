"""A citizen's page that dials 1999 from a browser, where the installation says so (``browser_phones``)."""

import re
import secrets
from collections.abc import Sequence
from typing import Final

from flask import abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from ivr.numerals import Language
from ops.captions import Captions
from ops.visitors import USER, account_of, new_account, password_at
from web.console import browser
from web.console.gate import Everyone, Pages, house, now
from web.console.language import _

pages = Pages("phone")
PAGE: Final = re.compile(r"[0-9a-f]{32}")
KEYS: Final = "123456789*0#"


@pages.read("/phone", Everyone.PUBLIC)
def dial() -> ResponseReturnValue:
    """A telephone: one button to call, twelve keys, and what is said as text."""
    _open()
    return render_template("phone/dial.html", keys=KEYS, words=_words())


@pages.change("/phone/account", Everyone.PUBLIC)
def account() -> ResponseReturnValue:
    """What this page needs for one call: an account of the hour, and a name that nobody guesses."""
    _open()
    settings = house().settings
    mine = account_of(settings, request.cookies.get(browser.PHONE, ""), now()) or new_account(settings, now())
    answer = jsonify(
        user=USER, password=password_at(settings, now()), socket=settings.browser_socket,
        host=settings.sip_address, number=settings.numbers[0], page=secrets.token_hex(16),
    )  # fmt: skip
    return browser.remember_account(answer, mine.word, (mine.ends_at - now()).total_seconds())


@pages.read("/phone/said", Everyone.PUBLIC)
def said() -> ResponseReturnValue:
    """What was said to a page after a number, as text in the language it was said in."""
    _open()
    page, after = request.args.get("page", ""), request.args.get("after", "0")
    if not PAGE.fullmatch(page) or not (after.isascii() and after.isdecimal() and len(after) < 7):
        abort(404)
    captions: Captions = current_app.extensions["captions"]
    told = [(one.number, *_text(one.prompts)) for one in captions.since(page, int(after))]
    return jsonify([{"number": number, "language": tag, "text": text} for number, tag, text in told if text])


def _open() -> None:
    if not house().settings.browser_phones:
        abort(404)


def _text(prompts: Sequence[str]) -> tuple[str, str]:
    """The language of some prompts, and their words one after the other."""
    named = [name.partition("/") for name in prompts]
    known = [(Language(tag), name) for tag, _slash, name in named if tag in set(Language)]
    catalogue = house().catalogue
    spoken = [(tag, catalogue.text(name, tag)) for tag, name in known]
    return str(spoken[0][0]) if spoken else "", " ".join(text for _tag, text in spoken)


def _words() -> dict[str, str]:
    """What the page says by itself."""
    return {
        "asking": _("請允許使用麥克風。"),
        "calling": _("撥號中。"),
        "connected": _("已接通。請聽語音，或看下面的文字，用按鍵回答。"),
        "ended": _("通話已結束。"),
        "failed": _("現在打不通，請稍後再試，或用電話撥 1999。"),
        "unreachable": _("連不上電話系統，請稍後再試，或用電話撥 1999。"),
        "microphone": _("沒有麥克風的使用權，所以不能通話；請在瀏覽器的設定裡允許。"),
        "closed": _("這一頁太久沒有使用，請重新整理。"),
    }
