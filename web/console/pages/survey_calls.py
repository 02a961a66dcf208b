"""Answers that a petitioner gives on the telephone, written down by who called (P10.3)."""

from flask import Response

from hotline.callbacks.service import callback
from hotline.cases.numbers import shown
from hotline.errors import existing
from hotline.permissions import Action
from hotline.survey.calling import NoSurveyCall, of_promise, write_down
from hotline.survey.service import COLUMNS
from web.console.answers import lead_to, render
from web.console.gate import Pages, allow, me, now, write_session
from web.console.language import _
from web.console.survey_forms import SurveyAnswerForm

pages = Pages("survey_calls")


@pages.both("/callbacks/<int:number>/survey", Action.CALLBACK_WORK)
def write(number: int) -> Response:
    """The questions of a call, and its answers. Raises NoSuchCallback, NotPermitted, NoSurveyCall."""
    form = SurveyAnswerForm()
    with write_session() as session:
        allow(Action.CALLBACK_WORK, callback(session, number).acted_for)
        row = existing(of_promise(session, number), NoSurveyCall(number))
        form.ask(row)
        case = shown(row.case_number or "")
    if form.is_fit():
        said = form.said()
        if form.writes(lambda session: write_down(session, number, said, me().login, now())):
            return lead_to("callbacks.one", _("已記下民眾的回答，請把這件結案。"), number=number)
    return render("surveys/call.html", form.status, form=form, case=case, names=COLUMNS, number=number)
