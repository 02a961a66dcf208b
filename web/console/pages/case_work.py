"""Work on a case: every move of the tables by one form, the reply and whose it is, notes, photographs.

The page itself is that of ``case_search``; what cannot be done is said there, with all that was typed.
"""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Final

from flask import Response, request, send_file
from sqlalchemy.orm import Session

from hotline.cases.late_analysis import analyse
from hotline.cases.moving import acts_for
from hotline.cases.photographs import UnfitPhoto, clean
from hotline.cases.rules import CaseNotNow, Move, row_of
from hotline.cases.sealed_photographs import image_of
from hotline.cases.store import Case, CasePhoto
from hotline.cases.work import NoSuchPhoto
from hotline.errors import HotlineError, existing
from hotline.permissions import ANY_OTHER, Action
from hotline.staff.service import NotPermitted
from web.console.answers import lead_to
from web.console.case_step_forms import PhoneRecordForm
from web.console.case_working import facts_of
from web.console.forms import number_of, text_of
from web.console.gate import Pages, allow, house, me, now, read_session, stamp, write_session
from web.console.language import _, in_words, name
from web.console.move_forms import VERSION, MoveForm, form_of
from web.console.pages.case_search import case_page, one, seen

pages = Pages("case_work")
MOST_PHOTOS: Final = 10
"""Photographs that are sent at once."""


@pages.change("/cases/<number>/moves/<move>", Action.CASE_READ)
def move(number: str, move: str) -> Response:
    """Perform a move of the tables: what it needs, its form asks for. Raises NoSuchCase, NotPermitted."""
    if move not in set(Move):
        return one(number, _("沒有這個動作。"))
    with read_session() as session:
        row = seen(session, number)
        try:
            step = row_of(row.case_kind, row.case_state, Move(move))
        except CaseNotNow as error:
            return one(number, in_words(error))
        sent = form_of(step, facts_of(session, row), is_sent=True)
    if not sent.form.is_fit():
        return case_page(number, tried=sent)
    return _performed(number, sent)


def _performed(number: str, sent: MoveForm) -> Response:
    version = number_of(str(sent.form[VERSION].data or "")) or None

    def deed(session: Session, row: Case) -> Case:
        words = sent.form.says()
        if sent.move is Move.CONFIRM_JOINT:
            words = replace(words, agency=me().agency)
        return house().case_work.move(session, row.number or "", sent.move, words, **stamp(), version=version)

    try:
        _write(number, deed)
    except NotPermitted:
        raise
    except HotlineError as error:
        if sent.is_plain:
            return one(number, in_words(error))
        sent.form.blame_for_all(error.together)
        return case_page(number, tried=sent)
    return lead_to("case_search.one", _("已登錄：%(move)s。", move=name(sent.move)), number=number)


def _write(number: str, deed: Callable[[Session, Case], object]) -> None:
    """Do it in one transaction, for who may see the case. Raises NoSuchCase, NotPermitted."""
    with write_session() as session:
        deed(session, seen(session, number))


def _does(number: str, said: str, deed: Callable[[Session, Case], object]) -> Response:
    """The same, and back to the case; what cannot be done is said there and changes nothing."""
    try:
        _write(number, deed)
    except NotPermitted:
        raise
    except HotlineError as error:
        return one(number, in_words(error))
    return lead_to("case_search.one", said, number=number)


@pages.change("/cases/<number>/contact", Action.CASE_WORK)
def contact(number: str) -> Response:
    """Begin to answer the petitioner: name and contact are shown, to one person a case (P5.4.4)."""
    return _does(
        number,
        _("這一案由您回復陳情人；姓名與聯絡方式在下面。"),
        lambda session, row: house().case_work.open_contact(session, row.number or "", **stamp()),
    )


@pages.change("/cases/<number>/take-over", Action.CASE_WORK)
def take_over(number: str) -> Response:
    """Answer the petitioner instead of another officer, for a reason."""
    return _does(
        number,
        _("改由您回復陳情人，理由已留下紀錄。"),
        lambda session, row: house().case_work.take_over(
            session, row.number or "", text_of("reason"), **stamp()
        ),
    )


@pages.change("/cases/<number>/phone-records", Action.CASE_WORK)
def phone_record(number: str) -> Response:
    """Keep what was said to the petitioner on the telephone (電話紀錄)."""
    form = PhoneRecordForm()
    if form.is_fit():
        form.writes(lambda session: _recorded(session, number, form))
    if form.errors:
        return case_page(number, sent=form)
    return lead_to("case_search.one", _("電話紀錄已存。"), number=number)


def _recorded(session: Session, number: str, form: PhoneRecordForm) -> None:
    row, note, called_at = seen(session, number), form.text("note"), form.called_at.data
    house().case_work.phone_record(session, row.number or "", note, called_at, **stamp())


@pages.change("/cases/<number>/notes", Action.CASE_WORK)
def note(number: str) -> Response:
    """Leave a note for colleagues."""
    return _does(
        number,
        _("註記已存。"),
        lambda session, row: house().case_work.note(session, row.number or "", text_of("note"), **stamp()),
    )


@pages.change("/cases/<number>/analysis", Action.CASE_ANALYSE)
def analysis(number: str) -> Response:
    """Write why a case was late, as the control officer sees it (P5.4.8)."""
    version = number_of(text_of("version")) or None
    return _does(
        number,
        _("逾期分析已存。"),
        lambda session, row: analyse(
            session, row.number or "", text_of("analysis"), **stamp(), version=version
        ),
    )


@pages.change("/cases/<number>/photos", Action.CASE_WORK)
def add_photos(number: str) -> Response:
    """Keep photographs: each is decoded and written anew, without the camera's data. All of them, or none."""
    sent = [one for one in request.files.getlist("photos") if one.filename]
    if len(sent) > MOST_PHOTOS:
        return one(number, _("一次最多 %(most)d 張照片。", most=MOST_PHOTOS))
    with read_session() as session:
        allow_work(session, seen(session, number))
    try:
        images = [clean(file.read()) for file in sent] or [clean(b"")]
    except UnfitPhoto as error:
        return one(number, in_words(error))

    def deed(session: Session, row: Case) -> None:
        for image in images:
            house().case_work.photo(session, row.number or "", image, **stamp())

    return _does(number, _("照片已存；拍攝地點、時間等資料都已移除。"), deed)


def allow_work(session: Session, row: Case) -> None:
    """Refuse who does not work on a case, before anything is decoded for them. Raises NotPermitted."""
    if not acts_for(session, row, me().login, Action.CASE_WORK, now()):
        allow(Action.CASE_WORK, row.agency or ANY_OTHER)


@pages.read("/cases/<number>/photos/<int:photo>.jpg", Action.CASE_READ)
def photo(number: str, photo: int) -> Response:
    """A photograph of a case that one may see. Raises NoSuchPhoto."""
    with read_session() as session:
        image = image_of(session, _photo(session, seen(session, number), photo))
    return send_file(BytesIO(image), mimetype="image/jpeg")


def _photo(session: Session, row: Case, number: int) -> CasePhoto:
    found = session.get(CasePhoto, number)
    return existing(found if found and found.case_id == row.id else None, NoSuchPhoto(number))


@pages.change("/cases/<number>/photos/<int:photo>/release", Action.CASE_WORK)
def release(number: str, photo: int) -> Response:
    """Let the petitioner see a photograph, or no more."""
    is_released = text_of("released") == "yes"

    def deed(session: Session, row: Case) -> None:
        house().case_work.release_photo(
            session, _photo(session, row, photo).id, **stamp(), is_released=is_released
        )

    said = _("民眾查詢時看得到這張照片。") if is_released else _("民眾看不到這張照片了。")
    return _does(number, said, deed)
