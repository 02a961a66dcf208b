"""A citizen's page that dials 1999 from a browser, where the installation says so (``browser_phones``)."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from flask import Response, abort, jsonify, make_response, request, url_for
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from control.citizen_webrtc import USER, Account, account_of, new_account, password_at
from control.page_calls import CallState
from control.text_line import LONGEST
from hotline.allowances import LimitedRequest, NoAllowance, have, is_used_up
from hotline.callbacks.wishes import NumberMissing, NumberNotDialled
from hotline.errors import HotlineError
from hotline.networks import is_loopback
from hotline.overflow import CallLimit, count_overflow
from ivr.numerals import Language
from web.console import browser
from web.console.answers import lead_to, render
from web.console.forms import Form, button, text_line
from web.console.gate import Everyone, Pages, address, house, now, read_session, write_session
from web.console.language import _, _l, either, in_words, moment
from web.serving import passing_over_absence

log = structlog.get_logger()
pages = Pages("phone")
PAGE: Final = re.compile(r"[0-9a-f]{32}")
KEYS: Final = "123456789*0#"


class CallbackForm(Form):
    """Number at which to call back."""

    number = text_line(_l("您的電話號碼"), InputRequired(_l("請輸入電話號碼")))
    submit = button(_l("請回電給我"))


@pages.read("/phone", Everyone.PUBLIC)
def dial() -> Response:
    """Telephone: a call button, twelve keys, what is said as text; another way where no call can be had."""
    _open()
    if _is_full():
        return lead_to("phone.callback")
    return render(
        "phone/dial.html", keys=KEYS, words=_words(), longest=LONGEST, short=house().settings.numbers[0]
    )


@pages.change("/phone/account", Everyone.PUBLIC)
def account() -> Response:
    """Facts that this page needs for one call: its browser's account, the password of the hour,
    and a name that nobody guesses.

    A browser keeps its account; where an address has had too many new ones,
    the page goes where else there is help.
    """
    _open()
    settings, mine = house().settings, _mine()
    if mine is None:
        try:
            _count(LimitedRequest.ACCOUNT, settings.visitor_accounts)
        except NoAllowance as error:
            elsewhere = make_response(jsonify(elsewhere=url_for("phone.callback")), 429)
            elsewhere.headers["Retry-After"] = str(int((error.again_at - now()).total_seconds()) + 1)
            return elsewhere
        mine = new_account(settings, now())
    answer = jsonify(
        user=USER,
        password=password_at(settings, now()),
        account=mine.word,
        socket=settings.browser_socket,
        host=settings.sip_address,
        number=settings.numbers[0],
        page=secrets.token_hex(16),
    )
    return browser.keep(answer, browser.PHONE, mine.word, (mine.ends_at - now()).total_seconds())


@pages.both("/phone/callback", Everyone.PUBLIC)
def callback() -> Response:
    """Page for an address that had too many new accounts: the number to dial, and a callback for who asks."""
    _open()
    if not _is_full():
        return lead_to("phone.dial", _code=303)
    form, settings, status = CallbackForm(), house().settings, 0
    if form.is_fit():
        try:
            due_at = _promised(form.text("number"))
        except (NumberMissing, NumberNotDialled):
            form.blame("number", _("請填您可以接聽的臺灣電話，例如 0912345678 或 02-29603456。"))
        except NoAllowance as error:
            form.blame("number", in_words(error))
            status = 429
        else:
            return lead_to(
                "phone.callback", _("已登記，我們會在 %(due)s 以前回電給您。", due=moment(due_at)), _code=303
            )
    return render(
        "phone/callback.html",
        status or form.status,
        form=form,
        most=settings.visitor_accounts,
        short=settings.numbers[0],
        long=next((one for one in settings.numbers if one.startswith("0")), ""),
    )


def _promised(number: str) -> datetime:
    """Promise a call back, and tell until when. Raises NumberMissing, NumberNotDialled, NoAllowance."""
    spoken = either(Language.MANDARIN, Language.ENGLISH)
    with write_session() as session:
        _count_in(session, LimitedRequest.CALLBACK, house().settings.visitor_callbacks)
        return house().callbacks.ask(session, number, spoken, now()).due_at


def _mine() -> Account | None:
    """The account that this browser has already."""
    return account_of(house().settings, request.cookies.get(browser.PHONE, ""), now())


def _is_full() -> bool:
    """Tell whether this browser would get no account now."""
    if _mine() is not None or _is_trial():
        return False
    most = house().settings.visitor_accounts
    with passing_over_absence(), read_session() as session:
        return is_used_up(session, LimitedRequest.ACCOUNT, address(), most, now())
    return False


def _count(wanted: LimitedRequest, limit: int) -> None:
    """Count one more; nobody while the database is away: a call matters more. Raises NoAllowance."""
    with passing_over_absence("phone.not_counted"), write_session() as session:
        _count_in(session, wanted, limit)


def _count_in(session: Session, wanted: LimitedRequest, limit: int) -> None:
    if _is_trial():
        return
    try:
        have(session, wanted, address(), limit, now())
    except NoAllowance:
        count_overflow(CallLimit.ACCOUNTS if wanted is LimitedRequest.ACCOUNT else CallLimit.CALLBACKS, now())
        log.warning("phone.too_many", wanted=wanted, address=address())
        raise


def _is_trial() -> bool:
    return house().settings.is_demo and is_loopback(address())


@pages.read("/phone/said", Everyone.PUBLIC)
def said() -> Response:
    """State of a page's call, and what is new since two numbers: captions in the language they were said in,
    and texts.
    """
    _open()
    call = house().page_calls.seen(_page(request.args), _number("after"), _number("read"))
    told = [(one.number, *_text(one.prompts)) for one in call.sayings]
    return jsonify(
        state=call.state,
        why=call.why,
        writes=call.writes,
        said=[{"number": number, "language": tag, "text": text} for number, tag, text in told if text],
        texts=[{"number": one.number, "by": one.by, "text": one.text} for one in call.texts],
    )


@pages.change("/phone/text", Everyone.PUBLIC)
def write() -> Response:
    """The citizen writes to the agent of the talk; the page's word is what only this page knows."""
    _open()
    page = _page(request.form)
    try:
        house().page_calls.writes(page, request.form.get("text", ""))
    except HotlineError as error:
        return make_response(jsonify(fault=in_words(error)), 422)
    return jsonify({})


def _page(given: Mapping[str, str]) -> str:
    page = given.get("page", "")
    if not PAGE.fullmatch(page):
        abort(404)
    return page


def _number(name: str) -> int:
    given = request.args.get(name, "0")
    if not (given.isascii() and given.isdecimal() and len(given) < 7):
        abort(404)
    return int(given)


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


def _words() -> dict[str, str | dict[str, str]]:
    """Sentences that the page's script shows."""
    return {
        "asking": _("請允許使用麥克風。"),
        "calling": _("撥號中。"),
        "again": _("再撥一次"),
        "connected": _("已接通。請聽語音，或看下面的文字，用按鍵回答。"),
        "states": {
            CallState.MENUS: _("已接通。請聽語音，或看下面的文字，用按鍵回答。"),
            CallState.WAITING: _("等候話務人員中，請不要掛斷。"),
            CallState.RINGING: _("正在為您接通話務人員。"),
            CallState.TALKING: _("話務人員接聽了，請說話。"),
            CallState.HUNTING: _("正在為您轉接承辦人，請不要掛斷。"),
            CallState.THROUGH: _("承辦人接聽了，請說話。"),
            CallState.MESSAGE: _("請聽語音，嗶聲後留言。"),
            CallState.ENDING: _("通話就要結束，請聽最後的說明。"),
        },
        "writing": _("話務人員接聽了，請說話；也可以打字。"),
        "ended": _("通話已結束。"),
        "hungUp": _("您已掛斷，通話結束。"),
        "byThem": _("對方已掛斷，通話結束。"),
        "reasons": {
            "promised": _("已登記回電，通話結束；我們會打電話給您。"),
            "cap": _("通話時間已到，通話結束。"),
            "longest": _("通話時間已到，通話結束。"),
            "system": _("電話系統要停機維護，通話結束；請稍後再撥一次。"),
        },
        "failed": _("現在打不通，請稍後再試，或用電話撥 1999。"),
        "full": _("現在來電太多，請過幾分鐘再撥一次，或用電話撥 1999。"),
        "unreachable": _("連不上電話系統，請稍後再試，或用電話撥 1999。"),
        "noPath": _(
            "您的網路不讓通話的聲音通過，所以沒有接通；請換一個網路（例如手機的行動網路）再撥一次，或用電話撥 1999。",
        ),
        "noSound": _(
            "接通了，但 10 秒內沒有收到任何聲音，所以結束了；請換一個網路或瀏覽器再撥一次，或用電話撥 1999。",
        ),
        "broken": _("和電話系統的連線斷了，通話結束；請看看網路，再撥一次。"),
        "busy": _("這個瀏覽器已經有一通電話；請先結束那一通，再撥一次。"),
        "microphone": _("沒有麥克風的使用權，所以不能通話；請按網址旁的圖示，允許使用麥克風，再撥一次。"),
        "noMicrophone": _("找不到麥克風，所以不能通話；請接上麥克風或耳機，再撥一次。"),
        "microphoneBusy": _("麥克風打不開，可能正被別的程式使用；請先關掉那個程式，再撥一次。"),
        "noCalls": _("這個瀏覽器不能通話；請改用新版的瀏覽器，或用電話撥 1999。"),
        "closed": _("這一頁太久沒有使用，請重新整理。"),
        "you": _("您"),
        "agent": _("話務人員"),
        "notSent": _("沒有送出，請再試一次。"),
    }
