"""The directory as files: brought in after a dry run that shows what changes, and taken out as of any day."""

from io import BytesIO
from typing import Final

from flask import jsonify, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovFileInput,
    GovSelect,
    GovSubmitInput,
    GovTextInput,
)
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FileField, SelectField, StringField, SubmitField
from wtforms.validators import InputRequired

from administration.import_runs import ImportPlan, ImportRun, ImportStage
from administration.uploads import Upload
from hotline.clock import TAIPEI, midnight
from hotline.db import transaction
from hotline.directory.files.exporting import as_csv, tables
from hotline.directory.files.importing import Became, ImportChange
from hotline.directory.files.workbooks import write_workbook
from hotline.directory.findings import Finding
from hotline.ledger.looks import look
from hotline.permissions import Action
from hotline.sheets.columns import SHEETS
from hotline.sheets.headings import Language
from web.console import browser
from web.console.change_warnings import first_in_time, lateness
from web.console.date_fields import DayField, MomentField
from web.console.forms import Form
from web.console.gate import Pages, factory, house, me, now
from web.console.language import _, _l
from web.console.menu import DIRECTORY
from web.console.paging import page_of
from web.console.record_links import column_name, kind_name
from web.console.sheet_words import column, file_name
from web.console.words import in_words

pages = Pages("bulk_import")
pages.in_menu(DIRECTORY, _l("整批匯入"), "start", Action.DIRECTORY_IMPORT)
pages.in_menu(DIRECTORY, _l("匯出"), "export", Action.DIRECTORY_IMPORT)
WHOLE: Final = "all"
LONGEST_WORD: Final = 200


class UploadForm(Form):
    """A file, what it is, and from when on it counts."""

    file = FileField(_l("檔案"), widget=GovFileInput())
    only = SelectField(_l("種類"), widget=GovSelect())
    day = DayField(_l("生效日"), [InputRequired(_l("請輸入生效日"))])
    complete = BooleanField(_l("這是完整名單：檔案沒有列出的，從生效日起結束"), widget=GovCheckboxInput())
    submit = SubmitField(_l("上傳並試算"), widget=GovSubmitInput())


class PlanForm(Form):
    """The same file from another day on."""

    day = DayField(_l("生效日"), [InputRequired(_l("請輸入生效日"))])
    complete = BooleanField(_l("這是完整名單：檔案沒有列出的，從生效日起結束"), widget=GovCheckboxInput())
    submit = SubmitField(_l("重新試算"), widget=GovSubmitInput())

    def plan(self) -> ImportPlan:
        """What was filled in."""
        return ImportPlan(midnight(self.day.data), bool(self.complete.data))


class ApproveForm(Form):
    """Why it is done."""

    reason = StringField(_l("原因"), [InputRequired(_l("請寫下原因"))], widget=GovTextInput())
    submit = SubmitField(_l("核准匯入"), widget=GovSubmitInput())


class ExportForm(Form):
    """What is taken out, as of when, and why: it holds names, numbers and addresses."""

    only = SelectField(_l("種類"), widget=GovSelect())
    as_file = SelectField(_l("格式"), widget=GovSelect())
    headings = SelectField(_l("標題語言"), widget=GovSelect())
    at = MomentField(_l("哪個時間的資料"), description=_l("不填就是現在；也可以填過去或未來。"))
    reason = StringField(
        _l("用途"),
        [InputRequired(_l("請寫下用途；匯出含個人資料，會留下記錄"))],
        widget=GovTextInput(),
    )
    submit = SubmitField(_l("下載"), widget=GovSubmitInput())


@pages.both("/import", Action.DIRECTORY_IMPORT)
def start() -> ResponseReturnValue:
    """The first step: a file is sent and tried at once."""
    form = UploadForm()
    form.only.choices = [("", _("依檔名或工作表名稱判斷")), *_kinds()]
    if request.method == "GET":
        form.day.data = first_in_time()
    if form.is_fit():
        sent = form.file.data
        if isinstance(sent, FileStorage) and sent.filename:
            upload = house().uploads.keep(me().login, sent.filename, form.text("only"), sent.read())
            plan = ImportPlan(midnight(form.day.data), bool(form.complete.data))
            house().imports.attempt(upload, plan, at=now())
            return redirect(url_for("bulk_import.watch", token=upload.token), 303)
        form.blame("file", _("請選擇檔案"))
    return make_response(render_template("bulk_import/start.html", form=form), form.status)


def _kinds() -> list[tuple[str, str]]:
    return [(name, f"{kind_name(sheet.kind)} ({name})") for name, sheet in SHEETS.items()]


@pages.read("/import/<token>", Action.DIRECTORY_IMPORT)
def watch(token: str) -> ResponseReturnValue:
    """How far it is; when it is tried, all that would change. Raises NoUpload."""
    upload, work = _mine(token)
    return _shown(upload, work, ApproveForm())


@pages.read("/import/<token>/progress", Action.DIRECTORY_IMPORT)
def progress(token: str) -> ResponseReturnValue:
    """The same for the script that waits. Raises NoUpload."""
    _upload, work = _mine(token)
    if work is None:
        return jsonify({"running": False})
    return jsonify({"running": work.is_running, "done": work.done, "of": work.of})


@pages.change("/import/<token>/try", Action.DIRECTORY_IMPORT)
def attempt(token: str) -> ResponseReturnValue:
    """Another dry run of the same file. Raises NoUpload, IsRunning."""
    upload, work = _mine(token)
    form = PlanForm()
    if not form.is_fit():
        return _shown(upload, work, ApproveForm(), form)
    house().imports.attempt(upload, form.plan(), at=now())
    return redirect(url_for("bulk_import.watch", token=token), 303)


@pages.change("/import/<token>/approve", Action.DIRECTORY_IMPORT)
def approve(token: str) -> ResponseReturnValue:
    """Write what was shown. Raises NoUpload, IsRunning, NothingShown."""
    upload, work = _mine(token)
    form = ApproveForm()
    if not form.is_fit():
        return _shown(upload, work, form)
    house().imports.approve(upload, at=now(), reason=form.text("reason").strip())
    return redirect(url_for("bulk_import.watch", token=token), 303)


@pages.change("/import/<token>/drop", Action.DIRECTORY_IMPORT)
def drop(token: str) -> ResponseReturnValue:
    """The file is not imported, and not kept. Raises NoUpload, IsRunning."""
    upload, _work = _mine(token)
    house().imports.forget(upload)
    browser.say(_("已放棄，檔案已刪除；目錄沒有任何變動。"))
    return redirect(url_for("bulk_import.start"), 303)


def _mine(token: str) -> tuple[Upload, ImportRun | None]:
    """Whoever sent the file; one that was imported is known by its work only. Raises NoUpload."""
    work = house().imports.of(token, me().login)
    return (work.upload, work) if work else (house().uploads.of(token, me().login), None)


def _shown(
    upload: Upload, work: ImportRun | None, form: ApproveForm, plan: PlanForm | None = None
) -> ResponseReturnValue:
    if plan is None:
        plan = PlanForm(formdata=None)
        plan.day.data = work.plan.start.astimezone(TAIPEI).date() if work else first_in_time()
        plan.complete.data = bool(work and work.plan.complete)
    outcomes = _asked(work)
    page = render_template(
        "bulk_import/work.html", upload=upload, work=work, form=form, plan=plan, Stage=ImportStage, Became=Became,
        page=page_of(outcomes), faults_page=page_of(work.faults if work else ()), became=request.args.get("became", ""),
        planned=sum(one.planned is not None for one in (work.brought.outcomes if work and work.brought else ())),
        late=lateness(work.plan.start) if work else None, file_name=file_name, column=column,
        kind_name=kind_name, column_name=column_name, word=_word, in_words=in_words, finding=_finding,
        month=f"{work.plan.start.astimezone(TAIPEI):%Y-%m}" if work else "",
    )  # fmt: skip
    return make_response(page, 422 if form.errors or plan.errors else 200)


def _asked(work: ImportRun | None) -> list[ImportChange]:
    """The outcomes of a kind that is asked for; those in the way of a plan first."""
    became = request.args.get("became", "")
    found = work.brought.outcomes if work and work.brought else ()
    chosen = [
        one for one in found if became in ("", str(one.became)) or (became == "planned" and one.planned)
    ]
    return sorted(chosen, key=lambda one: one.planned is None)


def _finding(found: Finding) -> str:
    """What would be wrong, in one line."""
    kind, key = found.about
    return _("%(kind)s %(key)s：%(what)s", kind=kind_name(kind), key=key, what=in_words(found))


def _word(value: object) -> str:
    """A word of a row as people read it."""
    match value:
        case None | "":
            return "–"
        case bool():
            return _("是") if value else _("否")
        case list():
            return "、".join(map(str, value))
        case _:
            return str(value)[:LONGEST_WORD]


@pages.both("/export", Action.DIRECTORY_IMPORT)
def export() -> ResponseReturnValue:
    """A file of what is known; who takes it says why, and that is kept."""
    form = ExportForm()
    form.only.choices = [(WHOLE, _("全部（只限 Excel，每種一張工作表）")), *_kinds()]
    form.as_file.choices = [("xlsx", "Excel (XLSX)"), ("csv", "CSV (UTF-8)")]
    form.headings.choices = [("zh", _("中文")), ("en", _("英文"))]
    if form.is_fit():
        if form.text("as_file") == "csv" and form.text("only") == WHOLE:
            form.blame("only", _("CSV 一次只能匯出一種；請選擇種類，或改用 Excel。"))
        else:
            return _file(form)
    return make_response(render_template("bulk_import/export.html", form=form), form.status)


def _file(form: ExportForm) -> ResponseReturnValue:
    only, at = form.text("only"), form.at.data or now()
    language: Language = "zh" if form.text("headings") == "zh" else "en"
    with transaction(factory()) as session:
        look(session, now(), me().login, f"directory:{only}", form.text("reason"), "export")
        found = tables(session, at, language=language, files=SHEETS if only == WHOLE else (only,))
    is_csv = form.text("as_file") == "csv"
    content = as_csv(found[only]) if is_csv else write_workbook(found, language)
    kind = "text/csv" if is_csv else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f"{'directory' if only == WHOLE else only}-{at.astimezone(TAIPEI):%Y%m%d}.{form.text('as_file')}"
    return send_file(BytesIO(content), kind, as_attachment=True, download_name=name, max_age=0)
