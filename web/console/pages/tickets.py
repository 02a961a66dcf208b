"""Problem tickets: an agent asks a liaison for help with a case or a message that did not arrive (P4.1.2);
and the contact log (P4.1.4).
"""

from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextArea, GovTextInput
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.permissions import CITY_WIDE, Action
from hotline.staff.service import NotPermitted
from hotline.tickets import service
from hotline.tickets.rules import About, TicketState
from hotline.tickets.service import ProblemReport
from hotline.tickets.store import ProblemRow
from web.console import agencies, browser
from web.console.forms import Form
from web.console.gate import Everyone, Pages, allow, factory, may, me, now
from web.console.language import _, _l
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("tickets")
pages.in_menu(KNOWLEDGE, _l("問題單"), "listed", Everyone.STAFF, place=7)
pages.in_menu(KNOWLEDGE, _l("聯繫紀錄"), "contacts", Everyone.STAFF, place=8)
COLOURS: Final = {TicketState.OPEN: "red", TicketState.ANSWERED: "blue", TicketState.CLOSED: "grey"}
"""The colour beside the word of a state."""


class ProblemForm(Form):
    """What is wrong with what, and which agency can help."""

    agency = SelectField(
        _l("請哪個機關協助"), [InputRequired(_l("請選擇機關"))], widget=GovSelect(), validate_choice=False
    )
    about = RadioField(_l("哪裡出了問題"), default=About.CASE, widget=GovRadioInput())
    subject = StringField(_l("案號或通知編號"), widget=GovTextInput())
    problem = TextAreaField(_l("問題"), widget=GovTextArea())

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.about.choices = [
            (About.CASE, _("案件（例如分錯機關）")),
            (About.NOTICE, _("通知（例如信被退回）")),
        ]


class AnswerForm(Form):
    """A text, and nothing else."""

    words = TextAreaField(_l("答覆"), widget=GovTextArea())


class NoteForm(Form):
    """What was spoken about with an agency."""

    agency = SelectField(
        _l("機關"), [InputRequired(_l("請選擇機關"))], widget=GovSelect(), validate_choice=False
    )
    words = TextAreaField(_l("聯繫的內容"), widget=GovTextArea())


def mine() -> str | None:
    """Whose tickets one sees: an agency's own, None = everybody's, for who acts for the city."""
    member = me()
    return None if member.roles & CITY_WIDE else member.agency


@pages.read("/tickets", Everyone.STAFF)
def listed() -> ResponseReturnValue:
    """Those that are open, the oldest first; or the closed ones too."""
    with_closed, agency = request.args.get("closed", "") == "1", mine()
    with looking(factory()) as session:
        rows = service.tickets(session, agency=agency or "", with_closed=with_closed) if agency != "" else []
        known = agencies.names(session)
    return render_template(
        "tickets/problems.html",
        page=page_of(rows),
        names=known,
        with_closed=with_closed,
        colours=COLOURS,
    )


@pages.both("/tickets/new", Action.TICKET_OPEN)
def new() -> ResponseReturnValue:
    """Ask a liaison for help."""
    form = ProblemForm(about=request.args.get("about", About.CASE), subject=request.args.get("subject", ""))
    with looking(factory()) as session:
        agencies.turn_to(form.agency, agencies.choices(session, Action.TICKET_OPEN))
    if form.is_fit():
        told = ProblemReport(
            form.text("agency"), About(form.text("about")), form.text("subject").strip(), form.text("problem")
        )
        try:
            with transaction(factory()) as session:
                row = service.open_ticket(session, told, at=now(), by=me().login)
        except HotlineError as error:
            form.blame_for(error)
        else:
            browser.say(_("已開單，請機關的聯繫窗口協助。"))
            return redirect(url_for("tickets.one", number=row.id))
    return make_response(render_template("tickets/problem_new.html", form=form), form.status)


@pages.read("/tickets/<int:number>", Everyone.STAFF)
def one(number: int) -> ResponseReturnValue:
    """A ticket, its answer, and what is still to be done."""
    return _page(number, AnswerForm(formdata=None))


@pages.change("/tickets/<int:number>/answer", Action.TICKET_ANSWER)
def answer(number: int) -> ResponseReturnValue:
    """The liaison's answer."""
    form = AnswerForm()
    try:
        with transaction(factory()) as session:
            service.answer(session, number, form.text("words"), at=now(), by=me().login)
    except HotlineError as error:
        form.blame_for(error)
        return _page(number, form)
    browser.say(_("已答覆。"))
    return redirect(url_for("tickets.one", number=number))


@pages.change("/tickets/<int:number>/close", Action.TICKET_CLOSE)
def close(number: int) -> ResponseReturnValue:
    """The problem is gone."""
    with transaction(factory()) as session:
        service.close(session, number, at=now(), by=me().login)
    browser.say(_("已結案。"))
    return redirect(url_for("tickets.one", number=number))


def _page(number: int, form: AnswerForm) -> Response:
    with looking(factory()) as session:
        row = _seen(session, number)
        known = agencies.names(session)
    return make_response(
        render_template(
            "tickets/problem.html",
            row=row,
            form=form,
            names=known,
            colours=COLOURS,
            is_open=row.state != TicketState.CLOSED,
        ),
        form.status,
    )


def _seen(session: Session, number: int) -> ProblemRow:
    """One that may be seen. Raises NoTicket, NotPermitted."""
    row = service.ticket(session, number)
    if mine() not in (None, row.agency):
        raise NotPermitted(me().login, Action.TICKET_ANSWER, row.agency)
    return row


@pages.both("/contacts", Everyone.STAFF, deed=Action.CONTACT_NOTE)
def contacts() -> ResponseReturnValue:
    """The contact log, and a line more of it."""
    form, agency = NoteForm(formdata=request.form if request.method == "POST" else None), mine()
    with looking(factory()) as session:
        agencies.turn_to(form.agency, agencies.choices(session, Action.CONTACT_NOTE))
    if form.is_fit():
        by = allow(Action.CONTACT_NOTE, form.text("agency"))
        try:
            with transaction(factory()) as session:
                service.note(session, form.text("agency"), form.text("words"), at=now(), by=by)
        except HotlineError as error:
            form.blame_for(error)
        else:
            browser.say(_("已記下。"))
            return redirect(url_for("tickets.contacts"))
    with looking(factory()) as session:
        rows = service.notes(session, agency=agency or request.args.get("agency", "")) if agency != "" else []
        known = agencies.names(session)
    shown = render_template(
        "tickets/contacts.html",
        page=page_of(rows),
        names=known,
        form=form,
        may_write=may(Action.CONTACT_NOTE),
    )
    return make_response(shown, form.status)
