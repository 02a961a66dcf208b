"""Rows behind a number of a report: which columns can be opened, and what each counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from hotline.cases.rules import CaseKind
from hotline.outbox.rules import MessageChannel
from reporting import agency_obligations, answer_times, history_rows, service_reports, video_reports
from reporting.answer_times import month as read_legs
from reporting.figures import cases, completion, costs, defects, early, notified, satisfaction
from reporting.figures.spans import KnownMonth
from reporting.office_reports import LEGS, OWN, Report, Yardstick
from reporting.rows_behind import CountedKind, RowsBehind, rows_behind

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class NumberAsked:
    """A number of a report: its month, its column, and the names of its row."""

    month: KnownMonth
    head: str
    names: Sequence[str]
    by: Yardstick

    @property
    def name(self) -> str:
        """The first name of the row; empty of none."""
        return self.names[0] if self.names else ""

    def code(self, place: int = 0) -> str | None:
        """The code of a row's agency or category; None in the row of all, empty where there is none."""
        if self.name == ALL:
            return None
        name = self.names[place] if place < len(self.names) else ""
        return name.partition(" ")[0].strip("?")


Finder = Callable[[Session, NumberAsked], RowsBehind]
_CALL: Final = CountedKind.CALL
_TIMELY: Final = ("filed", "on time", "late", "inside limit", "outside")
COLUMNS: Final[Mapping[Report, Mapping[str, CountedKind]]] = {
    Report.RINGS: dict.fromkeys((*answer_times.COUNTS,), _CALL),
    Report.BUSY: dict.fromkeys(("legs", "busy"), _CALL),
    Report.SILENT: {"legs": _CALL},
    Report.AGENCIES: agency_obligations.OPENED,
    Report.SERVICES: dict.fromkeys(service_reports.COLUMNS, _CALL),
    Report.TOPICS: {"calls": _CALL},
    Report.VIDEO: dict.fromkeys(video_reports.COLUMNS, CountedKind.SESSION),
    Report.COMPLETION: dict.fromkeys((*completion.COUNTS, completion.UNTAGGED), _CALL),
    Report.SATISFACTION: dict.fromkeys(satisfaction.OPENED, CountedKind.ANSWER),
    Report.PETITIONS: dict.fromkeys((*_TIMELY, "replied"), CountedKind.CASE),
    Report.STATES: dict.fromkeys(("filed", *(f"state {one}" for one in cases.STATES)), CountedKind.CASE),
    Report.TIMES: dict.fromkeys(
        (*_TIMELY, "signed", "signed in time", "replied", "completed"), CountedKind.CASE
    ),
    Report.DEFECTS: defects.OPENED,
    Report.NOTIFIED: dict.fromkeys(("notified", "not reached"), CountedKind.CASE),
    Report.EARLY: dict.fromkeys(("calls", "calls before"), _CALL),
    Report.CALLS: history_rows.OPENED,
    Report.COSTS: {"number": CountedKind.NOTICE},
}
"""Columns whose numbers can be opened. Others are names, times and shares, or stand for their own row."""


def is_opened(kind: Report, head: str) -> bool:
    """Tell whether the numbers of a column can be opened."""
    return _plain(kind, head) in COLUMNS.get(kind, {})


def behind(session: Session, kind: Report, asked: NumberAsked, agency: str = "") -> RowsBehind:
    """The rows behind a number; none of another agency, and of the call centre itself for no agency."""
    if not is_opened(kind, asked.head) or (agency and (kind in OWN or asked.code() != agency)):
        return RowsBehind(CountedKind.CALL)
    if kind in LEGS:
        return RowsBehind(_CALL, _of_legs(session, kind, asked))
    return _FINDERS[kind](session, asked)


def _plain(kind: Report, head: str) -> str:
    """A column's name; how many rings are in time is a setting."""
    return "in time" if kind is Report.RINGS and head.startswith("in ") else head


def _of_legs(session: Session, kind: Report, asked: NumberAsked) -> list[str]:
    legs = read_legs(session, asked.month.first, asked.month.at, asked.by.worktime.hours)
    if kind is Report.SILENT:
        return legs.behind_silent(asked.names)
    return legs.behind(asked.head, asked.names, asked.by.in_time)


def _owed(session: Session, asked: NumberAsked) -> RowsBehind:
    by, month = asked.by, asked.month
    told = (month.first, month.at, by.worktime, by.notice_days)
    found = agency_obligations.owed_behind(session, *told, asked.head, asked.code() or "")
    return rows_behind(agency_obligations.OPENED[asked.head], found)


def _of_cases(session: Session, asked: NumberAsked, only: CaseKind | None = None) -> RowsBehind:
    found = cases.behind(session, asked.month, asked.head, asked.code(), asked.code(1), only)
    return RowsBehind(CountedKind.CASE, found)


def _of_day(session: Session, asked: NumberAsked) -> RowsBehind:
    month, part = asked.month, history_rows.part_of(asked.name)
    if part is None and asked.name != ALL:
        return RowsBehind(_CALL)
    return history_rows.rows_of_history(session, month.since, month.end, month.at, asked.head, part)


def _of_costs(session: Session, asked: NumberAsked) -> RowsBehind:
    if asked.name not in (*costs.CALLS, *MessageChannel):
        return RowsBehind(CountedKind.NOTICE)
    kind = _CALL if asked.name in costs.CALLS else CountedKind.NOTICE
    return rows_behind(kind, costs.behind(session, asked.month, asked.name))


def _of_services(session: Session, asked: NumberAsked) -> RowsBehind:
    agent, month = asked.code() or "", asked.month
    return RowsBehind(
        _CALL, service_reports.services_behind(session, month.first, month.at, asked.head, agent)
    )


def _of_video(session: Session, asked: NumberAsked) -> RowsBehind:
    agency, month = asked.code() or "", asked.month
    found = video_reports.video_behind(session, month.first, month.at, asked.head, agency)
    return rows_behind(CountedKind.SESSION, found)


_FINDERS: Final[Mapping[Report, Finder]] = {
    Report.AGENCIES: _owed,
    Report.SERVICES: _of_services,
    Report.TOPICS: lambda session, one: RowsBehind(
        _CALL, service_reports.topic_behind(session, one.month.first, one.month.at, one.name)
    ),
    Report.VIDEO: _of_video,
    Report.COMPLETION: lambda session, one: RowsBehind(
        _CALL, completion.behind(session, one.month, one.head, one.name)
    ),
    Report.SATISFACTION: lambda session, one: rows_behind(
        CountedKind.ANSWER, satisfaction.behind(session, one.month, one.head, one.name)
    ),
    Report.PETITIONS: lambda session, one: _of_cases(session, one, CaseKind.PETITION),
    Report.STATES: _of_cases,
    Report.TIMES: _of_cases,
    Report.DEFECTS: lambda session, one: RowsBehind(
        defects.OPENED[one.head], defects.behind(session, one.month, one.head, one.code() or "")
    ),
    Report.NOTIFIED: lambda session, one: RowsBehind(
        CountedKind.CASE, notified.behind(session, one.month, one.head, one.code())
    ),
    Report.EARLY: lambda session, one: RowsBehind(
        _CALL, early.behind(session, one.month, one.head, one.names)
    ),
    Report.CALLS: _of_day,
    Report.COSTS: _of_costs,
}
