"""Writing and reading the audit log."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.ledger.sealing import remember
from hotline.ledger.store import AuditRow


def audit(
    session: Session,
    at: datetime,
    by: str,
    action: str,
    subject: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add a row to the log, in the transaction of what it tells of (P0-a)."""
    row = AuditRow(**audit_values(at, by, action, subject, before, after, reason))
    session.add(row)
    remember(session, (row,))


def audit_values(
    at: datetime,
    by: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    reason: str,
) -> dict[str, Any]:
    """The values of a row, for who adds many at once. Instants, days and enums become text."""
    told = {"before": _plain(before), "after": _plain(after), "reason": reason}
    return {"at": at, "by": by, "action": action, "subject": subject, **told}


def audit_rows(session: Session, *, subject: str = "", since: datetime | None = None) -> list[AuditRow]:
    """The log in its order: of a subject, or of all; from an instant on, or from the beginning."""
    chosen = select(AuditRow).order_by(AuditRow.id)
    if subject:
        chosen = chosen.where(AuditRow.subject == subject)
    if since:
        chosen = chosen.where(AuditRow.at >= since)
    return list(session.scalars(chosen))


def _plain(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if facts is None else {str(key): _value(value) for key, value in facts.items()}


def _value(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return _plain(value)
        case list() | tuple() | set() | frozenset():
            return [_value(item) for item in value]
        case _:
            return str(value)
