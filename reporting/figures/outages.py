"""Outages of the system in a month, as health checks found them (P5.4.3)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.outages import Outage
from reporting.answer_times import MonthTable
from reporting.figures.spans import MINUTE, KnownMonth, moment

HEAD: Final = ("part", "node", "began", "ended", "minutes of the month")


def outages(session: Session, month: KnownMonth) -> MonthTable:
    """A row an outage of which some time lies in the month, the first first."""
    lasted = Outage.ended_at.is_(None) | (Outage.ended_at > month.since)
    wanted = select(Outage).where(Outage.began_at < month.end, lasted).order_by(Outage.began_at, Outage.id)
    rows = [
        (one.part, one.node, moment(one.began_at), moment(one.ended_at), f"{took / MINUTE:.1f}")
        for one in session.scalars(wanted)
        if (took := _inside(one, month)) > timedelta(0)
    ]
    return MonthTable(f"{month} outages: {len(rows)}", HEAD, 4, rows)


def _inside(one: Outage, month: KnownMonth) -> timedelta:
    """What of it lies in the month; less than nothing of one that lasts, in a month to come."""
    return min(one.ended_at or month.end, month.end) - max(one.began_at, month.since)
