"""Entries of an older book: a file is sent, tried, looked at, and written when nothing is wrong."""

from collections.abc import Mapping
from typing import Final

from flask import Response, url_for

from administration import old_entries
from administration.old_entries import SHEET, OldEntryLine, OldEntryPlan
from administration.old_lines import MOST, NothingToImport, TooManyLines
from administration.uploads import Upload
from hotline.permissions import Action
from web.console import agencies
from web.console.answers import lead_to, render_form
from web.console.gate import Pages, house, me, now, read_session, stamp
from web.console.language import _, _l
from web.console.old_files import OldFileForm, ShownLine, columns, plan_page

pages = Pages("old_entries")
FILE_KIND: Final = "old-entries"
SAYS: Final[Mapping[str, str]] = {
    "question": _l("民眾會怎麼問；同一機關的同一個問題只有一筆，檔案寫的不同就更改"),
    "answer": _l("怎麼回答，用口語寫"),
    "agency": _l("機關代碼"),
    "section": _l("科室代碼"),
    "business": _l("業務代碼"),
    "keywords": _l("民眾的其他說法，用空格或逗號分開"),
    "aloud": _l("唸過一遍、可以直接唸給民眾聽就寫「是」"),
}


@pages.both("/knowledge/import", Action.FAQ_CHANGE)
def start() -> Response:
    """The form, and the columns that a file has."""
    form = OldFileForm()
    if form.is_fit() and (kept := form.kept(FILE_KIND)):
        return lead_to("old_entries.tried", token=kept.token, _code=303)
    return render_form(
        "old_files/start.html",
        form,
        title=_("匯入問答"),
        back=(_("常見問答"), url_for("knowledge.listed")),
        about=_("把原系統的問答帶進來。上傳後先試算：看得到新增和更改哪些問答，什麼都還不會寫入。"),
        columns=columns(SHEET),
        says=SAYS,
        most=MOST,
    )


@pages.read("/knowledge/import/<token>", Action.FAQ_CHANGE)
def tried(token: str) -> Response:
    """Dry run of a file: each line with what it would do, and all that is wrong. Raises NoUpload."""
    return _plan_page(house().uploads.of(token, me().login))


def _plan_page(kept: Upload, status: int = 200) -> Response:
    content, too_long, found = house().uploads.content(kept), None, OldEntryPlan(())
    try:
        with read_session() as session:
            found = old_entries.plan(session, content, me().login, now())
    except TooManyLines as error:
        too_long = error
    return plan_page(
        kept,
        SHEET,
        [_shown(one) for one in found.lines],
        status,
        too_long,
        back=(_("匯入問答"), url_for("old_entries.start")),
        summary=_(
            "新增 %(added)d 筆，更改 %(changed)d 筆，%(known)d 筆不變。",
            added=found.added,
            changed=found.changed,
            known=found.known,
        ),
        is_fit=found.is_fit,
        heads=[_("問題"), _("機關")],
        approve=url_for("old_entries.approve", token=kept.token),
        drop=url_for("old_entries.drop", token=kept.token),
    )


def _shown(one: OldEntryLine) -> ShownLine:
    agency = one.faq.agency if one.faq else ""
    there = (one.number, url_for("knowledge.one", number=int(one.number))) if one.number else ("", "")
    mark = (
        (_("更改"), "yellow")
        if one.is_changed
        else (_("不變"), "grey")
        if one.number
        else (_("新增"), "green")
    )
    return ShownLine(one.line, one.key, (agencies.name(agency),), one.faults, mark, there)


@pages.change("/knowledge/import/<token>/bring", Action.FAQ_CHANGE)
def approve(token: str) -> Response:
    """Write what the file says now. Raises NoUpload."""
    kept = house().uploads.of(token, me().login)
    try:
        done = old_entries.bring(house().factory, house().uploads.content(kept), **stamp())
    except (NothingToImport, TooManyLines):
        return _plan_page(kept, 422)
    house().uploads.forget(kept)
    told = _("已新增 %(added)d 筆、更改 %(changed)d 筆問答。", added=done.added, changed=done.changed)
    return lead_to("old_entries.start", told, _code=303)


@pages.change("/knowledge/import/<token>/drop", Action.FAQ_CHANGE)
def drop(token: str) -> Response:
    """Drop a file: nothing of it is written, and it is not kept. Raises NoUpload."""
    house().uploads.forget(house().uploads.of(token, me().login))
    return lead_to("old_entries.start", _("已放棄，沒有匯入任何資料。"), _code=303)
