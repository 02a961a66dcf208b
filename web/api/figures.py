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
from reporting.figures.behind import NumberAsked, behind
from reporting.figures.spans import KnownMonth
from reporting.history_rows import part_of, rows_of_history
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import PATIENCE, sums
from reporting.office_reports import Report
from reporting.packs.service import edition
from reporting.rows_behind import CountedKind
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


class HistoryRowsQuery(HistoryQuery):
    """A number of the history: its column, and the hour (0 to 23) or the day of its row."""

    column: Text = Field(description="as the file of the history has it")
    of: Text = Field("", description="hour or day; empty, for the whole")


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
    under: Text = Field("", description="its other names, where it has several, with a bar (|) between them")
    edition: int = Field(
        0, ge=0, le=10_000, description="of the month's pack, as it was counted; 0 = as it is now"
    )


class ReportRows(BaseModel):
    """What a number counts, by ids of calls, numbers of cases and so on; none where it cannot be opened."""

    kind: CountedKind
    ids: list[str]
    told: list[str] = Field(description="more of each, where there is more; of answers, their scores")


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
    """Days, weeks, months and years that went by, by the hour, the day or the month. Raises HoursNotSummed."""
    session = gate.session()
    since, until = bounds(query.span, query.day or gate.today())
    calls = sums(session, since, until, PATIENCE)
    promises = promised(session, since, until, gate.now())
    of = by_part(query.step, calls, promises)
    found = parts_of(query.step, days_of(since, until), of)
    parts = [Part(of=str(one.of), figures=_figures(one.figures)) for one in found]
    return Answer(History(parts=parts, whole=_figures(measure(total(of.values())))))


@room.read("/history/behind", Action.FLOOR_WATCH, ReportRows)
def history_rows(query: HistoryRowsQuery) -> Answer:
    """List what is behind a number of the history."""
    since, until = bounds(query.span, query.day or gate.today())
    found = rows_of_history(gate.session(), since, until, gate.now(), query.column, part_of(query.of))
    return Answer(ReportRows(kind=found.kind, ids=list(found.ids), told=list(found.told)))


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
    """List what is behind a number of a report, or of an edition of the month's pack. Raises NoSuchPack."""
    session, first = gate.session(), (query.month or gate.today()).replace(day=1)
    at = edition(session, first, query.edition).counted_at if query.edition else gate.now()
    names = [query.row, *query.under.split("|")] if query.under else [query.row]
    asked = NumberAsked(KnownMonth(first, at), query.head, names, gate.house().yardstick)
    found = behind(session, path.kind, asked, gate.scope(Action.REPORT_READ))
    return Answer(ReportRows(kind=found.kind, ids=list(found.ids), told=list(found.told)))
