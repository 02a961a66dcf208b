"""The door of the sign-language service: whether it is open, signing in of citizens and counters, asking for
an interpreter (P3.6, P6.2, P6.3).
"""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput
from wtforms import PasswordField
from wtforms.validators import InputRequired

from hotline.accounts.rules import SHORTEST, WeakPassword
from hotline.allowances import NoAllowance
from hotline.video import entering
from hotline.video.line import LONGEST_NAME, OfficerMissing
from hotline.video.store import VideoAccount
from web.console import browser, video_visitor
from web.console.answers import lead_to, redirect_to, render, render_form
from web.console.forms import Form, button, fits, radios, text_line
from web.console.gate import Everyone, Pages, address, factory, now, read_session, visitor, write_session
from web.console.language import _, _l, in_words
from web.console.video_room import line
from web.console.video_words import minutes
from web.console.video_words import standing as in_words_now

pages = Pages("video_entrance")
TEXT = "text"
"""The way of who has no camera, or does not sign."""


class VideoSignInForm(Form):
    """Name and password of an account."""

    login = text_line(_l("帳號"), InputRequired(_l("請輸入帳號")))
    password = PasswordField(_l("密碼"), [InputRequired(_l("請輸入密碼"))], widget=GovPasswordInput())
    submit = button(_l("登入"))


class CodeForm(Form):
    """An account whose holder wants to choose a password."""

    login = text_line(_l("帳號"), InputRequired(_l("請輸入帳號")))
    submit = button(_l("把驗證碼送給我"))


class VideoPasswordForm(Form):
    """A password, chosen by the code that came."""

    BLAMED = {WeakPassword: "password"}
    login = text_line(_l("帳號"), InputRequired(_l("請輸入帳號")))
    code = text_line(_l("驗證碼"), InputRequired(_l("請輸入驗證碼")))
    password = PasswordField(_l("新密碼"), [InputRequired(_l("請輸入新密碼"))], widget=GovPasswordInput())
    submit = button(_l("設定密碼"))


def _ways() -> Mapping[str, str]:
    return {"video": _("用攝影機打手語"), TEXT: _("只打字，不用攝影機")}


class VideoAskForm(Form):
    """A wish to meet an interpreter."""

    way = radios(_l("怎麼和翻譯員溝通"), _ways, "video")
    submit = button(_l("請手語翻譯員"))


class CounterAskForm(VideoAskForm):
    """The same at a counter, whose officer begins the session."""

    BLAMED = {OfficerMissing: "officer"}
    officer = text_line(
        _l("協助連線的人員姓名"),
        InputRequired(_l("請寫下您的姓名")),
        fits(LONGEST_NAME),
        hint=_l("誰幫民眾連線就寫誰；翻譯員看得到，並留在記錄裡。"),
    )


@pages.both("/sign", Everyone.PUBLIC)
def status() -> Response:
    """Whether it is open, who interprets and who waits; who has an account asks here."""
    account = video_visitor.present()
    form = None
    if account is not None:
        form = CounterAskForm() if account.counter is not None else VideoAskForm()
        if form.is_fit() and (answer := _asked(form, account)):
            return answer
    return render(
        "video/status.html", form.status if form else 200, form=form, name=account and account.name, **_now()
    )


def _asked(form: VideoAskForm, account: VideoAccount) -> Response | None:
    officer = form.text("officer") if "officer" in form else ""
    if form.writes(lambda session: line().request(session, account, now(), officer).id) is None:
        return None
    way = {"way": TEXT} if form.way.data == TEXT else {}
    return lead_to("video_room.room", _code=303, **way)


@pages.read("/sign/now", Everyone.PUBLIC)
def standing() -> Response:
    """The same of this moment, as a part of the page."""
    return render("video/standing.html", **_now())


def _now() -> dict[str, Any]:
    rules = line().rules()
    with read_session() as session:
        found = line().status(session, now())
    return {"seen": in_words_now(found, rules, now()), "rules": rules}


@pages.both("/sign/in", Everyone.PUBLIC)
def sign_in() -> Response:
    """A name and a password; whoever fails is told the same, whether there is such an account or not."""
    form = VideoSignInForm()
    if form.is_fit():
        login, password = form.text("login"), str(form.password.data or "")
        found = entering.sign_in(factory(), login, password, at=now(), visitor=visitor())
        if isinstance(found, str):
            answer = browser.know(_home(), visitor().mark)
            return browser.begin_video(answer, found)
        form.blame("password", video_visitor.why_not(found, _("帳號或密碼不對。")))
    return render_form("video/sign_in.html", form)


@pages.change("/sign/out", Everyone.PUBLIC)
def leave() -> Response:
    """Let this browser forget the account."""
    browser.say(_("您已登出手語視訊帳號。"))
    return video_visitor.leaves(_home())


@pages.both("/sign/code", Everyone.PUBLIC)
def code() -> Response:
    """Have a code sent with which a password is chosen, if there is somebody to send it to (P6.6)."""
    form, status = CodeForm(), 0
    if form.is_fit():
        try:
            with write_session() as session:
                entering.ask_code(session, form.text("login"), address(), now())
        except NoAllowance as error:
            form.blame("login", in_words(error))
            status = 429
        else:
            browser.say(_("有這個帳號的話，驗證碼馬上送到它的手機或電子郵件。"))
            return redirect_to(url_for("video_entrance.password", login=form.text("login")), 303)
    return render("video/code.html", status or form.status, form=form)


@pages.both("/sign/password", Everyone.PUBLIC)
def password() -> Response:
    """Choose a password by the code (P6.6)."""
    form = VideoPasswordForm()
    if request.method == "GET":
        form.login.data = request.args.get("login", "")[:LONGEST_NAME]
    elif form.is_fit() and _is_chosen(form):
        return lead_to("video_entrance.sign_in", _("密碼設好了，請登入。"), _code=303)
    return render_form(
        "video/password.html",
        form,
        digits=entering.DIGITS,
        minutes=minutes(entering.LASTS),
        least=SHORTEST,
    )


def _is_chosen(form: VideoPasswordForm) -> bool:
    try:
        refusal = entering.set_password(
            factory(),
            form.text("login"),
            form.text("code"),
            str(form.password.data or ""),
            at=now(),
            visitor=visitor(),
        )
    except WeakPassword as error:
        form.blame_for(error)
        return False
    if refusal is not None:
        form.blame("code", video_visitor.why_not(refusal, _("帳號或驗證碼不對，或驗證碼過期了。")))
    return refusal is None


def _home() -> Response:
    return redirect_to(url_for("video_entrance.status"), 303)
