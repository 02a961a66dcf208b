"""New measures: the newest material, entries to read from, and who was trained (P4.10)."""

from datetime import date

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput, GovSelect, GovTextArea, GovTextInput
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from hotline.bulletins.service import READERS
from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.news import measures
from hotline.news.linked import NoNews
from hotline.news.rules import Measure
from hotline.news.store import MeasureRow
from hotline.permissions import Action
from hotline.staff.service import with_role
from web.console import agencies, browser
from web.console.date_fields import DayField
from web.console.entry_links import linked, shown, typed
from web.console.forms import Form
from web.console.gate import Everyone, Pages, allow, factory, me, now
from web.console.language import _, _l
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("measures")
pages.in_menu(KNOWLEDGE, _l("新措施"), "listed", Everyone.STAFF, place=6)


class MeasureForm(Form):
    """A measure with its material and its training."""

    agency = SelectField(
        _l("機關"), [InputRequired(_l("請選擇機關"))], widget=GovSelect(), validate_choice=False
    )
    title = StringField(_l("措施名稱"), widget=GovTextInput())
    material = TextAreaField(_l("最新資料"), widget=GovTextArea())
    entries = StringField(_l("用哪幾則問答回答"), widget=GovTextInput())
    training = BooleanField(_l("要辦教育訓練"), widget=GovCheckboxInput())
    training_on = DayField(_l("訓練日期"), description=_l("還沒定就留空。"))

    def says(self) -> Measure:
        """The measure as it was typed; a day for the training means that there is one."""
        on: date | None = self.training_on.data
        return Measure(
            self.text("agency"),
            self.text("title").strip(),
            self.text("material").strip(),
            bool(self.training.data or on),
            on,
            typed(self.text("entries")),
        )


@pages.read("/measures", Everyone.STAFF)
def listed() -> ResponseReturnValue:
    """All of them, the latest first."""
    with looking(factory()) as session:
        rows = measures.measures(session)
        known = agencies.names(session)
    return render_template("news/measures.html", page=page_of(rows), names=known)


@pages.read("/measures/<int:number>", Everyone.STAFF)
def one(number: int) -> ResponseReturnValue:
    """A measure, and who was trained for it."""
    with looking(factory()) as session:
        row = _row(session.get(MeasureRow, number), number)
        attended = measures.trained(session, number)
        there = {one.login: one for role in READERS for one in with_role(session, role, now())}
        links, known = linked(session, row.entries), agencies.names(session)
    lacking = [there[login] for login in sorted(there.keys() - {one.login for one in attended})]
    return render_template(
        "news/measure.html",
        row=row,
        names=known,
        links=links,
        attended=attended,
        lacking=lacking,
        people=there,
    )


@pages.both("/measures/new", Action.NEWS_MEASURE)
def new() -> ResponseReturnValue:
    """Tell the call centre of a new measure."""
    return _edited(MeasureForm(), None)


@pages.both("/measures/<int:number>/edit", Action.NEWS_MEASURE)
def edit(number: int) -> ResponseReturnValue:
    """Newer material, a day for the training."""
    with looking(factory()) as session:
        row = _row(session.get(MeasureRow, number), number)
    allow(Action.NEWS_MEASURE, row.agency)
    form = MeasureForm(
        agency=row.agency,
        title=row.title,
        material=row.material,
        entries=shown(row.entries),
        training=row.training,
        training_on=row.training_on,
    )
    return _edited(form, row)


def _edited(form: MeasureForm, row: MeasureRow | None) -> ResponseReturnValue:
    with looking(factory()) as session:
        agencies.speak_for(form.agency, agencies.choices(session, Action.NEWS_MEASURE))
    if form.is_fit():
        try:
            return _kept(form, row)
        except HotlineError as error:
            form.blame_for(error)
    return make_response(render_template("news/measure_edit.html", form=form, row=row), form.status)


def _kept(form: MeasureForm, row: MeasureRow | None) -> Response:
    with transaction(factory()) as session:
        if row is None:
            made = measures.tell(session, form.says(), at=now(), by=me().login)
        else:
            made = measures.correct(session, row.id, form.says(), at=now(), by=me().login)
    browser.say(_("已通報，話務人員看得到了。") if row is None else _("已更新。"))
    return make_response(redirect(url_for("measures.one", number=made.id)))


@pages.change("/measures/<int:number>/trained", Action.NEWS_TRAIN)
def trained(number: int) -> ResponseReturnValue:
    """These agents attended."""
    logins = request.form.getlist("login")
    with transaction(factory()) as session:
        new = measures.train(session, number, logins, at=now(), by=me().login)
    browser.say(_("已記下 %(new)d 人參加訓練。", new=new))
    return redirect(url_for("measures.one", number=number))


def _row(row: MeasureRow | None, number: int) -> MeasureRow:
    if row is None:
        raise NoNews(measures.KIND, number)
    return row
