"""Finding rows of the audit log: by whom, what, to what, when; changes, or looks at personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError, existing
from hotline.ledger.history import KINDS
from hotline.ledger.looks import READINGS, Reading
from hotline.ledger.store import AuditRow, LinkRow
from hotline.log_masking import mask_numbers
from hotline.permissions import Action


class Which(StrEnum):
    """Kind of the rows that are asked for."""

    ALL = "all"
    CHANGES = "changes"
    LOOKS = "looks"


LOOKS: Final = (*READINGS, Action.AUDIT_READ, Action.REPORT_READ)
"""Actions that change nothing: somebody saw something."""


class NoRow(HotlineError, code="no-row"):
    """A row that the log does not have."""

    number: int


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """A search of the audit log by what is not empty. ``subject``: a kind (``desk``) or ``desk:5112``."""

    by: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    which: Which = Which.ALL


def found(session: Session, asked: AuditQuery, *, skip: int = 0, most: int = 50) -> Sequence[AuditRow]:
    """Some of the rows asked for, the newest first."""
    rows = _asked(select(AuditRow), asked).order_by(AuditRow.id.desc())
    return session.scalars(rows.offset(skip).limit(most)).all()


def how_many(session: Session, asked: AuditQuery) -> int:
    """Count the rows that match a query."""
    return session.scalar(_asked(select(func.count()).select_from(AuditRow), asked)) or 0


def row_of(session: Session, number: int) -> AuditRow:
    """One row. Raises NoRow."""
    return existing(session.get(AuditRow, number), NoRow(number))


def link_of(session: Session, number: int) -> int | None:
    """The link of the chain that a row is in; None for one that is in none."""
    return session.scalar(select(LinkRow.position).where(LinkRow.row == number))


def _asked(rows: Select[Any], asked: AuditQuery) -> Select[Any]:
    if asked.by:
        rows = rows.where(AuditRow.by == asked.by)
    if asked.action:
        rows = rows.where(AuditRow.action == asked.action)
    if ":" in asked.subject:
        rows = rows.where(AuditRow.subject == asked.subject)
    elif asked.subject:
        rows = rows.where(AuditRow.subject.startswith(f"{asked.subject}:", autoescape=True))
    if asked.since:
        rows = rows.where(AuditRow.at >= asked.since)
    if asked.until:
        rows = rows.where(AuditRow.at < asked.until)
    if asked.which is Which.CHANGES:
        return rows.where(AuditRow.action.not_in(LOOKS))
    return rows.where(AuditRow.action.in_(LOOKS)) if asked.which is Which.LOOKS else rows


def is_of_citizens(row: AuditRow) -> bool:
    """Tell whether a row may tell of a citizen: those of the directory and the staff do not."""
    return row.subject.partition(":")[0] not in KINDS


def told(row: AuditRow, reading: Reading | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The words of a row before and after; a citizen's numbers whole to a reading and masked to none."""
    facts = (dict(row.before or {}), dict(row.after or {}))
    if reading or not is_of_citizens(row):
        return facts
    before, after = (dict(mask_numbers(None, "", one)) for one in facts)
    return before, after
