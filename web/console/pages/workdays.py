"""Working calendar: official days, declared exceptions, office hours and the typhoon switch (spec §2)."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from flask import Response, request
from wtforms import Field, ValidationError
from wtforms.validators import InputRequired

from administration import declared_days
from administration.announcements import NotHeard
from administration.bulletins import NotRecorded
from administration.closures import ClosureAlert, ClosurePlan
from hotline import bulletins as alerts
from hotline.closures import ClosureEnded, ClosureRow
from hotline.directory.rows import load_city
from hotline.directory.store import CalendarRow, HoursRow
from hotline.errors import HotlineError, faults
from hotline.ledger.history import all_in_force, from_now_on
from hotline.permissions import Action
from hotline.texts import UnfitText
from hotline.worktime import Worktime
from hotline.worktime.explain import CHINESE, ENGLISH
from hotline.worktime.workdays import Calendar, NoCalendar, OfficeHours
from web.console import agencies, browser
from web.console.announcement_choice import NOTHING, announcement_choice, heard, offered
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import DayField, HourField, around, asked_month, weeks_of
from web.console.forms import Form, agency_choice, blame, button, radios, text_area, text_line
from web.console.gate import (
    Everyone,
    Pages,
    factory,
    house,
    me,
    now,
    read_session,
    stamp,
    today,
    write_session,
)
from web.console.language import _, _l, day, either, in_chinese
from web.console.menu import CITY

pages = Pages("workdays")
pages.in_menu(
    CITY,
    _l("行事曆與停班"),
    "days",
    Everyone.STAFF,
    place=2,
    work=(Action.CALENDAR_CHANGE, Action.FLOOR_WATCH),
)
SHOWN: Final = 200
"""So many limits that move are listed; the rest is counted."""
LOADED_BY: Final = 12
"""From this month on next year's calendar must be there (spec §20)."""
CLOSED, OPEN = "closed", "open"
TOLD, UNTOLD = "yes", "no"


class DayForm(Form):
    """A day declared off, from an hour on or wholly, with what is told of it; or a day declared worked."""

    what = radios(
        _l("這一天"),
        lambda: {CLOSED: _("停止上班"), OPEN: _("照常上班")},
        CLOSED,
        InputRequired(_l("請選擇停止上班或照常上班")),
    )
    day = DayField(_l("日期"), [InputRequired(_l("請輸入日期"))])
    since = HourField(_l("從幾點起停止上班"), description=_l("不填就是整天。"))
    reason = text_line(
        _l("原因"), InputRequired(_l("請寫下原因，例如：颱風")), hint=_l("民眾和同仁會看到，例如：颱風停班。")
    )
    announcement = announcement_choice(_l("民眾聽到什麼"), NOTHING)
    tells = radios(
        _l("話務人員看到什麼"),
        lambda: {TOLD: _("在每個人的頁面發布緊急通告"), UNTOLD: _("不發布")},
        TOLD,
    )
    agency = agency_choice(_l("發布機關"), needed=False)
    title = text_line(_l("標題"), hint=_l("不填就寫日期和停止上班。"))
    words = text_area(_l("話務人員怎麼說"), hint=_l("不填就照日期和原因寫成一句。"))
    submit = button(_l("先看一遍再宣布"))

    def validate_agency(self, field: Field) -> None:
        """Whoever publishes says for whom."""
        if self.is_closing and self.tells.data == TOLD and not field.data:
            raise ValidationError(_("請選擇機關"))

    @property
    def is_closing(self) -> bool:
        """Whether a closure is declared."""
        return self.text("what") != OPEN

    def declared(self) -> declared_days.Declaration:
        """Declaration that was filled in."""
        reason = self.text("reason").strip()
        if self.is_closing:
            return declared_days.Closing(self.day.data, reason, self.since.data)
        return declared_days.Opening(self.day.data, reason)

    def alert(self) -> ClosureAlert | None:
        """What agents read; written from the day where nobody wrote anything."""
        declared = self.declared()
        if self.tells.data != TOLD or not isinstance(declared, declared_days.Closing):
            return None
        title, words = self.text("title").strip(), self.text("words").strip()
        with in_chinese():
            told = _told(declared)
            words = words or _(
                "%(told)s（%(why)s）。1999 照常服務；承辦單位上班後再與民眾聯繫。",
                told=told,
                why=declared.reason,
            )
        return ClosureAlert(self.text("agency"), title or told, words)

    def plan(self, closing: declared_days.Closing) -> ClosurePlan:
        """Closure that was filled in, with what is told of it."""
        name = self.text("announcement")
        return ClosurePlan(closing, "" if name == NOTHING else name, self.alert())


class HoursForm(Form):
    """Office hours from a day on."""

    BLAMED = {declared_days.BadHours: "opens"}

    day = DayField(_l("從哪一天起"), [InputRequired(_l("請輸入日期"))])
    opens = HourField(_l("上班"), [InputRequired(_l("請輸入時刻"))])
    closes = HourField(_l("下班"), [InputRequired(_l("請輸入時刻"))])
    rests = HourField(_l("午休開始"), description=_l("午休期間期限暫停計算；中午有人接電話就不填。"))
    returns = HourField(_l("午休結束"))
    reason = text_line(_l("原因"), InputRequired(_l("請寫下原因")))
    submit = button(_l("先看哪些期限會變"))

    def faults(self) -> Iterable[HotlineError]:
        """Hours that are none."""
        return faults(self.hours) if self.opens.data and self.closes.data else ()

    def hours(self) -> OfficeHours:
        """Hours that were filled in. Raises BadHours."""
        edges = (self.rests.data, self.returns.data)
        if any(edges) != all(edges):
            raise declared_days.BadHours
        try:
            return OfficeHours(self.opens.data, self.closes.data, edges if all(edges) else None)
        except ValueError:
            raise declared_days.BadHours from None

    def declared(self) -> declared_days.Declaration:
        """Declaration that was filled in. Raises BadHours."""
        return declared_days.Hours(self.day.data, self.hours(), self.text("reason").strip())


FormKind = TypeVar("FormKind", "DayForm", "HoursForm")
FIELDS: Final = {
    declared_days.OpenAlready: "day",
    declared_days.NotOpenThen: "since",
    declared_days.BadHours: "opens",
    NoCalendar: "day",
    NotHeard: "announcement",
    NotRecorded: "announcement",
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
        closures = house().closures.in_force(session, now())
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
        closures=closures,
        closed=closed,
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
    """One path for a typhoon: the day, the limits that move, what callers hear and agents read are seen
    first, then all is confirmed at once; and a day that is worked, in the same two steps.
    """
    form = _asked(DayForm)
    agencies.speak_for(form.agency, Action.NEWS_ALERT)
    return _declared(form, "workdays/declare.html", _confirm_day, offered=offered(), told_agents=form.alert)


@pages.both("/calendar/hours", Action.CALENDAR_CHANGE)
def hours() -> Response:
    """Office hours from a day on, in the same two steps."""
    return _declared(_asked(HoursForm), "workdays/hours.html", _confirm)


def _asked(kind: type[FormKind]) -> FormKind:
    """A form as it was sent, or as the question in the address fills it in."""
    return kind() if request.method == "POST" else kind(formdata=request.args)


def _declared(
    form: DayForm | HoursForm,
    template: str,
    confirm: Callable[[Any], Response | None],
    **words: Any,
) -> Response:
    """A question in the address shows what would move; the form that shows it carries what was seen."""
    is_sent, moves = request.method == "POST", None
    if is_sent or "reason" in request.args:
        is_valid = form.validate()
        form.blame_for_all(form.faults())
        moves = _rehearsed(form) if is_valid and not form.errors else None
    seen = _digest(moves) if moves is not None else ""
    if is_sent and moves is not None:
        if request.form.get("seen") != seen:
            form.blame("", _("期間有新的待辦，會變動的期限和剛才看到的不同；請看過下表再確認一次。"))
        elif answer := confirm(form):
            return answer
    with read_session() as session:
        there = load_city(session, now(), kinds=("agency",)).at(now()).agencies
    return render(
        template,
        form.status if is_sent else 200,
        form=form,
        moves=moves and moves[:SHOWN],
        total=len(moves or ()),
        is_rehearsed=moves is not None,
        seen=seen,
        shown=SHOWN,
        agencies=there,
        declared=_told(form.declared()) if seen else "",
        **words,
    )


def _rehearsed(form: DayForm | HoursForm) -> Sequence[declared_days.MovedDue] | None:
    """Limits that would move; None when the form is not fit for it, and says why."""
    try:
        return declared_days.rehearse(factory(), house().due_times, form.declared(), me().login, now())
    except HotlineError as error:
        blame(form, error, FIELDS)
        return None


def _confirm(form: DayForm | HoursForm) -> Response:
    declared = form.declared()
    with write_session() as session:
        moved = declared_days.carry_out(house().due_times, session, declared, me().login, now())
    browser.say(_said(_told(declared), moved.total))
    month = declared.since if isinstance(declared, declared_days.Hours) else declared.day
    return lead_to("workdays.days", month=f"{month:%Y-%m}", _code=303)


def _confirm_day(form: DayForm) -> Response | None:
    """A closure with all that is told, or a day that is worked; None where the form says a fault."""
    declared = form.declared()
    if not isinstance(declared, declared_days.Closing):
        return _confirm(form)
    try:
        row = house().closures.close(form.plan(declared), **stamp())
    except UnfitText as error:
        form.blame_for(error)
        return None
    except HotlineError as error:
        blame(form, error, FIELDS)
        return None
    return lead_to("workdays.closure", _said(_told(declared), row.moved), number=row.id, _code=303)


def _said(told: str, count: int) -> str:
    return _("%(told)s；%(count)d 個期限已重算。", told=told, count=count)


class EndForm(Form):
    """The end of a closure: all of it, or only what is told."""

    reason = text_line(_l("原因"), InputRequired(_l("請寫下原因")), hint=_l("例如：颱風轉向，或停班已結束。"))


@pages.both("/calendar/closures/<int:number>", Everyone.STAFF, deed=Action.CALENDAR_CHANGE)
def closure(number: int) -> Response:
    """A closure in one place: the day, what callers hear, what agents read, and the way back. Raises
    NoClosure.
    """
    form, here = EndForm(), house()
    if form.is_fit():
        is_undone = request.form.get("do") == "undo"
        try:
            moved = here.closures.end(number, reopen=is_undone, reason=form.text("reason"), **stamp())
            browser.say(
                _said(_("停班已全部撤回，照常上班"), moved.total)
                if is_undone
                else _("公告和通告都停了；停班的日子照舊。")
            )
            return lead_to("workdays.closure", number=number, _code=303)
        except ClosureEnded as error:
            form.blame_for(error)
    with read_session() as session:
        found = here.closures.state(session, number, now())
        unread = len(alerts.unseen(session, found.alert.id, now())) if found.alert else 0
        read = len(alerts.seen(session, found.alert.id)) if found.alert else 0
    return render_form(
        "workdays/closure.html",
        form,
        state_now=found,
        row=found.row,
        words=closed(found.row),
        heard=heard(found.row.announcement),
        read=read,
        unread=unread,
    )


def closed(row: ClosureRow) -> str:
    """A closure in one line."""
    return _told(declared_days.Closing(row.day, row.reason, row.hour))


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


def _digest(moves: Sequence[declared_days.MovedDue]) -> str:
    """Stands for what was shown, so that nobody confirms what they have not seen."""
    told = repr([(one.kind, one.number, one.before, one.after) for one in moves])
    return hashlib.sha256(told.encode()).hexdigest()
