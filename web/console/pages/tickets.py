"""Problem tickets to a liaison about a case or a lost message (P4.1.2), and the contact log (P4.1.4)."""

from collections.abc import Iterable
from typing import Final

from flask import Response, request
from sqlalchemy.orm import Session

from hotline.errors import HotlineError, faults
from hotline.permissions import CITY_WIDE, Action
from hotline.staff.service import NotPermitted
from hotline.tickets import service
from hotline.tickets.rules import LONGEST, About, TicketState
from hotline.tickets.service import ProblemReport
from hotline.tickets.store import ProblemRow
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, agency_choice, fits, radios, text_area, text_line
from web.console.gate import Everyone, Pages, allow, may, me, now, read_session, stamp, write_session
from web.console.language import _, _l
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("tickets")
pages.in_menu(
    KNOWLEDGE,
    _l("問題單"),
    "listed",
    Everyone.STAFF,
    place=7,
    work=(Action.TICKET_OPEN, Action.TICKET_ANSWER),
)
pages.in_menu(KNOWLEDGE, _l("聯繫紀錄"), "contacts", Everyone.STAFF, place=8, work=(Action.CONTACT_NOTE,))
COLOURS: Final = {TicketState.OPEN: "red", TicketState.ANSWERED: "blue", TicketState.CLOSED: "grey"}
"""The colour beside the word of a state."""


class ProblemForm(Form):
    """Problem: what is wrong with what, and which agency can help."""

    BLAMED = {service.NoSubject: "subject"}
    agency = agency_choice(_l("請哪個機關協助"))
    about = radios(
        _l("哪裡出了問題"),
        lambda: {About.CASE: _("案件（例如分錯機關）"), About.NOTICE: _("通知（例如信被退回）")},
        About.CASE,
    )
    subject = text_line(_l("案號或通知編號"))
    problem = text_area(_l("問題"), fits(LONGEST))

    def faults(self) -> Iterable[HotlineError]:
        """A subject that is not there."""
        with read_session() as session:
            told = About(self.text("about") or About.CASE), self.text("subject").strip()
            return faults(lambda: service.require_subject(session, *told))


class AnswerForm(Form):
    """A text, and nothing else."""

    words = text_area(_l("答覆"))


class NoteForm(Form):
    """Note of what was spoken about with an agency."""

    agency = agency_choice(_l("機關"))
    words = text_area(_l("聯繫的內容"), fits(LONGEST))


def mine() -> str | None:
    """Agency whose tickets one sees; None = everybody's, for who acts for the city."""
    member = me()
    return None if member.roles & CITY_WIDE else member.agency


@pages.read("/tickets", Everyone.STAFF)
def listed() -> Response:
    """List of open tickets, the oldest first; or the closed ones too."""
    with_closed, agency = request.args.get("closed", "") == "1", mine()
    with read_session() as session:
        rows = service.tickets(session, agency=agency or "", with_closed=with_closed) if agency != "" else []
    return render("tickets/problems.html", page=page_of(rows), with_closed=with_closed, colours=COLOURS)


@pages.both("/tickets/new", Action.TICKET_OPEN)
def new() -> Response:
    """Ask a liaison for help."""
    form = ProblemForm(about=request.args.get("about", About.CASE), subject=request.args.get("subject", ""))
    agencies.turn_to(form.agency, agencies.choices(Action.TICKET_OPEN))
    if form.is_fit():
        told = ProblemReport(
            form.text("agency"), About(form.text("about")), form.text("subject").strip(), form.text("problem")
        )
        if row := form.writes(lambda session: service.open_ticket(session, told, **stamp())):
            return lead_to("tickets.one", _("已開單，請機關的聯繫窗口協助。"), number=row.id)
    return render_form("tickets/problem_new.html", form)


@pages.read("/tickets/<int:number>", Everyone.STAFF)
def one(number: int) -> Response:
    """A ticket, its answer, and what is still to be done."""
    return _page(number, AnswerForm(formdata=None))


@pages.change("/tickets/<int:number>/answer", Action.TICKET_ANSWER)
def answer(number: int) -> Response:
    """The liaison's answer."""
    form = AnswerForm()
    if not form.writes(lambda session: service.answer(session, number, form.text("words"), **stamp())):
        return _page(number, form)
    return lead_to("tickets.one", _("已答覆。"), number=number)


@pages.change("/tickets/<int:number>/close", Action.TICKET_CLOSE)
def close(number: int) -> Response:
    """Close a ticket whose problem is gone."""
    with write_session() as session:
        service.close(session, number, **stamp())
    return lead_to("tickets.one", _("已結案。"), number=number)


def _page(number: int, form: AnswerForm) -> Response:
    with read_session() as session:
        row = _seen(session, number)
    is_open = row.state != TicketState.CLOSED
    return render_form("tickets/problem.html", form, row=row, colours=COLOURS, is_open=is_open)


def _seen(session: Session, number: int) -> ProblemRow:
    """One that may be seen. Raises NoTicket, NotPermitted."""
    row = service.ticket(session, number)
    if mine() not in (None, row.agency):
        raise NotPermitted(me().login, Action.TICKET_ANSWER, row.agency)
    return row


@pages.both("/contacts", Everyone.STAFF, deed=Action.CONTACT_NOTE)
def contacts() -> Response:
    """The contact log, and a line more of it."""
    form, agency = NoteForm(formdata=request.form if request.method == "POST" else None), mine()
    agencies.turn_to(form.agency, agencies.choices(Action.CONTACT_NOTE))
    if form.is_fit():
        by, told = allow(Action.CONTACT_NOTE, form.text("agency")), (form.text("agency"), form.text("words"))
        if form.writes(lambda session: service.note(session, *told, at=now(), by=by)):
            return lead_to("tickets.contacts", _("已記下。"))
    with read_session() as session:
        rows = service.notes(session, agency=agency or request.args.get("agency", "")) if agency != "" else []
    return render_form("tickets/contacts.html", form, page=page_of(rows), may_write=may(Action.CONTACT_NOTE))
