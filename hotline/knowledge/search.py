"""Finding an entry while a caller waits: by number, question, keywords and answer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.documents import MOST, Document, DocumentHit, Documents
from hotline.knowledge.service import entries
from hotline.knowledge.store import FaqRow
from hotline.ledger.revisions import KNOWLEDGE, revision
from hotline.search import words


class Finder:
    """Search of the book; the index is made anew when an entry was written or ended."""

    def __init__(self) -> None:
        self._made: tuple[int, Documents] | None = None

    def find(self, session: Session, asked_for: str, at: datetime, most: int = MOST) -> list[DocumentHit]:
        """The best first; nothing for nothing."""
        number, made = revision(session, KNOWLEDGE), self._made
        if made is None or made[0] != number:
            made = self._made = (number, index(entries(session, at)))
        return made[1].find(asked_for, most)


def index(rows: Sequence[FaqRow]) -> Documents:
    """Entries to be searched in."""
    return Documents(Document(row.key, (row.question, *words(row.keywords)), row.answer) for row in rows)
