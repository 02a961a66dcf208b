"""Applying for an account of the sign-language service in one's own name (P3.6, P6.2), with a mobile that the
code of key 4 proves.
"""

from datetime import timedelta

from flask import Response, request
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput
from sqlalchemy.orm import Session
from wtforms import BooleanField
from wtforms.validators import DataRequired, InputRequired

from control.passwords import secret
from hotline.allowances import NoAllowance
from hotline.phones import phone
from hotline.video import accounts, phone_proofs
from hotline.video.accounts import LONGEST_NAME
from web.console import browser
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, button, fits, text_line
from web.console.gate import Everyone, Pages, address, house, now, write_session
from web.console.language import _, _l, in_words
from web.console.proof_tickets import STAY, proof_ticket, proved_in
from web.console.video_words import minutes

pages = Pages("video_apply")


class ApplyForm(Form):
    """An application; of a mobile that was proved the contact is known."""

    name = text_line(_l("您的姓名"), InputRequired(_l("請輸入您的姓名")), fits(LONGEST_NAME))
    contact = text_line(
        _l("手機號碼或電子郵件"),
        fits(128, needed=False),
        hint=_l("審核結果會傳到這裡，以後也用它登入；例如 0912 345 678。"),
    )
    own = BooleanField(
        _l("我是聽語障者或語言障礙者，用我自己的名字申請，帳號只給我自己用"),
        [DataRequired(_l("請勾選聲明；帳號只能用自己的名字申請"))],
        widget=GovCheckboxInput(),
    )
    submit = button(_l("送出申請"))


class PhoneProofForm(Form):
    """The code of the SMS that key 4 sends."""

    number = text_line(_l("收到簡訊的手機號碼"), InputRequired(_l("請輸入手機號碼")))
    code = text_line(_l("簡訊裡的驗證碼"), InputRequired(_l("請輸入驗證碼")))
    submit = button(_l("驗證這支手機"))


@pages.both("/sign/apply", Everyone.PUBLIC)
def apply() -> Response:
    """Apply; the answer is the same whether there was an account or not."""
    form, proved = ApplyForm(), _proved()
    if form.is_submitted() and not proved and not form.text("contact").strip():
        form.is_fit()
        form.blame("contact", _("請留手機號碼或電子郵件"))
    elif form.is_fit() and form.writes(lambda session: _applied(session, form, proved)):
        return browser.forget(lead_to("video_apply.done", _code=303), browser.PROOF)
    shown = phone(proved).printed if proved else ""
    return render_form("video/apply.html", form, proved=shown, address=house().settings.video_address)


def _applied(session: Session, form: ApplyForm, proved: str) -> bool:
    contact = proved or form.text("contact")
    accounts.apply(session, form.text("name"), contact, now(), address(), is_proved=bool(proved))
    return True


@pages.read("/sign/apply/done", Everyone.PUBLIC)
def done() -> Response:
    """What happens next, whoever applied."""
    return render("video/applied.html")


@pages.both("/sign/apply/code", Everyone.PUBLIC)
def code() -> Response:
    """Prove a mobile by the code that was sent to it; it opens the form, and no session."""
    form, status, again = PhoneProofForm(), 0, timedelta()
    lasts = minutes(phone_proofs.LIFE)
    if form.is_fit():
        try:
            with write_session() as session:
                number = phone_proofs.proved(
                    session, form.text("number"), form.text("code"), address(), now()
                )
        except NoAllowance as error:
            form.blame("code", in_words(error))
            status, again = 429, error.again_at - now()
        else:
            if number:
                word = proof_ticket(_key(), number, now() + STAY)
                answer = lead_to("video_apply.apply", _("手機已驗證，請填寫申請。"), _code=303)
                return browser.keep(answer, browser.PROOF, word, STAY.total_seconds())
            form.blame(
                "code",
                _("驗證碼不對、已經用過，或超過 %(minutes)d 分鐘。也可以不驗證，直接申請。", minutes=lasts),
            )
    answer = render(
        "video/proof.html", status or form.status, form=form, digits=phone_proofs.DIGITS, minutes=lasts
    )
    if again:
        answer.headers["Retry-After"] = str(int(again.total_seconds()) + 1)
    return answer


def _proved() -> str:
    """The mobile that this browser proved."""
    return proved_in(_key(), request.cookies.get(browser.PROOF, ""), now())


def _key() -> str:
    return secret(house().settings, "video-proof")
