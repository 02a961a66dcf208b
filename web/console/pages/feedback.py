"""Commendations and complaints of citizens (P14): written down at the desk, listed and read by RDEC."""

from collections.abc import Iterable

from flask import Response, request
from wtforms.validators import InputRequired

from calls.store import NoSuchCall, refuse_unknown
from hotline.cases.moving import NoSuchCase
from hotline.directory.service import Unknown
from hotline.errors import HotlineError, faults
from hotline.permissions import Action
from hotline.reviews import feedback
from hotline.reviews.rules import FeedbackKind
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import YEARS
from web.console.forms import Form, agency_choice, button, radios, text_area, text_line
from web.console.gate import Pages, me, now, read_session, stamp, today, write_session
from web.console.language import _, _l, names
from web.console.pages.reviews import of_year

pages = Pages("feedback")
pages.in_search(_l("嘉許與抱怨"), "listed", Action.CASE_AUDIT)
pages.in_search(_l("記錄嘉許或抱怨"), "new", Action.FEEDBACK_NOTE)


class FeedbackForm(Form):
    """Form of a citizen's feedback on an agency's work, with its case or call."""

    BLAMED = {NoSuchCase: "case", NoSuchCall: "call", Unknown: "agency"}

    kind = radios(_l("民眾說的是"), lambda: names(FeedbackKind), "", InputRequired(_l("請選擇嘉許或抱怨")))
    case = text_line(_l("案號（沒有就空白）"))
    agency = agency_choice(_l("機關（有案號就照案件）"), needed=False)
    words = text_area(_l("民眾怎麼說"), InputRequired(_l("請寫下民眾說的話")))
    call = text_line(_l("來電編號（可空白）"))
    submit = button(_l("記錄"))

    def faults(self) -> Iterable[HotlineError]:
        """A call that is not there."""
        call = self.text("call").strip()
        with read_session() as session:
            return faults(lambda: refuse_unknown(session, [call] if call else []))


@pages.both("/feedback/new", Action.FEEDBACK_NOTE)
def new() -> Response:
    """Write down what a citizen said."""
    form = FeedbackForm(case=request.args.get("case", ""), call=request.args.get("call", ""))
    form.agency.choices = [("", _("請選擇")), *agencies.names().items()]
    if form.is_fit():
        given = {name: form.text(name).strip() for name in ("case", "agency")}
        kind, words, call = FeedbackKind(form.text("kind")), form.text("words"), form.text("call").strip()
        if form.writes(
            lambda session: feedback.record(session, kind, words, **given, call_id=call, **stamp())
        ):
            return lead_to("feedback.new", _("已記錄，研考會看得到。"))
    return render_form("feedback/new.html", form)


@pages.read("/feedback", Action.CASE_AUDIT)
def listed() -> Response:
    """Feedback of a year, of an agency or of all; without words."""
    typed, agency = request.args.get("year", ""), request.args.get("agency", "")
    year = int(typed) if typed.isdecimal() and len(typed) == 4 and int(typed) in YEARS else today().year
    with read_session() as session:
        rows = feedback.listed(session, *of_year(year), agency)
    return render("feedback/listed.html", rows=rows, year=year, agency=agency)


@pages.read("/feedback/<int:number>", Action.CASE_AUDIT)
def one(number: int) -> Response:
    """Show one feedback; the look is audited. Raises NoFeedback."""
    with write_session() as session:
        row = feedback.read(session, number, me().login, now())
    return render("feedback/one.html", row=row)
