"""Signing in and out, choosing a password, the second factor, the language and the theme."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from flask import Response, request, url_for
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput
from segno import make as qr_code
from wtforms import PasswordField
from wtforms.validators import InputRequired

from hotline.accounts import seconds
from hotline.accounts import service as accounts
from hotline.accounts.rules import WeakPassword
from hotline.accounts.service import SignIn, SignInRefusal, WrongProof
from hotline.accounts.tries import MustWait
from hotline.clock import TAIPEI
from hotline.errors import HotlineError, existing, faults
from web.console import browser, language
from web.console.answers import redirect_to, render, render_form
from web.console.forms import Form, button, text_line
from web.console.gate import (
    Everyone,
    NotSignedIn,
    Pages,
    factory,
    house,
    me,
    now,
    present,
    read_session,
    stamp,
    visitor,
    write_session,
)
from web.console.language import _, _l, in_words
from web.console.theme import THEMES

pages = Pages("sign_in")
ISSUER = "1999"


class SignInForm(Form):
    """Name, password, and the code of the second factor where one is set up."""

    login = text_line(_l("帳號"), InputRequired(_l("請輸入帳號")))
    password = PasswordField(_l("密碼"), [InputRequired(_l("請輸入密碼"))], widget=GovPasswordInput())
    code = text_line(_l("驗證碼"))
    submit = button(_l("登入"))


class PasswordForm(Form):
    """A new password."""

    password = PasswordField(_l("新密碼"), [InputRequired(_l("請輸入新密碼"))], widget=GovPasswordInput())
    submit = button(_l("設定密碼"))


class ChangeForm(PasswordForm):
    """One's own password, changed."""

    BLAMED = {WeakPassword: "password"}
    old = PasswordField(_l("目前的密碼"), [InputRequired(_l("請輸入目前的密碼"))], widget=GovPasswordInput())

    def faults(self) -> Iterable[HotlineError]:
        """A new one that is too weak, told also of who gives a wrong old one."""
        return faults(partial(accounts.refuse_weak_of, me(), str(self.password.data or "")))


class ProofForm(Form):
    """Proof of who is signed in, again."""

    password = PasswordField(_l("密碼"), [InputRequired(_l("請輸入密碼"))], widget=GovPasswordInput())
    old = text_line(_l("目前驗證器的六位數字"))
    submit = button(_l("產生新的備用碼"))

    def blame_for_proof(self, outcome: WrongProof | MustWait) -> None:
        """Say what of it was wrong."""
        match outcome:
            case MustWait(until):
                self.blame("password", _too_often(until))
            case WrongProof.PASSWORD:
                self.blame("password", _("密碼不對。"))
            case WrongProof.CODE:
                self.blame("old", _("驗證碼不對，或已經用過；請輸入下一個驗證碼，或一個備用碼。"))
            case WrongProof.NEW:
                self.blame("code", _("驗證碼不對；圖形和密鑰沒有變，請再輸入驗證器現在顯示的數字。"))


class SecondForm(ProofForm):
    """Proves also that an authenticator holds the secret that was offered."""

    code = text_line(_l("驗證器顯示的六位數字"), InputRequired(_l("請輸入驗證碼")))
    submit = button(_l("啟用"))


@pages.both("/sign-in", Everyone.PUBLIC)
def sign_in() -> Response:
    """A name and a password, and the code where one is set up."""
    form = SignInForm()
    if form.is_fit():
        outcome = accounts.sign_in(
            factory(),
            form.text("login"),
            form.text("password"),
            form.text("code"),
            at=now(),
            visitor=visitor(),
            browser=str(request.user_agent),
        )
        match outcome:
            case SignIn(token, left=left):
                if left is not None:
                    browser.say(
                        _("您用了一個備用碼，還剩 %(left)d 個；請到「我的帳號」重新設定驗證器。", left=left)
                    )
                answer = browser.know(redirect_to(wanted_page()), visitor().mark)
                return browser.begin(answer, token)
            case MustWait(until):
                form.blame("login", _too_often(until))
            case SignInRefusal(code_asked=True):
                wrong = _("驗證碼不對，或已經用過；請再輸入密碼和下一個驗證碼。")
                form.blame("code", wrong if form.code.data else _("請輸入密碼和驗證器上的驗證碼。"))
            case SignInRefusal():
                form.blame("password", _("帳號或密碼不對。"))
    return render_form("sign_in/sign_in.html", form, by_provider=bool(house().base.oidc_issuer))


def _too_often(until: datetime) -> str:
    return _("錯誤次數太多，請在 %(until)s 之後再試。", until=f"{until.astimezone(TAIPEI):%H:%M:%S}")


def wanted_page() -> str:
    """Address that somebody wanted: a page of ours, never another site."""
    wanted = request.args.get("after", "")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours else url_for("overview.today")


@pages.change("/sign-out", Everyone.STAFF)
def leave() -> Response:
    """End this browser's session."""
    found = present()
    if found:
        with write_session() as session:
            accounts.sign_out(session, found.token, now())
    browser.say(_("您已登出。"))
    return browser.end(redirect_to(url_for("sign_in.sign_in")))


@pages.both("/invitation/<token>", Everyone.PUBLIC)
def invitation(token: str) -> Response:
    """Choose a password by a link that works once. Raises BadInvitation."""
    with read_session() as session:
        member = accounts.invited(session, token, now())
    form = PasswordForm()
    if form.is_fit():
        try:
            accounts.accept(factory(), token, form.text("password"), at=now(), visitor=visitor())
        except WeakPassword as error:
            form.blame("password", in_words(error))
        else:
            browser.say(_("密碼已設定，請用新密碼登入。"))
            answer = browser.know(redirect_to(url_for("sign_in.sign_in")), visitor().mark)
            return browser.end(answer)
    return render_form("sign_in/invitation.html", form, member=member)


@pages.both("/account/second-factor", Everyone.STAFF)
def second() -> Response:
    """Set up or replace the authenticator (administrators must, all may); we choose the secret."""
    found, form = existing(present(), NotSignedIn()), SecondForm()
    if form.is_fit():
        outcome = accounts.set_second(
            factory(),
            found.staff,
            found.token,
            form.text("code"),
            password=form.text("password"),
            old=form.text("old"),
            at=now(),
            visitor=visitor(),
        )
        if isinstance(outcome, list):
            return render("sign_in/recovery_codes.html", codes=outcome, new=True)
        form.blame_for_proof(outcome)
    with write_session() as session:
        secret = seconds.offered(session, found.token)
    uri = seconds.address_of(secret, found.staff.login, ISSUER)
    picture = qr_code(uri, micro=False).svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None)
    return render_form("sign_in/second.html", form, secret=secret, picture=picture, replaces=found.second)


@pages.both("/account/recovery-codes", Everyone.STAFF)
def recovery_codes() -> Response:
    """A new set of codes for when the authenticator is lost; the old set ends."""
    found, form = existing(present(), NotSignedIn()), ProofForm()
    if form.is_fit():
        outcome = accounts.renew_codes(
            factory(),
            found.staff,
            password=form.text("password"),
            code=form.text("old"),
            at=now(),
            visitor=visitor(),
        )
        if isinstance(outcome, list):
            return render("sign_in/recovery_codes.html", codes=outcome, new=False)
        form.blame_for_proof(outcome)
    with read_session() as session:
        left = seconds.left(session, found.staff.login)
    return render_form("sign_in/renew_codes.html", form, left=left, second=found.second)


@pages.both("/account", Everyone.STAFF)
def account() -> Response:
    """One's own account: password, second factor, the browsers one is signed in with."""
    form = ChangeForm()
    if form.is_fit():
        try:
            changed = accounts.change_password(
                factory(), me(), form.text("old"), form.text("password"), at=now(), visitor=visitor()
            )
        except WeakPassword as error:
            form.blame("password", in_words(error))
        else:
            if isinstance(changed, MustWait):
                form.blame("old", _too_often(changed.until))
            elif changed is None:
                browser.say(_("密碼已更改，所有瀏覽器都已登出；請用新密碼登入。"))
                return browser.end(redirect_to(url_for("sign_in.sign_in")))
            else:
                form.blame("old", _("目前的密碼不對。"))
    found = existing(present(), NotSignedIn())
    with read_session() as session:
        sessions = accounts.open_sessions(session, found.staff.login, now())
        left = seconds.left(session, found.staff.login)
    return render_form("sign_in/account.html", form, sessions=sessions, second=found.second, left=left)


@pages.change("/account/sessions/end", Everyone.STAFF)
def end_sessions() -> Response:
    """End all of one's sessions, also this one."""
    with write_session() as session:
        accounts.end_sessions(session, me().login, **stamp())
    browser.say(_("所有瀏覽器都已登出。"))
    return browser.end(redirect_to(url_for("sign_in.sign_in")))


@pages.change("/language", Everyone.PUBLIC)
def speak() -> Response:
    """The other language, on the page where one is."""
    wanted = request.form.get("language", "")
    answer: Response = redirect_to(wanted_page())
    return browser.remember(answer, browser.LANGUAGE, wanted) if wanted in language.LANGUAGES else answer


@pages.change("/theme", Everyone.PUBLIC)
def dress() -> Response:
    """Light, dark, or as the system is: the page where one is."""
    wanted = request.form.get("theme", "")
    answer: Response = redirect_to(wanted_page())
    return browser.remember(answer, browser.THEME, wanted) if wanted in THEMES else answer
