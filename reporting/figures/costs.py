"""Numbers for the control of costs: calls and their minutes, SMS and e-mails (P13)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from calls.store import OUTGOING, CallRow
from hotline.outbox.rules import MessageChannel
from hotline.outbox.store import OutboxMessage, OutboxState
from reporting.answer_times import MonthTable
from reporting.figures.spans import MINUTE, KnownMonth, moment
from reporting.rows_behind import Known

HEAD: Final = ("cost", "number", "minutes", "begun minutes")


def costs(session: Session, month: KnownMonth) -> MonthTable:
    """Calls in and out with the minutes of their lines, whole and begun; what was sent of texts and mails."""
    wanted = select(CallRow.line, CallRow.answered_at, CallRow.ended_at).where(
        CallRow.started_at >= month.since, CallRow.started_at < month.end
    )
    calls = session.execute(wanted).all()
    placed = [(since, until) for line, since, until in calls if line == OUTGOING]
    came = [(since, until) for line, since, until in calls if line != OUTGOING]
    sent = _sent(session, month)
    rows = [
        ("calls", str(len(came)), *_minutes(came, month.end)),
        ("placed", str(len(placed)), *_minutes(placed, month.end)),
        ("sms", str(sent.get(MessageChannel.SMS, 0)), "", ""),
        ("email", str(sent.get(MessageChannel.EMAIL, 0)), "", ""),
    ]
    return MonthTable(f"{month} costs", HEAD, 1, rows)


def _minutes(lines: Iterable[tuple[datetime | None, datetime | None]], end: datetime) -> tuple[str, str]:
    """Minutes that lines were open, to one place, and as a carrier counts that charges begun ones."""
    took = [(until or end) - since for since, until in lines if since and (until or end) > since]
    begun = sum(-(-one // MINUTE) for one in took)
    return f"{sum(took, timedelta()) / MINUTE:.1f}", str(begun)


def _sent(session: Session, month: KnownMonth) -> dict[str, int]:
    """Messages that were sent in the month, by channel; one of several segments is one."""
    wanted = select(OutboxMessage.channel, func.count()).where(*_is_sent(month))
    return dict(session.execute(wanted.group_by(OutboxMessage.channel)).all())


def _is_sent(month: KnownMonth) -> tuple[ColumnElement[bool], ...]:
    sent = OutboxMessage.state == OutboxState.SENT, OutboxMessage.done_at >= month.since
    return *sent, OutboxMessage.done_at < month.end


CALLS: Final = ("calls", "placed")
"""Rows that are of calls; the others are of messages."""


def behind(session: Session, month: KnownMonth, cost: str) -> list[Known]:
    """What a row counts: calls, or messages with the number of their text and when they were sent."""
    if cost in CALLS:
        began = CallRow.started_at >= month.since, CallRow.started_at < month.end
        line = CallRow.line == OUTGOING if cost == "placed" else CallRow.line != OUTGOING
        chosen = select(CallRow.id).where(*began, line).order_by(CallRow.started_at, CallRow.id)
        return [(call, "") for call in session.scalars(chosen)]
    of = OutboxMessage
    sent = select(of.id, of.template, of.done_at).where(*_is_sent(month), of.channel == cost).order_by(of.id)
    return [(str(row.id), f"{row.template} {moment(row.done_at)}") for row in session.execute(sent)]
