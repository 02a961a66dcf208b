"""New measures: the newest material, entries to read from, and who was trained (P4.10)."""

from collections.abc import Iterable
from datetime import date

from flask import Response, request
from sqlalchemy.orm import Session

from hotline.bulletins import READERS
from hotline.errors import HotlineError, existing
from hotline.news import measures
from hotline.news.linked import NoNews
from hotline.news.rules import Measure
from hotline.news.store import MeasureRow
from hotline.permissions import Action
from hotline.staff.service import with_role
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import DayField
from web.console.entry_links import chosen, entries_field, linked, offered
from web.console.forms import Form, agency_choice, text_area, text_line, tick_box
from web.console.gate import Everyone, Pages, allow, now, read_session, stamp, write_session
from web.console.language import _, _l
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("measures")
pages.in_menu(
    KNOWLEDGE,
    _l("新措施"),
    "listed",
    Everyone.STAFF,
    place=6,
    work=(Action.NEWS_MEASURE, Action.NEWS_TRAIN, Action.CALL_ANSWER),
)


class MeasureForm(Form):
    """A measure with its material and its training."""

    agency = agency_choice(_l("機關"))
    title = text_line(_l("措施名稱"))
    material = text_area(_l("最新資料"))
    entries = entries_field()
    training = tick_box(_l("要辦教育訓練"))
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
            chosen(self.entries.data or ()),
        )

    def faults(self) -> Iterable[HotlineError]:
        """All that is wrong with the measure."""
        return self.says().faults()


@pages.read("/measures", Everyone.STAFF)
def listed() -> Response:
    """List of measures, the latest first."""
    with read_session() as session:
        rows = measures.measures(session)
    return render("news/measures.html", page=page_of(rows))


@pages.read("/measures/<int:number>", Everyone.STAFF)
def one(number: int) -> Response:
    """A measure, and who was trained for it."""
    with read_session() as session:
        row = _row(session, number)
        attended = measures.trained(session, number)
        there = {one.login: one for role in READERS for one in with_role(session, role, now())}
        links = linked(session, row.entries)
    lacking = [there[login] for login in sorted(there.keys() - {one.login for one in attended})]
    return render("news/measure.html", row=row, links=links, attended=attended, lacking=lacking, people=there)


@pages.both("/measures/new", Action.NEWS_MEASURE)
def new() -> Response:
    """Tell the call centre of a new measure."""
    return _edited(MeasureForm(), None)


@pages.both("/measures/<int:number>/edit", Action.NEWS_MEASURE)
def edit(number: int) -> Response:
    """Newer material, a day for the training."""
    with read_session() as session:
        row = _row(session, number)
    allow(Action.NEWS_MEASURE, row.agency)
    form = MeasureForm(
        agency=row.agency,
        title=row.title,
        material=row.material,
        entries=list(row.entries),
        training=row.training,
        training_on=row.training_on,
    )
    return _edited(form, row)


def _edited(form: MeasureForm, row: MeasureRow | None) -> Response:
    agencies.speak_for(form.agency, Action.NEWS_MEASURE)
    if form.is_fit() and (made := form.writes(lambda session: _kept(session, form, row))):
        said = _("已通報，話務人員看得到了。") if row is None else _("已更新。")
        return lead_to("measures.one", said, number=made.id)
    with read_session() as session:
        there = offered(session, Action.NEWS_MEASURE)
    return render_form("news/measure_edit.html", form, row=row, offered=there)


def _kept(session: Session, form: MeasureForm, row: MeasureRow | None) -> MeasureRow:
    if row is None:
        return measures.tell(session, form.says(), **stamp())
    return measures.correct(session, row.id, form.says(), **stamp())


@pages.change("/measures/<int:number>/trained", Action.NEWS_TRAIN)
def trained(number: int) -> Response:
    """Put on record which agents attended the training."""
    logins = request.form.getlist("login")
    with write_session() as session:
        new = measures.train(session, number, logins, **stamp())
    return lead_to("measures.one", _("已記下 %(new)d 人參加訓練。", new=new), number=number)


def _row(session: Session, number: int) -> MeasureRow:
    return existing(session.get(MeasureRow, number), NoNews(measures.KIND, number))
