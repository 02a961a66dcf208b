"""Open cases of an older system: a file is sent, tried, looked at, and taken over when nothing is wrong."""

from typing import Final

from flask import Response
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from werkzeug.datastructures import FileStorage
from wtforms import FileField

from administration import old_cases
from administration.old_cases import SHEET, OldCasePlan, TooManyLines, UnfitCases
from administration.uploads import Upload
from hotline.cases.rules import CaseKind
from hotline.permissions import Action
from hotline.sheets.headings import heading_of
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, button
from web.console.gate import Pages, house, me, now, read_session, stamp
from web.console.language import _, _l, in_words, names
from web.console.menu import DIRECTORY

pages = Pages("old_cases")
pages.in_menu(DIRECTORY, _l("匯入原系統案件"), "start", Action.CASE_IMPORT, place=9)
FILE_KIND: Final = "old-cases"


class OldCasesForm(Form):
    """A file of open cases."""

    file = FileField(_l("檔案"), widget=GovFileInput())
    submit = button(_l("上傳並試算"))


@pages.both("/cases/import", Action.CASE_IMPORT)
def start() -> Response:
    """The form, and the columns that a file has."""
    form = OldCasesForm()
    if form.is_fit():
        sent = form.file.data
        if isinstance(sent, FileStorage) and sent.filename:
            kept = house().uploads.keep(me().login, sent.filename, FILE_KIND, sent.read())
            return lead_to("old_cases.tried", token=kept.token, _code=303)
        form.blame("file", _("請選擇檔案"))
    columns = [(heading_of(name, "zh"), name, name in SHEET.required) for name in SHEET.headings]
    return render_form("cases/import.html", form, columns=columns, most=old_cases.MOST)


@pages.read("/cases/import/<token>", Action.CASE_IMPORT)
def tried(token: str) -> Response:
    """Dry run of a file: each line with what it would do, and all that is wrong. Raises NoUpload."""
    return _plan_page(house().uploads.of(token, me().login))


def _plan_page(kept: Upload, status: int = 200) -> Response:
    content, too_long = house().uploads.content(kept), None
    try:
        with read_session() as session:
            found = old_cases.plan(session, house().imported_cases, content, now())
    except TooManyLines as error:
        found, too_long = OldCasePlan(()), error
    return render(
        "cases/import_plan.html",
        status,
        upload=kept,
        plan=found,
        too_long=too_long,
        heading=lambda name: heading_of(name, "zh") if name in SHEET.headings else name,
        kinds=names(CaseKind),
        in_words=in_words,
    )


@pages.change("/cases/import/<token>/bring", Action.CASE_IMPORT)
def approve(token: str) -> Response:
    """Take over what the file says now. Raises NoUpload."""
    kept = house().uploads.of(token, me().login)
    try:
        content = house().uploads.content(kept)
        done = old_cases.bring(house().factory, house().imported_cases, content, **stamp())
    except (UnfitCases, TooManyLines):
        return _plan_page(kept, 422)
    house().uploads.forget(kept)
    return lead_to("old_cases.start", _("已匯入 %(count)d 件案件。", count=len(done.added)), _code=303)


@pages.change("/cases/import/<token>/drop", Action.CASE_IMPORT)
def drop(token: str) -> Response:
    """Drop a file: nothing of it is written, and it is not kept. Raises NoUpload."""
    house().uploads.forget(house().uploads.of(token, me().login))
    return lead_to("old_cases.start", _("已放棄，沒有匯入任何案件。"), _code=303)
