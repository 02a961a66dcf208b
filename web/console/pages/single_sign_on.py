"""The way to the city's identity provider and back; and its word that somebody signed out there."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request, url_for

from hotline.errors import HotlineError, existing
from hotline.sso.provider import ProviderAway
from hotline.sso.rules import STATE_HOLDS, SsoRefusal
from hotline.sso.service import ReturnParams, SsoSignIn
from hotline.sso.tokens import BadToken
from web.console import browser
from web.console.answers import redirect_to, render
from web.console.gate import Everyone, Pages, address, house, now, visitor
from web.console.language import _l
from web.console.pages.sign_in import wanted_page

pages = Pages("single_sign_on")
SENTENCES: Final[Mapping[SsoRefusal, Any]] = {
    SsoRefusal.STATE: _l("這次登入不是從這個瀏覽器開始、已經用過，或超過十分鐘。請重新登入。"),
    SsoRefusal.PROVIDER: _l("市府登入服務沒有讓您登入。請重新登入；仍不行，請洽市府帳號的管理人員。"),
    SsoRefusal.TOKEN: _l(
        "市府登入服務的回覆無法查驗，所以沒有讓您登入。請重新登入；仍不行，請通知系統人員。"
    ),
    SsoRefusal.AWAY: _l("市府登入服務目前沒有回應。請稍候再試；有本系統帳號的人可以先用密碼登入。"),
    SsoRefusal.UNBOUND: _l(
        "您的市府帳號還沒有對應到本系統的帳號。管理員已可看到您的申請，請通知研考會管理員。"
    ),
    SsoRefusal.ENDED: _l("您在本系統的帳號已經結束，或換了人使用。請洽研考會管理員。"),
    SsoRefusal.ROLES: _l("您的市府帳號在本系統沒有任何角色。請洽研考會管理員。"),
    SsoRefusal.SECOND: _l(
        "管理員以市府帳號登入時，要在市府登入服務用第二種方式（例如手機驗證）證明身分。請在那裡啟用後再登入。"
    ),
}


class SsoOff(HotlineError, code="sso-off"):
    """Single sign-on where no identity provider is set."""


@pages.read("/sign-in/sso", Everyone.PUBLIC)
def go() -> Response:
    """Lead a browser to the identity provider. Raises SsoOff."""
    sso = existing(house().sso, SsoOff())
    try:
        begun = sso.begin(wanted_page(), now())
    except ProviderAway:
        return _denied(SsoRefusal.AWAY)
    answer = redirect_to(begun.address)
    return browser.keep(answer, browser.SSO, begun.kept, STATE_HOLDS.total_seconds())


@pages.read("/sign-in/sso/return", Everyone.PUBLIC)
def returned() -> Response:
    """Sign in who comes back from it. Raises SsoOff, NoAllowance."""
    sso = existing(house().sso, SsoOff())
    told = {name: request.args.get(name, "") for name in ("state", "code", "error")}
    outcome = sso.finish(
        request.cookies.get(browser.SSO, ""),
        ReturnParams(**told, issuer=request.args.get("iss", "")),
        at=now(),
        visitor=visitor(),
        browser=str(request.user_agent),
    )
    if isinstance(outcome, SsoSignIn):
        answer = browser.begin(redirect_to(outcome.after), outcome.token)
    else:
        answer = _denied(outcome.why)
    return browser.forget(answer, browser.SSO)


@pages.change("/sign-in/sso/logout", Everyone.PUBLIC)
def signed_out() -> Response:
    """Take a logout token of the identity provider (back-channel logout): no page of ours sends it."""
    try:
        existing(house().sso_checks, SsoOff()).log_out(request.form.get("logout_token", ""), address(), now())
    except (BadToken, SsoOff):
        return Response('{"error": "invalid_request"}', 400, content_type="application/json")
    except ProviderAway:
        return Response('{"error": "temporarily_unavailable"}', 503, content_type="application/json")
    return Response(status=200)


def _denied(why: SsoRefusal) -> Response:
    status = 503 if why is SsoRefusal.AWAY else 403
    return render("single_sign_on/denied.html", status, why=SENTENCES[why], again=url_for("sign_in.sign_in"))
