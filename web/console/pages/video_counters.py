"""The register of counters with a camera, and the agencies that lack one (P6.1, P6.5)."""

from io import BytesIO
from typing import Any

from flask import Response, request, send_file
from sqlalchemy.orm import Session

from hotline.ledger import history
from hotline.ledger.versions import ChangedMeanwhile, histories
from hotline.permissions import Action
from hotline.video import accounts, counter_tests, counters
from hotline.video.counter_rules import CounterTestKind, MediaQuality
from hotline.video.counter_store import CounterRow
from hotline.video.store import VideoAccount
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.change_warnings import version_of
from web.console.forms import Form, number_of
from web.console.gate import Everyone, Pages, allow, may, now, read_session, stamp, write_session
from web.console.language import _, _l
from web.console.menu import CITY
from web.console.record_links import authors
from web.console.video_counter_forms import (
    CounterForm,
    CounterTestForm,
    DeviceForm,
    EndForm,
    SignPhotoForm,
)

pages = Pages("video_counters")
pages.in_menu(
    CITY,
    _l("臨櫃視訊點"),
    "listed",
    Everyone.STAFF,
    place=40,
    work=(Action.VIDEO_COUNTER, Action.VIDEO_TEST),
)
STATES = {"in-use": "green", "out-of-order": "red", "none": "grey"}
QUALITIES = {MediaQuality.GOOD: "green", MediaQuality.POOR: "yellow", MediaQuality.NONE: "red"}
"""The colour beside the word."""


@pages.read("/video/counters", Everyone.STAFF)
def listed() -> Response:
    """All counters with their latest tests, or those of an agency; and who names none."""
    agency = request.args.get("agency", "")
    with read_session() as session:
        found = counters.register(session, now(), agency)
        lacking = counters.lacking(session, now(), agency)
    return render(
        "video/counters.html",
        known=found,
        lacking=lacking,
        agency=agency,
        states=STATES,
        kinds=CounterTestKind,
        overdue=sum(one.is_overdue for one in found),
        mine={code for code, _name in agencies.choices(Action.VIDEO_COUNTER)},
    )


@pages.read("/video/counters/<int:number>", Everyone.STAFF)
def one(number: int) -> Response:
    """A counter, its tests and everything it said before. Raises UnknownCounter."""
    return page(str(number))


def page(number: str, **forms: Form) -> Response:
    """A counter with its forms, one of which may have been sent."""
    shown: dict[str, Any] = {
        "photo": SignPhotoForm,
        "test": CounterTestForm,
        "ending": EndForm,
        "device": DeviceForm,
    }
    shown = {name: forms.get(name) or made(formdata=None) for name, made in shown.items()}
    shown["test"].offer()
    with read_session() as session:
        row = _last(session, number)
        found = counters.standing(row, counters.latest(session, number), now())
        tests = counter_tests.tests(session, number)
        account = accounts.of_counter(session, int(number))
        past, names = histories(session, [(counters.KIND, number)]), authors(session)
        is_there = history.in_force(session, CounterRow, number, now()) is not None
    return render(
        "video/counter.html",
        max(form.status for form in shown.values()),
        row=row,
        standing=found,
        tests=tests,
        account=account,
        past=past,
        names=names,
        is_there=is_there,
        states=STATES,
        qualities=QUALITIES,
        kinds=CounterTestKind,
        may_write=is_there and may(Action.VIDEO_COUNTER, row.agency),
        may_test=is_there and may(Action.VIDEO_TEST),
        sent=next(iter(forms), ""),
        **shown,
    )


def _last(session: Session, number: str) -> CounterRow:
    """The row of a counter now, or the last that it had. Raises UnknownCounter."""
    rows = history.counting(session, CounterRow, number)
    return rows[-1] if rows else counters.counter_of(session, number, now())


@pages.both("/video/counters/new", Action.VIDEO_COUNTER)
def new() -> Response:
    """A new counter."""
    return _edited(CounterForm(agency=request.args.get("agency") or None), "")


@pages.both("/video/counters/<int:number>/edit", Action.VIDEO_COUNTER)
def edit(number: int) -> Response:
    """A counter written otherwise. Raises UnknownCounter."""
    key = str(number)
    with read_session() as session:
        says = counters.counter_of(session, key, now()).says()
    allow(Action.VIDEO_COUNTER, says["agency"])
    return _edited(CounterForm(data={**says, "expected": str(version_of(counters.KIND, key))}), key)


def _edited(form: CounterForm, number: str) -> Response:
    agencies.speak_for(form.agency, Action.VIDEO_COUNTER)
    made = form.writes(lambda session: _written(session, form, number)) if form.is_fit() else None
    if made:
        return lead_to("video_counters.one", _("已儲存；先前的內容還查得到。"), number=made.key)
    return render_form("video/counter_edit.html", form, number=number)


def _written(session: Session, form: CounterForm, number: str) -> CounterRow:
    before = counters.meant(counters.counter_of(session, number, now())) if number else None
    try:
        return counters.write(
            session,
            form.says(before),
            **stamp(),
            number=number,
            reason=form.text("reason").strip(),
            expected=number_of(form.text("expected")) if number else None,
        )
    except ChangedMeanwhile as error:
        form.expected.data = str(error.change.number)
        raise


@pages.change("/video/counters/<int:number>/photo", Action.VIDEO_COUNTER)
def keep_photo(number: int) -> Response:
    """Keep a photograph of the sign; it is decoded and written anew, without the camera's data."""
    key, form, sent = str(number), SignPhotoForm(), request.files.get("photo")
    image = sent.read() if sent else b""
    kept = None
    if form.is_fit():
        kept = form.writes(
            lambda session: counters.keep_photo(session, key, image, form.photo_on.data, **stamp())
        )
    if kept:
        return lead_to("video_counters.one", _("照片已存；拍攝地點等資料都已移除。"), number=number)
    return page(key, photo=form)


@pages.read("/video/counters/<int:number>/photo.jpg", Everyone.STAFF)
def photo(number: int) -> Response:
    """The photograph of the sign. Raises UnknownCounter, NoCounterPhoto."""
    with read_session() as session:
        image = counters.photo(session, str(number), now())
    return send_file(BytesIO(image), mimetype="image/jpeg")


@pages.change("/video/counters/<int:number>/account", Action.VIDEO_COUNTER)
def give_account(number: int) -> Response:
    """Give a counter's device its account, or another mailbox; its password is chosen by a code."""
    key, form, made = str(number), DeviceForm(), None
    with read_session() as session:
        allow(Action.VIDEO_COUNTER, counters.counter_of(session, key, now()).agency)
    if form.is_fit():
        made = form.writes(lambda session: _given(session, key, form.text("contact")))
    if made:
        return lead_to(
            "video_counters.one", _("帳號可以用了；到登入頁以電子郵件收驗證碼，設定密碼。"), number=number
        )
    return page(key, device=form)


def _given(session: Session, number: str, contact: str) -> VideoAccount:
    row = counters.counter_of(session, number, now())
    name = f"{agencies.name(row.agency)} {row.location}"[: accounts.LONGEST_NAME]
    return accounts.open_counter(session, int(number), row.agency, name, contact, **stamp())


@pages.change("/video/counters/<int:number>/end", Action.VIDEO_COUNTER)
def end(number: int) -> Response:
    """Take a counter out of the register; its tests stay."""
    key, form = str(number), EndForm()
    if not form.is_fit():
        return page(key, ending=form)
    with write_session() as session:
        counters.end(session, key, **stamp(), reason=form.text("reason").strip())
    return lead_to("video_counters.listed", _("已停用；測試紀錄還查得到。"))
