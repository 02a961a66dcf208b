"""The shifts of agents and interpreters, day by day: planned one by one, or from a file after a dry run."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from flask import Response, request
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from werkzeug.datastructures import FileStorage
from wtforms import FileField
from wtforms.validators import InputRequired

from administration.shift_import import SHEET, ShiftPlan, UnfitShifts, bring, plan
from administration.uploads import Upload
from hotline.clock import TAIPEI, midnight
from hotline.errors import HotlineError, faults
from hotline.permissions import Action
from hotline.sheets.headings import heading_of
from hotline.staff import shifts as use_cases
from hotline.staff.rules import Shift
from hotline.staff.shifts import SIGN, shift_agents, shift_names
from hotline.staff.store import ShiftRow
from reporting.table import Row, csv_text
from web.console.answers import csv_file, lead_to, render, render_form
from web.console.date_fields import MomentField, asked_day
from web.console.forms import Form, button, choice, text_of, tick_box
from web.console.gate import Pages, house, me, now, read_session, stamp, write_session
from web.console.language import _, _l, in_words
from web.console.menu import TODAY
from web.console.menu_words import LANGUAGES
from web.serving import today

pages = Pages("shifts")
pages.in_menu(TODAY, _l("班表"), "day", Action.SHIFT_CHANGE, place=7)
WEEK: Final = timedelta(days=7)
FILE_KIND: Final = "shifts"
SPOKEN: Final[Mapping[str, Any]] = {**{str(tag): name for tag, name in LANGUAGES.items()}, SIGN: _l("手語")}
"""Languages of shifts: the queues', and the interpreters'."""


class ShiftForm(Form):
    """An agent's or interpreter's time on duty."""

    BLAMED = {
        use_cases.ShiftEndsEarly: "until",
        use_cases.ShiftTooLong: "until",
        use_cases.NotAnAgent: "person",
        use_cases.UnknownLanguage: "language",
        use_cases.LanguageOfOthers: "language",
        use_cases.ShiftOverlaps: "since",
    }
    person = choice(_l("人員"), InputRequired(_l("請選擇話務人員或手語翻譯員")), checked=False)
    language = choice(_l("語言"))
    since = MomentField(_l("從何時起"), [InputRequired(_l("請填開始的時間"))])
    until = MomentField(_l("到何時止"), [InputRequired(_l("請填結束的時間"))])
    submit = button(_l("排班"))

    def faults(self) -> Iterable[HotlineError]:
        """A time that nobody can be on duty."""
        return faults(partial(use_cases.check, self.says())) if self.since.data and self.until.data else ()

    def says(self) -> Shift:
        """Shift that was filled in."""
        since: datetime = self.since.data
        until: datetime = self.until.data
        return Shift(self.text("person"), since, until, self.text("language"))


class ShiftFileForm(Form):
    """A file of shifts."""

    file = FileField(_l("CSV 檔"), widget=GovFileInput())
    complete = tick_box(_l("這是完整班表：檔案涵蓋的期間內，檔案沒有列出的班一併取消"))
    upload = button(_l("上傳並試算"))


@pages.both("/shifts", Action.SHIFT_CHANGE)
def day() -> Response:
    """Shifts of a day, and the form for another."""
    of = asked_day("day") or today()
    form = ShiftForm()
    with read_session() as session:
        people = shift_agents(session, now())
    form.person.choices = [("", _("請選擇")), *((one.login, f"{one.name}（{one.login}）") for one in people)]
    form.language.choices = [(tag, str(name)) for tag, name in SPOKEN.items()]
    if form.is_fit():
        made = form.writes(lambda session: use_cases.add(session, form.says(), **stamp()))
        if made:
            begins = form.says().since.astimezone(TAIPEI).date()
            return lead_to("shifts.day", _("已排班。"), day=begins.isoformat(), _code=303)
    if request.method == "GET":
        begins_at = midnight(of)
        form.since.data, form.until.data = begins_at + timedelta(hours=8), begins_at + timedelta(hours=16)
    return _day_page(of, form)


def _day_page(of: date, form: Form) -> Response:
    since = midnight(of)
    with read_session() as session:
        rows = use_cases.shifts(session, since, since + timedelta(days=1))
        names = shift_names(session, rows, now())
    return render_form(
        "shifts/day.html",
        form,
        of=of,
        before=of - timedelta(days=1),
        after=of + timedelta(days=1),
        rows=rows,
        names=names,
        spoken=SPOKEN,
        now=now(),
        upload=ShiftFileForm(formdata=None),
        heading="，".join(_heading()),
    )


@pages.change("/shifts/<int:number>/cancel", Action.SHIFT_CHANGE)
def cancel(number: int) -> Response:
    """Take a shift back. Raises UnknownShift."""
    with write_session() as session:
        row = use_cases.cancel(session, number, **stamp())
        of = row.since.astimezone(TAIPEI).date()
    return lead_to("shifts.day", _("已取消這一班。"), day=of.isoformat(), _code=303)


@pages.read("/shifts.csv", Action.SHIFT_CHANGE)
def export() -> Response:
    """The shifts of a week from a day on, as a file that can be brought in again."""
    of = asked_day("day") or today()
    with read_session() as session:
        rows = use_cases.shifts(session, midnight(of), midnight(of + WEEK))
    return csv_file(csv_text(_heading(), [_cells(row) for row in rows]), f"shifts-{of:%Y%m%d}")


def _heading() -> Row:
    return [heading_of(column, "zh") for column in SHEET.headings]


def _cells(row: ShiftRow) -> Row:
    since, until = (f"{at.astimezone(TAIPEI):%Y-%m-%dT%H:%M}" for at in (row.since, row.until))
    cells = {"person": row.login, "language": row.language, "from": since, "until": until}
    return [cells[column] for column in SHEET.headings]


@pages.change("/shifts/file", Action.SHIFT_CHANGE)
def upload() -> Response:
    """Keep a file that is sent, and show what it would do."""
    form = ShiftFileForm()
    sent = form.file.data
    if not form.is_fit() or not (isinstance(sent, FileStorage) and sent.filename):
        return lead_to("shifts.day", _("請選擇檔案"), _code=303)
    kept = house().uploads.keep(me().login, sent.filename, FILE_KIND, sent.read())
    complete = "1" if form.complete.data else ""
    return lead_to("shifts.tried", token=kept.token, complete=complete, _code=303)


@pages.read("/shifts/file/<token>", Action.SHIFT_CHANGE)
def tried(token: str) -> Response:
    """Dry run of a file: each line with what it would do, and all that is wrong. Raises NoUpload."""
    kept, complete = house().uploads.of(token, me().login), bool(request.args.get("complete"))
    with read_session() as session:
        found = plan(session, house().uploads.content(kept), complete=complete)
    return _plan_page(kept, found, complete)


def _plan_page(kept: Upload, found: ShiftPlan, complete: bool, status: int = 200) -> Response:
    with read_session() as session:
        names = shift_names(session, found.cancelled, now())
    return render(
        "shifts/file.html",
        status,
        upload=kept,
        plan=found,
        complete=complete,
        names=names,
        spoken=SPOKEN,
        in_words=in_words,
    )


@pages.change("/shifts/file/<token>/bring", Action.SHIFT_CHANGE)
def approve(token: str) -> Response:
    """Write what the file says now, as a whole. Raises NoUpload."""
    kept, complete = house().uploads.of(token, me().login), bool(text_of("complete"))
    content = house().uploads.content(kept)
    try:
        with write_session() as session:
            done = bring(session, content, complete=complete, **stamp())
    except UnfitShifts:
        with read_session() as session:
            return _plan_page(kept, plan(session, content, complete=complete), complete, 422)
    house().uploads.forget(kept)
    said = _(
        "已排入 %(added)d 班，取消 %(cancelled)d 班。", added=len(done.added), cancelled=len(done.cancelled)
    )
    return lead_to("shifts.day", said, _code=303)


@pages.change("/shifts/file/<token>/drop", Action.SHIFT_CHANGE)
def drop(token: str) -> Response:
    """Drop a file: nothing of it is written, and it is not kept. Raises NoUpload."""
    house().uploads.forget(house().uploads.of(token, me().login))
    return lead_to("shifts.day", _("已放棄，班表沒有任何變動。"), _code=303)
