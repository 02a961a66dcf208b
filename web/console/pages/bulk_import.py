"""The directory as files: brought in after a dry run that shows what changes, and taken out as of any day."""

from enum import StrEnum
from io import BytesIO
from typing import Final

from flask import Response, jsonify, request, send_file
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from werkzeug.datastructures import FileStorage
from wtforms import FileField
from wtforms.validators import InputRequired

from administration.bulk_import import ImportLine
from administration.import_runs import ImportPlan, ImportRun, ImportStage
from administration.uploads import Upload
from hotline.clock import TAIPEI, midnight
from hotline.directory.files.exporting import as_csv, tables
from hotline.directory.files.importing import Became, ImportChange
from hotline.directory.files.workbooks import write_workbook
from hotline.directory.findings import Finding
from hotline.ledger.looks import look
from hotline.permissions import Action
from hotline.sheets.columns import SHEETS
from hotline.sheets.faults import SheetFault
from hotline.sheets.headings import FILES, Language, column_of
from web.console.answers import lead_to, render, render_form
from web.console.change_warnings import first_in_time, lateness
from web.console.date_fields import DayField, MomentField
from web.console.forms import Form, asked_one, button, choice, reason_form, text_line, tick_box
from web.console.gate import Pages, house, me, now, write_session
from web.console.language import _, _l, in_words
from web.console.menu import DIRECTORY
from web.console.paging import page_of
from web.console.record_links import column_name, kind_name, meaning

pages = Pages("bulk_import")
pages.in_menu(DIRECTORY, _l("整批匯入"), "start", Action.DIRECTORY_IMPORT, place=7)
pages.in_menu(DIRECTORY, _l("匯出"), "export", Action.DIRECTORY_IMPORT, place=8)
WHOLE: Final = "all"
LONGEST_WORD: Final = 200


class UploadForm(Form):
    """A file, what it is, and from when on it counts."""

    file = FileField(_l("檔案"), widget=GovFileInput())
    only = choice(_l("種類"))
    day = DayField(_l("生效日"), [InputRequired(_l("請輸入生效日"))])
    complete = tick_box(_l("這是完整名單：檔案沒有列出的，從生效日起結束"))
    submit = button(_l("上傳並試算"))


class PlanForm(Form):
    """The same file from another day on."""

    day = DayField(_l("生效日"), [InputRequired(_l("請輸入生效日"))])
    complete = tick_box(_l("這是完整名單：檔案沒有列出的，從生效日起結束"))
    submit = button(_l("重新試算"), "try-again")

    def plan(self) -> ImportPlan:
        """Plan that was filled in."""
        return ImportPlan(midnight(self.day.data), bool(self.complete.data))


ImportForm: Final = reason_form(
    text_line(_l("原因"), InputRequired(_l("請寫下原因"))), button(_l("核准匯入"))
)


class ExportForm(Form):
    """Export to be made, as of when, and why: it holds names, numbers and addresses."""

    only = choice(_l("種類"))
    as_file = choice(_l("格式"))
    headings = choice(_l("標題語言"))
    at = MomentField(_l("哪個時間的資料"), description=_l("不填就是現在；也可以填過去或未來。"))
    reason = text_line(_l("用途"), InputRequired(_l("請寫下用途；匯出含個人資料，會留下記錄")))
    submit = button(_l("下載"))


@pages.both("/import", Action.DIRECTORY_IMPORT)
def start() -> Response:
    """The first step: a file is sent and tried at once."""
    form = UploadForm()
    form.only.choices = [("", _("依檔名或工作表名稱判斷")), *_kinds()]
    if request.method == "GET":
        form.day.data = first_in_time()
    is_fit, sent = form.is_fit(), form.file.data
    has_file = isinstance(sent, FileStorage) and bool(sent.filename)
    if form.is_submitted() and not has_file:
        form.blame("file", _("請選擇檔案"))
    elif is_fit:
        upload = house().uploads.keep(me().login, sent.filename, form.text("only"), sent.read())
        plan = ImportPlan(midnight(form.day.data), bool(form.complete.data))
        house().imports.attempt(upload, plan, at=now())
        return lead_to("bulk_import.watch", token=upload.token, _code=303)
    return render_form("bulk_import/start.html", form)


def _kinds() -> list[tuple[str, str]]:
    return [(name, f"{kind_name(sheet.kind)} ({name})") for name, sheet in SHEETS.items()]


@pages.read("/import/<token>", Action.DIRECTORY_IMPORT)
def watch(token: str) -> Response:
    """Progress of an import; when it is tried, all that would change. Raises NoUpload."""
    upload, work = _mine(token)
    return _shown(upload, work, ImportForm())


@pages.read("/import/<token>/progress", Action.DIRECTORY_IMPORT)
def progress(token: str) -> Response:
    """The same for the script that waits. Raises NoUpload."""
    _upload, work = _mine(token)
    if work is None:
        return jsonify({"running": False})
    return jsonify({"running": work.is_running, "done": work.done, "of": work.of})


@pages.change("/import/<token>/try", Action.DIRECTORY_IMPORT)
def attempt(token: str) -> Response:
    """Another dry run of the same file. Raises NoUpload, IsRunning."""
    upload, work = _mine(token)
    form = PlanForm()
    if not form.is_fit():
        return _shown(upload, work, ImportForm(), form)
    house().imports.attempt(upload, form.plan(), at=now())
    return lead_to("bulk_import.watch", token=token, _code=303)


@pages.change("/import/<token>/approve", Action.DIRECTORY_IMPORT)
def approve(token: str) -> Response:
    """Write what was shown. Raises NoUpload, IsRunning, NothingShown."""
    upload, work = _mine(token)
    form = ImportForm()
    if not form.is_fit():
        return _shown(upload, work, form)
    house().imports.approve(upload, at=now(), reason=form.text("reason").strip())
    return lead_to("bulk_import.watch", token=token, _code=303)


@pages.change("/import/<token>/drop", Action.DIRECTORY_IMPORT)
def drop(token: str) -> Response:
    """Drop a file: it is not imported, and not kept. Raises NoUpload, IsRunning."""
    upload, _work = _mine(token)
    house().imports.forget(upload)
    return lead_to("bulk_import.start", _("已放棄，檔案已刪除；目錄沒有任何變動。"), _code=303)


def _mine(token: str) -> tuple[Upload, ImportRun | None]:
    """Find the upload of who sent it; one that was imported is known by its work only. Raises NoUpload."""
    work = house().imports.of(token, me().login)
    return (work.upload, work) if work else (house().uploads.of(token, me().login), None)


def _shown(upload: Upload, work: ImportRun | None, form: Form, plan: PlanForm | None = None) -> Response:
    if plan is None:
        plan = PlanForm(formdata=None)
        plan.day.data = work.plan.start.astimezone(TAIPEI).date() if work else first_in_time()
        plan.complete.data = bool(work and work.plan.complete)
    outcomes = _asked(work)
    return render(
        "bulk_import/work.html", 422 if form.errors or plan.errors else 200, upload=upload, work=work, form=form, plan=plan, Stage=ImportStage, Became=Became,
        page=page_of(outcomes), became=request.args.get("became", ""),
        lines=page_of(_lines(work)), shown=asked_one("shown", Shown.ALL), Shown=Shown,
        planned=sum(one.planned is not None for one in (work.brought.outcomes if work and work.brought else ())),
        late=lateness(work.plan.start) if work else None, file_name=file_name, column=column,
        kind_name=kind_name, column_name=column_name, word=_word, in_words=in_words, finding=_finding,
        month=f"{work.plan.start.astimezone(TAIPEI):%Y-%m}" if work else "",
    )  # fmt: skip


class Shown(StrEnum):
    """Which lines of a file with faults are shown."""

    ALL = ""
    FAULTY = "faulty"
    GOOD = "good"


def _lines(work: ImportRun | None) -> list[ImportLine]:
    """Lines of a file with faults, of the kind that is asked for."""
    shown = asked_one("shown", Shown.ALL)
    wanted = {Shown.ALL: (True, False), Shown.FAULTY: (True,), Shown.GOOD: (False,)}[shown]
    return [one for one in (work.lines if work else ()) if bool(one.faults) in wanted]


def _asked(work: ImportRun | None) -> list[ImportChange]:
    """The outcomes of a kind that is asked for; those in the way of a plan first."""
    became = request.args.get("became", "")
    found = work.brought.outcomes if work and work.brought else ()
    chosen = [
        one for one in found if became in ("", str(one.became)) or (became == "planned" and one.planned)
    ]
    return sorted(chosen, key=lambda one: one.planned is None)


def file_name(file: str) -> str:
    """A file or worksheet as people call it."""
    return FILES.get(file.removesuffix(".csv"), file)


def column(fault: SheetFault) -> str:
    """Its column as the file calls it, or as people do."""
    return column_name(column_of(fault.column)) if fault.column else ""


def _finding(found: Finding) -> str:
    """Finding in one line."""
    kind, key = found.about
    return _("%(kind)s %(key)s：%(what)s", kind=kind_name(kind), key=key, what=in_words(found))


def _word(column: str, value: object) -> str:
    """A word of a row as people read it: what stands by its code, by its name."""
    match value:
        case None | "":
            return "–"
        case bool():
            return _("是") if value else _("否")
        case list():
            return "、".join(map(str, value))
        case _:
            return str(meaning(column, value))[:LONGEST_WORD]


@pages.both("/export", Action.DIRECTORY_IMPORT)
def export() -> Response:
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
    return render_form("bulk_import/export.html", form)


def _file(form: ExportForm) -> Response:
    only, at = form.text("only"), form.at.data or now()
    language: Language = "zh" if form.text("headings") == "zh" else "en"
    with write_session() as session:
        look(session, now(), me().login, f"directory:{only}", form.text("reason"), "export")
        found = tables(session, at, language=language, files=SHEETS if only == WHOLE else (only,))
    is_csv = form.text("as_file") == "csv"
    content = as_csv(found[only]) if is_csv else write_workbook(found, language)
    kind = "text/csv" if is_csv else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f"{'directory' if only == WHOLE else only}-{at.astimezone(TAIPEI):%Y%m%d}.{form.text('as_file')}"
    return send_file(BytesIO(content), kind, as_attachment=True, download_name=name, max_age=0)
