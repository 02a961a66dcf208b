"""Keys with which programs act for a login over the API: made and shown once, listed, revoked."""

from flask import Response

from hotline.accounts import keys
from hotline.accounts.keys import KeyScope
from hotline.permissions import Action
from hotline.staff.service import staff
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form
from web.console.gate import Pages, now, read_session, stamp, write_session
from web.console.language import _
from web.console.staff_forms import KeyForm

pages = Pages("keys")


@pages.read("/staff/<login>/keys", Action.STAFF_KEY)
def listed(login: str) -> Response:
    """List of the keys made for a login, and a form for another. Raises UnknownStaff."""
    return _page(login, KeyForm())


@pages.change("/staff/<login>/keys", Action.STAFF_KEY)
def make(login: str) -> Response:
    """Make a key and show it once: it stands in no address and no row. Raises UnknownStaff."""
    form = KeyForm()
    if form.is_fit():
        with write_session() as session:
            member = staff(session, login, now())
            purpose = form.text("purpose").strip()
            scope = KeyScope(form.text("scope"))
            made = keys.make(session, login, purpose, **stamp(), ends_at=form.ends_at, scope=scope)
        return render("staff/key.html", member=member, key=made, form=form)
    return _page(login, form)


@pages.change("/staff/<login>/keys/<int:number>/revoke", Action.STAFF_KEY)
def revoke(login: str, number: int) -> Response:
    """Revoke a key. Raises UnknownKey."""
    with write_session() as session:
        keys.revoke(session, login, number, **stamp())
    return lead_to("keys.listed", _("金鑰 %(number)d 已撤銷，不能再使用。", number=number), login=login)


def _page(login: str, form: Form) -> Response:
    with read_session() as session:
        member = staff(session, login, now())
        known = keys.keys_of(session, login)
    return render_form("staff/keys.html", form, member=member, known=known, at=now())
