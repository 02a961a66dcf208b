"""A petitioner calls again about a case that an agency has: the officer explains within 4 h (P7.2)."""

from flask import Response

from hotline.callbacks.find import of_case
from hotline.callbacks.wishes import NumberMissing, NumberNotDialled
from hotline.cases import find
from hotline.cases.moving import NoSuchCase
from hotline.cases.numbers import shown
from hotline.cases.repeat import RepeatContact, ask_officer
from hotline.cases.store import Case
from hotline.errors import existing
from hotline.permissions import Action
from web.console.answers import render_form
from web.console.forms import Form, text_line
from web.console.gate import Pages, allow, house, me, now, read_session
from web.console.language import _l, in_words
from web.console.record_links import name_of

pages = Pages("repeat_contacts")


class AgainForm(Form):
    """What the caller says, and where to be called."""

    BLAMED = {NumberMissing: "phone", NumberNotDialled: "phone"}

    note = text_line(_l("民眾這次說了什麼"))
    phone = text_line(_l("民眾要接聽的電話"))


@pages.read("/cases/<number>/again", Action.CALLBACK_OPEN)
def ask(number: str) -> Response:
    """Form for a petitioner who calls again; what was promised before, if it is still to be kept."""
    return _page(number, AgainForm(formdata=None))


@pages.change("/cases/<number>/again", Action.CALLBACK_OPEN)
def promise(number: str) -> Response:
    """Have the officer contact the petitioner, and show what is said to the caller (V-13)."""
    form = AgainForm()
    said = {"phone": form.text("phone"), "note": form.text("note")}
    told: RepeatContact | None = None
    if form.is_fit():
        told = form.writes(
            lambda session: ask_officer(session, house().callbacks, number, me().login, now(), **said)
        )
    return _page(number, AgainForm(formdata=None), told=told) if told else _page(number, form)


def _page(number: str, form: Form, *, told: RepeatContact | None = None) -> Response:
    at = now()
    with read_session() as session:
        row = existing(find.by_number(session, number), NoSuchCase(number))
        allow(Action.CALLBACK_OPEN, row.agency)
        known = of_case(session, row.number or "")
    return render_form(
        "callbacks/again.html",
        form,
        row=row,
        number=shown(row.number or ""),
        agency=_agency(row),
        known=known,
        is_overdue=known is not None and known.is_overdue(at),
        contact=told,
        words=in_words(told.said) if told else "",
    )


def _agency(row: Case) -> str:
    return name_of(house().city.city().at(now()), "agency", row.agency) or row.agency
