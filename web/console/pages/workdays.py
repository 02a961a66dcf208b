"""Working calendar: official days, declared exceptions, office hours and the typhoon switch (spec §2)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Response, request
from wtforms.validators import InputRequired

from administration import declared_days
from hotline.directory.rows import load_city
from hotline.directory.store import CalendarRow, HoursRow
from hotline.errors import HotlineError
from hotline.ledger.history import all_in_force, from_now_on
from hotline.permissions import Action
from hotline.worktime import Worktime
from hotline.worktime.explain import CHINESE, ENGLISH
from hotline.worktime.workdays import Calendar, NoCalendar, OfficeHours
from web.console import browser
from web.console.answers import lead_to, render
from web.console.date_fields import DayField, HourField, around, asked_month, weeks_of
from web.console.forms import Form, blame, button, radios, text_line
from web.console.gate import Everyone, Pages, factory, house, me, now, read_session, today, write_session
from web.console.language import _, _l, day, either
from web.console.menu import CITY

pages = Pages("workdays")
pages.in_menu(CITY, _l("行事曆與停班"), "days", Everyone.STAFF)
SHOWN: Final = 200
"""So many limits that move are listed; the rest is counted."""
LOADED_BY: Final = 12
"""From this month on next year's calendar must be there (spec §20)."""
CLOSED, OPEN = "closed", "open"


class DayForm(Form):
    """A day declared off, from an hour on or wholly, or worked."""

    what = radios(
        _l("這一天"),
        lambda: {CLOSED: _("停止上班"), OPEN: _("照常上班（解除停班，或假日補班）")},
        CLOSED,
        InputRequired(_l("請選擇停止上班或照常上班")),
    )
    day = DayField(_l("日期"), [InputRequired(_l("請輸入日期"))])
    since = HourField(_l("從幾點起停止上班"), description=_l("不填就是整天；只用於停止上班。"))
    reason = text_line(
        _l("原因"), InputRequired(_l("請寫下原因，例如：颱風")), hint=_l("民眾和同仁會看到，例如：颱風停班。")
    )
    submit = button(_l("先看哪些期限會變"))

    def declared(self) -> declared_days.Declaration:
        """Declaration that was filled in."""
        reason = self.text("reason").strip()
        if self.what.data == OPEN:
            return declared_days.Opening(self.day.data, reason)
        return declared_days.Closing(self.day.data, reason, self.since.data)


class HoursForm(Form):
    """Office hours from a day on."""

    day = DayField(_l("從哪一天起"), [InputRequired(_l("請輸入日期"))])
    opens = HourField(_l("上班"), [InputRequired(_l("請輸入時刻"))])
    closes = HourField(_l("下班"), [InputRequired(_l("請輸入時刻"))])
    rests = HourField(_l("午休開始"), description=_l("午休期間期限暫停計算；中午有人接電話就不填。"))
    returns = HourField(_l("午休結束"))
    reason = text_line(_l("原因"), InputRequired(_l("請寫下原因")))
    submit = button(_l("先看哪些期限會變"))

    def declared(self) -> declared_days.Declaration:
        """Declaration that was filled in. Raises BadHours."""
        edges = (self.rests.data, self.returns.data)
        if any(edges) != all(edges):
            raise declared_days.BadHours
        pause = edges if all(edges) else None
        try:
            hours = OfficeHours(self.opens.data, self.closes.data, pause)
        except ValueError:
            raise declared_days.BadHours from None
        return declared_days.Hours(self.day.data, hours, self.text("reason").strip())


FIELDS: Final = {
    declared_days.OpenAlready: "day",
    declared_days.NotOpenThen: "since",
    declared_days.BadHours: "opens",
    NoCalendar: "day",
}
"""The field that an error belongs to."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the month as the table shows it; None of ``works`` lies beyond the official calendar."""

    day: date
    is_of_month: bool
    works: bool | None
    why: str
    is_declared: bool
    hours: str


@pages.read("/calendar", Everyone.STAFF)
def days() -> Response:
    """A month, what is declared, the office hours, and whether next year is loaded."""
    month, next_year = asked_month(today()), today().year + 1
    with read_session() as session:
        worktime = house().callbacks.worktime(session)
        declared = all_in_force(session, CalendarRow, now())
        hours = from_now_on(session, HoursRow, now())
    weeks = [[_cell(worktime, one, month) for one in week] for week in weeks_of(month)]
    return render(
        "workdays/days.html",
        weeks=weeks,
        **around(month),
        today=today(),
        declared=declared,
        hours=hours,
        usual=str(worktime.hours),
        next_year=next_year,
        is_loaded=_is_loaded(next_year),
        is_late=today().month >= LOADED_BY,
        date=date.fromisoformat,
        now=now(),
    )


def _cell(worktime: Worktime, one: date, month: date) -> Cell:
    is_declared = one in worktime.calendar.overrides
    hours = worktime.declared(one)
    is_other = hours is not None and hours != worktime.hours
    try:
        works: bool | None = worktime.calendar.is_working(one)
        why = worktime.calendar.reason(one, either(CHINESE, ENGLISH)) if one.weekday() < 5 or works else ""
    except NoCalendar:
        works, why = None, ""
    return Cell(
        one, one.month == month.month, works, why, is_declared, str(hours) if works and is_other else ""
    )


def _is_loaded(year: int) -> bool:
    try:
        Calendar().is_working(date(year, 1, 1))
    except NoCalendar:
        return False
    return True


@pages.both("/calendar/declare", Action.CALENDAR_CHANGE)
def declare() -> Response:
    """The typhoon switch: which limits move is seen first, then it is confirmed."""
    return _declared(DayForm, "workdays/declare.html")


@pages.both("/calendar/hours", Action.CALENDAR_CHANGE)
def hours() -> Response:
    """Office hours from a day on, in the same two steps."""
    return _declared(HoursForm, "workdays/hours.html")


def _declared(kind: Any, template: str) -> Response:
    """A question in the address shows what would move; the form that shows it carries what was seen."""
    is_sent = request.method == "POST"
    form: DayForm | HoursForm = kind() if is_sent else kind(formdata=request.args)
    moves = None
    if (is_sent or "reason" in request.args) and form.validate():
        moves = _rehearsed(form)
    seen = _digest(moves) if moves is not None else ""
    if is_sent and moves is not None and request.form.get("seen") == seen:
        return _confirm(form.declared())
    if is_sent and moves is not None:
        form.blame("", _("期間有新的待辦，會變動的期限和剛才看到的不同；請看過下表再確認一次。"))
    with read_session() as session:
        agencies = load_city(session, now(), kinds=("agency",)).at(now()).agencies
    return render(
        template,
        form.status if is_sent else 200,
        form=form,
        moves=moves and moves[:SHOWN],
        total=len(moves or ()),
        is_rehearsed=moves is not None,
        seen=seen,
        shown=SHOWN,
        agencies=agencies,
        told=_told(form.declared()) if seen else "",
    )


def _rehearsed(form: DayForm | HoursForm) -> Sequence[declared_days.Move] | None:
    """Limits that would move; None when the form is not fit for it, and says why."""
    try:
        return declared_days.rehearse(factory(), house().due_times, form.declared(), me().login, now())
    except HotlineError as error:
        blame(form, error, FIELDS)
        return None


def _confirm(declared: declared_days.Declaration) -> Response:
    with write_session() as session:
        moved = declared_days.carry_out(house().due_times, session, declared, me().login, now())
    count = moved.callbacks + moved.replies
    browser.say(_("%(told)s；%(count)d 個期限已重算。", told=_told(declared), count=count))
    month = declared.since if isinstance(declared, declared_days.Hours) else declared.day
    return lead_to("workdays.days", month=f"{month:%Y-%m}", _code=303)


def _told(declared: declared_days.Declaration) -> str:
    """A declaration in one line."""
    match declared:
        case declared_days.Closing(one, _reason, None):
            return _("%(day)s 整天停止上班", day=day(one))
        case declared_days.Closing(one, _reason, since):
            return _("%(day)s %(hour)s 起停止上班", day=day(one), hour=f"{since:%H:%M}")
        case declared_days.Opening(one):
            return _("%(day)s 照常上班", day=day(one))
        case declared_days.Hours(one, hours):
            return _("%(day)s 起辦公時間為 %(hours)s", day=day(one), hours=hours)


def _digest(moves: Sequence[declared_days.Move]) -> str:
    """Stands for what was shown, so that nobody confirms what they have not seen."""
    told = repr([(one.kind, one.number, one.before, one.after) for one in moves])
    return hashlib.sha256(told.encode()).hexdigest()
