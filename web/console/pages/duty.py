"""The roster of city duty officers: who is rung outside office hours, now and at any instant (P5.1.3)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from flask import Response
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired, Regexp

from hotline.directory import service
from hotline.directory.rows import KINDS
from hotline.directory.rules import DutyOfficer
from hotline.directory.service import NotDialable, Unknown
from hotline.directory.store import DutyRow
from hotline.errors import HotlineError, faults
from hotline.ledger.history import EmptyPeriod, all_in_force, empty, from_now_on
from hotline.ledger.looks import look, looks_at
from hotline.ledger.periods import Period
from hotline.permissions import Action, Role
from hotline.worktime.workdays import NoCalendar
from web.console.answers import lead_to, render_form
from web.console.date_fields import MomentField, asked_moment, for_input
from web.console.forms import Form, button, text_line, text_of
from web.console.gate import Everyone, Pages, house, may, me, now, read_session, stamp, write_session
from web.console.language import _, _l
from web.console.menu import DIRECTORY

pages = Pages("duty")
pages.in_menu(
    DIRECTORY,
    _l("值日人員"),
    "roster",
    Everyone.STAFF,
    place=4,
    work=(Action.DIRECTORY_DUTY, Action.CALL_TRANSFER, Role.DUTY_OFFICER),
)
SUBJECT: Final = "duty:roster"
SEEN_FOR: Final = timedelta(minutes=10)
"""So long the numbers are shown to whoever gave a reason."""


class DutyForm(Form):
    """Holder of a place of the roster, and when."""

    BLAMED = {NotDialable: "number", Unknown: "number", EmptyPeriod: "until"}
    place = text_line(
        _l("順位"),
        InputRequired(_l("請輸入順位")),
        Regexp(r"[1-9][0-9]?$", message=_l("順位是 1 到 99 的數字")),
        hint=_l("從 1 開始依序通知；前一位沒接，才找下一位。"),
    )
    name = text_line(_l("姓名"), InputRequired(_l("請輸入姓名")))
    number = text_line(
        _l("電話"), InputRequired(_l("請輸入電話")), hint=_l("可直接撥打的號碼，例如 0912345678。")
    )
    since = MomentField(_l("從何時起"), description=_l("不填就是現在。"))
    until = MomentField(_l("到何時止"), description=_l("不填就是一直有效，直到下一個已排定的人。"))
    reason = text_line(_l("原因"))
    submit = button(_l("排入值日"))

    @property
    def period(self) -> Period:
        """From when until when."""
        return Period(self["since"].data or now(), self["until"].data)

    def faults(self) -> Iterable[HotlineError]:
        """A number that nobody can dial, an end before the beginning."""
        number = self.text("number").strip()
        with read_session() as session:
            wrong = faults(partial(service.duty_number, session, number, self.period.since)) if number else []
        return [*wrong, *empty(self.period)]


class DutyEndForm(Form):
    """A place that becomes empty."""

    since = MomentField(_l("從何時起"), description=_l("不填就是現在。"))
    reason = text_line(_l("原因"), InputRequired(_l("請寫下原因")))
    submit = button(_l("取消排班"))


@pages.both("/duty", Everyone.STAFF, deed=Action.DIRECTORY_DUTY)
def roster() -> Response:
    """Roster: who is rung at an instant, the whole list, and the form that changes it."""
    form = DutyForm()
    if form.is_fit() and _is_set(form):
        said = _("第 %(place)s 順位由 %(name)s 值日。", place=form.text("place"), name=form.text("name"))
        return lead_to("duty.roster", said, _code=303)
    at = asked_moment(now())
    with read_session() as session:
        rows = from_now_on(session, DutyRow, min(at, now()))
        shown = sorted(rows, key=lambda row: (int(row.key), row.valid_from))
        rung = sorted(map(KINDS["duty"].means, all_in_force(session, DutyRow, at)), key=lambda one: one.order)
        is_open, seen = _is_open(session, at), _has_looked(session)
    return render_form(
        "duty/roster.html",
        form,
        rows=shown,
        rung=rung,
        is_open=is_open,
        at=at,
        field=for_input(at),
        seen=seen,
        is_now=at == now(),
        now=now(),
    )


def _is_set(form: DutyForm) -> bool:
    officer = DutyOfficer(int(form.text("place")), form.text("name").strip(), form.text("number").strip())
    reason = form.text("reason").strip()
    form.writes(lambda session: service.set_duty(session, officer, form.period, **stamp(), reason=reason))
    return not form.errors


def _is_open(session: Session, at: datetime) -> bool | None:
    """Tell whether offices are open then; None beyond the official calendar."""
    try:
        return house().callbacks.worktime(session).is_open(at)
    except NoCalendar:
        return None


def _has_looked(session: Session) -> bool:
    """Tell whether who is signed in said a moment ago why they look at the numbers."""
    told = (one.at for one in looks_at(session, SUBJECT) if one.by == me().login)
    return may(Action.DIRECTORY_DUTY) and any(at > now() - SEEN_FOR for at in told)


@pages.change("/duty/numbers", Action.DIRECTORY_DUTY)
def numbers() -> Response:
    """Show the numbers in full, for a reason that is kept. Raises NoReason."""
    with write_session() as session:
        look(session, now(), me().login, SUBJECT, text_of("reason"), "number")
    return lead_to("duty.roster", _("完整號碼顯示 10 分鐘；這次查看已留下記錄。"), _code=303)


@pages.both("/duty/<int:place>/end", Action.DIRECTORY_DUTY)
def end(place: int) -> Response:
    """A place becomes empty, also of what is planned after it. Raises Unknown."""
    form = DutyEndForm()
    with read_session() as session:
        rows = [row for row in from_now_on(session, DutyRow, now()) if row.key == str(place)]
    if not rows:
        raise Unknown("duty", str(place))
    if form.is_fit():
        start, reason = form.since.data or now(), form.text("reason").strip()
        with write_session() as session:
            service.withdraw(session, "duty", str(place), start, **stamp(), reason=reason)
        return lead_to("duty.roster", _("第 %(place)s 順位的排班已取消。", place=place), _code=303)
    return render_form("duty/end.html", form, place=place, rows=rows)
