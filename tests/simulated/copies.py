"""Seeded days copied over a year: the rows of four weeks, again every four weeks, under ids of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Table, delete, insert, select
from sqlalchemy.orm import Session

from calls.store import CallEvent, CallRow, Leg
from hotline.callbacks.store import Callback
from hotline.cases.store import Case, CaseDeadline, CaseEvent
from hotline.db import Base, Instant
from hotline.keys.finding import hashes
from hotline.outbox.store import OutboxMessage
from hotline.reviews.store import CaseReview, Feedback
from hotline.special_callers.store import SpecialCall, SpecialEvent
from hotline.survey.store import SurveyRow
from hotline.video.counter_store import MisuseRow
from hotline.video.store import VideoSession

APART: Final = 10_000_000
"""Between the ids of a row and of its next copy."""
BATCH: Final = 500
Renamed = Mapping[str, Callable[[Any, int], Any]]


def _suffixed(value: str | None, copy: int) -> str | None:
    """Ids of calls that 1999 placed end in a hyphen and a number already."""
    return f"{value}+{copy}" if value else value


def _moved(value: int | None, copy: int) -> int | None:
    return value + copy * APART if value else value


def _numbered(value: str | None, copy: int) -> str | None:
    """A number that no case has: its first digit becomes a letter."""
    return chr(ord("a") + copy) + value[1:] if value else value


def _none(_value: Any, _copy: int) -> None:
    return None


@dataclass(frozen=True)
class CopiedTable:
    """A table, which of its rows are copied, and what of a copy is named otherwise."""

    table: type[Base]
    which: Any
    renamed: Renamed


def tables(since: datetime, until: datetime) -> list[CopiedTable]:
    """What figures count, in the order in which rows refer to each other."""

    def within(column: Any) -> Any:
        return (column >= since) & (column < until)

    calls = select(CallRow.id).where(within(CallRow.started_at)).scalar_subquery()
    cases = select(Case.id).where(within(Case.filed_at), Case.number.is_not(None)).scalar_subquery()
    named, own = {"call_id": _suffixed}, {"id": _moved}
    sent = OutboxMessage.state == "sent"
    return [
        CopiedTable(CallRow, within(CallRow.started_at), {"id": _suffixed}),
        CopiedTable(Leg, Leg.call_id.in_(calls), {"channel": _suffixed, **named}),
        CopiedTable(CallEvent, CallEvent.call_id.in_(calls), {**own, "key": _suffixed, **named}),
        CopiedTable(SpecialCall, SpecialCall.call_id.in_(calls), named),
        CopiedTable(SpecialEvent, SpecialEvent.call_id.in_(calls), {**own, "key": _suffixed, **named}),
        CopiedTable(Callback, within(Callback.registered_at), {**own, "open_key": _none, **named}),
        CopiedTable(Case, Case.id.in_(cases), {**own, "number": _numbered, "lead_id": _moved, **named}),
        CopiedTable(CaseEvent, CaseEvent.case_id.in_(cases), {**own, "case_id": _moved}),
        CopiedTable(CaseDeadline, CaseDeadline.case_id.in_(cases), {**own, "case_id": _moved}),
        CopiedTable(
            CaseReview,
            within(CaseReview.asked_at) & CaseReview.case_id.in_(cases),
            {**own, "case_id": _moved},
        ),
        CopiedTable(Feedback, within(Feedback.at) & Feedback.case_id.in_(cases), {**own, "case_id": _moved}),
        CopiedTable(SurveyRow, within(SurveyRow.asked_at), {**own, "case_number": _numbered, **named}),
        CopiedTable(OutboxMessage, sent & within(OutboxMessage.done_at), {**own, "event": _suffixed}),
        CopiedTable(VideoSession, within(VideoSession.requested_at), own),
        CopiedTable(MisuseRow, within(MisuseRow.at), own),
    ]


def cut(session: Session, until: datetime) -> None:
    """Take out what was asked and sent after those days, beside which a copy would be counted."""
    session.execute(delete(SurveyRow).where(SurveyRow.asked_at >= until))
    session.execute(delete(OutboxMessage).where(OutboxMessage.done_at >= until))


def copy(session: Session, of: CopiedTable, shifts: Mapping[int, timedelta]) -> int:
    """Copy rows of a table, each copy by its number moved so far; how many rows are new."""
    table = Base.metadata.tables[of.table.__tablename__]
    told = set(hashes(table))
    columns = [column for column in table.columns if column.name not in told]
    rows = [dict(row) for row in session.execute(select(*columns).where(of.which)).mappings()]
    made = 0
    for number, shift in shifts.items():
        new = [_copied(table, row, of.renamed, number, shift) for row in rows]
        for first in range(0, len(new), BATCH):
            session.execute(insert(table), new[first : first + BATCH])
        made += len(new)
    return made


def _copied(
    table: Table, row: Mapping[str, Any], renamed: Renamed, number: int, shift: timedelta
) -> dict[str, Any]:
    found = dict[str, Any]()
    for name, value in row.items():
        column: Column[Any] = table.columns[name]
        if value is not None and isinstance(column.type, Instant):
            value += shift
        found[name] = renamed[name](value, number) if name in renamed else value
    return found
