"""Accounts of the sign-language service: who applied, and what staff decide (P6.2, P6.6).

Names and contacts are masked; whole ones are shown once, after a reason that stays on record.
"""

from collections.abc import Callable
from typing import Any, Final

from flask import Response, request

from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import READINGS, Reading, look
from hotline.permissions import Action
from hotline.video import accounts
from hotline.video.accounts import AccountKind, AccountState, NotInState
from hotline.video.store import ACCOUNT, VideoAccount
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, LookForm, ReasonForm
from web.console.gate import Pages, me, now, read_session, stamp, write_session
from web.console.language import _, _l
from web.console.menu import CITY
from web.console.paging import page_of

pages = Pages("video_accounts")
pages.in_menu(CITY, _l("手語視訊帳號"), "listed", Action.VIDEO_ACCOUNT, place=39)
COLOURS: Final = {
    AccountState.APPLIED: "yellow",
    AccountState.ACTIVE: "green",
    AccountState.LOCKED: "red",
    AccountState.CLOSED: "grey",
    AccountState.REFUSED: "grey",
}
FOLLOWING: Final = {
    AccountState.APPLIED: ("approve", "refuse"),
    AccountState.ACTIVE: ("lock", "close"),
    AccountState.LOCKED: ("unlock", "close"),
    AccountState.CLOSED: (),
    AccountState.REFUSED: (),
}
"""What may be done in each state; the service decides, here stands which buttons there are."""


@pages.read("/video/accounts", Action.VIDEO_ACCOUNT)
def listed() -> Response:
    """Accounts of a state, those that wait for a decision if none is asked for."""
    asked = request.args.get("state", AccountState.APPLIED)
    states = (AccountState(asked),) if asked in set(AccountState) else tuple(AccountState)
    with read_session() as session:
        found = accounts.accounts(session, **stamp(), states=states)
    return render(
        "video_accounts/listed.html", page=page_of(found), asked=asked, colours=COLOURS, states=AccountState
    )


@pages.read("/video/accounts/<int:number>", Action.VIDEO_ACCOUNT)
def one(number: int) -> Response:
    """An account with all that happened to it. Raises UnknownVideoAccount."""
    return _account_page(number, LookForm())


@pages.change("/video/accounts/<int:number>/name", Action.VIDEO_ACCOUNT)
def name(number: int) -> Response:
    """Name and contact, whole, once, for a reason that stays on record. Raises UnknownVideoAccount."""
    form = LookForm()
    if not form.is_fit():
        return _account_page(number, form)
    with write_session() as session:
        accounts.known(session, number, **stamp())
        subject = f"{ACCOUNT}:{number}"
        reading = look(session, now(), me().login, subject, form.text("reason"), "name, contact")
    return _account_page(number, LookForm(formdata=None), reading)


@pages.change("/video/accounts/<int:number>/approve", Action.VIDEO_ACCOUNT)
def approve(number: int) -> Response:
    """Let who applied in. Raises UnknownVideoAccount, NotInState."""
    with write_session() as session:
        accounts.approve(session, number, **stamp())
    return lead_to("video_accounts.one", _("已核准；系統會通知申請人取得驗證碼並設定密碼。"), number=number)


@pages.change("/video/accounts/<int:number>/unlock", Action.VIDEO_ACCOUNT)
def unlock(number: int) -> Response:
    """Let a locked account in again. Raises UnknownVideoAccount, NotInState."""
    with write_session() as session:
        accounts.unlock(session, number, **stamp())
    return lead_to("video_accounts.one", _("已解除鎖定。"), number=number)


@pages.both("/video/accounts/<int:number>/refuse", Action.VIDEO_ACCOUNT)
def refuse(number: int) -> Response:
    """Refuse an application. Raises UnknownVideoAccount."""
    above = _("系統會通知申請人；申請人可以再申請，次數會記下來。理由只留在這裡，不會寫在通知裡。")
    return _for_a_reason(number, accounts.refuse, _("不予核准"), above, _("已記錄不予核准。"))


@pages.both("/video/accounts/<int:number>/lock", Action.VIDEO_ACCOUNT)
def lock(number: int) -> Response:
    """Lock an account; what it has open ends. Raises UnknownVideoAccount."""
    above = _("立即登出所有裝置；正在等候或進行中的視訊服務也會結束。之後可以解除鎖定。")
    return _for_a_reason(number, accounts.lock, _("鎖定帳號"), above, _("已鎖定，立即生效。"))


@pages.both("/video/accounts/<int:number>/close", Action.VIDEO_ACCOUNT)
def close(number: int) -> Response:
    """Close an account for good. Raises UnknownVideoAccount."""
    above = _("立即登出所有裝置，密碼作廢；要再使用，必須重新申請。個人資料在保存期限之後刪除。")
    return _for_a_reason(number, accounts.close, _("停用帳號"), above, _("已停用，立即生效。"))


def _for_a_reason(
    number: int, deed: Callable[..., VideoAccount], title: str, above: str, said: str
) -> Response:
    form = ReasonForm()
    with read_session() as session:
        row = accounts.known(session, number, **stamp())
    if form.is_fit():
        form.writes(lambda session: deed(session, number, form.text("reason"), **stamp()), NotInState)
        if not form.errors:
            return lead_to("video_accounts.one", said, number=number)
    return render_form("video_accounts/deed.html", form, row=row, doing=title, words=above)


def _account_page(number: int, form: Form, reading: Reading | None = None) -> Response:
    with read_session() as session:
        row = accounts.known(session, number, **stamp())
        past = audit_rows(session, subject=f"{ACCOUNT}:{number}")
    told: dict[str, Any] = {"colours": COLOURS, "following": FOLLOWING[AccountState(row.state)]}
    return render_form(
        "video_accounts/one.html",
        form,
        row=row,
        reading=reading,
        past=past,
        is_counter=row.kind == AccountKind.COUNTER,
        READINGS=READINGS,
        **told,
    )
