"""A citizen's page: how a case stands, opened by its number and the digits that its petitioner has, and its
cancelling by the code of the e-mail (P5.2.4, P8.1). Works without scripts; nothing personal is shown.
"""

import unicodedata
from datetime import timedelta
from functools import partial
from typing import Final

from flask import Response, abort, request
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import InputRequired, StopValidation

from control.passwords import secret
from hotline.allowances import NoAllowance
from hotline.cases.asked import AskedCase
from hotline.cases.cancelling import CancelResult
from hotline.cases.numbers import parsed, shown
from hotline.cases.telling import CODE_DIGITS
from hotline.cases.tracking import PHONE_DIGITS, SLOW, NotTracked, followed
from hotline.cases.tracking import photo as released
from ivr.case_keys import UNTIL, WORDS
from ivr.numerals import Language
from web.console import browser
from web.console.answers import lead_to, render
from web.console.case_tickets import (
    STAY,
    OpenedCase,
    opened,
    opening_ticket,
    waiting_ticket,
    waits_since,
)
from web.console.forms import Form, button, text_line, text_of
from web.console.gate import Everyone, Pages, address, house, now, read_session, write_session
from web.console.language import _, _l, either, in_words

pages = Pages("track")
WAITS: Final = "waits"
"""The field of a form that waits for its look."""
_LONGEST: Final = 40


def _is_number(_form: FlaskForm, field: Field) -> None:
    """Refuse what can be no number."""
    if _number(field.data or "") is None:
        raise StopValidation(_("案號是 12 個數字，例如 1151-1240-0012。"))


def _are_digits(_form: FlaskForm, field: Field) -> None:
    """Refuse what can be neither a telephone's last digits nor a code."""
    digits = _digits(field.data or "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in (PHONE_DIGITS, CODE_DIGITS)):
        raise StopValidation(_("請輸入電話末四碼（4 個數字），或電子郵件裡的取消碼（6 個數字）。"))


class TrackForm(Form):
    """Number of a case, and the digits that only its petitioner has."""

    number = text_line(_l("案號"), InputRequired(_l("請輸入案號")), _is_number)
    digits = text_line(
        _l("留下的電話末四碼，或取消碼"), InputRequired(_l("請輸入電話末四碼或取消碼")), _are_digits
    )
    submit = button(_l("看進度"))


class CancelForm(Form):
    """A yes."""

    submit = button(_l("確定取消"))


def _number(typed: str) -> str | None:
    return parsed(typed) if len(typed) <= _LONGEST else None


def _digits(typed: str) -> str:
    return "".join(unicodedata.normalize("NFKC", typed).split()) if len(typed) <= _LONGEST else ""


@pages.after_request
def unlisted(answer: Response) -> Response:
    """Keep these pages out of the indexes of search engines, and their addresses from other sites."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@pages.both("/track", Everyone.PUBLIC)
def look() -> Response:
    """Ask for a number and digits; those that belong together open a case for this browser."""
    form, status, waits, again = TrackForm(), 0, "", timedelta()
    if form.is_fit():
        number, digits = _number(form.text("number")) or "", _digits(form.text("digits"))
        waits = _waits(number, digits)
        if waits:
            status, again = 429, SLOW
        else:
            try:
                return _opened(number, digits)
            except NotTracked as error:
                form.blame("digits", in_words(error))
            except NoAllowance as error:
                form.blame("number", in_words(error))
                status, again = 429, error.again_at - now()
    answer = render(
        "track/look.html",
        status or form.status,
        form=form,
        waits=waits,
        slow=int(SLOW.total_seconds()),
        short=house().settings.numbers[0],
        telephones=house().settings.browser_phones,
    )
    if again:
        answer.headers["Retry-After"] = str(int(again.total_seconds()) + 1)
    return answer


def _waits(number: str, digits: str) -> str:
    """The ticket of a form that must wait before its look; empty for one that need not."""
    if not house().tracking.is_slow(now()):
        return ""
    word = text_of(WAITS)
    since = waits_since(_key(), word, number, digits, now())
    if since is None:
        return waiting_ticket(_key(), number, digits, now())
    return "" if now() - since >= SLOW else word


def _opened(number: str, digits: str) -> Response:
    """Open a case for this browser. Raises NotTracked, NoAllowance."""
    by_code = house().tracking.open(number, digits, address(), now())
    word = opening_ticket(_key(), OpenedCase(number, by_code, now() + STAY))
    return browser.keep(lead_to("track.case", _code=303), browser.CASE, word, STAY.total_seconds())


def _key() -> str:
    return secret(house().settings, "case-tracking")


def _mine() -> OpenedCase | None:
    """The case that this browser opened."""
    return opened(_key(), request.cookies.get(browser.CASE, ""), now())


@pages.read("/track/case", Everyone.PUBLIC)
def case() -> Response:
    """How the case stands that this browser opened."""
    mine = _mine()
    with read_session() as session:
        found = followed(session, mine.number) if mine else None
        if mine is None or found is None:
            return lead_to("track.look")
        version = house().case_work.moving.categories.version
        category = version(session, found.category_row).name if found.category_row is not None else ""
    return render(
        "track/case.html",
        found=found,
        category=category,
        standing=_standing(found.case),
        is_awaited=found.case.due_at is not None and WORDS[found.case.state] in UNTIL,
        is_late=found.case.due_at is not None and found.case.due_at < now(),
        may_cancel=mine.by_code and found.case.has_code and found.case.can_cancel,
        until=mine.until,
        short=house().settings.numbers[0],
    )


def _standing(case: AskedCase) -> str:
    """The state in the words of key 6 (V-11)."""
    said = partial(house().catalogue.text, language=either(Language.MANDARIN, Language.ENGLISH))
    return f"{said('V-11')} {shown(case.number)} {said(f'V-11.{WORDS[case.state]}')}"


@pages.read("/track/photos/<int:photo>.jpg", Everyone.PUBLIC)
def picture(photo: int) -> Response:
    """A photograph that was released, of the case that this browser opened."""
    mine = _mine()
    with read_session() as session:
        image = released(session, mine.number, photo) if mine else None
    if image is None:
        abort(404)
    return Response(image, content_type="image/jpeg")


@pages.both("/track/cancel", Everyone.PUBLIC)
def cancel() -> Response:
    """Cancel the case that this browser opened by the code of the e-mail, once it is confirmed."""
    mine, form = _mine(), CancelForm()
    if mine is None or not mine.by_code:
        return lead_to("track.case", _code=303)
    if form.is_fit():
        try:
            with write_session() as session:
                result = house().tracking.cancel(session, mine.number, now())
        except NotTracked:
            result = CancelResult.ALREADY
        return lead_to("track.case", _cancelled(result), _code=303)
    return render("track/cancel.html", form=form, number=shown(mine.number))


def _cancelled(result: CancelResult) -> str:
    match result:
        case CancelResult.CANCELLED | CancelResult.GOES_ON:
            return _("已取消，確認通知會寄到案件留下的聯絡方式。一天內可以撥 1999 撤回取消。")
        case CancelResult.NOTED:
            return _("這件案件已經辦完，不能取消；您的意思已經註記。")
        case CancelResult.ALREADY:
            return _("取消碼已經用過了；這件案件的狀態如下。")


@pages.change("/track/leave", Everyone.PUBLIC)
def leave() -> Response:
    """Let this browser forget the case that it opened."""
    return browser.forget(
        lead_to("track.look", _("已結束查詢，這台裝置不再顯示您的案件。"), _code=303), browser.CASE
    )
