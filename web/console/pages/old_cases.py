"""Open cases of an older system: a file is sent, tried, looked at, and taken over when nothing is wrong."""

from collections.abc import Mapping
from typing import Final

from flask import Response, url_for

from administration import old_cases
from administration.old_cases import SHEET, OldCaseLine, OldCasePlan
from administration.old_lines import MOST, NothingToImport, TooManyLines
from administration.uploads import Upload
from hotline.cases.rules import CaseKind
from hotline.permissions import Action
from web.console import agencies, language
from web.console.answers import lead_to, render_form
from web.console.gate import Pages, house, me, now, read_session, stamp
from web.console.language import _, _l, names
from web.console.menu import DIRECTORY
from web.console.old_files import OldFileForm, ShownLine, columns, plan_page

pages = Pages("old_cases")
pages.in_menu(DIRECTORY, _l("匯入原系統案件"), "start", Action.CASE_IMPORT, place=9)
FILE_KIND: Final = "old-cases"
SAYS: Final[Mapping[str, str]] = {
    "external_ref": _l("原系統的案號；已匯入過的不會重複，也不會更動"),
    "filed_at": _l("例如 2026-11-24 10:00、2026/11/24 或 115/11/24 10:00"),
    "matter": _l("民眾反映的內容"),
    "case_kind": _l("陳情、通報或快速；不填就依案件類別"),
    "category": _l("類別代碼"),
    "agency": _l("機關代碼；不填就依案件類別"),
    "section": _l("科室代碼"),
    "address": _l("地址、路口或地標"),
    "district": _l("例如 板橋區"),
    "name": _l("不填就是不具名"),
    "number": _l("民眾的電話"),
    "email": _l("民眾的信箱"),
    "reply_way": _l("簡訊、電子郵件、電話或不需回復；不填就是不需回復"),
    "waits": _l("機關還沒開始處理就寫「是」"),
}


@pages.both("/cases/import", Action.CASE_IMPORT)
def start() -> Response:
    """The form, and the columns that a file has."""
    form = OldFileForm()
    if form.is_fit() and (kept := form.kept(FILE_KIND)):
        return lead_to("old_cases.tried", token=kept.token, _code=303)
    return render_form(
        "old_files/start.html",
        form,
        title=_("匯入原系統案件"),
        back=(_("案件查詢"), url_for("case_search.listed")),
        about=_(
            "把原系統還沒結案的案件帶進來：保留原案號和受理時間，期限從受理時間起算，不會再通知民眾和機關。上傳後先試算，什麼都還不會寫入。"
        ),
        columns=columns(SHEET),
        says=SAYS,
        most=MOST,
    )


@pages.read("/cases/import/<token>", Action.CASE_IMPORT)
def tried(token: str) -> Response:
    """Dry run of a file: each line with what it would do, and all that is wrong. Raises NoUpload."""
    return _plan_page(house().uploads.of(token, me().login))


def _plan_page(kept: Upload, status: int = 200) -> Response:
    content, too_long, found = house().uploads.content(kept), None, OldCasePlan(())
    try:
        with read_session() as session:
            found = old_cases.plan(session, house().imported_cases, content, now())
    except TooManyLines as error:
        too_long = error
    return plan_page(
        kept,
        SHEET,
        [_shown(one, names(CaseKind)) for one in found.lines],
        status,
        too_long,
        back=(_("匯入原系統案件"), url_for("old_cases.start")),
        summary=_(
            "新增 %(added)d 件，%(known)d 件已經匯入過、不會更動。", added=len(found.added), known=found.known
        ),
        is_fit=found.is_fit,
        heads=[_("原案號"), _("種類"), _("機關"), _("受理時間")],
        approve=url_for("old_cases.approve", token=kept.token),
        drop=url_for("old_cases.drop", token=kept.token),
    )


def _shown(one: OldCaseLine, kinds: Mapping[str, str]) -> ShownLine:
    kind = kinds[one.kind] if one.old and one.agency else ""
    filed_at = language.moment(one.old.filed_at) if one.old else ""
    cells = (kind, agencies.name(one.agency), filed_at)
    if one.number:
        there = (one.number, url_for("case_search.one", number=one.number))
        return ShownLine(one.line, one.key, cells, mark=(_("已匯入"), "grey"), link=there)
    return ShownLine(one.line, one.key, cells, one.faults, (_("新增"), "green"))


@pages.change("/cases/import/<token>/bring", Action.CASE_IMPORT)
def approve(token: str) -> Response:
    """Take over what the file says now. Raises NoUpload."""
    kept = house().uploads.of(token, me().login)
    try:
        content = house().uploads.content(kept)
        done = old_cases.bring(house().factory, house().imported_cases, content, **stamp())
    except (NothingToImport, TooManyLines):
        return _plan_page(kept, 422)
    house().uploads.forget(kept)
    return lead_to("old_cases.start", _("已匯入 %(count)d 件案件。", count=len(done.added)), _code=303)


@pages.change("/cases/import/<token>/drop", Action.CASE_IMPORT)
def drop(token: str) -> Response:
    """Drop a file: nothing of it is written, and it is not kept. Raises NoUpload."""
    house().uploads.forget(house().uploads.of(token, me().login))
    return lead_to("old_cases.start", _("已放棄，沒有匯入任何資料。"), _code=303)
