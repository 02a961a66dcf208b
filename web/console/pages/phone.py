"""A citizen's page that dials 1999 from a browser, where the installation says so (``browser_phones``)."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from flask import Response, abort, jsonify, make_response, request, url_for
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from control.citizen_webrtc import USER, Account, account_of, new_account, password_at
from hotline.allowances import LimitedRequest, NoAllowance, have, is_used_up
from hotline.callbacks.wishes import NumberMissing, NumberNotDialled
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
    return render("phone/dial.html", keys=KEYS, words=_words())


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
    """Captions of what was said to a page after a number, in the language it was said in."""
    _open()
    page, after = request.args.get("page", ""), request.args.get("after", "0")
    if not PAGE.fullmatch(page) or not (after.isascii() and after.isdecimal() and len(after) < 7):
        abort(404)
    told = [(one.number, *_text(one.prompts)) for one in house().captions.since(page, int(after))]
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
    """Sentences that the page's script shows."""
    return {
        "asking": _("請允許使用麥克風。"),
        "calling": _("撥號中。"),
        "connected": _("已接通。請聽語音，或看下面的文字，用按鍵回答。"),
        "ended": _("通話已結束。"),
        "failed": _("現在打不通，請稍後再試，或用電話撥 1999。"),
        "unreachable": _("連不上電話系統，請稍後再試，或用電話撥 1999。"),
        "busy": _("這個瀏覽器已經有一通電話；請先結束那一通，再撥一次。"),
        "microphone": _("沒有麥克風的使用權，所以不能通話；請在瀏覽器的設定裡允許。"),
        "closed": _("這一頁太久沒有使用，請重新整理。"),
    }
