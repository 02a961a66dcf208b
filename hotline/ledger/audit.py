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
    *,
    at: datetime,
    by: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add a deed, in the transaction of the deed itself (P0-a). Instants, days and enums become text."""
    told = deed(at=at, by=by, action=action, subject=subject, before=before, after=after, reason=reason)
    row = AuditRow(**told)
    session.add(row)
    remember(session, (row,))


def deed(
    *,
    at: datetime,
    by: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """The words of a row of the log, for who adds many at once."""
    return {
        "at": at,
        "by": by,
        "action": action,
        "subject": subject,
        "before": _plain(before),
        "after": _plain(after),
        "reason": reason,
    }


def deeds(session: Session, *, subject: str = "", since: datetime | None = None) -> list[AuditRow]:
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
