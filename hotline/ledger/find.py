"""Finding rows of the audit log: by whom, what, to what, when; changes, or looks at personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError, existing
from hotline.ledger.audit import subjects_of_number
from hotline.ledger.looks import READINGS
from hotline.ledger.pseudonyms import CITIZEN, is_of_citizens
from hotline.ledger.store import AuditRow, FormerLink, LinkRow
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
    rows = _asked(session, select(AuditRow), asked).order_by(AuditRow.id.desc())
    return session.scalars(rows.offset(skip).limit(most)).all()


def how_many(session: Session, asked: AuditQuery) -> int:
    """Count the rows that match a query."""
    return session.scalar(_asked(session, select(func.count()).select_from(AuditRow), asked)) or 0


def row_of(session: Session, number: int) -> AuditRow:
    """One row. Raises NoRow."""
    return existing(session.get(AuditRow, number), NoRow(number))


def link_of(session: Session, number: int) -> int | None:
    """The link of the chain that a row is in; None for one that is in none. One of before may be in the
    former.
    """
    for links in (LinkRow, FormerLink):
        if (found := session.scalar(select(links.position).where(links.row == number))) is not None:
            return found
    return None


def _asked(session: Session, rows: Select[Any], asked: AuditQuery) -> Select[Any]:
    if asked.by:
        rows = rows.where(AuditRow.by == asked.by)
    if asked.action:
        rows = rows.where(AuditRow.action == asked.action)
    kind, colon, key = asked.subject.partition(":")
    if kind == CITIZEN and key:
        rows = rows.where(AuditRow.subject.in_((asked.subject, *subjects_of_number(session, key))))
    elif colon:
        rows = rows.where(AuditRow.subject == asked.subject)
    elif kind:
        rows = rows.where(AuditRow.subject.startswith(f"{kind}:", autoescape=True))
    if asked.since:
        rows = rows.where(AuditRow.at >= asked.since)
    if asked.until:
        rows = rows.where(AuditRow.at < asked.until)
    if asked.which is Which.CHANGES:
        return rows.where(AuditRow.action.not_in(LOOKS))
    return rows.where(AuditRow.action.in_(LOOKS)) if asked.which is Which.LOOKS else rows


def told(row: AuditRow) -> tuple[dict[str, Any], dict[str, Any]]:
    """The words of a row before and after; numbers of citizens masked in a row from before there were
    pseudonyms, until it has moved.
    """
    facts = (dict(row.before or {}), dict(row.after or {}))
    if not is_of_citizens(row.subject):
        return facts
    before, after = (dict(mask_numbers(None, "", one)) for one in facts)
    return before, after
