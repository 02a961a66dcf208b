"""Faults of the telephones: told by whoever sees one, or found by a health check,
mended by whose they are (P11).
"""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextArea
from wtforms import RadioField, SelectField, TextAreaField

from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.tickets import faults
from hotline.tickets.rules import FaultKind, TicketState
from web.console import agencies, browser
from web.console.forms import Form, text_of
from web.console.gate import Everyone, Pages, factory, may, me, now
from web.console.language import _, _l, name, term
from web.console.menu import KNOWLEDGE
from web.console.pages.tickets import COLOURS, AnswerForm
from web.console.paging import page_of

pages = Pages("faults")
pages.in_menu(KNOWLEDGE, _l("電話故障"), "listed", Everyone.STAFF, place=9)


class FaultForm(Form):
    """What fails, and where it shows."""

    kind = RadioField(_l("什麼故障了"), default=FaultKind.SWITCHBOARD, widget=GovRadioInput())
    agency = SelectField(_l("在哪個機關發現的"), widget=GovSelect(), validate_choice=False)
    fault = TextAreaField(_l("情形"), widget=GovTextArea())

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.kind.choices = [(one, name(one)) for one in FaultKind]


@pages.read("/faults", Everyone.STAFF)
def listed() -> ResponseReturnValue:
    """Those that are open, the oldest first; or the closed ones too."""
    with_closed = request.args.get("closed", "") == "1"
    with looking(factory()) as session:
        rows = faults.faults(session, with_closed=with_closed)
        known = agencies.names(session)
    return render_template(
        "tickets/faults.html",
        page=page_of(rows),
        names=known,
        with_closed=with_closed,
        colours=COLOURS,
    )


@pages.both("/faults/new", Action.FAULT_REPORT)
def new() -> ResponseReturnValue:
    """Report a fault; its kind decides whose it is."""
    form = FaultForm()
    with looking(factory()) as session:
        form.agency.choices = [("", _("（不限機關）")), *agencies.choices(session, Action.FAULT_REPORT)]
    if form.is_fit():
        kind = FaultKind(form.text("kind"))
        try:
            with transaction(factory()) as session:
                row = faults.report(
                    session, kind, form.text("agency"), form.text("fault"), at=now(), by=me().login
                )
        except HotlineError as error:
            form.blame_for(error)
        else:
            browser.say(_("已通報%(queue)s。", queue=term(row.queue, "queue")))
            return redirect(url_for("faults.one", number=row.id))
    return make_response(render_template("tickets/fault_new.html", form=form), form.status)


@pages.read("/faults/<int:number>", Everyone.STAFF)
def one(number: int) -> ResponseReturnValue:
    """A fault, and what is done about it."""
    return _page(number, AnswerForm(formdata=None))


@pages.change("/faults/<int:number>/mend", Action.FAULT_MEND)
def mend(number: int) -> ResponseReturnValue:
    """What is being done about it, or how it was mended."""
    form, is_mended = AnswerForm(), text_of("step") == "close"
    try:
        with transaction(factory()) as session:
            verb = faults.close if is_mended else faults.answer
            verb(session, number, form.text("words"), at=now(), by=me().login)
    except HotlineError as error:
        form.blame_for(error)
        return _page(number, form)
    browser.say(_("已結案。") if is_mended else _("已記下處理情形。"))
    return redirect(url_for("faults.one", number=number))


def _page(number: int, form: AnswerForm) -> Response:
    with looking(factory()) as session:
        row = faults.fault(session, number)
        known = agencies.names(session)
    is_mine = may(Action.FAULT_MEND) and faults.mends(me(), row)
    return make_response(
        render_template(
            "tickets/fault.html",
            row=row,
            form=form,
            names=known,
            colours=COLOURS,
            is_mine=is_mine and row.state != TicketState.CLOSED,
        ),
        form.status,
    )
