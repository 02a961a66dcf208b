"""Writing and reading the audit log."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.keys.columns import ring_of
from hotline.keys.ring import KeyRing
from hotline.ledger.pseudonyms import (
    CITIZEN,
    Pseudonyms,
    is_of_citizens,
    names_about,
    plain_number,
    short,
)
from hotline.ledger.sealing import remember
from hotline.ledger.store import AuditRow

SYSTEM: Final = "jobs"
"""Who did what the clock makes due."""


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
    """Add a row to the log, in the transaction of what it tells of (P0-a); citizens are pseudonyms in it."""
    told = audit_values(at, by, action, subject, before, after, reason)
    row = AuditRow(**without_citizens(session, told))
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


def without_citizens(session: Session, told: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row with pseudonyms in place of what it tells of citizens."""
    if not is_of_citizens(told["subject"]):
        return dict(told)
    return pseudonyms(session).of_row(told, names_about(session, told["subject"]))


def pseudonyms(session: Session) -> Pseudonyms:
    """The pseudonyms that rows written now have; the keys are asked for when there is something to hide."""
    return Pseudonyms(lambda purpose, text: _ring(session).digest(purpose, text))


def subjects_of_number(session: Session, number: str) -> list[str]:
    """Subjects of rows about nobody but a number, by every key that pseudonyms were made with."""
    return [f"{CITIZEN}:{short(one)}" for one in _ring(session).digests("number", plain_number(number))]


def audit_rows(session: Session, *, subject: str = "", since: datetime | None = None) -> list[AuditRow]:
    """The log in its order: of a subject, or of all; from an instant on, or from the beginning."""
    chosen = select(AuditRow).order_by(AuditRow.id)
    if subject:
        chosen = chosen.where(AuditRow.subject == subject)
    if since:
        chosen = chosen.where(AuditRow.at >= since)
    return list(session.scalars(chosen))


def _ring(session: Session) -> KeyRing:
    return ring_of(session.get_bind().dialect)


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
