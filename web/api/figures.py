"""Call-centre figures, now and before: today's counts, the board, call history, offices' measured duties."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from administration.overview import Today
from control.monitor import Mode
from hotline.permissions import Action
from reporting import office_reports as reports
from reporting.answer_metrics import Group
from reporting.board import Floor
from reporting.call_history import Figures, Span, Step, bounds, by_part, days_of, measure
from reporting.call_history import rows as parts_of
from reporting.figures.behind import behind
from reporting.figures.spans import KnownMonth
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import sums
from reporting.office_reports import Report
from web.api import gate
from web.api.gate import ANY_KEY, Answer, Room
from web.api.models import Day, RequestModel, RowModel, Text
from web.serving import board_picture

room = Room("figures", "Today's counts, the board, call history, measured duties")


class TodayCounts(BaseModel):
    """Counts of the city, or of the login's agency."""

    agency: str
    counts: Today


class SupervisedRecord(RowModel):
    """State between a supervisor, by name, and the talk of an agent's phone."""

    agent: str
    by: str
    mode: Mode
    came: str


class Board(BaseModel):
    """The floor as it is now; numbers are masked."""

    at: datetime
    floor: Floor
    supervised: list[SupervisedRecord] = Field(description="supervisors at talks")


class HistoryQuery(RequestModel):
    """Stretch of time, and its parts."""

    span: Span = Span.DAY
    day: Day | None = Field(None, description="any day of it; today, if not given")
    step: Step = Step.HOUR


class Part(BaseModel):
    """The figures of an hour, a day or a month."""

    of: str
    figures: dict[str, Any]


class History(BaseModel):
    """Figures of calls, promises and placed calls; times are seconds, shares from 0 to 1."""

    parts: list[Part]
    whole: dict[str, Any]


class ReportQuery(RequestModel):
    """Month of a report, and what a row of it is."""

    month: Day | None = Field(None, description="any day of it; this month, if not given")
    group: Group = Group.EXTENSION


class ReportPath(RequestModel):
    kind: Report


class BehindQuery(RequestModel):
    """A number of a report: its month, its column, and the names of its row."""

    month: Day | None = Field(None, description="any day of it; this month, if not given")
    head: Text = Field(description="of the column, as the report has it")
    row: Text = Field("all", description="first name of the row; all, for the row of all")
    under: Text = Field("", description="its second name, where it has two")


class ReportRows(BaseModel):
    """What a number counts, by ids of calls or numbers of cases; none where it cannot be opened."""

    kind: str
    ids: list[str]


class ReportTable(BaseModel):
    """A report as a table."""

    title: str
    head: list[str]
    rows: list[list[str]]


@room.read("/today", ANY_KEY, TodayCounts)
def today() -> Answer:
    """Get what is wrong or waits now: of the city for who acts for it, else of the login's agency."""
    house, me = gate.house(), gate.me()
    agency = gate.scope(Action.CALLBACK_WORK) if me.may(Action.CALLBACK_WORK) else me.agency
    counts = house.lookout.today(gate.session(), house.city.city().at(gate.now()), agency)
    return Answer(TodayCounts(agency=agency, counts=counts))


@room.ask("/board", Action.FLOOR_WATCH, Board)
def board() -> Answer:
    """The floor as it is now: who waits, who talks, what is to be judged, today by the hour."""
    seen, stand = board_picture(gate.house(), gate.now())
    supervised = [SupervisedRecord.model_validate(one) for one in stand]
    return Answer(Board(at=gate.now(), floor=seen, supervised=supervised))


@room.read("/history", Action.FLOOR_WATCH, History)
def history(query: HistoryQuery) -> Answer:
    """Days, weeks, months and years that went by, by the hour, the day or the month."""
    session = gate.session()
    since, until = bounds(query.span, query.day or gate.today())
    calls, promises = sums(session, since, until), promised(session, since, until, gate.now())
    of = by_part(query.step, calls, promises)
    found = parts_of(query.step, days_of(since, until), of)
    parts = [Part(of=str(one.of), figures=_figures(one.figures)) for one in found]
    return Answer(History(parts=parts, whole=_figures(measure(total(of.values())))))


def _figures(one: Figures) -> dict[str, Any]:
    return asdict(one) | {"level": one.level, "mean_wait": one.mean_wait, "open": one.open}


@room.read("/reports/<kind>", Action.REPORT_READ, ReportTable)
def report(path: ReportPath, query: ReportQuery) -> Answer:
    """Measured duties of a month (P4.2, P4.11, P5.1.2, P10.1); for roles of an agency, that agency's."""
    first = (query.month or gate.today()).replace(day=1)
    agency = gate.scope(Action.REPORT_READ)
    table = reports.report(
        gate.session(), path.kind, first, query.group, gate.now(), gate.house().yardstick, agency=agency
    )
    return Answer(
        ReportTable(title=table.title, head=list(table.head), rows=[list(row) for row in table.rows])
    )


@room.read("/reports/<kind>/behind", Action.REPORT_READ, ReportRows)
def rows_behind(path: ReportPath, query: BehindQuery) -> Answer:
    """List what is behind a number of a report."""
    month = KnownMonth((query.month or gate.today()).replace(day=1), gate.now())
    names, agency = [query.row, query.under], gate.scope(Action.REPORT_READ)
    found = behind(gate.session(), path.kind, month, query.head, names, agency)
    return Answer(ReportRows(kind=found.kind, ids=list(found.ids)))
