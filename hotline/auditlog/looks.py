"""Looks at personal data: whoever sees a whole number, name or address has said why, and that is on record (P0-a)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.auditlog.service import audit
from hotline.auditlog.store import AuditRow
from hotline.errors import HotlineError

LOOKED: Final = "personal.look"
"""The action under which looks stand in the log."""


class NoReason(HotlineError):
    """A look at personal data that nobody could justify later."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"Nobody looks at personal data of {subject} without a reason; give one")


@dataclass(frozen=True, slots=True)
class Look:
    """Who saw what of a subject, when and why."""

    at: datetime
    by: str
    reason: str
    what: str


def look(session: Session, at: datetime, by: str, subject: str, reason: str, what: str) -> None:
    """Put a look on record, before it is given. ``what``: number, name, message. Raises NoReason."""
    if not reason.strip():
        raise NoReason(subject)
    audit(session, at=at, by=by, action=LOOKED, subject=subject, after={"what": what}, reason=reason.strip())


def looks_at(session: Session, subject: str) -> list[Look]:
    """Every look at a subject, in its order."""
    chosen = select(AuditRow).where(AuditRow.subject == subject, AuditRow.action == LOOKED)
    return [
        Look(row.at, row.by, row.reason, str((row.after or {}).get("what", "")))
        for row in session.scalars(chosen.order_by(AuditRow.id))
    ]
