"""Checks that all news share: the agency, the entries of the book and the rows named are there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from hotline.db import Base, locked, numbered
from hotline.directory.service import known
from hotline.errors import HotlineError, existing
from hotline.knowledge.service import entry
from hotline.knowledge.store import FaqRow
from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.permissions import Action

Row = TypeVar("Row", bound=Base)


class NoNews(HotlineError, code="no-news"):
    """A number that no news of that kind has."""

    kind: str
    number: int


class IsOver(HotlineError, code="is-over"):
    """News that was taken back before."""

    kind: str
    number: int


def found(session: Session, table: type[Row], kind: str, number: int) -> Row:
    """A row, locked until the end of the transaction. Raises NoNews."""
    return existing(locked(session, table, number), NoNews(kind, number))


def added(
    session: Session, row: Row, kind: str, action: Action, says: Mapping[str, Any], at: datetime, by: str
) -> Row:
    """Add a row, and say so in the audit log."""
    numbered(session, row)
    audit(session, at, by, action, _subject(kind, row), after=says)
    return row


def corrected(
    session: Session,
    row: Row,
    kind: str,
    action: Action,
    before: Mapping[str, Any],
    says: Mapping[str, Any],
    at: datetime,
    by: str,
) -> Row:
    """Let a row say something else; if it is other than before, say so in the audit log."""
    if before != says:
        for name, value in {**says, "changed_at": at}.items():
            setattr(row, name, value)
        audit(session, at, by, action, _subject(kind, row), before=before, after=says)
    return row


def _subject(kind: str, row: Any) -> str:
    return f"{kind}:{row.id}"


def placed(session: Session, agency: str, numbers: Iterable[str], at: datetime) -> None:
    """Require the agency and the entries to be there. Raises Unknown, UnknownFaq."""
    known(session, "agency", agency, at)
    for number in numbers:
        entry(session, number, at)


def entries_left(session: Session, numbers: Iterable[str], at: datetime) -> list[FaqRow]:
    """List those of the entries that are still in the book."""
    rows = (history.in_force(session, FaqRow, number, at) for number in numbers)
    return [row for row in rows if row]
