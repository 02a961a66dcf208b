"""A petitioner's page: how the service was, opened by the code of the e-mail (N-51, P10.3)."""

from datetime import timedelta
from typing import Final

from flask import Response
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from hotline.allowances import NoAllowance
from hotline.cases.numbers import shown
from hotline.survey.mailing import UnknownSurveyCode, answer, opened
from hotline.survey.service import COLUMNS
from hotline.survey.store import SurveyRow
from web.console.answers import lead_to, render
from web.console.forms import Form, button, text_line
from web.console.gate import Everyone, Pages, address, house, now, write_session
from web.console.language import _l, in_words
from web.console.survey_forms import SurveyAnswerForm

pages = Pages("survey_answer")
_LONGEST_CODE: Final = 40


class SurveyCodeForm(Form):
    """The code of the e-mail."""

    code = text_line(_l("調查碼"), InputRequired(_l("請輸入電子郵件裡的調查碼")))
    submit = button(_l("開始回答"))


@pages.after_request
def unlisted(answer: Response) -> Response:
    """Keep these pages out of the indexes of search engines."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@pages.both("/survey", Everyone.PUBLIC)
def code() -> Response:
    """Ask for the code; one that opens a survey shows its questions."""
    form = SurveyCodeForm()
    if form.is_fit():
        row, wait = _opened(form)
        if row:
            questions = SurveyAnswerForm(formdata=None, data={"code": form.text("code")})
            return _questions(row, questions)
        return _asked(form, wait)
    return _asked(form, timedelta())


@pages.change("/survey/answer", Everyone.PUBLIC)
def give() -> Response:
    """Keep the answers; the code is used up."""
    form = SurveyAnswerForm()
    row, wait = _opened(form)
    if row is None:
        again = SurveyCodeForm(formdata=None)
        again.form_errors = list(form.code.errors)
        return _asked(again, wait)
    form.ask(row)
    if form.is_fit() and form.writes(lambda session: _kept(session, form)):
        return lead_to("survey_answer.thanks", _code=303)
    return _questions(row, form)


@pages.read("/survey/done", Everyone.PUBLIC)
def thanks() -> Response:
    """Thanks."""
    return render("surveys/thanks.html", short=house().settings.numbers[0])


def _opened(form: Form) -> tuple[SurveyRow | None, timedelta]:
    """The survey of a form's code, or why it opens none, said at its field; and how long to wait."""
    try:
        with write_session() as session:
            row = opened(session, form.text("code")[:_LONGEST_CODE], address(), now())
            if row:
                session.expunge(row)
                return row, timedelta()
    except NoAllowance as error:
        form.blame("code", in_words(error))
        return None, error.again_at - now()
    form.blame("code", in_words(UnknownSurveyCode()))
    return None, timedelta()


def _kept(session: Session, form: SurveyAnswerForm) -> bool:
    row = opened(session, form.text("code")[:_LONGEST_CODE], address(), now())
    if row is None:
        raise UnknownSurveyCode
    answer(session, row, form.said(), now())
    return True


def _asked(form: SurveyCodeForm, wait: timedelta) -> Response:
    status = 429 if wait else form.status
    given = render("surveys/code.html", status, form=form, short=house().settings.numbers[0])
    if wait:
        given.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return given


def _questions(row: SurveyRow, form: SurveyAnswerForm) -> Response:
    form.ask(row)
    return render(
        "surveys/answer.html", form.status, form=form, case=shown(row.case_number or ""), names=COLUMNS
    )
