"""Calls to come: told beforehand, with who answers and from which entries (P4.3)."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import TAIPEI
from hotline.ledger.audit import audit
from hotline.news.linked import IsOver, added, entries_left, found, placed
from hotline.news.rules import Surge
from hotline.news.store import SurgeRow
from hotline.permissions import Action
from hotline.staff.service import permitted

KIND = "surge"


def tell(session: Session, surge: Surge, *, at: datetime, by: str) -> SurgeRow:
    """Tell the call centre of calls to come. Raises UnfitText, NotPermitted, Unknown, UnknownFaq."""
    surge.check()
    permitted(session, by, Action.NEWS_SURGE, at, surge.agency)
    placed(session, surge.agency, surge.entries, at)
    says = asdict(surge) | {"entries": list(surge.entries)}
    row = SurgeRow(told_at=at, told_by=by, **says)
    return added(session, row, KIND, Action.NEWS_SURGE, says, at, by)


def link(session: Session, number: int, entries: tuple[str, ...], *, at: datetime, by: str) -> SurgeRow:
    """Set the entries that answer its calls. Raises NoNews, IsOver, NotPermitted, UnknownFaq."""
    row = _open(session, number, by, at)
    placed(session, row.agency, entries, at)
    before, row.entries = {"entries": row.entries}, list(entries)
    audit(
        session, at, by, Action.NEWS_SURGE, f"{KIND}:{row.id}", before=before, after={"entries": row.entries}
    )
    return row


def withdraw(session: Session, number: int, *, at: datetime, by: str, reason: str = "") -> SurgeRow:
    """Take back calls to come, which do not come or are told anew. Raises NoNews, IsOver, NotPermitted."""
    row = _open(session, number, by, at)
    row.withdrawn_at, row.withdrawn_by = at, by
    audit(session, at, by, Action.NEWS_SURGE, f"{KIND}:{row.id}", after={"withdrawn_at": at}, reason=reason)
    return row


def surges(session: Session, at: datetime, *, with_past: bool = False) -> list[SurgeRow]:
    """List the surges of today and later, the first to come first; with the past, all."""
    chosen = select(SurgeRow).order_by(SurgeRow.first, SurgeRow.id)
    if not with_past:
        today = at.astimezone(TAIPEI).date()
        chosen = chosen.where(SurgeRow.last >= today, SurgeRow.withdrawn_at.is_(None))
    return list(session.scalars(chosen))


def is_without_entry(session: Session, row: SurgeRow, at: datetime) -> bool:
    """Tell whether agents would have nothing to read to these callers."""
    return not entries_left(session, row.entries, at)


def _open(session: Session, number: int, by: str, at: datetime) -> SurgeRow:
    row = found(session, SurgeRow, KIND, number)
    permitted(session, by, Action.NEWS_SURGE, at, row.agency)
    if row.withdrawn_at:
        raise IsOver(KIND, number)
    return row
