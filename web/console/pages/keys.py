"""Keys with which programs act for a login over the API: made and shown once, listed, revoked."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from hotline.accounts import keys
from hotline.accounts.keys import EndedBefore
from hotline.db import looking, transaction
from hotline.permissions import Action
from hotline.staff.service import staff
from web.console import browser
from web.console.forms import Form
from web.console.gate import Pages, allow, factory, now
from web.console.language import _
from web.console.staff_forms import KeyForm
from web.console.words import in_words

pages = Pages("keys")


@pages.read("/staff/<login>/keys", Action.STAFF_KEY)
def listed(login: str) -> ResponseReturnValue:
    """Every key made for a login, and a form for another. Raises UnknownStaff."""
    return _page(login, KeyForm())


@pages.change("/staff/<login>/keys", Action.STAFF_KEY)
def make(login: str) -> ResponseReturnValue:
    """A key, shown here once: it stands in no address and no row. Raises UnknownStaff."""
    form = KeyForm()
    if form.is_fit():
        try:
            with transaction(factory()) as session:
                member = staff(session, login, now())
                made = keys.make(
                    session,
                    login,
                    form.text("purpose").strip(),
                    at=now(),
                    by=allow(Action.STAFF_KEY),
                    ends_at=form.ends_at,
                )
            return render_template("staff/key.html", member=member, key=made, form=form)
        except EndedBefore as error:
            form.blame("ends_on", in_words(error))
    return make_response(_page(login, form), form.status)


@pages.change("/staff/<login>/keys/<int:number>/revoke", Action.STAFF_KEY)
def revoke(login: str, number: int) -> ResponseReturnValue:
    """A key works no more. Raises UnknownKey."""
    with transaction(factory()) as session:
        keys.revoke(session, login, number, at=now(), by=allow(Action.STAFF_KEY))
    browser.say(_("金鑰 %(number)d 已撤銷，不能再使用。", number=number))
    return redirect(url_for("keys.listed", login=login))


def _page(login: str, form: Form) -> str:
    with looking(factory()) as session:
        member = staff(session, login, now())
        known = keys.keys_of(session, login)
    return render_template("staff/keys.html", member=member, known=known, form=form, at=now())
