"""Messages of the agencies: posted at once, corrected, withdrawn, searched (P4.7)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.documents import Document, Documents
from hotline.ledger.audit import audit
from hotline.news import rules
from hotline.news.linked import IsOver, added, corrected, found, placed
from hotline.news.rules import NewsMessage, NewsStatus
from hotline.news.store import MessageRow
from hotline.permissions import Action
from hotline.search import Match
from hotline.staff.service import permitted

KIND = "message"


def post(session: Session, message: NewsMessage, *, at: datetime, by: str) -> MessageRow:
    """A message for the agents. Raises UnfitText, NotPermitted, Unknown."""
    message.check()
    permitted(session, by, Action.NEWS_POST, at, message.agency)
    placed(session, message.agency, (), at)
    row = MessageRow(posted_at=at, posted_by=by, **asdict(message))
    return added(session, row, KIND, Action.NEWS_POST, asdict(message), at, by)


def correct(session: Session, number: int, message: NewsMessage, *, at: datetime, by: str) -> MessageRow:
    """Correct a message, not its time of posting. Raises UnfitText, NoNews, IsOver, NotPermitted, Unknown."""
    message.check()
    row = found(session, MessageRow, KIND, number)
    if row.withdrawn_at:
        raise IsOver(KIND, number)
    for agency in {row.agency, message.agency}:
        permitted(session, by, Action.NEWS_POST, at, agency)
    placed(session, message.agency, (), at)
    before = asdict(said(row))
    return corrected(session, row, KIND, Action.NEWS_POST, before, asdict(message), at, by)


def withdraw(session: Session, number: int, *, at: datetime, by: str, reason: str = "") -> MessageRow:
    """Withdraw a message that agents need no more; it stays readable. Raises NoNews, IsOver, NotPermitted."""
    row = found(session, MessageRow, KIND, number)
    permitted(session, by, Action.NEWS_POST, at, row.agency)
    if row.withdrawn_at:
        raise IsOver(KIND, number)
    row.withdrawn_at, row.withdrawn_by = at, by
    audit(session, at, by, Action.NEWS_POST, f"{KIND}:{row.id}", after={"withdrawn_at": at}, reason=reason)
    return row


def said(row: MessageRow) -> NewsMessage:
    """Read a row as a message."""
    return NewsMessage(row.agency, row.title, row.text, row.starts_at, row.ends_at)


def standing(row: MessageRow, at: datetime) -> NewsStatus:
    """Status of a message at an instant."""
    return rules.standing(row.starts_at, row.ends_at, row.withdrawn_at, at)


def messages(
    session: Session, at: datetime, *, agency: str = "", with_past: bool = False
) -> list[MessageRow]:
    """List the messages that matter now or later, the latest posted first; with the past, all."""
    chosen = select(MessageRow).order_by(MessageRow.posted_at.desc(), MessageRow.id.desc())
    if agency:
        chosen = chosen.where(MessageRow.agency == agency)
    rows = session.scalars(chosen)
    return [row for row in rows if with_past or standing(row, at) in (NewsStatus.PLANNED, NewsStatus.CURRENT)]


def search(rows: Sequence[MessageRow], words: str) -> list[tuple[MessageRow, Match | None]]:
    """Search the messages that fit the words, the best first; all for no words, found by nothing."""
    if not words.strip():
        return [(row, None) for row in rows]
    by_number = {str(row.id): row for row in rows}
    index = Documents(Document(str(row.id), (row.title,), row.text) for row in rows)
    return [(by_number[hit.key], hit.match) for hit in index.find(words)]
