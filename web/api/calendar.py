"""Days off and days worked as declared, and office hours; what moves by a declaration is rehearsed before."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from administration.closures import ClosureAlert, ClosurePlan
from administration.declared_days import BadHours, Closing, Declaration, Hours, Opening, carry_out, rehearse
from hotline.directory.store import CalendarRow, HoursRow
from hotline.ledger.history import all_in_force, from_now_on
from hotline.permissions import Action
from hotline.worktime import NoCalendar, Worktime
from hotline.worktime.workdays import OfficeHours
from web.api import gate
from web.api.gate import ANY_KEY, Answer, Room
from web.api.models import (
    Code,
    Day,
    Long,
    NumberPath,
    Reason,
    RequestModel,
    RowModel,
    Short,
    Text,
    listing,
)
from web.api.problems import RequestRefused

room = Room("calendar", "Days off and days worked, and office hours")


def _plain(hour: time) -> time:
    if hour.tzinfo:
        raise ValueError("an hour is of Taipei; write it without a zone, for example 08:30")
    return hour


Hour = Annotated[time, AfterValidator(_plain), Field(description="HH:MM in Taipei")]


class DayRecord(BaseModel):
    """A day of the calendar."""

    day: date
    works: bool | None = Field(description="null = beyond the official calendar")
    declared: bool
    hours: str = Field(description="office hours; empty on days off")


class DeclaredDay(RowModel):
    """A day that was declared, and why."""

    day: date = Field(validation_alias="key")
    kind: str
    why: str
    author: str
    recorded_at: datetime


class HoursRecord(RowModel):
    """Office hours from an instant on."""

    opens: str
    closes: str
    pause: str
    valid_from: datetime
    valid_to: datetime | None


class CalendarRecord(BaseModel):
    """A month, what is declared, and the office hours."""

    days: list[DayRecord]
    declared: list[DeclaredDay]
    hours: list[HoursRecord] = Field(description="those declared; before the first, the usual ones")
    usual: str


class MonthQuery(RequestModel):
    """Month that is asked for."""

    month: Day | None = Field(None, description="any day of it; this month, if not given")


class ClosingBody(Reason):
    """Offices are closed on a day, or from an hour of it on."""

    day: Day
    since: Hour | None = None


class OpeningBody(Reason):
    """Offices work on a day: a closure is lifted, or a day off is worked."""

    day: Day


class HoursBody(Reason):
    """Office hours from a day on."""

    since: Day
    opens: Hour
    closes: Hour
    pause_from: Hour | None = None
    pause_until: Hour | None = None


class Declared(RequestModel):
    """One of the three."""

    closing: ClosingBody | None = None
    opening: OpeningBody | None = None
    hours: HoursBody | None = None


class MoveRecord(RowModel):
    """A limit that ends at another time."""

    kind: str
    number: int
    agency: str
    before: datetime
    after: datetime


Moves = listing("Moves", MoveRecord, "All that would move, the first due first.")


class MovedCount(RowModel):
    """Number of limits that end at another time now."""

    callbacks: int
    replies: int
    cases: int


@room.read("/calendar", ANY_KEY, CalendarRecord)
def calendar(query: MonthQuery) -> Answer:
    """A month, what is declared, and the office hours."""
    session, at = gate.session(), gate.now()
    worktime = gate.house().callbacks.worktime(session)
    first = (query.month or gate.today()).replace(day=1)
    days = [first + timedelta(days=one) for one in range(31)]
    return Answer(
        CalendarRecord(
            days=[_day(worktime, one) for one in days if one.month == first.month],
            declared=[DeclaredDay.model_validate(row) for row in all_in_force(session, CalendarRow, at)],
            hours=[HoursRecord.model_validate(row) for row in from_now_on(session, HoursRow, at)],
            usual=str(worktime.hours),
        )
    )


def _day(worktime: Worktime, day: date) -> DayRecord:
    try:
        works: bool | None = worktime.calendar.is_working(day)
    except NoCalendar:
        works = None
    hours = worktime.declared(day) or worktime.hours
    is_declared = day in worktime.calendar.overrides
    return DayRecord(day=day, works=works, declared=is_declared, hours=str(hours) if works else "")


@room.act("/calendar/rehearse", Action.CALENDAR_CHANGE, Moves)
def rehearse_declaration(body: Declared) -> Answer:
    """The due times that a declaration would move; nothing is kept."""
    found = rehearse(gate.factory(), gate.house().due_times, _declaration(body), gate.me().login, gate.now())
    return Answer(Moves(items=found))


@room.do("/calendar", Action.CALENDAR_CHANGE, MovedCount)
def declare(body: Declared) -> Answer:
    """Declare a closure, a day that is worked, or office hours; open due times move with it."""
    by, at = gate.me().login, gate.now()
    moved = carry_out(gate.house().due_times, gate.session(), _declaration(body), by, at)
    return Answer(MovedCount.model_validate(moved))


class OneOfThree(RequestRefused, code="one-of-three"):
    """A declaration that is none of closing, opening and hours, or several."""


def _declaration(body: Declared) -> Declaration:
    match body:
        case Declared(closing=ClosingBody() as one, opening=None, hours=None):
            return Closing(one.day, one.reason, one.since)
        case Declared(closing=None, opening=OpeningBody() as one, hours=None):
            return Opening(one.day, one.reason)
        case Declared(closing=None, opening=None, hours=HoursBody() as one):
            return Hours(one.since, _hours(one), one.reason)
    raise OneOfThree


def _hours(body: HoursBody) -> OfficeHours:
    """Raises BadHours for hours that do not run forward within a day."""
    match body.pause_from, body.pause_until:
        case time() as begins, time() as ends:
            pause: tuple[time, time] | None = (begins, ends)
        case None, None:
            pause = None
        case _:
            raise BadHours
    try:
        return OfficeHours(body.opens, body.closes, pause)
    except ValueError:
        raise BadHours from None


class NoticeBody(RequestModel):
    """What agents read with a closure."""

    agency: Code
    title: Text
    text: Long


class ClosureBody(ClosingBody):
    """A closure with all that is told of it."""

    announcement: Short = Field("", description="heard by callers before the menu; empty = none")
    alert: NoticeBody | None = Field(None, description="before every agent; none, if not given")


class EndBody(Reason):
    """End of a closure."""

    reopen: bool = Field(True, description="offices work on the day; false = only what is told of it ends")


class ClosureRecord(RowModel):
    """A closure as it was declared."""

    number: int = Field(validation_alias="id")
    day: date
    since: str = Field(description="HH:MM; empty = the whole day")
    reason: str
    announcement: str
    alert: int | None = Field(description="number of the bulletin to agents")
    moved: int = Field(description="limits that it moved")
    declared_at: datetime
    declared_by: str
    ended_at: datetime | None
    ended_by: str


Closings = listing(
    "Closures", ClosureRecord, "Closures of which anything holds now or will, the latest first."
)


@room.read("/closures", ANY_KEY, Closings)
def closures() -> Answer:
    """The closures in force: a day that is closed, an announcement that plays, a bulletin that is on."""
    found = gate.house().closures.in_force(gate.session(), gate.now())
    return Answer(Closings(items=[ClosureRecord.model_validate(one.row) for one in found]))


@room.act("/closures", Action.CALENDAR_CHANGE, ClosureRecord, 201)
def close(body: ClosureBody) -> Answer:
    """Close the offices and tell of it, all at once: the day, what callers hear, what agents read."""
    told = ClosureAlert(body.alert.agency, body.alert.title, body.alert.text) if body.alert else None
    plan = ClosurePlan(Closing(body.day, body.reason, body.since), body.announcement, told)
    return Answer(ClosureRecord.model_validate(gate.house().closures.close(plan, **gate.stamp())), 201)


@room.act("/closures/<int:number>/end", Action.CALENDAR_CHANGE, MovedCount)
def end_closure(path: NumberPath, body: EndBody) -> Answer:
    """End all that is told of a closure, and let offices work on the day again."""
    moved = gate.house().closures.end(path.number, reopen=body.reopen, reason=body.reason, **gate.stamp())
    return Answer(MovedCount.model_validate(moved))
