"""Telephone faults: told by who sees one or found by a health check, mended by whose they are (P11)."""

from flask import Response, request

from hotline.permissions import Action
from hotline.tickets import faults
from hotline.tickets.rules import FaultKind, TicketState
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, choice, radios, text_area, text_of
from web.console.gate import Everyone, Pages, may, me, read_session, stamp
from web.console.language import _, _l, names, term
from web.console.menu import DIRECTORY
from web.console.pages.tickets import COLOURS, AnswerForm
from web.console.paging import page_of

pages = Pages("faults")
pages.in_menu(
    DIRECTORY,
    _l("電話故障"),
    "listed",
    Everyone.STAFF,
    place=6,
    work=(Action.FAULT_REPORT, Action.FAULT_MEND),
)


class FaultForm(Form):
    """Fault: what fails, and where it shows."""

    kind = radios(_l("什麼故障了"), lambda: names(FaultKind), FaultKind.SWITCHBOARD)
    agency = choice(_l("在哪個機關發現的"), checked=False)
    fault = text_area(_l("情形"))


@pages.read("/faults", Everyone.STAFF)
def listed() -> Response:
    """List of open faults, the oldest first; or the closed ones too."""
    with_closed = request.args.get("closed", "") == "1"
    with read_session() as session:
        rows = faults.faults(session, with_closed=with_closed)
    return render("tickets/faults.html", page=page_of(rows), with_closed=with_closed, colours=COLOURS)


@pages.both("/faults/new", Action.FAULT_REPORT)
def new() -> Response:
    """Report a fault; its kind decides whose it is."""
    form = FaultForm()
    form.agency.choices = [("", _("（不限機關）")), *agencies.choices(Action.FAULT_REPORT)]
    if form.is_fit():
        told = FaultKind(form.text("kind")), form.text("agency"), form.text("fault")
        if row := form.writes(lambda session: faults.report(session, *told, **stamp())):
            return lead_to(
                "faults.one", _("已通報%(queue)s。", queue=term(row.queue, "queue")), number=row.id
            )
    return render_form("tickets/fault_new.html", form)


@pages.read("/faults/<int:number>", Everyone.STAFF)
def one(number: int) -> Response:
    """A fault, and what is done about it."""
    return _page(number, AnswerForm(formdata=None))


@pages.change("/faults/<int:number>/mend", Action.FAULT_MEND)
def mend(number: int) -> Response:
    """Note what is being done about a fault, or how it was mended."""
    form, is_mended = AnswerForm(), text_of("step") == "close"
    step = faults.close if is_mended else faults.answer
    if not form.writes(lambda session: step(session, number, form.text("words"), **stamp())):
        return _page(number, form)
    return lead_to("faults.one", _("已結案。") if is_mended else _("已記下處理情形。"), number=number)


def _page(number: int, form: AnswerForm) -> Response:
    with read_session() as session:
        row = faults.fault(session, number)
    is_mine = may(Action.FAULT_MEND) and faults.mends(me(), row) and row.state != TicketState.CLOSED
    return render_form("tickets/fault.html", form, row=row, colours=COLOURS, is_mine=is_mine)
