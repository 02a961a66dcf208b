"""A change of a row with a history, together with its audit row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline import history
from hotline.auditlog.service import audit
from hotline.periods import Period


@dataclass(frozen=True, slots=True)
class Pen:
    """Who writes, when and why, and under which action it stands in the audit log."""

    at: datetime
    by: str
    action: str
    reason: str = ""


def change(
    session: Session,
    table: type[history.Row],
    subject: str,
    key: str,
    says: Mapping[str, Any],
    period: Period,
    pen: Pen,
    rows: list[history.Row] | None = None,
) -> bool:
    """What a key says in a period; False when it says so already. Raises EmptyPeriod."""
    if rows is None:
        rows = history.counting(session, table, key)
    before = next((row.says() for row in rows if row.period.holds(period.since)), None)
    row = history.record(
        session, table, key, says, period, at=pen.at, by=pen.by, reason=pen.reason, rows=rows
    )
    if row is None:
        return False
    after = {**says, "valid_from": row.valid_from, "valid_to": row.valid_to}
    audit(
        session, at=pen.at, by=pen.by, action=pen.action, subject=f"{subject}:{key}",
        before=before, after=after, reason=pen.reason,
    )  # fmt: skip
    return True


def close(
    session: Session, table: type[history.Row], subject: str, key: str, since: datetime, pen: Pen
) -> bool:
    """From ``since`` on a key says nothing; False when that is so already."""
    rows = [row for row in history.counting(session, table, key) if row.period.meets(Period(since))]
    if not rows:
        return False
    before = rows[0].says()
    history.end(session, table, key, since, at=pen.at, by=pen.by, reason=pen.reason)
    audit(
        session, at=pen.at, by=pen.by, action=pen.action, subject=f"{subject}:{key}",
        before=before, after={"ends": since}, reason=pen.reason,
    )  # fmt: skip
    return True
