"""Use cases of entries: written, rewritten, ended, each under a name, nothing overwritten (P4.1.1); found."""

from collections.abc import Hashable
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Condition
from typing import Final

from cachetools import LRUCache, cached
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.directory.rows import KINDS
from hotline.directory.service import known
from hotline.documents import EVERY, MOST, Document, Documents
from hotline.errors import HotlineError, existing
from hotline.knowledge.reviews import FaqReviewState, looked_at, standings
from hotline.knowledge.rules import Faq, ReviewState
from hotline.knowledge.store import FaqRow
from hotline.ledger import history
from hotline.ledger.changes import ChangeContext, change, close
from hotline.ledger.periods import Period
from hotline.ledger.revisions import KNOWLEDGE, revise, revision
from hotline.ledger.store import EntryLine, EntryRow
from hotline.permissions import Action
from hotline.search import Found, Match, words
from hotline.staff.service import permitted

KIND: Final = "faq"
"""The word of entries in the ledger and the audit log."""


class UnknownFaq(HotlineError, code="unknown-entry"):
    """No entry has that number at that time."""

    number: str


class FaqChangedMeanwhile(HotlineError, code="answer-changed-meanwhile"):
    """An entry that somebody else wrote after it was read."""

    number: str
    by: str
    at: datetime


def write(
    session: Session,
    faq: Faq,
    *,
    at: datetime,
    by: str,
    number: str = "",
    reason: str = "",
    seen: int | None = None,
) -> FaqRow:
    """Write an entry, new unless ``number`` names one; ``seen`` is the row that was read before.

    Whoever writes it has looked at it (P4.4). Raises UnfitText, NotPermitted, Unknown, UnknownFaq,
    FaqChangedMeanwhile.
    """
    faq = faq.fitted()
    permitted(session, by, Action.FAQ_CHANGE, at, faq.agency)
    _placed(session, faq, at)
    revise(session, KNOWLEDGE)
    if number:
        before = entry(session, number, at)
        permitted(session, by, Action.FAQ_CHANGE, at, before.agency)
        if seen is not None and seen != before.id:
            raise FaqChangedMeanwhile(before.key, before.author, before.valid_from)
    number = number or _next(session)
    pen = ChangeContext(at, by, Action.FAQ_CHANGE, reason)
    change(session, FaqRow, number, asdict(faq), Period(at), pen)
    row = entry(session, number, at)
    looked_at(session, [row], by, at)
    return row


def end(session: Session, number: str, *, at: datetime, by: str, reason: str) -> None:
    """End an entry of the book; it stays readable. Raises NotPermitted, UnknownFaq."""
    revise(session, KNOWLEDGE)
    row = entry(session, number, at)
    permitted(session, by, Action.FAQ_CHANGE, at, row.agency)
    close(session, FaqRow, number, at, ChangeContext(at, by, Action.FAQ_CHANGE, reason))


def entry(session: Session, number: str, at: datetime) -> FaqRow:
    """The entry as it is at an instant. Raises UnknownFaq."""
    return existing(history.in_force(session, FaqRow, number, at), UnknownFaq(number))


def entries(session: Session, at: datetime, *, agency: str = "") -> list[FaqRow]:
    """List all entries of an instant, by their number; of one agency, or of all."""
    which = [FaqRow.agency == agency] if agency else []
    return sorted(history.all_in_force(session, FaqRow, at, *which), key=lambda row: int(row.key))


def ended(session: Session, at: datetime) -> list[FaqRow]:
    """The last row of every entry that is no longer in the book, the latest ended first."""
    latest = dict[str, FaqRow]()
    counts = select(FaqRow).where(FaqRow.replaced_at.is_(None)).order_by(FaqRow.valid_from)
    for row in session.scalars(counts):
        latest[row.key] = row
    gone = [row for row in latest.values() if row.valid_to and row.valid_to <= at]
    return sorted(gone, key=lambda row: row.valid_to or at, reverse=True)


@dataclass(frozen=True, slots=True)
class FaqEdition:
    """One state of an entry: its place in the order, what it says (None = ended), and the ledger's entry."""

    number: int
    row: FaqRow | None
    at: datetime
    by: str
    reason: str
    change: int


def versions(session: Session, number: str) -> list[FaqEdition]:
    """List everything an entry ever said, the first first. Raises UnknownFaq."""
    chosen = (
        select(EntryRow, EntryLine.row)
        .join(EntryLine, EntryLine.entry == EntryRow.id)
        .where(EntryLine.kind == KIND, EntryLine.key == number)
        .order_by(EntryRow.id)
    )
    entered = {told.id: told for told, _ in session.execute(chosen)}
    if not entered:
        raise UnknownFaq(number)
    written = _written(session, number)
    return [
        FaqEdition(place, written.get(told.id), told.at, told.by, told.reason, told.id)
        for place, told in enumerate(entered.values(), 1)
    ]


def _written(session: Session, number: str) -> dict[int, FaqRow]:
    """Rows that held last after each change of the ledger, unless it was an end."""
    chosen = (
        select(EntryLine.entry, FaqRow)
        .join(FaqRow, FaqRow.id == EntryLine.row)
        .where(EntryLine.kind == KIND, EntryLine.key == number, EntryLine.written)
        .order_by(EntryLine.entry, FaqRow.valid_from)
    )
    return {told: row for told, row in session.execute(chosen) if row.valid_to is None}


def _placed(session: Session, faq: Faq, at: datetime) -> None:
    """Require that everything the entry names is there. Raises Unknown."""
    known(session, "agency", faq.agency, at)
    if faq.section:
        known(session, "section", faq.section, at)
    if faq.business and history.in_force(session, KINDS["business"].table, faq.business, at) is None:
        raise UnknownBusiness(faq.business)


class UnknownBusiness(HotlineError, code="unknown-business"):
    """An entry that names a business nobody has."""

    business: str


def _next(session: Session) -> str:
    """A number that no entry ever had; writers wait for each other."""
    return str((session.scalar(select(func.count(FaqRow.key.distinct()))) or 0) + 1)


class Finder:
    """Search of the book; the index is made anew when an entry was written or ended, by one for all."""

    def __init__(self) -> None:
        self._index = cached(LRUCache(1), key=_by_revision, condition=Condition())(_index)

    def find(self, session: Session, asked_for: str, at: datetime, most: int = MOST) -> list[Found]:
        """The best first; nothing for nothing."""
        return self._index(session, revision(session, KNOWLEDGE), at).find(asked_for, most)

    def standings(
        self, session: Session, asked_for: str, at: datetime, *, agency: str = "", is_due: bool = False
    ) -> list[tuple[FaqReviewState, Match | None]]:
        """List what fits with its review, the best first; for no words every entry, found by nothing."""
        matches: dict[str, Match] | None = None
        if asked_for.strip():
            most = EVERY if agency or is_due else MOST
            matches = {hit.key: hit.match for hit in self.find(session, asked_for, at, most)}
        known = {
            one.row.key: one
            for one in standings(session, at, agency=agency, numbers=matches)
            if not is_due or one.state is not ReviewState.DONE
        }
        found = dict[str, Match | None].fromkeys(known) if matches is None else matches
        return [(known[key], match) for key, match in found.items() if key in known]


def _index(session: Session, _number: int, at: datetime) -> Documents:
    rows = entries(session, at)
    return Documents(Document(row.key, (row.question, *words(row.keywords)), row.answer) for row in rows)


def _by_revision(_session: Session, number: int, _at: datetime) -> Hashable:
    return number
